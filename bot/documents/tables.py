"""A table of a page as rows of texts, each cell in its own column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from bot.documents.flow import HEADINGS

_WIDEST: Final = 50
"""Columns or rows that one cell may span."""


def rows_of(table: Any) -> list[list[Any]]:
    """The cells of each row."""
    return [[cell for cell in row if cell.tag in ("td", "th")] for row in _row_elements(table)]


def is_layout(table: Any, rows: Sequence[Sequence[Any]]) -> bool:
    """True of a table that only puts things side by side."""
    if not rows or table.get("role") in ("presentation", "none") or max(map(len, rows)) < 2:
        return True
    return any(True for cell in table.iter("td") for _ in cell.iter("table", "pre", *HEADINGS))


def lay_out(rows: Sequence[Sequence[Any]], write_cell: Callable[[Any], str]) -> list[list[str]]:
    """The texts of each row: a cell says its text in each row that it spans, in one column."""
    below: dict[int, tuple[int, str]] = {}  # of a cell over several rows: how many are left, and its text
    laid: list[list[str]] = []
    for cells in rows:
        texts: list[str] = []
        waiting = iter(cells)
        while True:
            left, text = below.pop(len(texts), (0, ""))
            if left:
                if left > 1:
                    below[len(texts)] = (left - 1, text)
                texts.append(text)
                continue
            if (cell := next(waiting, None)) is None:
                break
            text = write_cell(cell)
            height, width = (min(number_of(cell.get(name), 1), _WIDEST) for name in ("rowspan", "colspan"))
            for place in range(max(width, 1)):
                shown = text if not place else ""
                if height > 1:
                    below[len(texts)] = (height - 1, shown)
                texts.append(shown)
        laid.append(texts)
    return laid


def table_lines(laid: Sequence[Sequence[str]]) -> str:
    """The rows that say anything, as Markdown."""
    lines: list[str] = []
    for texts in filter(any, laid):
        lines.append(f"| {' | '.join(texts)} |")
        if len(lines) == 1:
            lines.append(f"|{' --- |' * len(texts)}")
    return "\n".join(lines)


def number_of(text: str | None, otherwise: int) -> int:
    """The number that an attribute is."""
    return int(text) if text and re.fullmatch(r"\s*-?\d{1,6}\s*", text, re.ASCII) else otherwise


def _row_elements(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.findall("tr")
