"""The time of a schedule as a value: a cron or one moment, with its end and the holidays on which it rests.

Holidays are those of the date that clocks in the schedule's zone show at the run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from scheduler.calendar import Closures, check_calendar, is_free
from scheduler.cron import Cron, at_wall
from scheduler.zone import ZoneInfo, check_zone

_HORIZON: Final = timedelta(days=3660)  # a 29 February can be eight years away


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
class Timing:
    """A time and its limits, which only a recurring one can have."""

    when: When
    until: datetime | None = None
    """The last moment, in UTC, at which a run may be."""
    holidays: str | None = None
    """The calendar (`DE`, `DE-BY`) on whose holidays it does not run."""

    def __post_init__(self) -> None:
        if isinstance(self.when, Once) and (self.until is not None or self.holidays is not None):
            raise ValueError("expected no limits for one moment")
        if self.holidays is not None:
            object.__setattr__(self, "holidays", check_calendar(self.holidays))
        if self.until is None:
            return
        if self.until.tzinfo is None:
            raise ValueError("expected an aware datetime")
        object.__setattr__(self, "until", self.until.astimezone(UTC))


def upcoming_runs(timing: Timing, *, after: datetime, count: int, closures: Closures) -> list[datetime]:
    """The next runs that really happen, in UTC; fewer than `count` if they end or rest for ten years."""
    if isinstance(timing.when, Once):
        return [timing.when.at] if timing.when.at > after and count > 0 else []
    found: list[datetime] = []
    while len(found) < count and (run := _next_run(timing, timing.when, after, closures)):
        found.append(after := run)
    return found


def _next_run(timing: Timing, cron: Cron, after: datetime, closures: Closures) -> datetime | None:
    zone, horizon = ZoneInfo(cron.zone), after + _HORIZON
    last = min(timing.until, horizon) if timing.until else horizon
    while (run := cron.next_after(after)) <= last:
        day = run.astimezone(zone).date()
        if is_free(day, calendar=timing.holidays, closures=closures) is None:
            return run
        after = last_minute(day, zone)  # every run of a free day is free
    return None


def last_minute(day: date, zone: ZoneInfo) -> datetime:
    """The last minute of `day` in `zone`, also where the clocks change at midnight."""
    return at_wall(datetime.combine(day + timedelta(days=1), time()), zone) - timedelta(minutes=1)
