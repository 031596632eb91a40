"""What a change of a schedule touches besides its record, as pure comparisons: its position among what is
watched, its first run, and who may read it.

What is watched is sorted: a schedule stands at its next slot in ms, at 0 while that is to be worked out. A
one-off stands at its moment, or at the very end while QStash is not known to have it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.schedules.schedule import Schedule
from bot.sources import Everyone, Readers
from bot.storage import ms_of
from scheduler import Cron

_UNSETTLED: Final = "+inf"


def first_position(schedule: Schedule, *, now: datetime) -> str:
    """Find the position of one that is new, by its next slot after `now`."""
    when = schedule.when
    return str(ms_of(when.next_after(now))) if isinstance(when, Cron) else _UNSETTLED


def new_position(before: Schedule, after: Schedule) -> str | None:
    """Find the position after a change; None leaves it where it is, "out" takes it out."""
    if after.state == "paused":
        return "out"
    if after.cron is not None:
        same = before.state != "paused" and _rhythm_of(before) == _rhythm_of(after)
        return None if same else "0"
    if after.at is not None and after.message != before.message:
        return str(ms_of(after.at))
    return _UNSETTLED if after.ticket != before.ticket else None


def _rhythm_of(schedule: Schedule) -> tuple[object, ...]:
    return schedule.cron, schedule.zone, schedule.rhythm


def first_run_of(schedule: Schedule) -> tuple[object, ...]:
    """Return all that decides if an answer that was previewed is that of its first run."""
    return (
        schedule.query,
        schedule.sources,
        schedule.model,
        schedule.changes,
        schedule.max_age,
        schedule.timing,
    )


def readers_of(schedule: Schedule) -> tuple[object, ...]:
    """Return all that decides who may have it posted where; see `owner_check.py`."""
    return schedule.user, schedule.channel, schedule.also, schedule.sources, schedule.consents


def closed_readers(schedule: Schedule) -> frozenset[Readers]:
    """Return the readers of its sources, as far as they are not everyone."""
    return frozenset(source.readers for source in schedule.sources) - {Everyone()}
