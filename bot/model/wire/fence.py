"""A fence of Markdown around a whole answer is taken off: the answer is Markdown already; pure."""

from __future__ import annotations

import re
from typing import Final

_OPENING: Final = re.compile(r"(`{3,}|~{3,})[ \t]*(?:markdown|md)[ \t]*(?:\n|\Z)", re.I)
_FENCE: Final = re.compile(r"^[ \t]*(`{3,}|~{3,})([^\n]*)$", re.M)


def without_fence(text: str) -> str:
    """The text without a fence of `markdown` or `md` round all of it; other fences are code."""
    opening = _OPENING.match(text)
    if opening is None:
        return text
    inside = text[opening.end() :]
    closing = _closing_fence(inside, opening[1])
    if closing is None:
        return inside.strip()  # it was cut off before its fence was closed
    rest = inside[closing.end() :]
    return text if rest.strip() else inside[: closing.start()].strip("\n")


def _closing_fence(inside: str, mark: str) -> re.Match[str] | None:
    """The fence that closes one of `mark`; those that open with a language are closed first."""
    opened: list[str] = [mark]
    for fence in _FENCE.finditer(inside):
        if fence[2].strip():
            if "`" not in fence[2]:
                opened.append(fence[1])
        elif fence[1].startswith(opened[-1]):
            opened.pop()
            if not opened:
                return fence
    return None
