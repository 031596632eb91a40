"""Addresses in running text: one from `http` to where it ends, whatever marks stand inside."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 2_000
CJK: Final = (
    "\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003ffff"
)
"""Letters and punctuation of Chinese, Japanese and Korean, as the inside of a character class."""

_SCHEME: Final = re.compile(r"(?<![A-Za-z0-9])https?\Z", re.IGNORECASE)
_REST: Final = re.compile(rf"://(?:[^\s<>\"`{CJK}]+|[^\s/<>\"`，。；！？、）」』】》]+[^\s<>\"`{CJK}]*)")
_ENDING: Final = ".,;:!?'…”’»"
_MARKS: Final = "*_~"
_BRACKETS: Final = (("(", ")"), ("[", "]"))
_CLOSING: Final = {"(": ")", ")": ")", "[": "]", "]": "]"}
_BRACKET: Final = re.compile(r"[()\[\]]")


def scheme_before(text: str, colon: int) -> int | None:
    """The place where `http` or `https` begins that ends at `colon`; None if there is none."""
    found = _SCHEME.search(text[max(0, colon - 6) : colon])
    return None if found is None else colon - len(found[0])


def address_end(text: str, start: int, colon: int, *, open_marks: str = "") -> int | None:
    """The end of the address that begins at `start`, less what belongs to the sentence around it.

    `open_marks` are the marks of emphasis that were opened before it and may be closed by it.
    """
    found = _REST.match(text, colon, min(len(text), start + LONGEST))
    if found is None or found.end() - start >= LONGEST:
        return None
    end = _before_foreign_bracket(text, start, found.end())
    while end > colon + 3:
        last = text[end - 1]
        if last in _ENDING or (last in _MARKS and last in open_marks):
            end -= 1
        else:
            break
    return end if end > colon + 3 else None


def _before_foreign_bracket(text: str, start: int, end: int) -> int:
    """The first closing bracket whose opening one stands before the address; else `end`."""
    before = text[max(0, start - LONGEST) : start]
    waiting = {closing: before.count(opening) - before.count(closing) for opening, closing in _BRACKETS}
    depth = dict.fromkeys(waiting, 0)
    for found in _BRACKET.finditer(text, start, end):
        closing = _CLOSING[found[0]]
        depth[closing] += 1 if found[0] != closing else -1
        if depth[closing] < 0 and (waiting[closing] > 0 or found.end() == end):
            return found.start()
    return end
