"""Lists as models indent them: two spaces under a number are one level below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ITEM: Final = re.compile(r"( *)([-*+]|\d{1,9}[.)])( {1,4})(?=\S)")
_INDENTED_ITEM: Final = re.compile(r"\n {2,}(?:[-*+]|\d{1,9}[.)]) {1,4}\S")
"""Without one, no item is below a number."""
_FENCE: Final = re.compile(r" *(`{3,}|~{3,})")
_LEAST: Final = 2
"""Spaces that mean a level."""


@dataclass(kw_only=True)
class _Numbered:
    """An item with a number that is still open."""

    indent: int
    """As it was written."""
    content: int
    """The column at which CommonMark wants what belongs to it."""
    shift: int
    """Spaces that its lines get."""


def deepen_items(text: str) -> str:
    """`text`, with the spaces that CommonMark asks for before items below a number; code stays as it is."""
    if not _INDENTED_ITEM.search(text):
        return text
    open_items: list[_Numbered] = []
    fence = ""
    lines = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        shift = open_items[-1].shift if open_items else 0
        if not line.strip():
            lines.append(line)
            continue
        if fence:
            ends = line.strip().startswith(fence) and not line.strip().strip(fence[0])
            lines.append(" " * shift + line if indent >= _LEAST else line)
            fence = "" if ends else fence
            continue
        while open_items and indent < open_items[-1].indent + _LEAST:
            open_items.pop()
        shift = open_items[-1].shift if open_items else 0
        item = _ITEM.match(line)
        if item and open_items and indent + shift < open_items[-1].content:
            shift = open_items[-1].shift = open_items[-1].content - indent
        if item and item[2][0].isdigit():
            content = shift + indent + len(item[2]) + len(item[3])
            open_items.append(_Numbered(indent=indent, content=content, shift=shift))
        elif found := _FENCE.match(line):
            fence = found[1]
        lines.append(" " * shift + line)
    return "\n".join(lines)
