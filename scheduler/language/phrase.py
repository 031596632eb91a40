"""The grammar of times: words at a place in a text → what they mean, before any clock is asked.

It reads as far as it can. A form that cron or the calendar cannot keep is found like any other, with its
refusal as its meaning. What people leave open is settled as in Slack's reminders: a day alone is 09:00.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from scheduler.cron import Cron
from scheduler.errors import UnknownZone, WhenError
from scheduler.faults import TimeFault
from scheduler.language.certainty import CannotKeep, Certainty
from scheduler.language.clocks import (
    NIGHT,
    Clock,
    clocks_at,
    number_at,
    one_clock,
    part_of_day,
    past_midnight,
    take_at,
    within_part,
)
from scheduler.language.days import Day, day_at, iso_at
from scheduler.language.limits import Limits, Span, limit_at
from scheduler.language.recurrence import finish_rule, read_rule
from scheduler.language.rule import NINE, Rule
from scheduler.language.vocabulary import COUNT, Words, read_count


@dataclass(frozen=True, kw_only=True)
class Recurring:
    expression: str
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class Delay:
    seconds: float = 0
    days: float = 0
    months: int = 0
    clock: Clock | None = None  # for days and months alone
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moment:
    day: Day | Literal["next"]
    clock: Clock
    zone: str | None = None
    day_after: bool = False  # the clock strikes when the day's night has passed midnight


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
                if not isinstance(reading[0], Recurring):
                    _refuse_limits(words)
                return Found(meaning=reading[0], end=words.position, certainty=reading[1])
        except CannotKeep as refusal:
            return Found(meaning=refusal.error, end=words.position, certainty=refusal.certainty)
        except WhenError as error:
            # A prompt may speak of 30 February; with a time of day it was meant as a date.
            clocked = _CLOCKED.search(words.read_since(start)) or one_clock(words)
            certainty = Certainty.STATED if clocked else Certainty.ALONE
            return Found(meaning=error, end=words.position, certainty=certainty)
    return None


def _refuse_limits(words: Words) -> None:
    """Refuse an end or holidays of a single run; `for 3 days` may still begin the prompt."""
    limits, start = Limits(), words.position
    try:
        limited = limit_at(words, limits, timed=True, fine=True) and limits.zone is None
    except UnknownZone:
        limited = False
    except WhenError:
        limited = True  # words that nothing but a limit begins with
    rest = words.text[words.position :]
    if limited and not (isinstance(limits.end, Span) and re.match(r"[\s.!]*[^\s.!:]", rest)):
        error = WhenError(
            TimeFault.ONCE_WITH_LIMITS,
            said=words.read_before(start),
            instead=("every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"),
        )
        raise CannotKeep(error, Certainty.LEADING)
    words.position = start


_UNITS: Final = {"w": (0, 7), "d": (0, 1), "h": (3600, 0), "m": (60, 0), "s": (1, 0)}
_UNIT: Final = "s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?"
_AMOUNT: Final = rf"(half an)? ?(?:{COUNT} ?)?({_UNIT})"
_NO_DELAY: Final = "or|of|time|less"


def _read_delay(words: Words) -> _Reading | None:
    """`in 20 minutes`, `in 1h30m`, `2 days from now`, `in 3 days at 9`."""
    after_in = words.consume("in") is not None
    if after_in and (found := words.consume(rf"{COUNT} (month|year)s?")):
        return None if words.sees(_NO_DELAY) else _calendar_delay(words, found)
    seconds = days = 0.0
    smaller = ""
    while found := words.consume(_AMOUNT, end="(?![a-z])"):
        half, number, unit = found[1], found[2], found[3][0].lower()
        if not (half or number) or (smaller and (unit not in smaller or not number.isdigit())):
            words.position = found.start()
            break
        amount = 0.5 if half else read_count(number)
        seconds, days = seconds + amount * _UNITS[unit][0], days + amount * _UNITS[unit][1]
        smaller = "wdhms".partition(unit)[2] or "-"
        words.consume(r",? ?and(?= \d+ ?[hms])")
    if not smaller or (not words.consume("from now") and not after_in) or words.sees(_NO_DELAY):
        return None
    clock = None if seconds else one_clock(words)
    return Delay(seconds=seconds, days=days, clock=clock, zone=words.consume_zone()), Certainty.STATED


def _calendar_delay(words: Words, found: re.Match[str]) -> _Reading:
    """`in 3 months at 9`; beside a prompt it is more often the prompt's."""
    months = read_count(found[1]) * (12 if found[2].lower() == "year" else 1)
    return Delay(months=months, clock=one_clock(words), zone=words.consume_zone()), Certainty.ALONE


def _read_moment(words: Words) -> _Reading | None:
    """`tomorrow at 8am`, `on monday at 9`, `on 15 January 2027 at 9am`, `2027-01-15T09:00Z`."""
    if iso := iso_at(words):
        return Moment(
            day=iso[0], clock=iso[1], zone="UTC" if iso[2] else words.consume_zone()
        ), Certainty.STATED
    if (found := _read_day(words)) is None:
        return None
    day, part = found
    clock = one_clock(words)
    # `tomorrow` may begin a prompt of its own, `tomorrow evening` hardly; `this morning` mostly has passed.
    named = part is not None and (day == "tomorrow" or (day == "today" and part != NINE))
    certainty = Certainty.STATED if clock else Certainty.LEADING if named else Certainty.ALONE
    return _at_day(day, part, clock or part or NINE, zone=words.consume_zone()), certainty


def _at_day(day: Day, part: Clock | None, clock: Clock, *, zone: str | None) -> Moment:
    """A time in a part of a day; of a night, perhaps one of the day after."""
    clock = within_part(clock, part) if part else clock
    if not past_midnight(clock, part):
        return Moment(day=day, clock=clock, zone=zone)
    if day == "today":  # said before midnight or after it
        return Moment(day="next", clock=clock, zone=zone)
    if isinstance(day, date):
        return Moment(day=day + timedelta(days=1) if day < date.max else day, clock=clock, zone=zone)
    return Moment(day=day, clock=clock, zone=zone, day_after=True)


def _read_day(words: Words) -> tuple[Day, Clock | None] | None:
    """A day, and the part of it that is named: `tonight`, `this evening`, `on friday afternoon`."""
    if words.consume("tonight(?!['’])"):
        return "today", NIGHT
    start = words.position
    if words.consume("this(?= (?:morning|afternoon|evening))") and (part := part_of_day(words)):
        return "today", part
    words.position = start
    return None if (day := day_at(words)) is None else (day, part_of_day(words))


def _read_at(words: Words) -> _Reading | None:
    """`at 17:30`, and with its day after it: `at 9am tomorrow`, `at 9 every weekday`, `9am pacific daily`."""
    start = words.position
    after_at = take_at(words)
    if after_at and (unsure := number_at(words)):  # nearly always a part of the prompt
        raise CannotKeep(unsure, Certainty.ALONE)
    words.position = start
    if not (after_at or words.sees(r"\d\d?(?::\d\d|(?::\d\d)? ?[ap]\.?m\.?)")):
        return None
    if not (clocks := clocks_at(words)):
        return None
    zone = words.consume_zone()
    if (rule := read_rule(words)) and rule.unit not in ("minute", "hour"):
        rule.clocks, rule.limits.zone = clocks, zone
        return _finish_recurring(words, rule)
    words.position = start
    if (clock := one_clock(words)) is None:
        return None
    zone = words.consume_zone()
    if found := _read_day(words):
        return _at_day(*found, clock, zone=zone or words.consume_zone()), Certainty.STATED
    # `at 9` is nearly always a part of the prompt, and so is what has no `at`.
    certainty = Certainty.ALONE if clock.bare or not after_at else Certainty.STATED
    return Moment(day="next", clock=clock, zone=zone), certainty


def _read_repeat(words: Words) -> _Reading | None:
    """`every weekday at 9am`, `daily at 9`, `mondays at 9`, `twice a day at 9 and 16`."""
    return _finish_recurring(words, rule) if (rule := read_rule(words)) else None


def _finish_recurring(words: Words, rule: Rule) -> _Reading:
    return Recurring(expression=finish_rule(words, rule), limits=rule.limits), rule.certainty()


_CRON_FIELD: Final = r"[0-9*?@](?:[^\s`:;]*[^\s`:;,])?"
_CRON_END: Final = r"(?![^\s:;,])"
_CRON_LINE: Final = (
    rf"((?:(?:CRON_)?TZ=\S+ )?{_CRON_FIELD} {_CRON_FIELD}(?: (?:{_CRON_FIELD}|[a-z][a-z,-]*[a-z])){{3}}"
    r"(?: [*?][^\s:]*| \d+-\d+)?)"  # a sixth field is taken along, to be refused
)

_NUMBERS: Final = "[0-9*][0-9*,/-]*"
_NAMED: Final = rf"(?:{_NUMBERS}|[a-z]{{3}}(?:-[a-z]{{3}})?)"
_BARE_CRON: Final = rf"`?(?=(?:\S+ ){{0,3}}\*\S* \*)(?:{_NUMBERS} ){{3}}{_NAMED} {_NAMED}`?"
"""A cron without its word, told by two asterisks side by side, as in no prompt: `5 * 3 * 2` is none."""


def _read_cron(words: Words) -> _Reading | None:
    """`cron 0 9 * * 1-5`, in backticks or not, with its own `CRON_TZ=` or not; the word alone is no time."""
    start = words.position
    if words.consume("(?:on )?(?:the )?cron:?") is None and not words.sees(_BARE_CRON):
        return None
    found = words.consume(r"`([^`\n]*)`", end="") or words.consume(_CRON_LINE, end=_CRON_END)
    if found is None:
        if words.consume(rf"(?:(?:CRON_)?TZ=\S+ ?)?{_CRON_FIELD}", end=_CRON_END):
            said = words.read_since(start)
            error = WhenError(TimeFault.CRON_FIELDS, said=said, instead=("cron 0 9 * * 1-5",))
            raise CannotKeep(error, Certainty.LEADING)
        return None
    try:
        cron = Cron.parse(found[1])
    except WhenError as error:
        raise CannotKeep(error, Certainty.LEADING) from error
    limits = Limits(zone=cron.zone if "TZ=" in found[1] else None)
    while limit_at(words, limits, timed=True, fine=True):
        pass
    return Recurring(expression=cron.expression, limits=limits), Certainty.LEADING


_FORMS: Final[tuple[Callable[[Words], _Reading | None], ...]] = (
    _read_cron,
    _read_delay,
    _read_repeat,
    _read_at,
    _read_moment,
)
