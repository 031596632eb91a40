"""Marks of a chat template that a server left in an answer: of a turn, and of calls of tools; pure."""

from __future__ import annotations

import json
import re
from typing import Final

from bot.model.wire.places import Code, is_left_over

_SPECIAL: Final = r"<[|｜]/?[A-Za-z_▁][A-Za-z0-9_▁/.-]{0,40}[|｜]>"
_STARTS: Final = "im_start|start_header_id|start|start_of_role|turn|start_of_turn_token"
_TURN_START: Final = rf"(?:<[|｜](?:{_STARTS})[|｜]>|<start_of_turn>)\s{{0,2}}"
_OPENING: Final = re.compile(rf"{_TURN_START}(?:assistant|model)\b|(?P<special>{_SPECIAL})", re.I)
_BEFORE_ALL: Final = re.compile(r"<bos>|<s>(?=\s|<|\[)|\[/INST\]|[\ufeff\u200b]", re.I)
_OTHERS_TURN: Final = re.compile(
    rf"{_TURN_START}(?:user|system|tool)\b|<[|｜](?:user|system|tool|observation)[|｜]>", re.I
)
_TURN_END: Final = re.compile(rf"{_SPECIAL}|</?(?:start|end)_of_turn>|<eos>|\[/?INST\]", re.I)
_NO_SPACE: Final = re.compile(r"\S")
_SENTENCE_END: Final = "</s>"
_TOOL_NAMES: Final = r"tool_?calls?|function_?calls?|tool_use|tool_code|invoke|execute_tool"
_TOOL_CALL: Final = re.compile(
    rf"</?(?:[A-Za-z0-9]{{1,20}}:)?(?:{_TOOL_NAMES})(?:\s[^<>\n]{{0,200}})?>"
    r"|<function=[\w.:-]{1,100}>|\[(?:TOOL_?CALLS?|function_?calls?)\]"
    r"|<[|｜](?:python_tag|action_start|plugin|call|[a-z▁_]{0,30}tool[a-z▁_]{0,30})[|｜]>"
    r"|<[|｜]channel[|｜]>\s?commentary to=",
    re.I,
)
_LEADING_CALL: Final = re.compile(r"functools\s?\[|```tool_(?:code|call)\b", re.I)
_ARGUMENTS: Final = re.compile('"(?:arguments|parameters)"')
_CALL_NAMES: Final = frozenset({"name", "arguments", "parameters", "type", "id", "function"})


def without_opening_marks(text: str, at: int = 0) -> int:
    """Find where the words begin after the marks that open a turn, from `at`."""
    while True:
        at = _after_space(text, at)
        if (mark := _BEFORE_ALL.match(text, at)) is None:
            mark = _OPENING.match(text, at)
            if mark is None or _OTHERS_TURN.match(text, at) or _TOOL_CALL.match(text, at):
                return at
            if mark["special"] and not is_left_over(text, at, mark.end()):
                return at
        at = mark.end()


def until_turn_ends(text: str, code: Code) -> str:
    """The text up to the first mark that ends its turn; `</s>` ends it at the very end alone."""
    for mark in _TURN_END.finditer(text):
        if not code.holds_place(mark.start()) and is_left_over(text, mark.start(), mark.end()):
            text = text[: mark.start()]
            break
    return _without_sentence_ends(text.rstrip())


def _without_sentence_ends(text: str) -> str:
    """The text without `</s>` at its end; one that closes `<s>` ends what is struck out, as in HTML."""
    end = len(text)
    while text.endswith(_SENTENCE_END, 0, end):
        end -= len(_SENTENCE_END)
        while end and text[end - 1].isspace():
            end -= 1
    if end == len(text):
        return text
    struck_out = text.rfind("<s>", 0, end) > text.rfind(_SENTENCE_END, 0, end)
    return text[:end] + _SENTENCE_END if struck_out else text[:end]


def is_tool_call(text: str, code: Code) -> bool:
    """Tell if a text calls a tool, which nobody offered: it is no answer, whatever stands before the call."""
    if _LEADING_CALL.match(text) or _is_bare_call(text):
        return True
    return any(
        not code.holds_place(mark.start()) and is_left_over(text, mark.start(), mark.end())
        for mark in _TOOL_CALL.finditer(text)
    )


def _is_bare_call(text: str) -> bool:
    """JSON of a name and arguments, and nothing else."""
    if not (text.startswith("{") and text.endswith("}") and _ARGUMENTS.search(text)):
        return False
    try:
        call = json.loads(text)
    except (ValueError, RecursionError):
        return False
    inner = call.get("function", call)
    if not (call.keys() <= _CALL_NAMES and isinstance(inner, dict)):
        return False
    named = isinstance(inner.get("name"), str)
    return named and isinstance(inner.get("arguments", inner.get("parameters")), dict | str)


def _after_space(text: str, at: int) -> int:
    found = _NO_SPACE.search(text, at)
    return found.start() if found else len(text)
