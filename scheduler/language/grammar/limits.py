"""The limits of a recurring time: its first day, its end, the holidays on which it rests, and its zone.

`until`, `except` and `starting` are said to a schedule and to little else, so what follows them and is not
understood is refused; taken for the beginning of the prompt, it would let the schedule run on for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, NoReturn

from scheduler.calendar import check_calendar, find_calendar
from scheduler.errors import UnknownCalendar, WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.clocks import Clock, clock_at, one_clock
from scheduler.language.grammar.days import Day, MonthDay, MonthEnd, NextWeek, Weekday, day_at
from scheduler.language.grammar.vocabulary import (
    COUNT,
    DASH,
    MONTH,
    TOMORROW,
    WEEKDAY,
    Words,
    month_number,
    read_count,
    weekday_number,
)


@dataclass(frozen=True, kw_only=True)
class Until:
    """The end that is named: a day, to its last minute if it has no clock."""

    day: Day
    clock: Clock | None = None


@dataclass(frozen=True, kw_only=True)
class Span:
    """The end that is counted from the first run."""

    said: str
    minutes: int = 0
    days: int = 0
    months: int = 0


@dataclass(frozen=True, kw_only=True)
class NextMonth:
    """The first day of the month after this one."""


Start = Day | NextMonth


@dataclass(kw_only=True)
class Limits:
    """Limits, which may come in any order and once each."""

    start: Start | None = None
    end: Until | Span | None = None
    holidays: str | None = None  # empty if no country is named
    zone: str | None = None


def limit_at(words: Words, limits: Limits, *, timed: bool, fine: bool) -> bool:
    """Takes one more limit into `limits`.

    A clock belongs to the end only if the rule has its own (`timed`); minutes and hours are counted only for
    what runs within a day (`fine`).
    """
    start = words.position
    if limits.start is None and (first := _read_start(words, limits, timed=timed)):
        limits.start = first
    elif limits.end is None and (end := _read_until(words, timed=timed) or _read_span(words, fine=fine)):
        limits.end = end
    elif limits.holidays is None and (words.consume(_EXCEPT) or words.consume(f"{EXCEPT}{_HOLIDAYS_AHEAD}")):
        limits.holidays = calendar_at(words, start)
    elif limits.zone is None:
        limits.zone = words.consume_zone()
        return limits.zone is not None
    else:
        return False
    return True


_STARTS: Final = (
    "(?:, ?)?(?:and )?(?:(?:start(?:ing|s)?|beginning|begins|commencing|effective)(?: (?:from|on|as of|in))?"
    "|(?:as )?from|as of)"
)
_STRONG_START: Final = "(?:, ?)?(?:and )?(?:starting|beginning|commencing|effective|as of)"
_TIMELY: Final = re.compile(
    r"[^\S\n]*(?:(?:at|@) ?\d[\d:.]*|(?:at|on|from|as of|in|next|this|the|now|today|soon|later)\b|\d+"
    rf"|(?:{MONTH}|{WEEKDAY}|{TOMORROW})\b)",
    re.IGNORECASE,
)


def _read_start(words: Words, limits: Limits, *, timed: bool) -> Start | None:
    """`starting 2027-01-04`, `from january`; `from 4 january to 1 march` has an end, too."""
    start = words.position
    if words.consume(_STARTS) is None:
        return None
    first = _first_day(words)
    if first is None or words.text[words.position :].startswith("'"):
        words.position = start
        if words.consume(_STRONG_START) and (timely := _TIMELY.match(words.text, words.position)):
            words.position = timely.end()
            _refuse_start(words, start)
        words.position = start
        return None
    if limits.end is None and (last := _read_range_end(words)):
        limits.end = Until(day=last)
    words.consume("on ?wards?|forward")
    if timed and one_clock(words):
        _refuse_start(words, start)
    return first


def _refuse_start(words: Words, start: int) -> NoReturn:
    said = words.read_since(start).lstrip(", ")
    raise WhenError(
        TimeFault.START_UNCLEAR, said=said, instead=(f"{words.read_before(start)} starting 1 March",)
    )


def _read_range_end(words: Words) -> Day | None:
    before = words.position
    if (words.consume("to|until|till|through") or words.consume(DASH, end="")) and (last := _last_day(words)):
        return last
    words.position = before
    return None


def _first_day(words: Words) -> Start | None:
    if found := words.consume(r"(?:the )?next (week|month|year)"):
        starts: dict[str, Start] = {"week": NextWeek(1), "month": NextMonth(), "year": MonthDay(1, 1)}
        return starts[found[1].lower()]
    if words.consume("now|immediately|at once"):
        return "today"
    if day := day_at(words):
        return day
    if found := words.consume(rf"({MONTH})(?: (\d{{4}})(?!:\d))?(?!:| \d)"):
        month = month_number(found[1])
        return date(int(found[2]), month, 1) if found[2] and int(found[2]) else MonthDay(month, 1)
    if found := words.consume(r"(20\d\d)(?![-:/.]\d)"):
        return date(int(found[1]), 1, 1)
    found = words.consume(WEEKDAY)
    return Weekday(weekday_number(found[0].strip())) if found else None


EXCEPT: Final = "(?:, ?)?(?:and |but )?(?:except|excluding|but not|not|skip(?:ping)?|without|no)(?: for)?"
"""The words before days or holidays that are left out; those of `_EXCEPT` are said to nothing else."""
_EXCEPT: Final = "(?:, ?)?(?:and |but )?(?:except|excluding|but not)(?: for)?"
_HOLIDAYS_AHEAD: Final = r"(?=(?: (?:on|the|all|for|public|bank|national|official|legal)){0,3} holidays?\b)"
_UNTIL: Final = r"(?:, ?)?(?:and )?(?:(until|untill|till|'?til)|through|up to)"
_SPAN_UNITS: Final = {
    "minute": (1, 0, 0), "hour": (60, 0, 0), "day": (0, 1, 0), "week": (0, 7, 0),
    "month": (0, 0, 1), "year": (0, 0, 12),
}  # fmt: skip
_SPAN: Final = rf"(?:, ?)?for (?:the next )?{COUNT} ({'|'.join(_SPAN_UNITS)})s?"


def _read_until(words: Words, *, timed: bool) -> Until | None:
    start = words.position
    if (found := words.consume(_UNTIL)) is None:
        return None
    clock = clock_at(words, bare=False) if timed else None
    day = _last_day(words)
    if day and clock is None and timed:
        clock = one_clock(words)
    if day:
        return Until(day=day, clock=clock)
    if found[1]:
        _refuse_end(words, start, clock)
    words.position = start
    return None


_ENDS: Final[dict[str, Day]] = {"week": Weekday(0), "month": MonthEnd(None), "year": MonthDay(12, 31)}


def _last_day(words: Words) -> Day | None:
    if found := words.consume(rf"(?:the )?end of (?:(?:the |this )?(week|month|year)|({MONTH}))"):
        if found[2]:
            return MonthEnd(month_number(found[2]))
        return _ENDS[found[1].lower()]
    if day := day_at(words):
        return day
    found = words.consume(WEEKDAY)
    return Weekday(weekday_number(found[0].strip())) if found else None


def _refuse_end(words: Words, start: int, clock: Clock | None) -> NoReturn:
    said = words.read_before(start)
    if clock:
        daily = [f"every hour between 09:00 and {clock}"] if clock.hour > 9 else []
        raise WhenError(
            TimeFault.UNTIL_UNCLEAR,
            said=f"until {clock}",
            instead=(f"{said} until 1 March at {clock}", *daily),
        )
    if found := words.consume(MONTH):
        month = found[0].strip()
        raise WhenError(
            TimeFault.UNTIL_UNCLEAR,
            said=f"until {month}",
            instead=(f"{said} until 1 {month}", f"{said} until the end of {month}"),
        )
    raise WhenError(TimeFault.UNTIL_NEEDS_DAY, instead=(f"{said} until 1 March",))


def _read_span(words: Words, *, fine: bool) -> Span | None:
    """`for 10 days`, and not `for 10 days of sun`."""
    start = words.position
    if found := words.consume(_SPAN):
        minutes, days, months = (read_count(found[1]) * size for size in _SPAN_UNITS[found[2].lower()])
        if (fine or not minutes) and not words.sees("of|old|or|ago|ahead|back|in a row"):
            return Span(said=words.read_since(start).lstrip(", "), minutes=minutes, days=days, months=months)
    words.position = start
    return None


_HOLIDAYS: Final = "(?:(?:public|bank|national|official|legal) )?holidays?"
_PLACE_WORD: Final = r"[^\W\d_][\w'’]*(?:-\w+)*"
_PLACES: Final = re.compile(rf"[^\S\n]*({_PLACE_WORD}(?:[^\S\n]+{_PLACE_WORD}){{0,6}})")


def calendar_at(words: Words, start: int) -> str:
    """`holidays in DE`, `public holidays in Germany`, `German holidays`; empty for `holidays` alone."""
    words.consume("on")
    words.consume("the|all")
    if words.consume(rf"{_HOLIDAYS} (?:in|of)"):
        calendar = _with_region(words, _longest_place(words) or _named_calendar(words, start))
    elif words.consume(_HOLIDAYS):
        calendar = ""
    elif words.sees(rf"(?:{_PLACE_WORD} ){{1,3}}?{_HOLIDAYS}"):
        calendar = _longest_place(words) or _named_calendar(words, start)
        words.consume(_HOLIDAYS)
    else:
        said = words.read_before(start)
        raise WhenError(
            TimeFault.EXCEPT_UNCLEAR,
            instead=(f"{said} except holidays in DE", "every day at 09:00 except weekends"),
        )
    if calendar:
        _refuse_second(words)
    return calendar


def _with_region(words: Words, calendar: str) -> str:
    """`DE BY` and `Germany, Bavaria`; what comes next in small letters is no region."""
    found = _REGION.match(words.text, words.position)
    if found is None or "-" in calendar:
        return calendar
    named = find_calendar(found[1]) if len(found[1]) > 3 else None
    region = find_calendar(f"{calendar}-{found[1]}") or named
    if region is None or not region.startswith(f"{calendar}-"):
        return calendar
    words.position = found.end()
    return region


_REGION: Final = re.compile(r",?[^\S\n]+((?:[A-Z]{2,3}(?!\w))|[A-Z][\w'-]+)")


def _refuse_second(words: Words) -> None:
    """`except holidays in DE and FR`; in small letters the `in` or `it` after an `and` is no country."""
    before = words.position
    if words.consume(",? ?and(?: in)?|&") and (named := _PLACES.match(words.text, words.position)):
        first = named[1].split()[0]
        if (len(first) > 2 or first.isupper()) and _longest_place(words):
            one = words.read_before(before)
            raise WhenError(TimeFault.CALENDAR_SECOND, said=named[1], instead=(one,))
    words.position = before


def _named_calendar(words: Words, start: int) -> str:
    """The calendar of the next word; its refusal keeps what was said before `start`."""
    named = _PLACES.match(words.text, words.position)
    name = named[1].split()[0] if named else ""
    words.position = words.text.index(name, words.position) + len(name)
    try:
        return check_calendar(name)
    except UnknownCalendar as error:
        raise UnknownCalendar(name, near=error.near, phrase=words.read_before(start)) from error


def _longest_place(words: Words) -> str | None:
    """The calendar that the next words name, as many of them as do."""
    found = _PLACES.match(words.text, words.position)
    while found:
        if calendar := find_calendar(found[1]):
            words.position = found.end()
            return calendar
        if not (shorter := re.search(r"\s+\S+$", found[1])):
            return None
        found = _PLACES.match(words.text, words.position, found.start(1) + shorter.start())
    return None
