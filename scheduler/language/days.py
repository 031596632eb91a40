"""Days of the week, of the month and of the calendar; 30 February is refused, with what to type instead."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Final, Literal, NamedTuple

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.clocks import Clock, checked_clock
from scheduler.language.vocabulary import (
    AND,
    FULL_WEEKDAY,
    MONTH,
    MONTHS,
    NTH,
    WEEKDAY,
    WEEKDAYS,
    WEEKEND,
    WORKING_DAYS,
    Words,
    month_number,
    weekday_number,
)


class MonthDay(NamedTuple):
    """A day of every month, or of one month of every year."""

    month: int | None
    day: int


class Weekday(NamedTuple):
    number: int  # 0 is Sunday


class MonthEnd(NamedTuple):
    """The last day of a month; of the present one where none is named."""

    month: int | None


Day = date | MonthDay | MonthEnd | Weekday | Literal["today", "tomorrow"]


def days_at(words: Words) -> tuple[frozenset[int], bool] | None:
    """Days of the week, and whether the words themselves say that they recur (`mondays`)."""
    if found := words.consume(r"(?:week|work(?:ing )?|business )day(s)?"):
        return WORKING_DAYS, bool(found[1])
    if found := words.consume(r"weekend(?: day)?(s)?"):
        return WEEKEND, bool(found[1])
    if not (found := words.consume(rf"({WEEKDAY})(?:-|–| ?(?:- |– |to |through |thru ))({WEEKDAY})")):
        return _listed_weekdays(words)
    first, last = weekday_number(found[1]), weekday_number(found[2])
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1)), True


def _listed_weekdays(words: Words) -> tuple[frozenset[int], bool] | None:
    found = words.consume(rf"({FULL_WEEKDAY})(s)|({WEEKDAY})")
    days: set[int] = set()
    plural = False
    while found:
        days.add(weekday_number(found[1] or found[3]))
        plural = plural or bool(found[2]) or len(days) > 1
        found = words.consume(rf"(?:(?:{AND}|/) ?)(?:({FULL_WEEKDAY})(s)|({WEEKDAY}))")
    return (frozenset(days), plural) if days else None


def on_days(words: Words) -> frozenset[int] | None:
    """A trailing `on weekdays`, `on monday and thursday`, `weekdays`."""
    before = words.position
    after_on = words.consume("on|every|each")
    if (found := days_at(words)) and (after_on or found[1]):
        return found[0]
    words.position = before
    return None


def days_of_month(words: Words) -> list[int] | None:
    """`the 1st and 15th`, `day 3`, `the first`."""
    before = words.position
    if found := words.consume(r"(?:on )?day (\d{1,2})"):
        return [_day_of_month(found[1])]
    words.consume("on")
    words.consume("the")
    days: list[int] = []
    found = words.consume(rf"{NTH}|(first)(?: day)?")
    while found:
        days.append(_day_of_month(found[1] or "1"))
        found = words.consume(rf"(?:{AND}) ?(?:the )?{NTH}")
    if not days:
        words.position = before
    return days or None


def _day_of_month(digits: str) -> int:
    if not 1 <= (day := int(digits)) <= 31:
        raise WhenError(TimeFault.NO_DATE, said=f"day {day}", instead=("every month on the 28th at 9",))
    return day


def date_at(words: Words) -> date | MonthDay | None:
    """`2027-01-15`, `15 January 2027`, `Jan 15`, `the 15th`; with its weekday before it if that is right."""
    before = words.position
    weekday = words.consume(rf"({WEEKDAY}),?")
    words.consume("the")
    day: date | MonthDay | None = None
    if found := words.consume(r"(\d{4})-(\d{1,2})-(\d{1,2})"):
        day = _real_date(int(found[1]), int(found[2]), int(found[3]))
    elif found := words.consume(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?(?:,? (\d{{4}})(?!:\d))?"):
        day = _written_date(found[3], month_number(found[2]), int(found[1]))
    elif found := words.consume(
        rf"({MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}})(?!:\d))?"
    ):
        day = _written_date(found[3], month_number(found[1]), int(found[2]))
    elif found := words.consume(NTH):
        day = MonthDay(None, _day_of_month(found[1]))
    elif found := words.consume(r"\d{1,2}(?:[./]\d{1,2}[./](?:\d{4}|\d\d)|/\d{1,2})(?= (?:at |@|\d{1,2}:))"):
        raise WhenError(
            TimeFault.TWO_DATES, said=found[0].strip(), instead=("on 2027-03-04 at 9", "on 4 March at 9")
        )
    if day is None:
        words.position = before
    elif weekday and isinstance(day, date) and weekday_number(weekday[1]) != day.isoweekday() % 7:
        right = WEEKDAYS[day.isoweekday() % 7]
        said = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        raise WhenError(TimeFault.WRONG_WEEKDAY, said=said, detail=right, instead=(f"on {day} at 09:00",))
    return day


def iso_at(words: Words) -> tuple[date, Clock, bool] | None:
    """`2027-01-15T09:00`, and whether it is meant in UTC, as with `Z` or an offset."""
    iso = r"(?:on )?(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::00(?:\.0+)?)?(Z|[+-]\d\d:?\d\d)?"
    if (found := words.consume(iso, end=r"(?![\w+-]|:\d)")) is None:
        return None
    day = _real_date(int(found[1]), int(found[2]), int(found[3]))
    clock = checked_clock(int(found[4]), int(found[5]), f"{found[4]}:{found[5]}")
    if found[6] is None:
        return day, clock, False
    try:
        at = datetime.fromisoformat(f"{day}T{clock}{found[6].upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise WhenError(TimeFault.NO_OFFSET, said=found[6], instead=(f"on {day} at {clock}",)) from None
    return at.date(), Clock(at.hour, at.minute), True


def _written_date(year: str | None, month: int, day: int) -> date | MonthDay:
    if year:
        return _real_date(int(year), month, day)
    return MonthDay(month, _real_date(_LEAP_YEAR, month, day).day)


_LEAP_YEAR: Final = 2028


def _real_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        if not 1 <= month <= 12 or not MINYEAR <= year <= MAXYEAR:
            said = f"{year:04}-{month:02}-{day:02}"
            raise WhenError(TimeFault.NO_DATE, said=said, instead=("on 4 March at 09:00",)) from None
        name, last = MONTHS[month - 1], monthrange(year, month)[1]
        nearest = f"on {min(day, last) or 1} {name} at 09:00"
        raise WhenError(TimeFault.NO_DATE, said=f"{day} {name}", instead=(nearest,)) from None


_SHORT_WEEKDAY: Final = r"(?:mon|tues?|wed|thu(?:rs?)?|fri)(?= (?:at |@ ?)\d| \d\d?(?::\d| ?[ap]m))"


def day_at(words: Words) -> Day | None:
    """A day as people name it: `today`, `on monday`, `next friday`, or a date."""
    before = words.position
    if words.consume("today"):
        return "today"
    if words.consume("tomorrow(?!['’])"):
        return "tomorrow"
    after_on = words.consume("on") is not None
    if day := date_at(words):
        return day
    after_on = words.consume("next|this|this coming") is not None or after_on
    # `mon at 9` is a day, and so is no `sun at noon`.
    names = WEEKDAY if after_on else rf"{FULL_WEEKDAY}|{_SHORT_WEEKDAY}"
    if found := words.consume(names):
        return Weekday(weekday_number(found[0].strip()))
    words.position = before
    return None
