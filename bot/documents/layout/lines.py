"""Fragments → pieces of lines: what stands side by side on a baseline without a wide gap.

The stream's order is kept, since it is the order of reading: a column's lines stay together. Only the numbers
of lists are put back to their items, where they were shown apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from bot.documents.layout.fragments import Fragment

_WORD_GAP: Final = 0.15
_WIDE_GAP: Final = 0.35
_CELL_GAP: Final = 1.0
_SAME_LINE: Final = 0.3
_RAISED: Final = (0.12, 0.9)
_RAISED_AS_LARGE: Final = 0.6
_TOUCHING: Final = 0.1
_LESS: Final = 0.95
_MARK: Final = re.compile(r"(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,5})[.)]|[•◦▪‣●○■–-])")
_MARK_REACH: Final = 4.0
_MOST_ON_LINE: Final = 60
_NUMBER: Final = re.compile(r"[+\-−]?\d{1,4}")
_BASE: Final = re.compile(r"(?:(?<![\w.,])10|(?<!\w)[^\W\d_]{1,2}|[)\]])$")
_MOST_OF_FRACTION: Final = 4


@dataclass
class Piece:
    """Text on one baseline; `is_mark` where it is a list's number or bullet alone."""

    text: str
    left: float
    right: float
    base: float
    size: float
    turned: int
    last: Fragment
    gaps: list[tuple[int, float, float]] = field(default_factory=list)
    """Where words are further apart than usual: the place in the text, and the gap's edges."""

    @property
    def is_mark(self) -> bool:
        return bool(_MARK.fullmatch(self.text.strip()))


def joined_pieces(fragments: Iterable[Fragment]) -> list[Piece]:
    pieces: list[Piece] = []
    for fragment in fragments:
        if not pieces or not _is_continued_by(pieces[-1], fragment):
            pieces.append(Piece(*fragment, last=fragment))
            continue
        _append_fragment(pieces[-1], fragment)
    return _with_marks([piece for piece in pieces if piece.text.strip()])


def _is_continued_by(piece: Piece, fragment: Fragment) -> bool:
    if fragment.turned != piece.turned or not fragment.size:
        return False
    size = max(piece.size, fragment.size)
    gap = fragment.left - piece.right
    if _is_below_bar(piece.last, fragment):
        return True
    if not -0.5 * size <= gap <= _CELL_GAP * size:
        return False
    apart = abs(fragment.base - piece.base)
    smaller = min(piece.size, fragment.size) <= _LESS * size
    if abs(gap) <= _TOUCHING * size:
        return apart <= (_RAISED[1] if smaller else _RAISED_AS_LARGE) * size
    return apart <= (_RAISED[1] if smaller else _SAME_LINE) * size


def _is_below_bar(above: Fragment, fragment: Fragment) -> bool:
    """True of a denominator: as short as what it follows, and under it."""
    size = max(above.size, fragment.size)
    shared = min(above.right, fragment.right) - max(above.left, fragment.left)
    narrower = min(above.right - above.left, fragment.right - fragment.left)
    drop = above.base - fragment.base
    short = max(len(above.text), len(fragment.text)) <= _MOST_OF_FRACTION
    return (
        short
        and shared > 0.5 * narrower > 0
        and 0.5 * size < drop < 1.1 * size
        and _are_digits(above, fragment)
    )


def _are_digits(above: Fragment, fragment: Fragment) -> bool:
    return above.text.strip().isdecimal() and fragment.text.strip().isdecimal()


def _append_fragment(piece: Piece, fragment: Fragment) -> None:
    if fragment.left - piece.right > _WIDE_GAP * fragment.size:
        piece.gaps.append((len(piece.text), piece.right, fragment.left))
    piece.text += _text_between(piece, fragment) + _raised_text(piece, fragment)
    if fragment.size > piece.size or (fragment.size == piece.size and fragment.base < piece.base):
        piece.size, piece.base = fragment.size, fragment.base
    piece.right = max(piece.right, fragment.right)
    if fragment.text.strip():
        piece.last = fragment


def _text_between(piece: Piece, fragment: Fragment) -> str:
    if _is_below_bar(piece.last, fragment):
        return "/"
    size = max(piece.size, fragment.size)
    if fragment.left - piece.right > _WORD_GAP * size:
        return "" if piece.text.endswith(" ") or fragment.text.startswith(" ") else " "
    if _RAISED[0] * size < piece.base - fragment.base and piece.size <= _LESS * size:
        return " " if _NUMBER.fullmatch(piece.text.strip()) else ""
    return ""


def _raised_text(piece: Piece, fragment: Fragment) -> str:
    """The text of a fragment; a small raised number is told from the digits before it."""
    least = _RAISED[0] if fragment.size <= _LESS * piece.size else _SAME_LINE
    risen = fragment.base - piece.base > least * piece.size
    number = fragment.text.strip()
    before = piece.text[-1:]
    if not risen or not _NUMBER.fullmatch(number) or not before.strip() or before in "/⁄":
        return fragment.text
    if fragment.left - piece.right > _WORD_GAP * piece.size:
        return fragment.text
    return f"^{number}" if _BASE.search(piece.text[-4:]) else f"[{number}]"


def _with_marks(pieces: list[Piece]) -> list[Piece]:
    """Each list's number before its item, wherever the stream has it."""
    by_base: dict[tuple[int, int], list[int]] = {}
    for index, piece in enumerate(pieces):
        by_base.setdefault((piece.turned, round(piece.base)), []).append(index)
    moved: dict[int, Piece] = {}
    gone: set[int] = set()
    for index, piece in enumerate(pieces):
        if piece.is_mark and (item := _item_of(piece, index, pieces, by_base)) not in (None, index + 1):
            moved[item] = piece
            gone.add(index)
    ordered: list[Piece] = []
    for index, piece in enumerate(pieces):
        if index in moved:
            ordered.append(moved[index])
        if index not in gone:
            ordered.append(piece)
    return ordered


def _item_of(
    mark: Piece, index: int, pieces: list[Piece], by_base: dict[tuple[int, int], list[int]]
) -> int | None:
    """The index of the piece that begins right after a mark, on its line."""
    near = [
        other
        for base in (-1, 0, 1)
        for other in by_base.get((mark.turned, round(mark.base) + base), ())[:_MOST_ON_LINE]
        if other != index
        and -_WORD_GAP * mark.size <= pieces[other].left - mark.right <= _MARK_REACH * mark.size
    ]
    return min(near, key=lambda other: pieces[other].left, default=None)


def cut_cells(piece: Piece, columns: Iterable[tuple[float, float]]) -> list[Piece]:
    """A piece that is several cells, cut where its gaps are those between columns."""
    spans = sorted(columns)
    edges = [(one[1], other[0]) for one, other in pairwise(spans)]
    found: list[Piece] = []
    begin, left = 0, piece.left
    for place, end, next_left in piece.gaps:
        if any(left_edge < next_left and end < right_edge for left_edge, right_edge in edges):
            found.append(replace(piece, text=piece.text[begin:place], left=left, right=end))
            begin, left = place, next_left
    return [*found, replace(piece, text=piece.text[begin:], left=left)]
