"""Texts that begin like a time and cannot be read as one, so that nobody pays for an answer to them.

Only beginnings that are hardly ever a prompt's count, for a person who means one has to put it in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.foreign import refuse_foreign
from scheduler.language.grammar.certainty import Certainty
from scheduler.language.grammar.meaning import Delay, Found, Moment, Recurring
from scheduler.language.grammar.phrase import scan_phrase
from scheduler.language.grammar.vocabulary import MONTHS, WEEKDAYS
from scheduler.language.leftover import refuse_rest
from scheduler.language.refusing import is_readable
from scheduler.language.slips import (
    SHORT_SLIPS,
    UNITS,
    mended_clock,
    mended_count,
    mended_part_of_hour,
    nearest_among,
    slips_of_spans,
)

_NO_COUNT: Final = re.compile(
    rf"(every|each|in) ?(?:-\d+|\d{{10,}}) ?({'|'.join(UNITS)})(?!\w)", re.IGNORECASE
)
_DAYS: Final = ("day", "weekday", "weekend", *(name.lower() for name in WEEKDAYS))
_NOTHING_CLOSER: Final = "every Monday at 09:00"
_CLOCKED: Final = re.compile(r"(?:every|each) ?([a-z]+)s?,? at \d{1,2}(?:[:.]\d\d| ?[ap]m)?\b", re.IGNORECASE)
_CLAUSE: Final = re.compile(
    r"\s*,|.*\?|.*\b(?:is|are|was|were|will|would|can|could|should|has|have|had|do|does|did)\b"
    r"|\s*(?:i|we|they|he|she|people|what|how|why|who|where|when|which|to|from|of)\b",
    re.IGNORECASE | re.DOTALL,
)
_AMOUNT: Final = re.compile(
    r"\s*(?:%|(?:percent|per|degrees|feet|foot|million|billion|thousand|hundred|cents?|bucks|km|kg|mph)\b"
    r"|[^\s:]*s\b|\S+ [^\s:]*s\b)",
    re.IGNORECASE,
)


def refuse_nearly(text: str, found: Found | None) -> None:
    """Raise a `WhenError` if `text`, which `found` does not lead, begins like a time."""
    if found is not None:
        rest = text[found.end :]
        if isinstance(found.meaning, WhenError):
            if text.lower().startswith(("every", "each")) and not _CLAUSE.match(rest):
                if found.certainty is Certainty.STATED:
                    raise found.meaning
                raise _unclear_time(text[: found.end], *found.meaning.instead)
        elif found.certainty is Certainty.ALONE and not _CLAUSE.match(rest) and re.match(r"\s+\w", rest):
            meaning = found.meaning
            if (isinstance(meaning, Delay) and meaning.months) or (
                isinstance(meaning, Moment) and meaning.day == "next" and not _AMOUNT.match(rest)
            ):
                raise WhenError(TimeFault.PERHAPS_PROMPT, said=text[: found.end])
    if (vague := _VAGUE.match(text)) and not _CLAUSE.match(text, vague.end()):
        raise _unclear_time(vague[0], *_VAGUE_INSTEAD.get((vague[1] or vague[0][:4]).lower(), ("at 17:00",)))
    refuse_foreign(text)
    if found is None or found.certainty is Certainty.ALONE:
        _refuse_slip(text)
    if found is not None:
        return
    if no_count := _NO_COUNT.match(text):
        raise _unclear_time(no_count[0], f"{no_count[1]} 5 {no_count[2]}", f"{no_count[1]} 12 {no_count[2]}")
    if counted := mended_count(text) or mended_part_of_hour(text):
        raise _unclear_time(*counted)
    if clocked := _CLOCKED.match(text):
        day = nearest_among(clocked[1].lower(), _DAYS, cutoff=0.75)
        clock = clocked[0][clocked[0].rindex("at ") :]
        raise _unclear_time(clocked[0], *([f"every {day} {clock}"] if day else []))


def _refuse_slip(text: str) -> None:
    """Refuse a slip of the keys in the first words of what else would be a time: `evry monday at 9`."""
    if wide := _WIDE_EVERY.match(text):
        apart = f"{wide[1]} {text[wide.end() :]}"
        if (time := scan_phrase(apart)) and time.certainty >= Certainty.STATED:
            raise _unclear_time(text[: time.end - 1], apart[: time.end])
    for end, mended in _mended_clocks(text):
        time = scan_phrase(mended)
        if time is None or time.certainty < Certainty.STATED or time.end < len(mended):
            continue
        if isinstance(time.meaning, Recurring) or not _CLAUSE.match(text, end):
            raise _unclear_time(text[:end], mended)
    for end, mended in _mended_slips(text, others=_LATER_WORDS, most=_FIRST_FEW):
        time = scan_phrase(mended)
        if time is None:
            continue
        if time.certainty >= Certainty.STATED and time.end > end:
            raise _unclear_time(text[:end], mended[: time.end])
        if time.certainty is Certainty.LEADING and isinstance(time.meaning, Recurring):
            refuse_rest(mended, time, reader=None)
            if time.end > end + len(mended) - len(text) and (hour := _HOUR_NEXT.match(mended, time.end)):
                raise _unclear_time(text[:end], f"{mended[: time.end]} at {hour[1]}")
    spanned = _SPANNED.match(text)
    span = slips_of_spans().get(spanned[2].lower()) if spanned else None
    if spanned and span and not _CLAUSE.match(text, spanned.end()):
        raise _unclear_time(spanned[0], f"{spanned[1]} {span}")


def find_slip(ending: str) -> str | None:
    """The time with a clock that `ending` would be, all of it, but for a slip: `every firday at 9`.

    Or the half of an hour or a day: `in haf an hour`.
    """
    clocked = _with_clock_mended(ending)
    if clocked is None and not _CLOCK.search(ending) and not _HALF_OF.fullmatch(ending):
        return None
    slips = _mended_slips(clocked or ending, others=_ALL_WORDS, most=_MOST_WORDS)
    for mended in chain([clocked] if clocked else [], (text for _, text in slips)):
        time = scan_phrase(mended)
        if time is not None and time.certainty >= Certainty.STATED and time.end == len(mended):
            return mended
    return None


def _with_clock_mended(ending: str) -> str | None:
    """The ending with its clock put right: `every day at nine` for `every day at nien`."""
    found = _CLOCK_LAST.search(ending)
    if found is None or (clock := mended_clock(found["clock"])) is None:
        return None
    return f"{ending[: found.start('clock')]}{clock}"


def _mended_clocks(text: str) -> Iterator[tuple[int, str]]:
    """The first words of a text up to a clock that is put right, and its end as it was typed."""
    if found := _CLOCK_FIRST.match(text):
        for clock in (f"{found['clock']}{found['more'] or ''}", found["clock"]):
            if mended := mended_clock(clock):
                yield found.start("clock") + len(clock), f"{text[: found.start('clock')]}{mended}"


def _mended_slips(text: str, *, others: tuple[str, ...], most: int) -> Iterator[tuple[int, str]]:
    """The text with one of its first words put right, and the end of that word as it was typed."""
    words = list(re.compile(r"[^\s,:;.!?–-]+").finditer(text, 0, 60))[:most]
    for count, found in enumerate(words):
        word = found[0].lower()
        if word in _NO_SLIPS or not word.isalpha():
            continue
        if glued := _GLUED_EVERY.fullmatch(word):
            yield found.end(), f"{text[: found.start()]}every {glued['unit']}{text[found.end() :]}"
        elif count and (short := SHORT_SLIPS.get(word)):
            yield found.end(), f"{text[: found.start()]}{short}{text[found.end() :]}"
        if len(word) < 4:
            continue
        right = nearest_among(word, others if count else _FIRST_WORDS, cutoff=0.74)
        if right not in (word, None):
            yield found.end(), f"{text[: found.start()]}{right}{text[found.end() :]}"


_HOUR_NEXT: Final = re.compile(r" +([01]?\d|2[0-3])(?= |$)")
_CLOCK: Final = re.compile(r"\d|\b(?:noon|midnight)\b")
_HALF_OF: Final = re.compile(r"in [a-z]{3,5} an? (?:hour|day)", re.IGNORECASE)
_CLOCK_LAST: Final = re.compile(r"(?:\bat |@ ?|(?<=\s)(?=o?\d))(?P<clock>\S+(?: \S+){0,2})$", re.IGNORECASE)
_CLOCK_FIRST: Final = re.compile(
    r"(?:\S+ ){0,4}?(?:at |@ ?)(?P<clock>[^\s,:!?]+)(?P<more> [^\s,:!?]+)?", re.IGNORECASE
)
_GLUED_EVERY: Final = re.compile(r"e[very]{2,5}(?P<unit>day|week|month|hour)")
_SPANNED: Final = re.compile(r"(every|each) ([a-z]+)(?=\s)", re.IGNORECASE)
_MOST_WORDS: Final = 7
_FIRST_FEW: Final = 5
_WIDE_EVERY: Final = re.compile(
    r"(every|each)(?=(?:day|week|month|hour|mon|tue|wed|thu|fri|sat|sun)\w*)", re.I
)
_FIRST_WORDS: Final = (
    "every", "each", "tomorrow", "today", "tonight", "daily", "weekly", "weekdays", "next", "this",
    *(name.lower() for name in WEEKDAYS), *(f"{name.lower()}s" for name in WEEKDAYS),
)  # fmt: skip
_KNOWN: Final = (
    *_DAYS, *(f"{day}s" for day in _DAYS), *UNITS, "tomorrow", "today", "tonight",
    "morning", "evening", "afternoon", "night", "midnight", "noon",
    "other", "first", "second", "third", "last", "except", "holidays", "until",
    "starting", "between", "half", *(name.lower() for name in MONTHS if len(name) > 4),
)  # fmt: skip
_LATER_WORDS: Final = (*_KNOWN, "every")
_ALL_WORDS: Final = (*_FIRST_WORDS, *_KNOWN)
_NO_SLIPS: Final = frozenset(
    {
        "very",
        "ever",
        "never",
        "even",
        "teach",
        "reach",
        "beach",
        "peach",
        "text",
        "test",
        "nest",
        "neat",
        "thus",
        "then",
        "money",
        "dairy",
        "daisy",
        "sundry",
        "sundae",
        "knight",
        "moon",
        "four",
        "toddy",
    }
)
_VAGUE: Final = re.compile(
    r"(?:in (?:a few|several|some) (seconds|minutes|mins|hours|hrs|days|weeks|months)|at (EOD|COB|EOB"
    r"|close of business"
    r"|lunch(?:time)?|dinner(?:time)?|sunrise|sunset|dawn|dusk|(?:the )?end of (?:the )?(?:business "
    r"|working )?day)"
    r"|by (EOD|COB)|(later|soon) today|next (?:week|month|year|quarter),? at \d{1,2}[:\d]*)(?=\s+\w|\s*:|$)",
    re.IGNORECASE,
)
_VAGUE_INSTEAD: Final = {
    "seconds": ("in 1 minute",), "minutes": ("in 5 minutes",), "mins": ("in 5 minutes",),
    "hours": ("in 3 hours",), "hrs": ("in 3 hours",), "days": ("in 3 days at 9",),
    "weeks": ("in 2 weeks at 9",),
    "months": ("in 3 months at 9",), "next": ("next Monday at 9",),
}  # fmt: skip


def _unclear_time(said: str, *nearest: str) -> WhenError:
    """The refusal of `said`, with those of the `nearest` forms that can be kept."""
    kept = [phrase for phrase in nearest if is_readable(phrase)] or [_NOTHING_CLOSER]
    return WhenError(TimeFault.UNREADABLE, said=said, instead=kept)
