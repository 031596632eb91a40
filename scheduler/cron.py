"""Cron as QStash has it: five fields, a zone, and the moments they name.

Every preview, slot, watchdog and the embedded engine compute fire times here and nowhere else. Across a
clock change the rule is Debian's: a fixed time in the spring gap fires when the gap ends, one in the repeated
autumn hour fires the first time only, and whatever has a minute or hour that begins with `*` runs on evenly.
(The library cronsim has that rule too, but inside a repeated hour its next moment can lie in the past.)
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.zone import ZoneInfo, check_zone

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_FEW: Final = 4
"""Times in a day, up to which the last one is looked for a day back at once."""
_MONTH_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, kw_only=True)
class Cron:
    """A recurring time: the expression in its shortest form, and the zone in which it is meant."""

    expression: str
    zone: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", _read_fields(self.expression).text)
        object.__setattr__(self, "zone", check_zone(self.zone))

    def __str__(self) -> str:
        return f"CRON_TZ={self.zone} {self.expression}"

    @classmethod
    def parse(cls, text: str, *, zone: str = "UTC") -> Cron:
        """The cron in `text`, which may bring its own `CRON_TZ=`; raises `WhenError`."""
        return _parse_cron(text, zone)

    @property
    def fields(self) -> Fields:
        """The values that each field allows."""
        return _read_fields(self.expression)

    def next_after(self, moment: datetime) -> datetime:
        """The first fire time strictly after `moment`, in UTC."""
        if moment.tzinfo is None:
            raise ValueError("expected an aware datetime")
        fields, zone = self.fields, ZoneInfo(self.zone)
        return (_next_even if fields.even else _next_fixed)(fields, zone, moment)

    def fires_at(self, moment: datetime) -> bool:
        """True if `moment` is one of its slots."""
        return self.next_after(moment - timedelta(seconds=1)) == moment

    def slot_at(self, moment: datetime) -> datetime | None:
        """The last fire time at or before `moment`: the slot being served. None before the calendar begins.

        Found through `next_after` alone, so that the two can never disagree.
        """
        moment = moment.astimezone(UTC)
        late, reach = moment, _DAY if len(self.fields.clock) <= _FEW else _MINUTE
        try:
            while (slot := self.next_after(early := moment - reach)) > moment:
                late, reach = early, 2 * reach
        except OverflowError:
            return None
        # A fire time follows `early` and none follows `late`. Most often it is the last one already.
        if (found := self.next_after(slot)) > moment:
            return slot
        slot = found
        while late - slot >= _MINUTE:  # halve until they are a minute apart
            middle = slot + (late - slot) / 2
            if (found := self.next_after(middle)) > moment:
                late = middle
            else:
                slot = found
        return slot


@lru_cache(maxsize=4096)
def _parse_cron(text: str, zone: str) -> Cron:
    """Read several times for each slot, and the same for all schedules of one rhythm."""
    if prefix := re.match(r"\s*(?:CRON_)?TZ=(\S*)\s*", text):
        zone, text = prefix[1], text[prefix.end() :]
    return Cron(expression=text, zone=zone)


def at_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which clocks in `zone` show `wall`: the first of two, the gap's end if none do."""
    while True:
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall = wall.replace(second=0, microsecond=0) + _MINUTE


class _Part(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_PARTS: Final = (
    _Part("minute", 0, 59),
    _Part("hour", 0, 23),
    _Part("day of the month", 1, 31),
    _Part(
        "month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    ),
    _Part("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


class Fields(NamedTuple):
    """An expression read once: the values of its fields, and its two rules."""

    text: str
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    clock: tuple[int, ...]  # minutes since midnight
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    either: bool  # a day of the month or a day of the week is enough
    even: bool  # keeps to elapsed time across a clock change

    def next_day(self, day: date) -> date:
        """The first day, `day` included, on which it fires."""
        while True:
            if day.month not in self.months:
                day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            elif self.fires_on(day):
                return day
            else:
                day += _DAY

    def fires_on(self, day: date) -> bool:
        """True for a day on which it fires."""
        in_days, in_weekdays = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        in_day = (in_days or in_weekdays) if self.either else (in_days and in_weekdays)
        return in_day and day.month in self.months


def _next_fixed(fields: Fields, zone: ZoneInfo, moment: datetime) -> datetime:
    """Wall times in order; `at_wall` never goes backwards, so the first one after `moment` is the next."""
    wall = moment.astimezone(zone)
    today, start = wall.date(), wall.hour * 60 + wall.minute + 1
    day = today
    while True:
        day = fields.next_day(day)
        first = bisect_left(fields.clock, start) if day == today else 0
        for minutes in fields.clock[first:]:
            at = at_wall(datetime.combine(day, time(minutes // 60, minutes % 60)), zone)
            if at > moment:
                return at
        day += _DAY


def _next_even(fields: Fields, zone: ZoneInfo, moment: datetime) -> datetime:
    """Elapsed minutes in order, in strides that stay within the day or the hour that cannot match."""
    at = moment.astimezone(UTC).replace(second=0, microsecond=0) + _MINUTE
    while True:
        wall = at.astimezone(zone)
        day = fields.next_day(wall.date())
        if day != wall.date():
            at = max(at_wall(datetime.combine(day, time()), zone), at + _MINUTE)
        elif wall.hour not in fields.hours:
            at += timedelta(minutes=60 - wall.minute)
        else:
            place = bisect_left(fields.minutes, wall.minute)
            minute = fields.minutes[place] if place < len(fields.minutes) else 60
            if minute == wall.minute:
                return at
            at += timedelta(minutes=minute - wall.minute)


@lru_cache(maxsize=4096)
def _read_fields(text: str) -> Fields:
    words = text.lower().split()
    if len(words) != 5:
        _refuse_cron(TimeFault.CRON_FIELDS, text)
    values = [_read_values(word, part) for word, part in zip(words, _PARTS, strict=True)]
    minutes, hours, days, months, weekdays = values
    if 7 in weekdays:
        weekdays = values[4] = weekdays - {7} | {0}
    starred = [word.startswith("*") for word in words]
    if not starred[2] and not starred[4] and (len(days) == 31 or len(weekdays) == 7):
        days, weekdays = values[2], values[4] = set(range(1, 32)), set(range(7))  # any day is enough
    # Classic cron: a field that begins with a star restricts, even as `*/2`, and never offers an alternative.
    either = not starred[2] and not starred[4] and len(days) < 31
    if not either and min(days) > max(_MONTH_LENGTHS[month - 1] for month in months):
        _refuse_cron(TimeFault.CRON_NEVER, text)
    fields = [
        _spell_values(sorted(allowed), part, word)
        for allowed, part, word in zip(values, _PARTS, words, strict=True)
    ]
    return Fields(
        text=" ".join(fields),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        clock=tuple(hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(weekdays),
        either=either,
        even=fields[0].startswith("*") or fields[1].startswith("*"),
    )


def _read_values(text: str, part: _Part) -> set[int]:
    found: set[int] = set()
    for term in text.split(","):
        shape = re.fullmatch(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/([0-9]{1,3}))?", term, re.ASCII)
        if shape is None:
            _refuse_cron(TimeFault.CRON_VALUE, term or text, part)
        star, first, last, step = shape.groups()
        low = part.low if star else _read_number(first, part)
        # `5/15` means from 5 on; the 7 of Sunday is a name for 0, not an eighth day.
        open_end = part.high - (part.high == 7)
        high = open_end if star or (step and not last) else _read_number(last or first, part)
        if last == "sun" and low:
            high = 7
        if high < low:
            _refuse_cron(TimeFault.CRON_BACKWARDS, term, part)
        every = int(step or 1)
        if not 1 <= every <= part.high:
            _refuse_cron(TimeFault.CRON_VALUE, term, part)
        found.update(range(low, high + 1, every))
    return found


def _read_number(word: str, part: _Part) -> int:
    if word in part.names:
        return part.names.index(word) + part.low
    number = int(word) if re.fullmatch(r"[0-9]{1,2}", word) else -1
    if not part.low <= number <= part.high:
        _refuse_cron(TimeFault.CRON_VALUE, word, part)
    return number


def _spell_values(values: list[int], part: _Part, word: str) -> str:
    """The one spelling of these values; a leading star stays, because it means more than its values."""
    top = min(part.high, 6) if part.high == 7 else part.high
    if len(values) == top - part.low + 1:
        return "*"
    if star := re.match(r"\*/([0-9]+)", word):
        step = int(star[1])
        rest = [value for value in values if (value - part.low) % step]
        return f"*/{step}" + ("," + _spell_ranges(rest) if rest else "")
    step = values[1] - values[0] if len(values) > 2 else 1
    if step > 1 and part.high != 7 and values == list(range(values[0], values[-1] + 1, step)):
        return f"{values[0]}-{values[-1]}/{step}"
    return _spell_ranges(values)


def _spell_ranges(values: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for value in values:
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def _refuse_cron(fault: TimeFault, said: str, part: _Part | None = None) -> NoReturn:
    span = f"{part.name} from {part.low} to {part.high}" if part else ""
    names = f" or {part.names[0]} to {part.names[-1]}" if part and part.names else ""
    raise WhenError(fault, said=said.strip(), detail=span + names, instead=("cron 0 9 * * 1-5",))
