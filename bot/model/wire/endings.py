"""Reasons why an answer ended, in each server's own words: only a good one makes it whole; pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, Literal

End = Literal["good", "full", "declined", "tools", "unknown"]
"""It came to its end; it reached a limit; a filter stopped it; a tool was to be called; nobody knows."""

_GOOD: Final = frozenset(
    {
        *("", "null", "none", "stop", "eos", "eos_token", "end_turn", "end_of_turn", "stop_sequence"),
        *("complete", "completed"),
    }
)
_TOOLS: Final = frozenset({"tool_calls", "tool_call", "tool_use", "function_call"})
_DECLINED: Final = re.compile(
    "filter|safety|refus|prohibit|recitation|sensitive|block|spii|toxic|guardrail|moderat|polic|flagged"
    "|censor|declin|violat"
)
_FULL: Final = re.compile("length|max|limit|token|window|truncat|incomplete|full")
_LONGEST: Final = 60
_UNREADABLE: Final = "unreadable"


def end_of(reason: str, *, also_good: Collection[str] = ()) -> End:
    """Judge a reason as `reason_told` returns it; `also_good` are the operator's words."""
    if reason in _GOOD or reason in also_good:
        return "good"
    if reason in _TOOLS:
        return "tools"
    if _DECLINED.search(reason):
        return "declined"
    return "full" if _FULL.search(reason) else "unknown"


def reason_told(*told: object) -> str:
    """Take the first reason that is told, in lower case with _ between its words; empty for none."""
    for reason in told:
        if isinstance(reason, str):
            if word := normal_word(reason):
                return word
        elif reason:
            return _UNREADABLE
    return ""


def normal_word(text: str) -> str:
    """Write a word as all reasons are compared: `MAX_TOKENS`, `maxTokens` and `max-tokens` are one."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text.strip()[:_LONGEST])
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_").removeprefix("finish_reason_")
