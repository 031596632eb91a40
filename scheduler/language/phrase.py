"""The grammar of times: words at a place in a text → what they mean, before any clock is asked.

It reads as far as it can. A form that cron or the calendar cannot keep is found like any other, with its
refusal as its meaning. What people leave open is settled as in Slack's reminders: a day alone is 09:00.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from scheduler.cron import Cron
from scheduler.errors import ImpossibleTime, WhenError
from scheduler.language.certainty import CannotKeep, Certainty
from scheduler.language.recurrence import NINE, finish_rule, read_rule
from scheduler.language.vocabulary import (
    COUNT,
    FULL_WEEKDAY,
    WEEKDAY,
    Clock,
    MonthDay,
    Weekday,
    Words,
    clock_at,
    clocks_at,
    count,
    date_at,
    weekday_number,
)


@dataclass(frozen=True, kw_only=True)
class Recurring:
    expression: str
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delay:
    seconds: float = 0
    days: float = 0
    clock: Clock | None = None  # for days alone
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moment:
    day: date | MonthDay | Weekday | Literal["next", "today", "tomorrow"]
    clock: Clock
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    meaning: Recurring | Delay | Moment | WhenError
    end: int
    certainty: Certainty


_Reading = tuple[Recurring | Delay | Moment, Certainty]
_CLOCKED: Final = re.compile(r"\d[:.]\d\d|\d ?[ap]\.?m|\bat \d|noon|midnight", re.IGNORECASE)


def scan(text: str, start: int = 0) -> Found | None:
    """The time phrase that begins at `start`, read as far as it goes."""
    for form in _FORMS:
        words = Words(text, start)
        try:
            if (reading := form(words)) is not None:
                return Found(meaning=reading[0], end=words.position, certainty=reading[1])
        except CannotKeep as refusal:
            return Found(meaning=refusal.error, end=words.position, certainty=refusal.certainty)
        except WhenError as error:
            # A prompt may speak of 30 February; with a time of day it was meant as a date.
            clocked = _CLOCKED.search(words.since(start)) or _one_clock(words)
            certainty = Certainty.STATED if clocked else Certainty.ALONE
            return Found(meaning=error, end=words.position, certainty=certainty)
    return None


_UNITS: Final = {"w": (0, 7), "d": (0, 1), "h": (3600, 0), "m": (60, 0), "s": (1, 0)}
_UNIT: Final = "s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"
_AMOUNT: Final = rf"(half an)? ?(?:{COUNT} ?)?({_UNIT})"


def _delay(words: Words) -> _Reading | None:
    """`in 20 minutes`, `in 1h30m`, `2 days from now`, `in 3 days at 9`."""
    after_in = words.take("in") is not None
    seconds = days = 0.0
    smaller = ""
    while found := words.take(_AMOUNT, end="(?![a-z])"):
        half, number, unit = found[1], found[2], found[3][0].lower()
        if not (half or number) or (smaller and (unit not in smaller or not number.isdigit())):
            words.position = found.start()
            break
        amount = 0.5 if half else count(number)
        seconds, days = seconds + amount * _UNITS[unit][0], days + amount * _UNITS[unit][1]
        smaller = "wdhms".partition(unit)[2] or "-"
        words.take(r",? ?and(?= \d+ ?[hms])")
    if not smaller or (not words.take("from now") and not after_in) or words.sees("or|of|time|less"):
        return None
    clock = None if seconds else _one_clock(words)
    return Delay(seconds=seconds, days=days, clock=clock, zone=words.zone()), Certainty.STATED


def _moment(words: Words) -> _Reading | None:
    """`tomorrow at 8am`, `on monday at 9`, `on 15 January 2027 at 9am`."""
    if (day := _day(words)) is None:
        return None
    clock = _one_clock(words)
    certainty = Certainty.STATED if clock else Certainty.ALONE
    return Moment(day=day, clock=clock or NINE, zone=words.zone()), certainty


def _day(words: Words) -> date | MonthDay | Weekday | Literal["today", "tomorrow"] | None:
    before = words.position
    if words.take("today"):
        return "today"
    if words.take("tomorrow(?!['’])"):
        return "tomorrow"
    after_on = words.take("on") is not None
    if day := date_at(words):
        return day
    after_on = words.take("next|this|this coming") is not None or after_on
    names = WEEKDAY if after_on else FULL_WEEKDAY
    if found := words.take(names):
        return Weekday(weekday_number(found[0].strip()))
    words.position = before
    return None


def _one_clock(words: Words) -> Clock | None:
    before = words.position
    clock = clock_at(words, bare=words.take("at|@") is not None)
    if clock is None:
        words.position = before
    return clock


def _at(words: Words) -> _Reading | None:
    """`at 17:30`, and with its day after it: `at 9am tomorrow`, `at 9 every weekday`."""
    start = words.position
    if not words.sees("at|@") or not (clocks := clocks_at(words)):
        return None
    if (rule := read_rule(words)) and rule.unit not in ("minute", "hour"):
        rule.clocks = clocks
        return Recurring(expression=finish_rule(words, rule), zone=words.zone()), rule.certainty()
    words.position = start
    if (clock := _one_clock(words)) is None:
        return None
    if day := _day(words):
        return Moment(day=day, clock=clock, zone=words.zone()), Certainty.STATED
    # `at noon` is as often a part of the prompt, and `at 9` nearly always is.
    certainty = Certainty.STATED if re.search(r"\d", words.since(start)) else Certainty.LEADING
    if clock.bare:
        certainty = Certainty.ALONE
    return Moment(day="next", clock=clock, zone=words.zone()), certainty


def _repeat(words: Words) -> _Reading | None:
    """`every weekday at 9am`, `daily at 9`, `mondays at 9`, `twice a day at 9 and 16`."""
    if (rule := read_rule(words)) is None:
        return None
    return Recurring(expression=finish_rule(words, rule), zone=words.zone()), rule.certainty()


_CRON_FIELD: Final = r"[0-9*?@](?:[^\s`:;]*[^\s`:;,])?"
_CRON_END: Final = r"(?![^\s:;,])"
_CRON_LINE: Final = (
    rf"((?:(?:CRON_)?TZ=\S+ )?{_CRON_FIELD} {_CRON_FIELD}(?: (?:{_CRON_FIELD}|[a-z][a-z,-]*[a-z])){{3}}"
    r"(?: [*?][^\s:]*| \d+-\d+)?)"  # a sixth field is taken along, to be refused
)


def _cron(words: Words) -> _Reading | None:
    """`cron 0 9 * * 1-5`, in backticks or not, with its own `CRON_TZ=` or not; the word alone is no time."""
    start = words.position
    if words.take("(?:on )?(?:the )?cron:?") is None:
        return None
    found = words.take(r"`([^`\n]*)`", end="") or words.take(_CRON_LINE, end=_CRON_END)
    if found is None:
        if words.take(rf"(?:(?:CRON_)?TZ=\S+ ?)?{_CRON_FIELD}", end=_CRON_END):
            said = words.since(start)
            error = ImpossibleTime(f"“{said}” does not go on to five fields.", instead=("cron 0 9 * * 1-5",))
            raise CannotKeep(error, Certainty.LEADING)
        return None
    try:
        cron = Cron.parse(found[1])
    except WhenError as error:
        raise CannotKeep(error, Certainty.LEADING) from error
    zone = cron.zone if "TZ=" in found[1] else words.zone()
    return Recurring(expression=cron.expression, zone=zone), Certainty.LEADING


_FORMS: Final[tuple[Callable[[Words], _Reading | None], ...]] = (_cron, _delay, _repeat, _at, _moment)
