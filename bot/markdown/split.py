"""Cutting text where a reader would pause, and packing the chunks into messages that are full but not torn.

A long answer may come apart before a heading, else between paragraphs, items, lines, sentences, words; and
inside a word only where no gap is left, never inside what is seen as one character if that can be helped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Final

from bot.markdown.rich_text import Chunk, TextRun, chunk_weight, merge_runs, spoken_text, text_weight


class Gap(IntEnum):
    """The cost of a message that begins there, the least first; headings and items add their depth."""

    HEADING = 0
    BLOCK = 10
    ITEM = 20
    LINE = 30
    SENTENCE = 40
    WORD = 50
    CHARACTER = 60
    HELD = 70
    """Right after a heading."""


MOST_BLOCKS: Final = 45
"""Slack takes 50: the rest is for the line under the answer."""
_FULL_ENOUGH: Final = 1 / 3

_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS: Final = re.compile(r"[^\s。！？]*[。！？]*\s*")
_WIDE_STOPS: Final = ("。", "！", "？")
_STOPS: Final = (".", "!", "?", "…", ":", ";", "؟", "।")
_CLOSING: Final = "\"'”’»)]"


def pack_messages(chunks: Sequence[Chunk], *, limit: int) -> Iterator[Sequence[Chunk]]:
    """Chunks for one message after the other, each message at most `limit` of weight."""
    weights = [chunk_weight(chunk) for chunk in chunks]
    start = 0
    while start < len(chunks):
        end = _end_of_message(chunks, weights, start, limit)
        yield chunks[start:end]
        start = end


def _end_of_message(chunks: Sequence[Chunk], weights: Sequence[int], start: int, limit: int) -> int:
    best = None
    blocks = 0
    used = _header_weight(chunks[start])
    for at in range(start, len(chunks)):
        full_enough = used >= limit * _FULL_ENOUGH or blocks >= MOST_BLOCKS * _FULL_ENOUGH
        if full_enough and at > start and (best is None or chunks[at].gap <= chunks[best].gap):
            best = at
        used += weights[at]
        blocks += at == start or chunks[at].slack_block != chunks[at - 1].slack_block
        if at > start and (used > limit or blocks > MOST_BLOCKS):
            return best or at
    return len(chunks)


def _header_weight(chunk: Chunk) -> int:
    """The weight of a table's header where the table goes on in another message."""
    if chunk.grid is None or chunk.cells is chunk.grid.header:
        return 0
    return chunk_weight(Chunk(kind="row", block=0, gap=0, cells=chunk.grid.header, grid=chunk.grid))


def cut_runs(
    runs: Sequence[TextRun], size: int, *, code: bool = False
) -> Iterator[tuple[Gap | None, tuple[TextRun, ...]]]:
    """`runs` in chunks, each with the gap before it, the first with none; whole if they weigh at most `size`.

    A link is not cut, but becomes text if it weighs more than twice `size`.
    """
    if text_weight(spoken_text(runs)) <= size:
        yield None, tuple(runs)
        return
    gap = None
    for run in merge_runs(runs):
        if run.emoji or (run.url and text_weight(spoken_text((run,))) <= 2 * size):
            yield gap, (run,)
            gap = _gap_after(run.text)
            continue
        for text in _cut_text(spoken_text((run,)), size, code=code):
            yield gap, (TextRun(text=text, style=run.style),)
            gap = _gap_after(text)


def _cut_text(text: str, size: int, *, code: bool) -> Iterator[str]:
    for unit in (_LINES if code else _WORDS).findall(text):
        if text_weight(unit) <= size:
            if unit:
                yield unit
        elif code:
            yield from _cut_text(unit, size, code=False)
        else:
            yield from _cut_word(unit, size if text_weight(unit) == len(unit) else max(1, size // 5))


def _cut_word(word: str, most: int) -> Iterator[str]:
    start = 0
    while len(word) - start > most:
        end = start + most
        while end > start + most // 2 and _is_inside_character(word, start, end):
            end -= 1
        if _is_inside_character(word, start, end):
            end = start + most  # one endless character: somewhere it must be cut
        yield word[start:end]
        start = end
    yield word[start:]


def _is_inside_character(text: str, start: int, at: int) -> bool:
    """True if `at` lies in the middle of what is seen as one character."""
    before, after = text[at - 1], text[at]
    if "\u200d" in (before, after) or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True  # skin tones and the letters of regional flags
    flags = 0
    while at - flags > start and "\U0001f1e6" <= text[at - flags - 1] <= "\U0001f1ff":
        flags += 1
    return flags % 2 == 1 and "\U0001f1e6" <= after <= "\U0001f1ff"


def _gap_after(text: str) -> Gap:
    said = text.rstrip()
    if "\n" in text[len(said) :]:
        return Gap.LINE
    if said.endswith(_WIDE_STOPS) or (len(said) < len(text) and said.rstrip(_CLOSING).endswith(_STOPS)):
        return Gap.SENTENCE
    return Gap.WORD if len(said) < len(text) else Gap.CHARACTER


def shows_nothing(chunks: Iterable[Chunk]) -> bool:
    """True if there is nothing to see."""
    return not any(run.text.strip() for chunk in chunks for run in chunk.runs) and not any(
        chunk.grid for chunk in chunks
    )
