"""Slips of the keys in the words that times are made of, put right; pure.

A word that is an English word itself is no slip: `at there`, `weakly`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

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
_NEVER_EVERY: Final = frozenset({"eery", "ever", "veery", "very"})
_MERIDIEMS: Final = {"ma": "am", "amm": "am", "aam": "am", "pmm": "pm", "ppm": "pm"}
_FIGURES: Final = re.compile(
    r"(?P<hour>[o\d]?\d)(?:(?P<mark>[:;.,])(?P<minute>[\dol]{1,2}))?"
    r"(?:[.,]?(?P<gap> ?)(?P<meridiem>[a-z]{2,3}))?"
)
_SPOKEN: Final = re.compile(rf"(?P<hour>{'|'.join(_HOURS)}) (?P<minute>{'|'.join(_MINUTES)}|30|15|45)")
_HALF: Final = re.compile(rf"half (?:{'|'.join(_HOURS)}|\d{{1,2}})")
_ADVERBS: Final = ("daily", "weekly", "monthly", "nightly", "hourly", "yearly", "quarterly", "fortnightly")
_OTHER_WORDS: Final = frozenset({"dail", "daly", "early", "hurly", "dairy", "nighty"})
_ADVERB_ENDING: Final = re.compile(r"l+(?:ey|ie|i|y)$")


def slip_among(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that was meant, with two letters swapped, or one lost or doubled."""
    return next((known for known in words if word in slips_of(known)), None)


@lru_cache(maxsize=512)
def slips_of(word: str) -> frozenset[str]:
    """The word with two letters swapped, one doubled, or, of a longer word, one lost."""
    places = range(len(word))
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1]}
    doubled = {word[: at + 1] + word[at:] for at in places}
    lost = {word[:at] + word[at + 1 :] for at in places if len(word) >= _SHORTEST_TO_LOSE_A_LETTER}
    return frozenset((swapped | doubled | lost) - {word})


def mistyped_every() -> str:
    """A pattern of *every* with a slip, without the words that are English themselves: `evry`, `evrey`."""
    return "|".join(sorted(slips_of("every") - _NEVER_EVERY))


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
    """The word after an hour that `o'clok` or `amm` was to be."""
    return _MERIDIEMS.get(word) or slip_among(word, ("o'clock", "oclock"))


def mended_number(word: str) -> str | None:
    """The number that `fvie` or `tow` was to be."""
    return slip_among(word, _HOURS)


def mended_clock(said: str) -> str | None:
    """The time of day that `nien`, `9;30`, `9 ma` or `nine thirty` was to be; None for any other words."""
    said = said.lower()
    words = [_mended_word(word) for word in said.split()]
    mended = " ".join(words)
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
    mark = ":" if figures["mark"] in (";", ",") or len(minute) == 1 else figures["mark"] or ""
    meridiem = _MERIDIEMS.get(figures["meridiem"], figures["meridiem"] or "")
    return f"{hour}{mark}{minute and minute.rjust(2, '0')}{figures['gap'] or ''}{meridiem}"
