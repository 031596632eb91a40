"""The columns of a table, told from where its cells stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_MOST_COLUMNS: Final = 40


def columns_of(rows: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[float, float]]:
    """The spans of the columns; narrow cells tell them, and a cell across several tells nothing.

    None where there are more than a table has.
    """
    columns: list[tuple[float, float]] = []
    for left, right in sorted((span for row in rows for span in row), key=lambda span: span[1] - span[0]):
        met = [column for column in columns if column[0] < right and left < column[1]]
        if len(met) > 1:
            continue
        for column in met:
            columns.remove(column)
            left, right = min(left, column[0]), max(right, column[1])
        columns.append((left, right))
        if len(columns) > _MOST_COLUMNS:
            return []
    columns.sort()
    return _without_twins(columns, rows)


def _without_twins(
    columns: list[tuple[float, float]], rows: Sequence[Sequence[tuple[float, float]]]
) -> list[tuple[float, float]]:
    """One column for two that no row fills both of: a head at the left over numbers at the right."""
    most = max(map(len, rows))
    filled = [_columns_met(row, columns) for row in rows]
    index = 0
    while index + 1 < len(columns) and len(columns) > most:
        if any({index, index + 1} <= met for met in filled):
            index += 1
            continue
        columns[index : index + 2] = [(columns[index][0], columns[index + 1][1])]
        filled = [_columns_met(row, columns) for row in rows]
    return columns


def _columns_met(row: Sequence[tuple[float, float]], columns: Sequence[tuple[float, float]]) -> set[int]:
    return {_nearest_column(span, columns) for span in row}


def places_of(row: Sequence[tuple[float, float]], columns: Sequence[tuple[float, float]]) -> list[int]:
    """The columns of a row's cells; where two cells share one, they are counted from the first."""
    places = [_nearest_column(span, columns) for span in row] if columns else [0] * len(row)
    return places if all(one < other for one, other in pairwise(places)) else list(range(len(row)))


def _nearest_column(span: tuple[float, float], columns: Sequence[tuple[float, float]]) -> int:
    left, right = span
    return max(
        range(len(columns)),
        key=lambda index: min(right, columns[index][1]) - max(left, columns[index][0]),
    )
