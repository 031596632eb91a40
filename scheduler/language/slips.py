"""Slips of the keys in the words that times are made of, put right; pure.

A word that is an English word itself is no slip: `at there`, `weakly`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from scheduler.language.grammar.vocabulary import COUNT

UNITS: Final = tuple(
    f"{unit}{ending}" for unit in ("second", "minute", "hour", "day", "week", "month") for ending in ("", "s")
)
_COUNTED: Final = re.compile(r"(every|each|in) (\d{1,9}|[a-z-]{1,11}) ([a-z]{3,9})\b", re.IGNORECASE)
_PART_OF: Final = re.compile(
    r"in (?P<part>[a-z]{3,5} an?|(?:a )?[a-z]{6,8} of an?) (?P<unit>[a-z]{3,5})\b", re.IGNORECASE
)
_PARTS_OF_HOUR: Final = ("half", "quarter")
_WHOLES: Final = ("hour", "day")
_SHORTEST_TO_LOSE_A_LETTER: Final = 5
_HOURS: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_MINUTES: Final = {"fifteen": "15", "thirty": "30", "forty-five": "45", "forty five": "45"}
_CLOCK_WORDS: Final = (
    *_HOURS,
    *_MINUTES,
    "noon",
    "midnight",
    "midday",
    "half",
    "quarter",
    "o'clock",
    "oclock",
)
_WORDS_THEMSELVES: Final = frozenset(
    {"even", "elven", "nono", "seen", "sven", "teen", "thee", "there", "tow", "tree"}
)
_SPANS: Final = (
    "hour", "day", "weekday", "weekend", "week", "month", "morning", "evening", "afternoon", "night",
)  # fmt: skip
_PARTS: Final = ("morning", "evening", "afternoon", "night")
_NEVER_SPANS: Final = frozenset({"moth", "mouth", "minuet", "nigh", "mourning", "evenings", "weekends"})
_NEVER_EVERY: Final = frozenset({"eery", "ever", "veery", "very"})
_MERIDIEMS: Final = {
    "ma": "am", "amm": "am", "aam": "am", "a m": "am", "pmm": "pm", "ppm": "pm", "pn": "pm", "p m": "pm",
}  # fmt: skip
_OCLOCK: Final = ("o'clock", "oclock")
_FIGURES: Final = re.compile(
    r"(?P<hour>[o\d]?\d)(?:(?P<mark>[:;.,]|[- ](?=[3-5]\d))(?P<minute>[\dol]{1,2}))?"
    r"(?:[.,]?(?P<gap> ?)(?P<meridiem>[a-z]{2,3}|[ap] m))?"
)
_SPOKEN: Final = re.compile(rf"(?P<hour>{'|'.join(_HOURS)}) (?P<minute>{'|'.join(_MINUTES)}|30|15|45)")
_HALF: Final = re.compile(rf"half (?:{'|'.join(_HOURS)}|\d{{1,2}})")
_ADVERBS: Final = ("daily", "weekly", "monthly", "nightly", "hourly", "yearly", "quarterly", "fortnightly")
_OTHER_WORDS: Final = frozenset({"dail", "daly", "early", "hurly", "dairy", "nighty"})
_ADVERB_ENDING: Final = re.compile(r"l+(?:ey|ie|i|y)$")


@lru_cache(maxsize=4_096)
def slip_among(word: str, words: tuple[str, ...]) -> str | None:
    """The one of `words` that was meant, with two letters swapped, or one lost or doubled; remembered."""
    return next((known for known in words if word in slips_of(known)), None)


@lru_cache(maxsize=4_096)
def nearest_among(word: str, words: tuple[str, ...], *, cutoff: float) -> str | None:
    """The one of `words` most like `word`, from `cutoff` (0 to 1) on; remembered, as words come again."""
    return next(iter(get_close_matches(word, words, n=1, cutoff=cutoff)), None)


@lru_cache(maxsize=512)
def slips_of(word: str) -> frozenset[str]:
    """The word with two letters swapped, one doubled, or, of a longer word, one lost."""
    places = range(len(word))
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1]}
    doubled = {word[: at + 1] + word[at:] for at in places}
    lost = {word[:at] + word[at + 1 :] for at in places if len(word) >= _SHORTEST_TO_LOSE_A_LETTER}
    return frozenset((swapped | doubled | lost) - {word})


def is_slip_of_unit(word: str) -> bool:
    """True for `huor`, and not for words such as *minuet*."""
    return word not in _NEVER_SPANS and slip_among(word, UNITS) is not None


@lru_cache(maxsize=1)
def mistyped_every() -> str:
    """A pattern of *every* with a slip, without the words that are English themselves: `evry`, `evrey`."""
    return "|".join(sorted(slips_of("every") - _NEVER_EVERY))


def _turned_letters(words: Iterable[str]) -> dict[str, str]:
    """The words with two letters changed about, and what each was to be."""
    return {
        word[:at] + word[at + 1] + word[at] + word[at + 2 :]: word
        for word in words
        for at in range(len(word) - 1)
    }


SHORT_SLIPS: Final = {
    **_turned_letters(("at", "of", "in", "the", "and", "from")),
    **_turned_letters(("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
    **dict.fromkeys(sorted(slips_of("day")), "day"),
    **dict.fromkeys(("haf", "hal", *sorted(slips_of("half"))), "half"),
}
"""Short words of a time with a slip; they count only where all else is a time."""


_PART_SLIPS: Final = {
    slip: word for word in (*_PARTS_OF_HOUR, *_WHOLES) for slip in sorted(slips_of(word) - _NEVER_SPANS)
}


@lru_cache(maxsize=1)
def slips_of_spans() -> dict[str, str]:
    """Mistyped hours, days, parts of the day and the like, with what each was to be."""
    return {slip: span for span in _SPANS for slip in slips_of(span) - _NEVER_SPANS}


def mended_part(word: str) -> str | None:
    """The part of the day that `moring` or `aftenoon` was to be."""
    span = slips_of_spans().get(word)
    return span if span in _PARTS else None


def has_letters_of(word: str, right: str) -> bool:
    """True for the letters of `right` with two of them changed about, one doubled or one left out."""
    return sorted(word) == sorted(right) or (set(word) == set(right) and abs(len(word) - len(right)) == 1)


def mended_adverb(word: str) -> str | None:
    """The word of a time that `dayly`, `weekley` or `montly` was to be."""
    if word in _OTHER_WORDS or word in _ADVERBS:
        return None
    plain = _ADVERB_ENDING.sub("ly", word).replace("dayly", "daily")
    return plain if plain in _ADVERBS else slip_among(word, _ADVERBS)


def mended_after_hour(word: str) -> str | None:
    """The word after an hour that `o'clok`, `o clock` or `amm` was to be."""
    if word == "o clock":
        return _OCLOCK[0]
    return _MERIDIEMS.get(word) or slip_among(word, _OCLOCK)


def mended_count(text: str) -> tuple[str, str] | None:
    """A number of units with a slip, at the beginning of `text`, and what it was to be: `every 5 mintues`."""
    if (counted := _COUNTED.match(text)) is None:
        return None
    number, unit = counted[2].lower(), counted[3].lower()
    if not re.fullmatch(COUNT, number) and (mended := slip_among(number, _HOURS)) and unit in UNITS:
        return counted[0], f"{counted[1]} {mended} {unit}"
    if unit in UNITS or not re.fullmatch(COUNT, number):
        return None
    close = nearest_among(unit, UNITS, cutoff=0.82) if len(unit) > 3 else None
    meant = close or slip_among(unit, UNITS)
    return (counted[0], f"{counted[1]} {counted[2]} {meant}") if meant else None


def mended_part_of_hour(text: str) -> tuple[str, str] | None:
    """A part of an hour with a slip, at the beginning of `text`, and what it was to be: `in half an huor`."""
    if (found := _PART_OF.match(text)) is None:
        return None
    words = [*found["part"].lower().split(), found["unit"].lower()]
    mended = [_PART_SLIPS.get(word, word) for word in words]
    if mended == words or mended[-1] not in _WHOLES or not {*mended} & {*_PARTS_OF_HOUR}:
        return None
    return found[0], f"in {' '.join(mended)}"


def mended_clock(said: str) -> str | None:
    """The time of day that `nien`, `9;30`, `9 ma` or `nine thirty` was to be; None for any other words."""
    said = said.lower()
    words = [_mended_word(word) for word in said.split()]
    mended = " ".join(words).replace(" o clock", " o'clock")
    if figures := _FIGURES.fullmatch(mended):
        mended = _plain_figures(figures)
    elif spoken := _SPOKEN.fullmatch(mended):
        minute = _MINUTES.get(spoken["minute"], spoken["minute"])
        mended = f"{_HOURS.index(spoken['hour']) + 1}:{minute}"
    elif _HALF.fullmatch(mended):
        mended = mended.replace("half ", "half past ")
    return mended if mended != said else None


def _mended_word(word: str) -> str:
    if word in _WORDS_THEMSELVES or word in _CLOCK_WORDS:
        return word
    return slip_among(word, _CLOCK_WORDS) or word


def _plain_figures(figures: re.Match[str]) -> str:
    hour, minute = figures["hour"].replace("o", "0"), figures["minute"] or ""
    minute = minute.replace("o", "0").replace("l", "1")
    mark = ":" if figures["mark"] in (";", ",", "-", " ") or len(minute) == 1 else figures["mark"] or ""
    meridiem = _MERIDIEMS.get(figures["meridiem"], figures["meridiem"] or "")
    return f"{hour}{mark}{minute and minute.rjust(2, '0')}{figures['gap'] or ''}{meridiem}"
