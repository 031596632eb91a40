"""Words before a time at the end of a command, or at its other end, that belong to it."""

from __future__ import annotations

import re
from typing import Final

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import Certainty
from scheduler.language.grammar.meaning import Found, Moment, Recurring
from scheduler.language.grammar.phrase import scan_phrase
from scheduler.language.grammar.vocabulary import WEEKDAYS
from scheduler.language.refusing import refuse, refuse_second, words_of
from scheduler.language.slips import (
    has_letters_of,
    mended_adverb,
    mended_count,
    mistyped_every,
    nearest_among,
    slip_among,
)


def refuse_before(text: str, end: int, found: Found, said: str, *, reader: str | None) -> None:
    """Raise a `WhenError` if the prompt before the time `said`, which ends at `end`, ends like a time."""
    prompt = text[:end]
    joined = re.search(r"(?:,|\s)\s*(?:and|or|plus|then|&|\+)$|,$", prompt[-12:], re.IGNORECASE)
    stop = len(prompt[: len(prompt) - len(joined[0])].rstrip(" ,")) if joined else end
    low = max(0, stop - 80)
    for start in re.compile(r"(?:(?<=\s)|^)\S").finditer(prompt, low, stop):
        other = scan_phrase(prompt[:stop], start.start(), reader=reader)
        if other is None or other.end < stop:
            continue
        words = prompt[start.start() : stop]
        recurring = isinstance(other.meaning, Recurring | WhenError) and " " in words
        if (
            other.certainty >= Certainty.STATED
            if joined
            else recurring and other.certainty >= Certainty.LEADING
        ):
            refuse_second(words, text[stop:])
        if recurring and re.search(
            r"\b(?:a|per|each|every) (?:week|month|year|hour|quarter)$", words, re.IGNORECASE
        ):
            refuse(TimeFault.LEFT_OVER, words, said, "every Monday and Thursday at 09:00")
        break
    _refuse_slip(prompt[low:], said)


_KNOWN_DAYS: Final = (
    "weekday",
    "weekdays",
    "weekend",
    "weekends",
    "tomorrow",
    *(name.lower() for name in WEEKDAYS),
)
_DAYS_TYPED: Final = (*_KNOWN_DAYS, *(f"{name.lower()}s" for name in WEEKDAYS))


def _refuse_slip(prompt: str, said: str) -> None:
    """Refuse `every fridya` and `tommorrwo` before a clock: the word was to be its day."""
    every = re.search(r"\b(e[a-z]{3,5})$", prompt, re.IGNORECASE)
    if every and _is_slip_of_every(every[1].lower()):
        refuse(TimeFault.LEFT_OVER, every[1], said, f"every {said}")
    counted = re.search(r"\b(?:every|each) \S+ \S+$", prompt, re.IGNORECASE)
    if counted and (mended := mended_count(counted[0])) and mended[0] == counted[0]:
        refuse(TimeFault.LEFT_OVER, counted[0], said, f"{mended[1]} {said}")
    last = re.search(
        rf"(?:\b(every other|(?:every|each|ever|{mistyped_every()})|on|next|this)\s+)?([a-z]{{5,10}})$",
        prompt,
        re.IGNORECASE,
    )
    if last is None:
        return
    before, word = (last[1] or "").lower(), last[2].lower()
    if last[2].islower() and (adverb := mended_adverb(word)):
        refuse(TimeFault.LEFT_OVER, word, said, f"{adverb} {said}")
    known = word in _KNOWN_DAYS or word.removesuffix("s") in _KNOWN_DAYS
    if known and not re.fullmatch(f"ever|{mistyped_every()}", before):
        return
    close = word if known else nearest_among(word, _KNOWN_DAYS, cutoff=0.75)
    typed = None if known or before else slip_among(word, _DAYS_TYPED)
    if not close or not (known or before or typed or has_letters_of(word, close)):
        return
    right = "every" if before.startswith("e") and before != "every other" else before
    refuse(TimeFault.LEFT_OVER, last[0], said, f"{right} {typed or close} {said}".strip())


def _is_slip_of_every(word: str) -> bool:
    known = word in ("every", "ever", "event", "early", "entry", "energy")
    return not known and nearest_among(word, ("every",), cutoff=0.75) is not None


def refuse_both_ends(text: str, found: Found, ending: Found) -> None:
    """Refuse a day at the beginning and its clock at the end: `Daily: the news at 17:00`."""
    if not isinstance(ending.meaning, Moment) or ending.meaning.day != "next":
        return
    said = words_of(text, found)
    clock = ending.meaning.clock
    refuse(TimeFault.BOTH_ENDS, f"at {clock}", said, f"{said} at {clock}")


def refuse_adverb(prompt: str, found: Found, said: str) -> None:
    """Refuse `add a daily standup at 9am`: once at nine, or every day?"""
    named = _OFTEN.match(prompt)
    if named and isinstance(found.meaning, Moment) and found.meaning.day == "next":
        refuse(TimeFault.LEFT_OVER, named[1], said, f"{_EACH[named[1].lower()]} {said}", f"tomorrow {said}")


_OFTEN: Final = re.compile(
    r"(?:(?:please )?(?:schedule|add|create|set up|set|new)\s+)?"
    r"(?:(?:an?|new|another)\s+)*(daily|nightly|weekly|monthly)(?:\s+\S+){1,2}\s*$",
    re.IGNORECASE,
)
_EACH: Final = {
    "daily": "every day",
    "nightly": "every day",
    "weekly": "every Monday",
    "monthly": "every month on the 1st",
}
