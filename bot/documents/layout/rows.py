"""Pieces of lines → the page's text: paragraphs as they stand, rows of tables with their cells told apart.

A row's cells stand beside each other, however the lines in them are aligned. A wrapped cell is one text, and
an empty one keeps its place, as far as the rows around it tell the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from bot.documents.layout.columns import columns_of, places_of
from bot.documents.layout.lines import Piece, cut_cells

_SAME_BASE: Final = 0.35
_LINE_STEP: Final = (0.6, 1.75)
_WIDEST_STEP: Final = 2.3
_TOUCHING: Final = 0.3
_HIGHEST: Final = 5.0
_MOST_LINES: Final = 8
_PROSE_LINES: Final = 3
_PROSE_WIDTH: Final = 11.0
_FEWEST_ROWS: Final = 2
_MOST_CELLS: Final = 40


@dataclass
class _Cell:
    pieces: list[Piece]
    left: float
    right: float

    @classmethod
    def begun(cls, piece: Piece) -> _Cell:
        return cls([piece], piece.left, piece.right)

    @property
    def text(self) -> str:
        return " ".join(piece.text.strip() for piece in self.pieces)

    @property
    def is_prose(self) -> bool:
        wide = self.right - self.left > _PROSE_WIDTH * self.pieces[0].size
        return wide and len(self.pieces) >= _PROSE_LINES

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.left = min(self.left, piece.left)
        self.right = max(self.right, piece.right)


@dataclass
class _Row:
    cells: list[_Cell] = field(default_factory=list)

    @property
    def is_row(self) -> bool:
        """True of cells side by side that are no columns of a text."""
        short = all(len(cell.pieces) <= _MOST_LINES for cell in self.cells)
        return len(self.cells) > 1 and short and not all(cell.is_prose for cell in self.cells)


def page_text(pieces: Sequence[Piece]) -> str:
    lines: list[str] = []
    table: list[_Row] = []
    for row in _rows_of(pieces):
        if row.is_row:
            table.append(row)
            continue
        lines += [*_written_table(table), *_written_row(row)]
        table = []
    return "\n".join([*lines, *_written_table(table)])


def _rows_of(pieces: Sequence[Piece]) -> Iterator[_Row]:
    row = _Row()
    for index, piece in enumerate(pieces):
        if row.cells and _is_beside_last_line(row, piece):
            cell = row.cells[0]
            if len(cell.pieces) > 1:
                yield _Row([_Cell(cell.pieces[:-1], cell.left, cell.right)])
            row = _Row([_Cell.begun(cell.pieces[-1])])
        if row.cells and _take_piece(row, pieces[index : index + _MOST_LINES]):
            continue
        if row.cells:
            yield row
        row = _Row([_Cell.begun(piece)])
    if row.cells:
        yield row


def _is_beside_last_line(row: _Row, piece: Piece) -> bool:
    """True where a row begins with the last line that was taken for one of a paragraph."""
    last = row.cells[0].pieces[-1]
    size = max(piece.size, last.size)
    level = piece.turned == last.turned and abs(piece.base - last.base) <= _SAME_BASE * size
    return len(row.cells) == 1 and level and _is_after(last, piece)


def _take_piece(row: _Row, coming: Sequence[Piece]) -> bool:
    """Put the next piece into a row, if it belongs there: under the last cell's text, or beside the cells."""
    piece = coming[0]
    cell = row.cells[-1]
    last = cell.pieces[-1]
    if piece.turned != last.turned:
        return False
    if _is_under(row, piece, _LINE_STEP[1]) or (
        _is_under(row, piece, _WIDEST_STEP) and _goes_on_beside(cell, coming)
    ):
        cell.add(piece)
    elif last.is_mark and len(cell.pieces) == 1 and _is_level(last, piece) and _is_after(last, piece):
        last.text, last.right = f"{last.text.strip()} {piece.text.strip()}", piece.right
        cell.right = piece.right
    elif piece.left >= cell.right and len(row.cells) < _MOST_CELLS and _is_in_height(row, piece):
        row.cells.append(_Cell.begun(piece))
    elif _is_level(row.cells[0].pieces[0], piece) and not _overlaps_any(row, piece):
        row.cells.append(_Cell.begun(piece))
        row.cells.sort(key=lambda one: one.left)
    else:
        return False
    return True


def _is_after(mark: Piece, piece: Piece) -> bool:
    return -_TOUCHING * mark.size <= piece.left - mark.right


def _is_level(one: Piece, other: Piece) -> bool:
    return abs(one.base - other.base) <= _SAME_BASE * max(one.size, other.size)


def _is_under(row: _Row, piece: Piece, step: float) -> bool:
    cell = row.cells[-1]
    last = cell.pieces[-1]
    size = max(piece.size, last.size)
    overlaps = min(piece.right, cell.right) > max(piece.left, cell.left)
    in_column = len(row.cells) == 1 or piece.left >= row.cells[-2].right
    return overlaps and in_column and _LINE_STEP[0] * size <= last.base - piece.base <= step * size


def _goes_on_beside(cell: _Cell, coming: Sequence[Piece]) -> bool:
    """True where the row's next cell stands higher than the last of the lines that come before it."""
    for under, piece in pairwise(coming):
        if piece.left >= cell.right:
            return piece.base > under.base + _SAME_BASE * piece.size
    return False


def _is_in_height(row: _Row, piece: Piece) -> bool:
    """True of what stands as high as the row, or so little above it that it can be a higher cell."""
    bases = [cell.pieces[index].base for cell in row.cells for index in (0, -1)]
    return min(bases) - 0.5 * piece.size <= piece.base <= max(bases) + _HIGHEST * piece.size


def _overlaps_any(row: _Row, piece: Piece) -> bool:
    return any(min(piece.right, cell.right) > max(piece.left, cell.left) for cell in row.cells)


def _written_row(row: _Row) -> Iterator[str]:
    for cell in row.cells:
        yield from (piece.text.rstrip() for piece in cell.pieces)


def _written_table(table: Sequence[_Row]) -> Iterator[str]:
    """The rows with bars between their cells; one row alone is a line as any other."""
    if len(table) < _FEWEST_ROWS:
        for row in table:
            level = all(_is_level(row.cells[0].pieces[0], cell.pieces[0]) for cell in row.cells)
            single = all(len(cell.pieces) == 1 for cell in row.cells)
            yield from [" ".join(cell.text for cell in row.cells)] if level and single else _written_row(row)
        return
    columns = columns_of([[(cell.left, cell.right) for cell in row.cells] for row in table])
    whole = [_parted_row(row, columns) for row in table]
    places = [places_of([(cell.left, cell.right) for cell in row.cells], columns) for row in whole]
    width = max(map(max, places)) + 1
    for row, taken in zip(whole, places, strict=True):
        told = dict(zip(taken, (cell.text for cell in row.cells), strict=True))
        yield " | ".join(told.get(column, "") for column in range(width)).rstrip()


def _parted_row(row: _Row, columns: Sequence[tuple[float, float]]) -> _Row:
    """The row with what was taken for one cell, though it lies in several columns, in its cells."""
    cells: list[_Cell] = []
    for cell in row.cells:
        if len(cell.pieces) == 1 and cell.pieces[0].gaps:
            cells += map(_Cell.begun, cut_cells(cell.pieces[0], columns))
        else:
            cells.append(cell)
    return _Row(cells)
