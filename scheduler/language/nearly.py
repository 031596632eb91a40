"""Texts that begin like a time and cannot be read as one, so that nobody pays for an answer to them.

Only beginnings that are hardly ever a prompt's count, for a person who means one has to put it in quotes.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.certainty import Certainty
from scheduler.language.phrase import Delay, Found, Moment, Recurring, scan
from scheduler.language.vocabulary import COUNT, WEEKDAYS

_UNITS: Final = tuple(
    f"{unit}{ending}" for unit in ("second", "minute", "hour", "day", "week", "month") for ending in ("", "s")
)
_NO_COUNT: Final = re.compile(
    rf"(every|each|in) ?(?:-\d+|\d{{10,}}) ?({'|'.join(_UNITS)})(?!\w)", re.IGNORECASE
)
_DAYS: Final = ("day", "weekday", "weekend", *(name.lower() for name in WEEKDAYS))
_NOTHING_CLOSER: Final = "every Monday at 09:00"
_FORTNIGHT: Final = re.compile(rf"(every|each|in) (?:(?:other|{COUNT}) )?fortnights?\b", re.IGNORECASE)
_COUNTED: Final = re.compile(rf"(every|each|in) {COUNT} ([a-z]{{4,9}})\b", re.IGNORECASE)
_CLOCKED: Final = re.compile(r"(?:every|each) ?([a-z]+)s?,? at \d{1,2}(?:[:.]\d\d| ?[ap]m)?\b", re.IGNORECASE)
_AT: Final = re.compile(r"\s+at (?:(\d{1,2})(?!\d|[:.]\d)|half past |quarter (?:past|to) )", re.IGNORECASE)
_WITHIN_A_DAY: Final = re.compile(r"\b(?:hour|minute|min|hr)s?$", re.IGNORECASE)
_HOURS: Final = re.compile(r"\s+(\d\d?) ?[-–] ?(\d\d?)\b(?=\s+\S)", re.IGNORECASE)
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
                raise _unclear_time(text[: found.end], *found.meaning.instead)
        elif found.certainty is Certainty.ALONE and not _CLAUSE.match(rest) and re.match(r"\s+\w", rest):
            meaning = found.meaning
            if (isinstance(meaning, Delay) and meaning.months) or (
                isinstance(meaning, Moment) and meaning.day == "next" and not _AMOUNT.match(rest)
            ):
                raise WhenError(TimeFault.PERHAPS_PROMPT, said=text[: found.end])
    if fortnight := _FORTNIGHT.match(text):
        raise _unclear_time(fortnight[0], "in 2 weeks" if fortnight[1].lower() == "in" else _NOTHING_CLOSER)
    if found is not None:
        return
    if no_count := _NO_COUNT.match(text):
        raise _unclear_time(no_count[0], f"{no_count[1]} 5 {no_count[2]}", f"{no_count[1]} 12 {no_count[2]}")
    if (counted := _COUNTED.match(text)) and counted[3].lower() not in _UNITS:
        for unit in get_close_matches(counted[3].lower(), _UNITS, n=1, cutoff=0.82):
            raise _unclear_time(counted[0], f"{counted[1]} {counted[2]} {unit}")
    if clocked := _CLOCKED.match(text):
        days = get_close_matches(clocked[1].lower(), _DAYS, n=1, cutoff=0.75)
        clock = clocked[0][clocked[0].rindex("at ") :]
        raise _unclear_time(clocked[0], *(f"every {day} {clock}" for day in days))


def refuse_rest(text: str, found: Found) -> None:
    """Raise a `WhenError` if what follows the time that `text` begins with goes on like one."""
    said = text[: found.end]
    if not isinstance(found.meaning, Recurring) or re.search(r"\bat\b", said):
        return
    if _WITHIN_A_DAY.search(said) and (hours := _HOURS.match(text, found.end)):
        raise _unclear_time(text[: hours.end()].rstrip(), f"{said} between {hours[1]} and {hours[2]}")
    if at := _AT.match(text, found.end):
        past = min(int(at[1] or 30), 59)
        raise _unclear_time(text[: at.end()].rstrip(), f"{said} at :{past:02}", f"{said} at 09:30")


def _unclear_time(said: str, *nearest: str) -> WhenError:
    """The refusal of `said`, with those of the `nearest` forms that can be kept."""
    kept = [phrase for phrase in nearest if _is_readable(phrase)] or [_NOTHING_CLOSER]
    return WhenError(TimeFault.UNREADABLE, said=said, instead=kept)


def _is_readable(phrase: str) -> bool:
    found = scan(phrase)
    return found is not None and found.end == len(phrase) and not isinstance(found.meaning, WhenError)
