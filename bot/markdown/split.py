"""Cutting text where a reader would pause, and packing the chunks into messages that are full but not torn.

A long answer may come apart before a heading, else between paragraphs, items, lines, sentences, words; and
inside a word only where no gap is left, never inside what is seen as one character if that can be helped.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from functools import cache
from math import ceil
from typing import Final, NamedTuple

from bot.markdown.chunks import (
    Chunk,
    Parting,
    TextRun,
    mark_weight,
    merge_runs,
    row_weight,
    said_weight,
    spoken_text,
    text_weight,
)


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
_FAR_ENOUGH: Final = 500
"""Characters, more than two of the longest words that are not cut."""

_WORDS: Final = re.compile(r"[^\s。！？]*[。！？]*\s*")
_WIDE_STOPS: Final = ("。", "！", "？")
_STOPS: Final = (".", "!", "?", "…", ":", ";", "؟", "।")
_CLOSING: Final = "\"'”’»)]"
_LAST_SENTENCE: Final = re.compile(
    rf"(?s:.*)(?:[{''.join(_STOPS)}][{re.escape(_CLOSING)}]*\s+(?=\S)|[。！？](?:\s+(?=\S)|(?=[^\s。！？])))"
)
_LAST_WORD: Final = re.compile(r"(?s:.*)\s(?=\S)")
_WIDE_GAPS: Final = ("  ", " \n", "\n ", "\n\n", "\t", "\r")
_SPACE: Final = re.compile(r"\s*")


class _Place(NamedTuple):
    """The place where a message may begin: in a chunk, before this character of its text."""

    chunk: int
    at: int
    gap: int


def pack_messages(chunks: Sequence[Chunk], *, limit: int) -> Iterator[Sequence[Chunk]]:
    """Chunks for one message after the other, each message at most `limit` of weight."""
    rest = list(chunks)
    start = 0
    while start < len(rest):
        end = _end_of_message(rest, start, limit)
        message = rest[start : end.chunk]
        if end.at:
            head, rest[end.chunk] = _part_chunk(rest[end.chunk], end)
            message.append(head)
        yield message
        start = end.chunk


def _end_of_message(chunks: Sequence[Chunk], start: int, limit: int) -> _Place:
    best: _Place | None = None
    blocks = 0
    used = _header_weight(chunks[start])
    for number in range(start, len(chunks)):
        chunk = chunks[number]
        first = number == start
        full_enough = used >= limit * _FULL_ENOUGH or blocks >= MOST_BLOCKS * _FULL_ENOUGH
        if full_enough and not first and (best is None or chunk.gap <= best.gap):
            best = _Place(number, 0, chunk.gap)
        blocks += first or not chunk.shares_block(chunks[number - 1])
        if blocks > MOST_BLOCKS and not first:
            return best or _Place(number, 0, chunk.gap)
        if chunk.parting is not None and (best is None or best.gap >= Gap.LINE):
            least = 0 if blocks >= MOST_BLOCKS * _FULL_ENOUGH else limit * _FULL_ENOUGH
            window = _window_inside(chunk, used, least, limit)
            found = _last_gap(chunk, window, most=Gap.HELD if best is None else best.gap)
            best = best if found is None else _Place(number, *found)
        used += chunk.weight
        if used > limit and (best is not None or not first):
            return best or _Place(number, 0, chunk.gap)
    return _Place(len(chunks), 0, Gap.HEADING)


def _window_inside(chunk: Chunk, used: int, least: float, limit: int) -> range:
    """The characters of the text before which a message may end, if it has `used` so much before."""
    if used + chunk.weight < least:
        return range(0)
    text, weight = chunk.said, said_weight(chunk.kind, chunk.said)
    used += chunk.weight - weight
    places = range(min(len(text), limit + 1))  # no character weighs less than one
    if weight == len(text):
        return range(max(1, ceil(least - used)), min(places.stop, limit - used + 1))

    def weight_before(place: int) -> int:
        return used + said_weight(chunk.kind, text[:place])

    return range(
        max(1, bisect_left(places, least, key=weight_before)), bisect_right(places, limit, key=weight_before)
    )


def _last_gap(chunk: Chunk, window: range, *, most: int) -> tuple[int, Gap] | None:
    """The best gap in the window that costs at most so much, the last of its kind."""
    text = chunk.said
    if not window:
        return None
    if chunk.parting == "lines":
        at = text.rfind("\n", window.start - 1, window.stop - 1) + 1
        return (at, Gap.LINE) if at else None
    if (line := _last_line(text, window)) is not None:
        return line, Gap.LINE
    # Words here are short: what ends before the window begins not far before it.
    start = max(0, window.start - _FAR_ENOUGH)
    for gap, pattern in ((Gap.SENTENCE, _LAST_SENTENCE), (Gap.WORD, _LAST_WORD)):
        found = pattern.match(text, start, window.stop) if gap <= most else None
        if found is not None and found.end() in window:
            return found.end(), gap
    return None


def _last_line(text: str, window: range) -> int | None:
    """The last place in the window that follows a line's end."""
    end = window.stop
    while (newline := text.rfind("\n", 0, end)) >= 0:
        found = _SPACE.match(text, newline)
        at = found.end() if found else newline
        if at in window:
            return at
        if at < window.start:
            return None
        end = newline
    return None


def _part_chunk(chunk: Chunk, place: _Place) -> tuple[Chunk, Chunk]:
    """The chunk up to a place in its text, and the rest."""
    (run,) = chunk.runs
    before, after = run.text[: place.at], run.text[place.at :]
    rest = said_weight(chunk.kind, after)
    head = chunk._replace(runs=(run._replace(text=before),), said=before, weight=chunk.weight - rest)
    if chunk.kind == "quote":
        rest += mark_weight(chunk.kind, indent=chunk.indent, number=chunk.number)
    return head, chunk._replace(
        runs=(run._replace(text=after),), said=after, weight=rest, gap=place.gap, more=True
    )


def _header_weight(chunk: Chunk) -> int:
    """The weight of a table's header where the table goes on in another message."""
    if chunk.grid is None or chunk.cells is chunk.grid.header:
        return 0
    return row_weight(chunk.grid.header, chunk.grid)


def cut_runs(
    runs: Sequence[TextRun], size: int, *, code: bool = False
) -> Iterator[tuple[Gap | None, tuple[TextRun, ...], Parting | None]]:
    """`runs` in chunks, each with the gap before it, the first with none, and the places where it may part.

    One of a single style stays whole however long it is, since `pack_messages` parts it where it has to. A
    link is not cut, but becomes text if it weighs more than twice `size`.
    """
    gap = None
    for run in merge_runs(runs):
        said = spoken_text((run,))
        if run.emoji or (run.url and text_weight(said) <= 2 * size):
            yield gap, (run,), None
            gap = gap_after(run.text)
            continue
        for text, parting in _part_text(said, size, code=code):
            yield gap, (TextRun(text, run.style),), parting
            gap = gap_after(text)


def _part_text(text: str, size: int, *, code: bool) -> Iterator[tuple[str, Parting | None]]:
    """`text` as a whole, or in parts where a line or a word is so long that it has to be cut itself.

    Between two of these stands one part, however many lines or words it has.
    """
    if _parts_evenly(text, size, code=code):
        if text:
            yield text, "lines" if code else "words"
        return
    start = 0
    for long in (_long_lines(size // 5) if code else _long_words(size // 7)).finditer(text):
        if text_weight(long[0]) < size and code:
            continue
        if before := text[start : long.start()]:
            yield before, "lines" if code else "words"
        start = long.end()
        if code:
            yield from _part_text(long[0], size, code=False)
        else:
            yield from ((unit, None) for unit in cut_text(long[0], size))
    if after := text[start:]:
        yield after, "lines" if code else "words"


def _parts_evenly(text: str, size: int, *, code: bool) -> bool:
    """False if a word or a line of it may weigh more than `size`, and has to be cut itself."""
    if code:
        return not any(text_weight(line) >= size for line in _long_lines(size // 5).findall(text))
    most = size // 7  # of each kind of character, one of which may be as long as five once escaped
    return _is_plain_prose(text, most) or _short_words(most).fullmatch(text) is not None


def _is_plain_prose(text: str, most: int) -> bool:
    """True if it is plain at a glance that there is a gap every so many characters, and none is long."""
    if not text.isascii() or any(gap in text for gap in _WIDE_GAPS):
        return False
    at = 0
    while len(text) - at >= most:
        gap = max(text.rfind(" ", at, at + most), text.rfind("\n", at, at + most))
        if gap < 0:
            return False
        at = gap + 1
    return True


@cache
def _long_lines(least: int) -> re.Pattern[str]:
    return re.compile(rf"[^\n]{{{least},}}\n?")


@cache
def _long_words(least: int) -> re.Pattern[str]:
    """Pattern of a word that `_short_words` does not take, with the gap after it."""
    word, stop, many = r"[^\s。！？]", "[。！？]", f"{{{least},}}+"
    rest = rf"(?:{stop}{many}\s*|{stop}*+\s{many})"
    return re.compile(rf"(?<!{word})(?:{word}{many}{stop}*\s*|{word}*+{rest})")


@cache
def _short_words(most: int) -> re.Pattern[str]:
    kinds = (r"[^\s。！？]", "[。！？]", r"\s")
    return re.compile("(?:" + "".join(f"{kind}{{0,{most - 1}}}+(?!{kind})" for kind in kinds) + ")*+")


def cut_text(text: str, size: int) -> Iterator[str]:
    """Words, each with the gap after it; what weighs more than `size` is cut further."""
    for unit in _WORDS.findall(text):
        if text_weight(unit) <= size:
            if unit:
                yield unit
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


def gap_after(text: str) -> Gap:
    """The cost of a message that begins after `text`."""
    said = text.rstrip()
    if "\n" in text[len(said) :]:
        return Gap.LINE
    if said.endswith(_WIDE_STOPS) or (len(said) < len(text) and said.rstrip(_CLOSING).endswith(_STOPS)):
        return Gap.SENTENCE
    return Gap.WORD if len(said) < len(text) else Gap.CHARACTER


def shows_nothing(chunks: Iterable[Chunk]) -> bool:
    """True if there is nothing to see."""
    return not any(chunk.grid or (chunk.said and not chunk.said.isspace()) for chunk in chunks)
