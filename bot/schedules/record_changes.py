"""The changes of a schedule's record as calls of their scripts: the keys they touch, and what they write.

The schedule store runs them; nothing is asked or written here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.schedules.differences import closed_readers, first_position, first_run_of, new_position, readers_of
from bot.schedules.index_entry import encode_entry, make_entry
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_record import encode_schedule
from bot.schedules.schedule_scripts import AddSchedule, ChangeSchedule, DeleteSchedule, RestoreSchedule
from bot.storage import (
    deleted_history_key,
    deleted_schedule_key,
    history_key,
    ms_of,
    schedule_ids_key,
    schedule_index_key,
    schedule_key,
    schedule_name_key,
    votes_key,
    watched_key,
    whole_seconds,
)
from scheduler import CLOCK_LEEWAY

ONE_OFF_TTL: Final = timedelta(days=7)  # after its moment: long enough to look up what became of it
TOMBSTONE_TTL: Final = timedelta(days=400)
"""A schedule that QStash has not deleted, or a message on its way, comes at least once a year."""
UNDO_TTL: Final = timedelta(minutes=1)
"""After which what was deleted cannot be had back."""


def make_add(
    schedule: Schedule, *, now: datetime, keep: datetime | None, preview: str, wish: str
) -> AddSchedule:
    """Write a new record as pending; see `ScheduleStore.add_record`."""
    team, name = schedule.team, schedule.called
    ttl = None
    if schedule.at is not None:
        ttl = max(int((schedule.at - now + ONE_OFF_TTL).total_seconds()), 1)
    return AddSchedule(
        record=schedule_key(team, schedule.id),
        ids=schedule_ids_key(team),
        index=schedule_index_key(team),
        name_key=schedule_name_key(team, name or ""),
        watched=watched_key(),
        doc=encode_schedule(schedule),
        entry=encode_entry(make_entry(replace(schedule, state="pending"), revision=1)),
        id=schedule.id,
        ttl=ttl,
        has_name=bool(name),
        keep=ms_of(keep) if keep else None,
        preview=preview,
        wish=wish,
        ticket=schedule.ticket,
        member=member_of(team, schedule.id),
        slot=first_position(schedule, now=now + CLOCK_LEEWAY),  # by its clock, QStash fires the next
    )


def make_change(before: Schedule, after: Schedule) -> ChangeSchedule:
    """Replace a record that is still as it was read."""
    team = before.team
    return ChangeSchedule(
        record=schedule_key(team, before.id),
        index=schedule_index_key(team),
        old_name_key=schedule_name_key(team, before.called or ""),
        new_name_key=schedule_name_key(team, after.called or ""),
        watched=watched_key(),
        revision=str(before.revision),
        doc=encode_schedule(after),
        entry=encode_entry(make_entry(after, revision=before.revision + 1)),
        state=after.state,
        had_name=bool(before.called),
        has_name=bool(after.called),
        id=before.id,
        ends=_end_of(after),
        ticket=after.ticket,
        member=member_of(team, before.id),
        slot=new_position(before, after),
        same_readers=readers_of(before) == readers_of(after),
        same_first_run=after.state != "paused" and first_run_of(before) == first_run_of(after),
        history=history_key(team, before.id),
        votes=votes_key(team, before.id),
        has_left_source=not closed_readers(before) <= closed_readers(after),
    )


def make_delete(schedule: Schedule) -> DeleteSchedule:
    """Delete a record and its name; they are kept aside for `UNDO_TTL`, and a tombstone in their place."""
    team = schedule.team
    return DeleteSchedule(
        record=schedule_key(team, schedule.id),
        ids=schedule_ids_key(team),
        index=schedule_index_key(team),
        name_key=schedule_name_key(team, schedule.called or ""),
        history=history_key(team, schedule.id),
        watched=watched_key(),
        deleted=deleted_schedule_key(team, schedule.id),
        deleted_history=deleted_history_key(team, schedule.id),
        id=schedule.id,
        undo_ttl=whole_seconds(UNDO_TTL),
        tombstone_ttl=whole_seconds(TOMBSTONE_TTL),
        had_name=bool(schedule.called),
        member=member_of(team, schedule.id),
    )


def make_restore(
    schedule: Schedule, *, now: datetime, history_ttl: int, lost_handle: bool
) -> RestoreSchedule:
    """Put back what was deleted, with its history for `history_ttl` seconds.

    With `lost_handle` it is written as it is given, without the handle that it had.
    """
    team, name = schedule.team, schedule.called or ""
    is_paused = schedule.state == "paused"
    return RestoreSchedule(
        record=schedule_key(team, schedule.id),
        ids=schedule_ids_key(team),
        index=schedule_index_key(team),
        name_key=schedule_name_key(team, name),
        history=history_key(team, schedule.id),
        watched=watched_key(),
        deleted=deleted_schedule_key(team, schedule.id),
        deleted_history=deleted_history_key(team, schedule.id),
        id=schedule.id,
        doc=encode_schedule(schedule) if lost_handle else None,
        entry=encode_entry(make_entry(schedule, revision=schedule.revision + 1)),
        has_name=bool(name),
        ends=_end_of(schedule),
        history_ttl=history_ttl,
        member=member_of(team, schedule.id),
        slot="out" if is_paused else first_position(schedule, now=now + CLOCK_LEEWAY),
        first_run_over=first_position(schedule, now=now - UNDO_TTL) != first_position(schedule, now=now),
    )


def member_of(team: str, schedule: str) -> str:
    """A schedule in the list of those that housekeeping watches."""
    return f"{team}:{schedule}"


def _end_of(schedule: Schedule) -> int | None:
    """The second at which the record of a one-off ends; None for what recurs."""
    return None if schedule.at is None else int((schedule.at + ONE_OFF_TTL).timestamp())
