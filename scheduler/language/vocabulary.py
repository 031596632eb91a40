"""The vocabulary of times: clocks, days, dates and counts, as people write them.

Each function takes what it knows from the front of the remaining words, or leaves them alone. What can
only be a time and yet cannot be one (25:00, 30 February) is refused here, with what to type instead.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, MINYEAR, date
from functools import cache
from typing import Final, NamedTuple

from scheduler.errors import ImpossibleTime, UnknownZone
from scheduler.zone import zone_at

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
WORKING_DAYS: Final = frozenset({1, 2, 3, 4, 5})
WEEKEND: Final = frozenset({0, 6})


class Clock(NamedTuple):
    hour: int
    minute: int
    bare: bool = False  # an hour with nothing that shows it to be one

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


class MonthDay(NamedTuple):
    """A day of every month, or of one month of every year."""

    month: int | None
    day: int


class Weekday(NamedTuple):
    number: int  # 0 is Sunday


def listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


@cache  # the patterns are few and known
def _pattern(words: str, end: str) -> re.Pattern[str]:
    gap = r"[^\S\n]"
    words = words.replace(" ?", f"{gap}*").replace(" ", f"{gap}+")
    return re.compile(rf"{gap}*(?a:{words}){end}", re.IGNORECASE)


_ZONE_GAP: Final = re.compile(r",?[^\S\n]+")


class Words:
    """A text and a place in it. `take` moves on past whole words, or stays and returns None."""

    def __init__(self, text: str, position: int) -> None:
        self.text, self.position = text, position

    def take(self, words: str, *, end: str = r"(?!\w)") -> re.Match[str] | None:
        if found := _pattern(words, end).match(self.text, self.position):
            self.position = found.end()
        return found

    def sees(self, words: str) -> bool:
        return _pattern(words, r"(?!\w)").match(self.text, self.position) is not None

    def since(self, position: int) -> str:
        return self.text[position : self.position].strip()

    def zone(self) -> str | None:
        """The zone that comes next; past an unknown one too."""
        if (gap := _ZONE_GAP.match(self.text, self.position)) is None:
            return None
        try:
            found = zone_at(self.text, gap.end())
        except UnknownZone as error:
            self.position = self.text.index(error.name, self.position) + len(error.name)
            raise
        if found:
            name, self.position = found
            return name
        return None


WEEKDAY: Final = (
    r"(?:sun(?:day)?|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?"
    r"|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?)"
)
FULL_WEEKDAY: Final = r"(?:sun|mon|tues|wednes|thurs|fri|satur)day"
MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NTH: Final = r"(\d{1,2})(?:st|nd|rd|th)"
AND: Final = r",? ?and|,|&"
_NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
COUNT: Final = rf"(\d{{1,9}}|an?|{'|'.join(_NUMBERS)})"


def count(word: str) -> int:
    """Digits, a number word, or a and an."""
    return int(word) if word.isdigit() else _NUMBERS.get(word.lower(), 1)


def month_number(word: str) -> int:
    return [name[:3].lower() for name in MONTHS].index(word[:3].lower()) + 1


def weekday_number(word: str) -> int:
    return [name[:3].lower() for name in WEEKDAYS].index(word[:3].lower())


# Clocks


def clock_at(words: Words, *, bare: bool) -> Clock | None:
    """A time of day; a bare hour only where the words before it ask for one."""
    if words.take("noon|midday"):
        return Clock(12, 0)
    if words.take("midnight"):
        return Clock(0, 0)
    if found := words.take(r"(\d{1,2})(?:[:.](\d{2}))? ?([ap])\.?m\.?"):
        hour, minute = int(found[1]), int(found[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            raise ImpossibleTime(
                f"“{found[0].strip()}” is not a time of day.", instead=("at 5pm", "at 17:00")
            )
        return Clock(hour % 12 + (12 if found[3] in "pP" else 0), minute)
    if found := words.take(r"(\d{1,2})[:.](\d{2})(?![:.]\d)"):
        return _checked(int(found[1]), int(found[2]), found[0])
    if bare and (found := words.take(r"(\d{1,2})( o['’]?clock)?(?![:.]\d|[-–/]\w|\s*%)")):
        return _checked(int(found[1]), 0, found[0])._replace(bare=not found[2])
    return None


def _checked(hour: int, minute: int, came: str) -> Clock:
    if hour > 23 or minute > 59:
        raise ImpossibleTime(
            f"“{came.strip()}” is not a time of day: they run from 00:00 to 23:59.",
            instead=("at 00:00", "at 17:30"),
        )
    return Clock(hour, minute)


def clocks_at(words: Words) -> list[Clock]:
    """`at 9`, `09:00`, `at 9, 12 and 17:30`; empty if there is none."""
    start = words.position
    after_at = words.take("at|@") is not None
    if (first := clock_at(words, bare=after_at)) is None:
        words.position = start
        return []
    clocks = [first]
    while len(clocks) < 24:
        before = words.position
        last = words.take(r",? ?and|&")
        following = clock_at(words, bare=after_at) if last or words.take(",") else None
        # In `at 9, 3 facts about cats` the 3 is no hour: a list of bare hours goes on to its `and`.
        if following and not last and following.bare and not words.sees(r"(?:,? ?and|,) ?\d+\w*|\s*$"):
            following = None
        if following is None:
            words.position = before
            break
        clocks = [_like(clock, following) for clock in clocks] + [following]
    return clocks


def _like(earlier: Clock, later: Clock) -> Clock:
    """In `3 and 5pm` the 3 is an afternoon hour too, where that keeps the order."""
    if earlier.bare and not later.bare and later.hour >= 12 and earlier.hour + 12 <= later.hour:
        return earlier._replace(hour=earlier.hour + 12)
    return earlier


def cron_clock(clocks: Sequence[Clock], said: str) -> tuple[str, str]:
    """Cron's minute and hour for `clocks`; it can say them if every hour has the same minutes."""
    hours, minutes = {clock.hour for clock in clocks}, {clock.minute for clock in clocks}
    if len(hours) * len(minutes) != len({clock[:2] for clock in clocks}):
        raise ImpossibleTime(
            f"One schedule cannot run at {listed([str(clock) for clock in clocks])}: "
            "its hours share their minutes. Make two schedules, or keep to the same minutes.",
            instead=[
                f"{said} at {listed([f'{hour:02}:{minute:02}' for hour in sorted(hours)])}"
                for minute in sorted(minutes)
            ],
        )
    return cron_list(minutes), cron_list(hours)


def cron_list(values: Iterable[int]) -> str:
    return ",".join(map(str, sorted(values)))


# Days


def days_at(words: Words) -> tuple[frozenset[int], bool] | None:
    """Days of the week, and whether the words themselves say that they recur (`mondays`)."""
    if found := words.take(r"(?:week|work(?:ing )?|business )day(s)?"):
        return WORKING_DAYS, bool(found[1])
    if found := words.take(r"weekend(?: day)?(s)?"):
        return WEEKEND, bool(found[1])
    if not (found := words.take(rf"({WEEKDAY})(?:-|–| ?(?:- |– |to |through |thru ))({WEEKDAY})")):
        return _weekdays(words)
    first, last = weekday_number(found[1]), weekday_number(found[2])
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1)), True


def _weekdays(words: Words) -> tuple[frozenset[int], bool] | None:
    found = words.take(rf"({FULL_WEEKDAY})(s)|({WEEKDAY})")
    days: set[int] = set()
    plural = False
    while found:
        days.add(weekday_number(found[1] or found[3]))
        plural = plural or bool(found[2]) or len(days) > 1
        found = words.take(rf"(?:(?:{AND}|/) ?)(?:({FULL_WEEKDAY})(s)|({WEEKDAY}))")
    return (frozenset(days), plural) if days else None


def on_days(words: Words) -> frozenset[int] | None:
    """A trailing `on weekdays`, `on monday and thursday`, `weekdays`."""
    before = words.position
    after_on = words.take("on|every|each")
    if (found := days_at(words)) and (after_on or found[1]):
        return found[0]
    words.position = before
    return None


def days_of_month(words: Words) -> list[int] | None:
    """`the 1st and 15th`, `day 3`, `the first`."""
    before = words.position
    if found := words.take(r"(?:on )?day (\d{1,2})"):
        return [_day_of_month(found[1])]
    words.take("on")
    words.take("the")
    days: list[int] = []
    found = words.take(rf"{_NTH}|(first)(?: day)?")
    while found:
        days.append(_day_of_month(found[1] or "1"))
        found = words.take(rf"(?:{AND}) ?(?:the )?{_NTH}")
    if not days:
        words.position = before
    return days or None


def _day_of_month(digits: str) -> int:
    if not 1 <= (day := int(digits)) <= 31:
        raise ImpossibleTime(f"No month has a day {day}.", instead=("every month on the 28th at 9",))
    return day


def date_at(words: Words) -> date | MonthDay | None:
    """`2027-01-15`, `15 January 2027`, `Jan 15`, `the 15th`; with its weekday before it if that is right."""
    before = words.position
    weekday = words.take(rf"({WEEKDAY}),?")
    words.take("the")
    day: date | MonthDay | None = None
    if found := words.take(r"(\d{4})-(\d{1,2})-(\d{1,2})"):
        day = _real_date(int(found[1]), int(found[2]), int(found[3]))
    elif found := words.take(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({MONTH})\.?(?:,? (\d{{4}})(?!:))?"):
        day = _written_date(found[3], month_number(found[2]), int(found[1]))
    elif found := words.take(rf"({MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}})(?!:))?"):
        day = _written_date(found[3], month_number(found[1]), int(found[2]))
    elif found := words.take(_NTH):
        day = MonthDay(None, _day_of_month(found[1]))
    elif found := words.take(r"\d{1,2}(?:[./]\d{1,2}[./](?:\d{4}|\d\d)|/\d{1,2})(?= (?:at |@|\d{1,2}:))"):
        raise ImpossibleTime(
            f"“{found[0].strip()}” is not the same date everywhere.",
            instead=("on 2027-03-04 at 9", "on 4 March at 9"),
        )
    if day is None:
        words.position = before
    elif weekday and isinstance(day, date) and weekday_number(weekday[1]) != day.isoweekday() % 7:
        right = WEEKDAYS[day.isoweekday() % 7]
        raise ImpossibleTime(
            f"{day.day} {MONTHS[day.month - 1]} {day.year} is a {right}.", instead=(f"on {day} at 09:00",)
        )
    return day


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
            raise ImpossibleTime(
                f"There is no month {month} of {year}.", instead=("on 4 March at 09:00",)
            ) from None
        name, last = MONTHS[month - 1], monthrange(year, month)[1]
        raise ImpossibleTime(
            f"{name} has the days 1 to {last}.", instead=(f"on {min(day, last) or 1} {name} at 09:00",)
        ) from None
