"""The time of a schedule as a value: a cron or one moment, its limits, and the conditions beside it.

A cron names slots. What it cannot say is looked at when a slot comes: the first day, the end, holidays, every
other week, the last Friday of a month, a run that someone skips, a pause until a day. `Timing.rest_at` alone
decides; previews, answers made ahead, the watchdog and the run itself ask it. Days are those that clocks in
the schedule's zone show at the slot.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from scheduler.calendar import Closures, check_calendar, is_free
from scheduler.cron import Cron, at_wall
from scheduler.zone import ZoneInfo, check_zone

_HORIZON: Final = timedelta(days=3660)  # a 29 February can be eight years away
_WORKING_DAYS: Final = frozenset({1, 2, 3, 4, 5})
_MOST_CLOCKS: Final = 24
LONGEST_STEP: Final = 366


@dataclass(frozen=True, kw_only=True)
class Once:
    """One moment, and the zone in which it was meant."""

    at: datetime
    zone: str

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("expected an aware datetime")
        object.__setattr__(self, "at", self.at.astimezone(UTC))
        object.__setattr__(self, "zone", check_zone(self.zone))


When = Cron | Once


@dataclass(frozen=True, kw_only=True)
class Rest:
    """The reason why a schedule does not run at a slot of its cron."""

    reason: Literal["ended", "holiday", "condition", "skipped", "paused"]
    holiday: str = ""
    """The holiday's English name, or that of a closure."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A time with its limits and conditions, which only a recurring one can have."""

    when: When
    until: datetime | None = None
    """The last moment, in UTC, at which a run may be."""
    holidays: str | None = None
    """The calendar (`DE`, `DE-BY`) on whose holidays it does not run."""
    first_day: date | None = None
    """The day before which it does not run."""
    step: int = 1
    """2 is every other week, counted from that of `first_day`; for a cron of every day it counts days."""
    nth: int | None = None
    """It runs on that one of the cron's days in each month; -1 is the last.

    Of a cron of Monday to Friday, those that are free do not count: the first working day is no holiday.
    """
    skipped: frozenset[datetime] = frozenset()
    """The slots, in UTC, at which people do not want it to run."""
    paused_until: datetime | None = None
    """The moment, in UTC, before which it does not run: people have paused it until then."""

    def __post_init__(self) -> None:
        if isinstance(self.when, Once):
            limits = (self.until, self.holidays, self.first_day, self.nth, self.paused_until)
            if limits != (None,) * len(limits) or self.step != 1 or self.skipped:
                raise ValueError("expected no limits for one moment")
            return
        if self.holidays is not None:
            object.__setattr__(self, "holidays", check_calendar(self.holidays))
        if self.nth is not None or self.step != 1:
            _check_conditions(self, self.when)
        if self.until is not None:
            object.__setattr__(self, "until", _in_utc(self.until))
        if self.paused_until is not None:
            object.__setattr__(self, "paused_until", _in_utc(self.paused_until))

    def rest_at(self, slot: datetime, *, closures: Closures) -> Rest | None:
        """The reason why it does not run at `slot`, a fire time of its cron; None if it runs."""
        if isinstance(self.when, Once):
            return None
        if self.until is not None and slot > self.until:
            return Rest(reason="ended")
        day = slot.astimezone(ZoneInfo(self.when.zone)).date()
        if self.first_day is not None and day < self.first_day:
            return Rest(reason="condition")
        if (rest := self.rest_in_rhythm(self.when, day, closures)) is not None:
            return rest
        if self.paused_until is not None and slot < self.paused_until:
            return Rest(reason="paused")
        return Rest(reason="skipped") if slot in self.skipped else None

    def rest_in_rhythm(self, cron: Cron, day: date, closures: Closures) -> Rest | None:
        """The reason on a day, its first and its last day aside: the rhythm goes on before them and after."""
        if not self._is_in_step(cron, day) or not self._is_nth(cron, day, closures):
            return Rest(reason="condition")
        name = is_free(day, calendar=self.holidays, closures=closures)
        return None if name is None else Rest(reason="holiday", holiday=name)

    def _is_in_step(self, cron: Cron, day: date) -> bool:
        if self.first_day is None:
            return True
        if len(cron.fields.weekdays) == 7:
            return (day - self.first_day).days % self.step == 0
        return (_monday_of(day) - _monday_of(self.first_day)).days // 7 % self.step == 0

    def _is_nth(self, cron: Cron, day: date, closures: Closures) -> bool:
        if self.nth is None:
            return True
        fields, calendar = cron.fields, self.holidays
        free_days_count = fields.weekdays != _WORKING_DAYS
        same_month = (day.replace(day=number) for number in range(1, monthrange(day.year, day.month)[1] + 1))
        days = [
            other
            for other in same_month
            if fields.fires_on(other)
            and (free_days_count or is_free(other, calendar=calendar, closures=closures) is None)
        ]
        if not free_days_count and day not in days:
            return True  # a holiday, which says so itself
        return day in days[self.nth - 1 : self.nth] if self.nth > 0 else day == days[-1]


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("expected an aware datetime")
    return moment.astimezone(UTC)


def _check_conditions(timing: Timing, cron: Cron) -> None:
    """Refuse an `nth` or a `step` that no words say."""
    minute, hour, day, month, weekday = cron.expression.split()
    del minute, hour
    fields, nth, first = cron.fields, timing.nth, timing.first_day
    fixed = not fields.even and len(fields.clock) <= _MOST_CLOCKS and month == "*"
    if timing.step != 1:
        daily = weekday == "*"
        whole = (
            1 < timing.step <= LONGEST_STEP and nth is None and day == "*" and not weekday.startswith("*/")
        )
        whole = whole and not (daily and timing.step == 7)  # which is a day of the week
        if not fixed or not whole or first is None or not fields.fires_on(first):
            raise ValueError("expected a step of days or weeks that is counted from a day of the cron")
        return
    one = len(fields.weekdays) == 1 or fields.weekdays == _WORKING_DAYS
    of_weekday = day == "*" and one and nth in (1, 2, 3, 4, 5, -1)
    if not fixed or not (of_weekday or (day == "28-31" and weekday == "*" and nth == -1)):
        raise ValueError("expected the day of a month that words can name")


def upcoming_runs(timing: Timing, *, after: datetime, count: int, closures: Closures) -> list[datetime]:
    """The next runs that really happen, in UTC; fewer than `count` if they end or rest for ten years."""
    if isinstance(timing.when, Once):
        return [timing.when.at] if timing.when.at > after and count > 0 else []
    found: list[datetime] = []
    while len(found) < count and (run := _next_run(timing, timing.when, after, closures)):
        found.append(after := run)
    return found


def runs_at(timing: Timing, slot: datetime, *, closures: Closures) -> bool:
    """True if a schedule runs at `slot`."""
    if isinstance(timing.when, Once):
        return timing.when.at == slot
    return timing.when.fires_at(slot) and timing.rest_at(slot, closures=closures) is None


def last_due(timing: Timing, *, after: datetime, until: datetime, closures: Closures) -> datetime | None:
    """The last slot within `after` and `until` at which it was due, or would have been had it begun earlier.

    Slots at which it rests do not count; None if there is no other.
    """
    if isinstance(timing.when, Once):
        return timing.when.at if after < timing.when.at <= until else None
    cron, zone = timing.when, ZoneInfo(timing.when.zone)
    while (slot := cron.slot_at(until)) is not None and slot > after:
        day = slot.astimezone(zone).date()
        if timing.rest_in_rhythm(cron, day, closures) is not None:
            until = last_minute(day - timedelta(days=1), zone)  # what rests, rests for the day
        elif slot in timing.skipped:  # the run after it tells of its time, too
            until = slot - timedelta(minutes=1)
        else:
            return slot
    return None


def _next_run(timing: Timing, cron: Cron, after: datetime, closures: Closures) -> datetime | None:
    zone = ZoneInfo(cron.zone)
    if timing.first_day and timing.first_day > after.astimezone(zone).date():
        after = max(after, last_minute(timing.first_day - timedelta(days=1), zone))
    if timing.paused_until is not None:
        after = max(after, timing.paused_until - timedelta(seconds=1))
    horizon = after + _HORIZON
    last = min(timing.until, horizon) if timing.until else horizon
    while (run := cron.next_after(after)) <= last:
        if (rest := timing.rest_at(run, closures=closures)) is None:
            return run
        # What is skipped is one run; what rests otherwise, rests for the day.
        by_hand = rest.reason == "skipped"
        after = run if by_hand else last_minute(run.astimezone(zone).date(), zone)
    return None


def last_minute(day: date, zone: ZoneInfo) -> datetime:
    """The last minute of `day` in `zone`, also where the clocks change at midnight."""
    return at_wall(datetime.combine(day + timedelta(days=1), time()), zone) - timedelta(minutes=1)


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of `day` in `zone`, in UTC."""
    return at_wall(datetime.combine(day, time()), zone).astimezone(UTC)


def _monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())
