"""The grammar of times: words at a place in a text → what they mean, before any clock is asked.

It reads as far as it can and says how sure the words alone make it that a time was meant, because they stand in
one line with a prompt. A form that cron or the calendar cannot keep is found like any other, with its refusal as
its meaning. What people leave open is settled as in Slack's reminders: a day without a time is 09:00.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Final, Literal, NoReturn, assert_never

from scheduler.cron import Cron
from scheduler.errors import ImpossibleTime, TooFrequent, WhenError
from scheduler.vocabulary import (
    COUNT,
    HOUR,
    MINUTE,
    SECOND,
    WEEKDAY,
    WEEKDAYS,
    Clock,
    MonthDay,
    Weekday,
    Words,
    clock_at,
    clocks_at,
    count,
    cron_clock,
    cron_list,
    date_at,
    days_at,
    days_of_month,
    on_days,
    weekday_number,
)

NINE: Final = Clock(9, 0)
"""When a day is named without a time, as in Slack's reminders."""
EVEN_MINUTES: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
EVEN_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
EVEN_MONTHS: Final = (1, 2, 3, 4, 6)


@dataclass(frozen=True, kw_only=True)
class Repeat:
    expression: str
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delay:
    seconds: float = 0
    days: float = 0
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moment:
    day: date | MonthDay | Weekday | Literal["next", "today", "tomorrow"]
    clock: Clock
    zone: str | None = None


class Certainty(IntEnum):
    """Where in a command the words are a time and nothing else."""

    ALONE = 0  # as the whole text, or before a colon
    LEADING = 1  # also at its beginning
    STATED = 2  # also at the end, unless it is a question
    FIRM = 3  # also at the end of a question


@dataclass(frozen=True, kw_only=True)
class Found:
    meaning: Repeat | Delay | Moment | WhenError
    end: int
    certainty: Certainty


_Reading = tuple[Repeat | Delay | Moment, Certainty]


class _Refusal(Exception):
    """Carries an error and its certainty to `scan`, never further."""

    def __init__(self, error: WhenError, certainty: Certainty) -> None:
        self.error, self.certainty = error, certainty


def scan(text: str, start: int = 0) -> Found | None:
    """The time phrase that begins at `start`, read as far as it goes."""
    for form in _FORMS:
        words = Words(text, start)
        try:
            if (reading := form(words)) is not None:
                return Found(meaning=reading[0], end=words.position, certainty=reading[1])
        except _Refusal as refusal:
            return Found(meaning=refusal.error, end=words.position, certainty=refusal.certainty)
        except WhenError as error:
            return Found(meaning=error, end=words.position, certainty=Certainty.STATED)
    return None


def _refuse(error: WhenError, certainty: Certainty) -> NoReturn:
    raise _Refusal(error, certainty)


# Once


_UNITS: Final = {"w": (0, 7), "d": (0, 1), "h": (3600, 0), "m": (60, 0), "s": (1, 0)}
_AMOUNT: Final = rf"(half an)? ?(?:{COUNT} ?)?({SECOND}|{MINUTE}|{HOUR}|d|days?|w|weeks?)"


def _delay(words: Words) -> _Reading | None:
    """`in 20 minutes`, `in 1h30m`, `2 days from now`."""
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
    return Delay(seconds=seconds, days=days, zone=words.zone()), Certainty.STATED


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
    names = WEEKDAY if after_on else "(?:sun|mon|tues|wednes|thurs|fri|satur)day"
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
    if rule := _head(words):
        rule.clocks = clocks
        return _recurring(words, rule)
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


# Again and again


_Unit = Literal["minute", "hour", "day", "week", "month", "year"]


@dataclass(kw_only=True)
class _Rule:
    """A recurring time while it is being read."""

    unit: _Unit
    said: str  # its first words, for suggestions
    step: int = 1
    every: bool = True  # began with `every`, and not with a word like `daily` that prompts begin with too
    times: int | None = None  # in `twice a day`
    clocks: list[Clock] = field(default_factory=list)
    past: list[int] = field(default_factory=list)  # minutes past each hour
    window: tuple[Clock, Clock] | None = None
    weekdays: frozenset[int] | None = None
    days: list[int] = field(default_factory=list)
    month: int | None = None


_INITIALS: Final[dict[str, _Unit]] = {
    "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
}  # fmt: skip
_ADVERBS: Final[dict[str, _Unit]] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "yearly": "year", "annually": "year",
}  # fmt: skip
_WHICH: Final = r"(?:the )?(?:first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th)"
_ORDINAL: Final = (
    rf"{_WHICH} (?:{WEEKDAY}|(?:week|working |business )day)(?: of (?:every|each|the|a) month)?"
    r"|(?:the )?last(?: day)?(?: of (?:every|each|the|a) month)|(?:the )?last day"
)


def _repeat(words: Words) -> _Reading | None:
    rule = _head(words)
    return _recurring(words, rule) if rule else None


def _head(words: Words) -> _Rule | None:
    start = words.position
    if words.take("every|each"):
        if rule := _every(words, start):
            rule.said = words.since(start)
            return rule
    elif found := words.take("|".join(_ADVERBS)):
        return _Rule(unit=_ADVERBS[found[0].strip().lower()], said=words.since(start), every=False)
    elif found := words.take(
        rf"(?:(once)|(twice)|(thrice)|{COUNT} times) (?:daily|(?:a|per|each|every) day)"
    ):
        times = next((number for number in (1, 2, 3) if found[number]), None) or count(found[4])
        return _Rule(unit="day", said=words.since(start), every=False, times=times)
    else:
        words.take("on")
        if (named := days_at(words)) and named[1]:
            return _Rule(unit="day", said=words.since(start), every=False, weekdays=named[0])
        words.position = start
        words.take("on")
        if words.take(rf"(?:{_ORDINAL})(?<=month)"):
            _refuse_ordinal(words, start)
        if (days := days_of_month(words)) and words.take("of (?:every|each|the|a) month"):
            return _Rule(unit="month", said=words.since(start), days=days)
    words.position = start
    return None


_EVERY_UNIT: Final = (
    r"(?:(half(?: an)?|other|second|2nd) |" + COUNT + r" ?)?"
    r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|weeks?|months?|quarters?|years?)"
)


def _every(words: Words, start: int) -> _Rule | None:
    """What follows `every`."""
    if words.take(_ORDINAL):
        _refuse_ordinal(words, start)
    if words.take(rf"(?:other|second|2nd) (?:{WEEKDAY})"):
        _refuse_ordinal(words, start)
    before = words.position
    if (found := words.take(_EVERY_UNIT)) and (found[1] or found[2] or len(found[3]) > 2):
        half, number, unit = found[1], found[2], found[3].lower()
        step = count(number) if number else 2 if half else 1
        if unit.startswith("s"):
            certainty = Certainty.STATED if number else Certainty.ALONE
            _refuse(
                TooFrequent("Once a minute is as often as a schedule can run.", instead=("every minute",)),
                certainty,
            )
        if half and half.lower().startswith("half"):
            if not unit.startswith("h"):
                words.position = before
                return None
            return _Rule(unit="minute", step=30, said="")
        if unit.startswith("q"):
            return _Rule(unit="month", step=3 * step, said="")
        return _Rule(unit=_INITIALS["mo" if unit.startswith("mo") else unit[0]], step=step, said="")
    words.position = before
    if named := days_at(words):
        return _Rule(unit="day", said="", weekdays=named[0])
    day = date_at(words) if not words.sees(r"\d{4}-") else None
    if isinstance(day, MonthDay) and day.month:
        return _Rule(unit="year", said="", month=day.month, days=[day.day])
    words.position = before
    if days := days_of_month(words):
        words.take("of (?:every|each|the|a) month")
        return _Rule(unit="month", said="", days=days)
    return None


def _refuse_ordinal(words: Words, start: int) -> NoReturn:
    """`every first monday`, `last day of the month`, `every other friday`: cron has no word for them."""
    said = words.since(start)
    certainty = Certainty.STATED if clocks_at(words) else Certainty.LEADING
    weekday = re.search(rf"\b({WEEKDAY})\b", said, re.IGNORECASE)
    nearest = f"every {WEEKDAYS[weekday_number(weekday[1])]}" if weekday else "every month on the 28th"
    _refuse(
        ImpossibleTime(
            f"A cron schedule cannot say “{said}”.",
            instead=(f"{nearest} at 09:00", "every month on the 1st at 09:00"),
        ),
        certainty,
    )


def _recurring(words: Words, rule: _Rule) -> _Reading:
    """What may follow the first words, in any order; then the cron that says it."""
    while _clause(words, rule):
        pass
    zone = words.zone()
    if rule.unit in ("minute", "hour"):
        certainty = Certainty.STATED if rule.every else Certainty.ALONE
        if rule.window or rule.past or rule.weekdays:
            certainty = Certainty.STATED
    elif rule.clocks:
        certainty = Certainty.FIRM
    else:
        certainty = Certainty.LEADING if rule.every else Certainty.ALONE
    try:
        return Repeat(expression=_expression(rule), zone=zone), certainty
    except WhenError as error:
        _refuse(error, min(certainty, Certainty.STATED))


def _clause(words: Words, rule: _Rule) -> bool:
    start = words.position
    if rule.unit == "hour" and not rule.past:
        if found := words.take(r"(?:at|on) :(\d\d)((?:(?:, ?|,? ?and ?):\d\d)*)"):
            rule.past = [int(minute) for minute in re.findall(r"\d\d", found[0])]
            return True
        if found := words.take(r"(?:at )?(\d{1,2}) (?:minutes |mins |min )?past(?: the hour| each hour)?"):
            rule.past = [int(found[1])]
            return True
    if rule.unit in ("minute", "hour"):
        if not rule.window and words.take("between|from"):
            if (first := clock_at(words, bare=True)) and words.take("and|to|until|till|-|–"):
                last = clock_at(words, bare=True)
                if last:
                    rule.window = _window(first, last)
                    return True
            words.position = start
    elif not rule.clocks and (clocks := clocks_at(words)):
        rule.clocks = clocks
        return True
    if rule.unit in ("minute", "hour", "day", "week") and rule.weekdays is None:
        rule.weekdays = on_days(words)
        if rule.weekdays:
            return True
    if rule.unit == "month" and not rule.days and words.sees("on"):
        if words.take(rf"on (?:{_ORDINAL})"):
            _refuse_ordinal(words, start)
        rule.days = days_of_month(words) or []
        return bool(rule.days)
    if rule.unit == "year" and not rule.days and words.take("on"):
        day = date_at(words)
        if isinstance(day, MonthDay) and day.month:
            rule.month, rule.days = day.month, [day.day]
            return True
        words.position = start
    return False


def _window(first: Clock, last: Clock) -> tuple[Clock, Clock]:
    """`between 1 and 5pm` and `between 9am and 5` are one afternoon and one working day."""
    if first.bare and not last.bare and last.hour >= 12 and first.hour + 12 <= last.hour:
        first = first._replace(hour=first.hour + 12)
    if last.bare and last.hour < 12 and last[:2] <= first[:2]:
        last = last._replace(hour=last.hour + 12)
    if last[:2] <= first[:2]:
        raise ImpossibleTime(
            f"One schedule cannot run from {first} over midnight to {last}.",
            instead=(f"every hour between {first} and 23:59", "every hour"),
        )
    return first, last


def _expression(rule: _Rule) -> str:
    weekdays = cron_list(rule.weekdays) if rule.weekdays else "*"
    match rule.unit:
        case "minute":
            return _minutes(rule, weekdays)
        case "hour":
            return _hours(rule, weekdays)
        case "day" | "week":
            if rule.step > 1 and (rule.unit, rule.step) != ("day", 7):
                raise ImpossibleTime(
                    f"A cron schedule cannot count every {rule.step} {rule.unit}s.",
                    instead=("every day at 09:00", "every Monday at 09:00"),
                )
            if rule.weekdays is None and (rule.unit == "week" or rule.step > 1):
                weekdays = "1"
            if rule.times and rule.times != len(rule.clocks or [NINE]):
                raise ImpossibleTime(
                    f"“{rule.said}” does not say {rule.times} times.",
                    instead=("twice a day at 09:00 and 16:00",),
                )
            minute, hour = cron_clock(rule.clocks or [NINE], rule.said)
            return f"{minute} {hour} * * {weekdays}"
        case "month" | "year":
            return _months(rule)
        case _:
            assert_never(rule.unit)


def _minutes(rule: _Rule, weekdays: str) -> str:
    step = rule.step
    if step and step % 60 == 0:
        return _hours(replace(rule, unit="hour", step=step // 60), weekdays)
    if step not in EVEN_MINUTES:
        raise _uneven("minute", step, EVEN_MINUTES, above="every hour")
    minutes = "*" if step == 1 else f"*/{step}"
    if rule.window is None:
        return f"{minutes} * * * {weekdays}"
    first, last = rule.window
    # The last hour is left out when it is only touched: one cron cannot have 17:00 without 17:15.
    final = last.hour - 1 if last.minute == 0 else last.hour
    if first.minute or 0 < last.minute < 60 - step:
        raise ImpossibleTime(
            f"Every {step} minutes can only run in whole hours.",
            instead=(f"every {step} minutes between {first.hour:02}:00 and {last.hour:02}:59",),
        )
    return f"{minutes} {first.hour}-{final} * * {weekdays}"


def _hours(rule: _Rule, weekdays: str) -> str:
    step = rule.step
    if rule.window:
        first, last = rule.window
        hours = [hour for hour in range(first.hour, 24, step or 1) if (hour, first.minute) <= last[:2]]
        return f"{first.minute} {cron_list(hours)} * * {weekdays}"
    if step == 24:
        return f"0 9 * * {weekdays}"
    if step not in EVEN_HOURS:
        raise _uneven("hour", step, EVEN_HOURS, above="every day")
    past = cron_list(set(rule.past or [0]))
    return f"{past} {'*' if step == 1 else f'*/{step}'} * * {weekdays}"


def _months(rule: _Rule) -> str:
    step, yearly = rule.step, rule.unit == "year" or rule.step == 12
    if rule.unit == "year" and (step > 1 or not rule.days):
        raise ImpossibleTime(
            "A yearly schedule needs its day, and runs every year.",
            instead=("every year on 24 December at 09:00",),
        )
    if rule.unit == "month" and step not in (*EVEN_MONTHS, 12):
        raise _uneven("month", step, EVEN_MONTHS, above="every year on 1 January")
    minute, hour = cron_clock(rule.clocks or [NINE], rule.said)
    days = cron_list(set(rule.days or [1]))
    months = str(rule.month or 1) if yearly else "*" if step == 1 else f"*/{step}"
    return f"{minute} {hour} {days} {months} *"


def _uneven(unit: str, step: int, even: tuple[int, ...], *, above: str) -> ImpossibleTime:
    below = max((each for each in even if each < step), default=1)
    next_up = min((each for each in even if each > step), default=None)
    return ImpossibleTime(
        f"A cron schedule cannot keep every {step} {unit}s evenly.",
        instead=(
            f"every {below} {unit}s" if below > 1 else f"every {unit}",
            f"every {next_up} {unit}s" if next_up else above,
        ),
    )


def _cron(words: Words) -> _Reading | None:
    """`cron 0 9 * * 1-5`, in backticks or not, with its own `CRON_TZ=` or not; the word alone is no time."""
    start = words.position
    if words.take("(?:on )?(?:the )?cron:?") is None:
        return None
    field_ = r"[0-9*?@][^\s`]*"
    found = words.take(r"`([^`\n]*)`", end="") or words.take(
        rf"((?:(?:CRON_)?TZ=\S+ )?{field_} {field_}(?: [a-z0-9*?][^\s`]*){{3}}(?: [*?]\S*| \d+-\d+)?)",
        end=r"(?!\S)",
    )
    if found is None:
        if words.take(rf"(?:(?:CRON_)?TZ=\S+ ?)?{field_}", end=r"(?!\S)"):
            _refuse(
                ImpossibleTime(
                    f"“{words.since(start)}” does not go on to five fields.", instead=("cron 0 9 * * 1-5",)
                ),
                Certainty.LEADING,
            )
        return None
    try:
        cron = Cron.parse(found[1])
    except WhenError as error:
        _refuse(error, Certainty.LEADING)
    zone = cron.zone if "TZ=" in found[1] else words.zone()
    return Repeat(expression=cron.expression, zone=zone), Certainty.LEADING


_FORMS: Final[tuple[Callable[[Words], _Reading | None], ...]] = (_cron, _delay, _repeat, _at, _moment)
