"""Places of marks in a text: those that a template left there, and those that people write about; pure.

A mark inside code, in quotes or in the middle of a sentence is what the text is about, and stays.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_FENCE: Final = re.compile(r"^[ \t>]*(`{3,}|~{3,})([^\n]*)$", re.M)
_TICKS: Final = re.compile(r"`+|\n[ \t]*(?=\n)")
_QUOTES: Final = "`'\"“‘«([{"
_AFTER_WORDS: Final = ",.;:?!)]}`'\"”’»"
_SENTENCE_ENDS: Final = ("", *'.!?…。！？"”)')
"""And the beginning of a line."""
_NOTHING_MORE: Final = re.compile(r"\s*\Z")
_BULLETS: Final = tuple("-*+•|:")
_VERBS: Final = (
    "is|are|marks?|tags?|tokens?|ends?|closes?|opens?|begins?|starts?|means?|comes?|stands?|tells?|separates?|goes"
    "|belongs|may|can|must|should|was|were|has|will"
)
_MENTION: Final = re.compile(rf"[ \t]+(?:(?:and|or)\s[<`\[]|(?:{_VERBS})\b)")
_NO_SPACE: Final = re.compile(r"[^ \t]")


@dataclass(frozen=True, kw_only=True)
class Code:
    """The stretches of a text that are code, in order."""

    spans: tuple[tuple[int, int], ...]

    def holds_place(self, place: int) -> bool:
        after = bisect_right(self.spans, (place, sys.maxsize))
        return after > 0 and place < self.spans[after - 1][1]


def find_code(text: str) -> Code:
    """Find fences that are closed, and code between backticks."""
    fences = [*_closed_fences(text)]
    edges = [0, *(edge for fence in fences for edge in fence), len(text)]
    inline = (span for begin, end in [*pairwise(edges)][::2] for span in _inline_code(text, begin, end))
    return Code(spans=tuple(sorted([*fences, *inline])))


def is_quoted(text: str, start: int, end: int) -> bool:
    """Tell if a mark stands between quotes, brackets or backticks."""
    return text[start - 1 : start] in tuple(_QUOTES) and text[end : end + 1] in tuple(_AFTER_WORDS)


def ends_thought(text: str, start: int, end: int) -> bool:
    """Tell if a mark after a thought ends it, rather than being mentioned in it."""
    if is_quoted(text, start, end):
        return False
    following = _next_on_line(text, end)
    if text[end : end + 1] == following and following in tuple(_AFTER_WORDS):
        return False
    return not following.islower() or not (start and text[start - 1].isspace())


def is_left_over(text: str, start: int, end: int) -> bool:
    """Tell if a template left a mark here, and it is not what a sentence is about."""
    if is_quoted(text, start, end):
        return False
    line_before = text[max(0, start - 200) : start].rpartition("\n")[2]
    before, following = line_before.rstrip()[-1:], _next_on_line(text, end)
    touches_before, touches_after = line_before[-1:] == before != "", text[end : end + 1] == following
    if touches_after and following in tuple(",.;:?!)`”’»"):
        return False
    if following in ("", "\n") or text.startswith(("<|", "<｜"), end):
        closes = before not in _BULLETS and _NOTHING_MORE.match(text, end) is not None
        return before in _SENTENCE_ENDS or touches_before or closes
    if before == "":
        return touches_after or _MENTION.match(text, end) is None
    return touches_before or (before in _SENTENCE_ENDS and not following.islower())


def _next_on_line(text: str, end: int) -> str:
    """The next character that is no space; empty at the end of the text."""
    found = _NO_SPACE.search(text, end)
    return found[0] if found else ""


def _closed_fences(text: str) -> Iterator[tuple[int, int]]:
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            if "`" not in fence[2]:
                opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2].strip():
            yield opened.start(), fence.end()
            opened = None


def _inline_code(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of backticks, each with the next of its length in the same paragraph."""
    runs: list[tuple[int, int, int]] = []
    paragraph = 0
    for found in _TICKS.finditer(text, begin, end):
        if found[0][0] == "\n":
            paragraph += 1
        else:
            runs.append((paragraph, found.start(), found.end()))
    partner: dict[int, int] = {}
    latest: dict[tuple[int, int], int] = {}
    for number in range(len(runs) - 1, -1, -1):
        paragraph, start, stop = runs[number]
        partner[number] = latest.get((paragraph, stop - start), number)
        latest[paragraph, stop - start] = number
    number = 0
    while number < len(runs):
        other = partner[number]
        if other > number:
            yield runs[number][1], runs[other][2]
        number = other + 1
