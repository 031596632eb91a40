"""Material that is too long → the parts of it that will be read, and no others.

To cut text takes time, which must be no more than the reading will use, and must end with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, takewhile
from typing import Final

from bot.answers.cutting import cut_text
from bot.background import run_until_cancelled
from bot.model import estimate_tokens
from bot.sources import Piece

MOST_PARTS: Final = 40
"""The most parts of all sources together: a book of some thousand pages for a model of today."""

_OVERLAP: Final = 70
"""Tokens that a part repeats of the one before it, for sentences that begin there."""


@dataclass(frozen=True, kw_only=True)
class Parted:
    """The parts of a text that will be read, and how many there are in all."""

    texts: Sequence[str]
    of: int
    is_estimated: bool = False
    """True if the rest is not cut, so that `of` is about right."""

    @property
    def are_several(self) -> bool:
        return self.of > 1


async def split_until_cancelled(pieces: Sequence[Piece], *, room: int) -> list[Parted]:
    """Cut in a thread, which ends after the part it is at when nobody waits for it any more."""
    return await run_until_cancelled(partial(split_pieces, pieces, room=room))


def split_pieces(
    pieces: Sequence[Piece], is_over: Callable[[], bool] = lambda: False, *, room: int
) -> list[Parted]:
    """The parts of each piece; one for a piece that has no more than its share of `room`.

    Of more text than `MOST_PARTS` hold, only the parts that will be read are cut.
    """
    share = room // len(pieces)
    sizes = [estimate_tokens(piece.text) for piece in pieces]
    fewest = [1 if size <= share else max(2, -(-size // room)) for size in sizes]

    def cut_piece(piece: Piece) -> Iterator[tuple[str, int]]:
        parts = cut_text(piece.text, room=room, overlap=min(_OVERLAP, room // 10))
        return takewhile(lambda _: not is_over(), parts)

    if sum(fewest) > MOST_PARTS:
        return [
            _first_parts(piece.text, cut_piece(piece), most=most) if few > 1 else _keep_whole(piece)
            for piece, few, most in zip(pieces, fewest, _share_parts(fewest, most=MOST_PARTS), strict=True)
        ]
    parted = [
        _all_parts(piece.text, cut_piece(piece)) if few > 1 else _keep_whole(piece)
        for piece, few in zip(pieces, fewest, strict=True)
    ]
    taken = _share_parts([parts.of for parts in parted], most=MOST_PARTS)
    return [replace(parts, texts=parts.texts[:most]) for parts, most in zip(parted, taken, strict=True)]


def _share_parts(counts: Sequence[int], *, most: int) -> list[int]:
    """Share `most` parts out to the pieces: none is left out wholly."""
    if sum(counts) <= most:
        return list(counts)
    return [max(1, count * most // sum(counts)) for count in counts]


def _keep_whole(piece: Piece) -> Parted:
    return Parted(texts=[piece.text], of=1)


def _all_parts(text: str, parts: Iterator[tuple[str, int]]) -> Parted:
    """All parts, two at least, so that what is over its share gets shorter."""
    texts = [part for part, _ in parts]
    texts = texts if len(texts) > 1 else [text[: len(text) // 2], text[len(text) // 2 :]]
    return Parted(texts=texts, of=len(texts))


def _first_parts(text: str, parts: Iterator[tuple[str, int]], *, most: int) -> Parted:
    """The first parts, and how many there would be if the rest were cut alike."""
    taken = list(islice(parts, most))
    end = taken[-1][1] if taken else len(text)
    of = max(len(taken) + 1, round(len(taken) * len(text) / end))
    return Parted(texts=[part for part, _ in taken], of=of, is_estimated=True)
