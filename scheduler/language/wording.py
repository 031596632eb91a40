"""Words for a time, which `command` reads back into the same time."""

from __future__ import annotations

import re
from datetime import date, time
from itertools import pairwise
from typing import Final, assert_never

from scheduler.cron import Cron
from scheduler.language.grammar.rule import EVEN_HOURS, EVEN_MINUTES, EVEN_MONTHS, every_words
from scheduler.language.grammar.vocabulary import (
    MONTHS,
    WEEKDAYS,
    WEEKEND,
    WORKING_DAYS,
    listed_words,
    ordinal,
)
from scheduler.timing import Once, Timing, When, last_minute
from scheduler.zone import ZoneInfo


def describe_when(when: When, *, reader: str | None = None) -> str:
    """The words for `when`, which `read_timing` understands; with its zone if that is not the reader's."""
    match when:
        case Cron():
            words = cron_words(when) or f"on the cron `{when.expression}`"
        case Once():
            wall = when.at.astimezone(ZoneInfo(when.zone))
            weekday = WEEKDAYS[wall.isoweekday() % 7]
            words = f"on {weekday} {wall.day} {MONTHS[wall.month - 1]} {wall.year} at {wall:%H:%M}"
        case _:
            assert_never(when)
    return _in_zone(words, when.zone, reader)


def _in_zone(words: str, zone: str, reader: str | None) -> str:
    """The zone if it is not the reader's; the database counts a plain offset the other way round."""
    if reader in (None, zone):
        return words
    offset = re.fullmatch(r"Etc/GMT([+-])(\d+)", zone)
    name = f"UTC{'-' if offset[1] == '+' else '+'}{offset[2]}" if offset and offset[2] != "0" else zone
    return f"{words} in {name}"


def describe_timing(timing: Timing, *, reader: str | None = None) -> str:
    """As `describe_when`, with conditions, first day, end and holidays; `read_timing` understands it."""
    counted = _counted_words(timing)
    words = (
        _in_zone(counted, timing.when.zone, reader) if counted else describe_when(timing.when, reader=reader)
    )
    if timing.first_day:
        words += f" starting {_date_words(timing.first_day)}"
    if timing.until:
        zone = ZoneInfo(timing.when.zone)
        wall = timing.until.astimezone(zone)
        words += f" until {_date_words(wall.date())}"
        if timing.until != last_minute(wall.date(), zone):
            words += f" at {wall:%H:%M}"
    return f"{words} except holidays in {timing.holidays}" if timing.holidays else words


def _date_words(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


_WHICH: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


def _counted_words(timing: Timing) -> str | None:
    """`every 2 weeks on Friday at 09:00`, `the last day of every month at 09:00`; None without either."""
    cron = timing.when
    if isinstance(cron, Once):
        return None
    fields, step = cron.fields, timing.step
    at = (
        listed_words([f"{clock // 60:02}:{clock % 60:02}" for clock in fields.clock])
        if not fields.even
        else ""
    )
    if timing.nth is not None:
        day = "day" if len(fields.weekdays) == 7 else _weekday_words(fields.weekdays)
        return f"the {_WHICH[timing.nth]} {day} of every month at {at}"
    if step > 1:
        if len(fields.weekdays) == 7:
            return f"every {step} days at {at}"
        days = _weekday_words(fields.weekdays)
        return f"every {step} weeks on {'weekdays' if days == 'weekday' else days} at {at}"
    if timing.first_day and _counts_from_january(cron) and timing.first_day.month not in fields.months:
        return f"on the cron `{cron.expression}`"  # the words would mean months from that one on
    return None


def _counts_from_january(cron: Cron) -> bool:
    return cron.expression.split()[3].startswith("*/")


def _weekday_words(numbers: frozenset[int]) -> str:
    if numbers == WORKING_DAYS:
        return "weekday"
    return listed_words([WEEKDAYS[number] for number in (1, 2, 3, 4, 5, 6, 0) if number in numbers])


def cron_words(cron: Cron) -> str | None:
    """Words for what words can say; None for the rest, which `read_timing` takes as a cron."""
    minute, hour, day, month, weekday = cron.expression.split()
    if weekday.startswith("*/") or day.startswith("*/"):
        return None
    fields = cron.fields
    hours = list(fields.hours)
    weekdays = sorted(fields.weekdays, key=lambda number: (number - 1) % 7)
    names = listed_words([WEEKDAYS[number] for number in weekdays])
    rest = [WEEKDAYS[number] for number in (1, 2, 3, 4, 5, 6, 0) if number not in weekdays]
    if day == month == "*":
        every, on = {
            frozenset(range(7)): ("every day", ""),
            WORKING_DAYS: ("every weekday", " on weekdays"),
            WEEKEND: ("every weekend", " on weekends"),
        }.get(fields.weekdays, (f"every {names}", f" on {names}"))
        if len(rest) <= 2 and every == f"every {names}":
            every, on = f"every day except {listed_words(rest)}", f" except {listed_words(rest)}"
        if minute.startswith("*"):
            return _minute_words(minute, hour, hours, on)
        if hour.startswith("*"):
            return _hour_words(minute, fields.minutes, hour, on)
        steps = {later - earlier for earlier, later in pairwise(hours)}
        if len(hours) > 4 and len(fields.minutes) == 1 and len(steps) == 1:
            first, last = time(hours[0], fields.minutes[0]), time(hours[-1], fields.minutes[0])
            return f"{every_words('hour', steps.pop())} between {first:%H:%M} and {last:%H:%M}{on}"
    elif weekday != "*" or minute.startswith("*") or hour.startswith("*"):
        return None
    elif month == "*" or month in _STEPPED_MONTHS:
        on_the = listed_words([ordinal(number) for number in sorted(fields.days)])
        every = f"{every_words('month', _STEPPED_MONTHS.get(month, 1))} on the {on_the}"
    elif len(fields.days) == len(fields.months) == 1 and not month.startswith("*"):
        every = f"every year on {day} {MONTHS[int(month) - 1]}"
    else:
        return None
    if len(fields.clock) > 8:
        return None
    return f"{every} at {listed_words([f'{clock // 60:02}:{clock % 60:02}' for clock in fields.clock])}"


_STEPPED_MONTHS: Final = {f"*/{step}": step for step in EVEN_MONTHS if step > 1}


def _minute_words(minute: str, hour: str, hours: list[int], on: str) -> str | None:
    step = int(minute[2:]) if re.fullmatch(r"\*/\d+", minute) else 1 if minute == "*" else 0
    if step not in EVEN_MINUTES or not _is_contiguous(hour, hours):
        return None
    window = "" if hour == "*" else f" between {hours[0]:02}:00 and {hours[-1]:02}:{60 - step:02}"
    return f"{every_words('minute', step)}{window}{on}"


def _hour_words(minute: str, minutes: tuple[int, ...], hour: str, on: str) -> str | None:
    step = int(hour[2:]) if re.fullmatch(r"\*/\d+", hour) else 1 if hour == "*" else 0
    if step not in EVEN_HOURS or len(minutes) > 4:
        return None
    past = "" if minute == "0" else f" at {listed_words([f':{past:02}' for past in minutes])}"
    return f"{every_words('hour', step)}{past}{on}"


def _is_contiguous(hour: str, hours: list[int]) -> bool:
    return hour == "*" or (not hour.startswith("*") and len(hours) == hours[-1] - hours[0] + 1)
