"""A table of many rows as Slack's table of data, which has pages and can be sorted.

Shape: docs.slack.dev/reference/block-kit/blocks/data-table-block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from bot.markdown.chunks import Cell, Row, spoken_text

Block = dict[str, Any]

FEW_ROWS: Final = 10
"""Up to which all stand in a plain table; of more, as many stand on a page."""
_LONGEST_CAPTION: Final = 150
_MOST_CHARACTERS: Final = 9_000
"""Slack takes 10,000 in all cells."""
_NUMBER: Final = re.compile(r"[-+−]?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,9})?")


def is_data_table(rows: Sequence[Row]) -> bool:
    """True for a header and many rows, of no more than Slack takes."""
    if len(rows) <= FEW_ROWS + 1:
        return False
    return sum(len(spoken_text(cell)) + 1 for row in rows for cell in row) <= _MOST_CHARACTERS


def data_table_block(rows: Sequence[Row], *, rich_cell: Callable[[Cell], Block]) -> Block:
    """The block of a header and its rows; a column that has numbers alone is sorted by them."""
    header, *body = rows
    names = [_plain_words(cell) for cell in header]
    numeric = [
        all(_NUMBER.fullmatch(_plain_words(row[column])) for row in body) for column in range(len(names))
    ]
    return {
        "type": "data_table",
        "caption": ", ".join(name for name in names if name.strip())[:_LONGEST_CAPTION] or "Table",
        "page_size": FEW_ROWS,
        "rows": [
            [_text_cell(name) for name in names],
            *(
                [
                    _number_cell(cell) if is_number else _body_cell(cell, rich_cell)
                    for cell, is_number in zip(row, numeric, strict=True)
                ]
                for row in body
            ),
        ],
    }


def _plain_words(cell: Cell) -> str:
    return spoken_text(cell).replace("\n", " ").strip()


def _text_cell(text: str) -> Block:
    return {"type": "raw_text", "text": text or " "}


def _number_cell(cell: Cell) -> Block:
    words = _plain_words(cell)
    number = float(words.replace(",", "").replace("−", "-"))
    return {"type": "raw_number", "value": int(number) if number.is_integer() else number, "text": words}


def _body_cell(cell: Cell, rich_cell: Callable[[Cell], Block]) -> Block:
    is_plain = all(not run.style and run.url is None and run.emoji is None for run in cell)
    return _text_cell(_plain_words(cell)) if is_plain else rich_cell(cell)
