"""Days of the week, of the month and of the calendar; 30 February is refused, with what to type instead."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Final, Literal, NamedTuple

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.clocks import Clock, checked_clock
from scheduler.language.grammar.vocabulary import (
    AND,
    DASH,
    FULL_WEEKDAY,
    MONTH,
    MONTHS,
    NTH,
    TOMORROW,
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
    which: Literal["", "this", "next"] = ""


class MonthEnd(NamedTuple):
    """The last day of a month; of the present one where none is named."""

    month: int | None


class NextWeek(NamedTuple):
    """A day of the week after this one, which begins on Monday."""

    number: int  # 0 is Sunday


class DaysAhead(NamedTuple):
    """So many days after today."""

    number: int


Day = date | MonthDay | MonthEnd | Weekday | NextWeek | DaysAhead | Literal["today", "tomorrow"]


def days_at(words: Words) -> tuple[frozenset[int], bool] | None:
    """Days of the week, and whether the words themselves say that they recur (`mondays`)."""
    if found := words.consume(r"(?:week ?|work ?|working |business )day(s)?"):
        return WORKING_DAYS, bool(found[1])
    if found := words.consume(r"week ?end(?: day)?(s)?"):
        return WEEKEND, bool(found[1])
    if found := words.consume(r"mwf|m/w/f|tth|tu/th|t/th|mtwtf"):
        return _INITIALS[found[0].strip().lower().replace("/", "")], True
    if found := words.consume(rf"({_TWO_LETTERS}){DASH}({_TWO_LETTERS})"):
        return _from_to(found), True
    if not (found := words.consume(rf"({WEEKDAY})(?:{DASH}| ?(?:{DASH} |to |through |thru ))({WEEKDAY})")):
        return _listed_weekdays(words)
    return _from_to(found), True


_TWO_LETTERS: Final = "mo|tu|we|th|fr|sa|su"


def _from_to(found: re.Match[str]) -> frozenset[int]:
    """The days from the first to the second that was named."""
    first, last = (weekday_number(found[number]) for number in (1, 2))
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))


_INITIALS: Final = {
    "mwf": frozenset({1, 3, 5}), "tth": frozenset({2, 4}), "tuth": frozenset({2, 4}), "mtwtf": WORKING_DAYS,
}  # fmt: skip
_DOT: Final = r"\.(?=\s*(?:at\b|@|,|and\b|&|/|\+|\d|$))"
"""After a short name: `every Mon. at 5pm`."""


def _listed_weekdays(words: Words) -> tuple[frozenset[int], bool] | None:
    found = words.consume(rf"({FULL_WEEKDAY})(s)|({WEEKDAY})")
    days: set[int] = set()
    plural = False
    while found:
        days.add(weekday_number(found[1] or found[3]))
        plural = plural or bool(found[2]) or len(days) > 1
        if not found[1] and len(found[3]) < 6:
            words.consume(_DOT, end="")
        # `mon wed fri` needs no comma, for no prompt begins with so short a day; a long name may.
        found = words.consume(rf"(?:(?:{AND}|/|\+) ?)(?:({FULL_WEEKDAY})(s)|({WEEKDAY}))") or words.consume(
            rf"(?:({FULL_WEEKDAY})(s)|({_UNLISTED}|{FULL_WEEKDAY}{_MORE_DAYS}))"
        )
    return (frozenset(days), plural) if days else None


def on_days(words: Words) -> frozenset[int] | None:
    """A trailing `on weekdays`, `on monday and thursday`, `weekdays`."""
    before = words.position
    if words.consume("from") and (found := days_at(words)) and found[1]:
        return found[0]
    words.position = before
    after_on = words.consume("on|every|each")
    if (found := days_at(words)) and (after_on or found[1]):
        return found[0]
    words.position = before
    return None


_NTH_WEEKDAY: Final = (
    r"(?:the )?(?:(first|1st)|(second|2nd)|(third|3rd)|(fourth|4th)|(fifth|5th)|(last))"
    rf" (?:({WEEKDAY})|(week ?|work ?|working |business )day)"
)


def nth_weekday_at(words: Words) -> tuple[int, frozenset[int]] | None:
    """`the first monday`, `last weekday`: which in a month, -1 for the last, of these days of the week."""
    if not (found := words.consume(_NTH_WEEKDAY)):
        return None
    nth = next(number for number in (1, 2, 3, 4, 5, 6) if found[number])
    return -1 if nth == 6 else nth, frozenset({weekday_number(found[7])}) if found[7] else WORKING_DAYS


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
        found = words.consume(rf"(?:{AND}) ?(?:on )?(?:the )?{NTH}")
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
    if found := words.consume(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"):
        day = _real_date(int(found[1]), int(found[3]), int(found[4]))
    elif found := words.consume(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?(?:,? (\d{{4}})(?!:\d))?"):
        day = _written_date(found[3], month_number(found[2]), int(found[1]))
    elif found := words.consume(
        rf"({MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}})(?!:\d))?"
    ):
        day = _written_date(found[3], month_number(found[1]), int(found[2]))
    elif found := words.consume(NTH):
        day = MonthDay(None, _day_of_month(found[1]))
    elif found := words.consume(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}|\d\d(?={_CLOCK_AHEAD}))"):
        day = _numbered_date(found[0].strip(), int(found[1]), int(found[3]), found[4])
    elif found := words.consume(rf"(\d{{1,2}})(?:/(\d{{1,2}})|\.(\d{{1,2}})\.)(?={_CLOCK_AHEAD})"):
        day = _numbered_date(found[0].strip(), int(found[1]), int(found[2] or found[3]), None)
    if day is None:
        words.position = before
    elif weekday and isinstance(day, date) and weekday_number(weekday[1]) != day.isoweekday() % 7:
        right = WEEKDAYS[day.isoweekday() % 7]
        said = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
        raise WhenError(TimeFault.WRONG_WEEKDAY, said=said, detail=right, instead=(f"on {day} at 09:00",))
    return day


_CLOCK_AHEAD: Final = r"\s+(?:at |@|\d{1,2}:)"


def _numbered_date(said: str, first: int, second: int, year: str | None) -> date | MonthDay:
    """31.12.2026 is the same day however it is read, and 3/4/2027 is not."""
    readings = [(second, first), (first, second)]
    possible = list(dict.fromkeys(pair for pair in readings if _is_month_day(*pair)))
    if year is not None and len(year) == 2:
        raise WhenError(
            TimeFault.TWO_DATES,
            said=said,
            instead=[f"on 20{year}-{month:02}-{day:02} at 09:00" for month, day in possible]
            or ["on 4 March at 09:00"],
        )
    if len(possible) == 1:
        month, day = possible[0]
        return _written_date(year, month, day)
    dates = [
        f"{year}-{month:02}-{day:02}" if year else f"{day} {MONTHS[month - 1]}" for month, day in possible
    ]
    raise WhenError(
        TimeFault.TWO_DATES if dates else TimeFault.NO_DATE,
        said=said,
        instead=[f"on {day} at 09:00" for day in dates] or ["on 4 March at 09:00"],
    )


def _is_month_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]


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


_MORE_DAYS: Final = rf"(?= (?:at |@|\d|and |{FULL_WEEKDAY}))"
_UNLISTED: Final = r"mon|tues?|weds?|thu(?:rs?)?|fri"
_SHORT_WEEKDAY: Final = r"(?:mon|tues?|wed|thu(?:rs?)?|fri)(?= (?:at |@ ?)\d| \d\d?(?::\d| ?[ap]m))"


def day_at(words: Words) -> Day | None:
    """A day as people name it: `today`, `on monday`, `next friday`, or a date."""
    before = words.position
    if words.consume("today"):
        return "today"
    if words.consume(f"{TOMORROW}(?!')"):
        return "tomorrow"
    if words.consume(f"(?:on )?(?:the )?day after {TOMORROW}(?!')"):
        return DaysAhead(2)
    if following := _next_week(words):
        return following
    after_on = words.consume("on") is not None
    if day := date_at(words):
        return day
    which = words.consume("(this)(?: coming)?|(next)|coming")
    after_on = which is not None or after_on
    # `mon at 9` is a day, and so is no `sun at noon`.
    names = WEEKDAY if after_on else rf"{FULL_WEEKDAY}|{_SHORT_WEEKDAY}"
    if found := words.consume(names):
        number = weekday_number(found[0].strip())
        return Weekday(number, "this" if which and which[1] else "next" if which and which[2] else "")
    words.position = before
    return None


def _next_week(words: Words) -> NextWeek | None:
    """`next week on monday`, `monday next week`."""
    found = words.consume(rf"next week,? (?:on )?({WEEKDAY})") or words.consume(
        rf"(?:on )?({WEEKDAY})(?: of)? next week"
    )
    return NextWeek(weekday_number(found[1])) if found else None
