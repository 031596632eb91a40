"""The records, names and histories of schedules in Redis.

Each change is one script that fails if the record has changed since it was read, so two people who edit at
once, or a double click, cannot undo each other's work unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from upstash_redis.asyncio import Redis

from bot.errors import ChangeUnknown, RedisUnavailable
from bot.schedules.history.run import Run, decode_run
from bot.schedules.index import PAGE, make_drop
from bot.schedules.names import other_handles
from bot.schedules.record_changes import make_add, make_change, make_delete, make_restore, member_of
from bot.schedules.schedule import Schedule, ScheduleRef
from bot.schedules.schedule_record import FIELDS, decode_schedule
from bot.schedules.schedule_scripts import RecordOwnerSeen, RecordWarmUp
from bot.storage import (
    Retention,
    deleted_schedule_key,
    history_key,
    moment_of,
    ms_of,
    queue_script,
    read_if_known,
    run_script,
    schedule_ids_key,
    schedule_key,
    schedule_name_key,
    watched_key,
    whole_seconds,
)
from scheduler import Script

ADD_LINE: Final = """
local function add_line(history, line, length, ttl)
  redis.call('LPUSH', history, line)
  redis.call('LTRIM', history, 0, length - 1)
  redis.call('EXPIRE', history, ttl)
  local at = tonumber(string.match(line, '"at":(%d+)'))
  while true do
    local oldest = tonumber(string.match(redis.call('LINDEX', history, -1), '"at":(%d+)'))
    if not at or not oldest or oldest >= at - ttl * 1000 then return end
    redis.call('RPOP', history)
  end
end
"""
"""For scripts: add a line to a history, and drop what is beyond its length or `ttl` seconds older."""

StoreRefusal = Literal["gone", "changed", "name_taken", "id_taken", "made"]


@dataclass(frozen=True, kw_only=True)
class ScheduleStore:
    """The schedules of all teams.

    A recurring one, its name and its place in its team's list live until it is deleted.
    """

    redis: Redis = field(repr=False)
    retention: Retention = field(default_factory=Retention)

    async def add_record(
        self,
        schedule: Schedule,
        *,
        now: datetime,
        keep: datetime | None = None,
        preview: str = "",
        wish: str = "",
    ) -> Schedule | StoreRefusal:
        """Write a new record as pending; an answer made at `keep`, or that of `preview`, is good enough for
        its first run. A record that the same `wish` has made stays as it is. A handle that another has gives
        way to the next one that is free."""
        written = await self._try_to_add(schedule, now=now, keep=keep, preview=preview, wish=wish)
        wanted = schedule.handle
        while written == "name_taken" and schedule.handle:
            schedule = await self._find_free_handle(schedule, wanted)
            written = await self._try_to_add(schedule, now=now, keep=keep, preview=preview, wish=wish)
        return written

    async def _find_free_handle(self, schedule: Schedule, wanted: str | None) -> Schedule:
        """The same with a handle like that which no other had a moment ago; with none where all are taken."""
        handles = other_handles(wanted or "")
        holders = await self.redis.mget(*(schedule_name_key(schedule.team, handle) for handle in handles))
        free = (
            handle for handle, holder in zip(handles, holders, strict=True) if holder in (None, schedule.id)
        )
        return replace(schedule, handle=next(free, None))

    async def _try_to_add(
        self, schedule: Schedule, *, now: datetime, keep: datetime | None, preview: str, wish: str
    ) -> Schedule | StoreRefusal:
        call = make_add(schedule, now=now, keep=keep, preview=preview, wish=wish)
        reply = await self._run_change(call)
        return replace(schedule, state="pending", revision=1) if reply == "ok" else _as_refusal(reply)

    async def unwatch_team(self, team: str) -> None:
        """Let housekeeping look after nothing of this team."""
        cursor = 0
        while True:
            cursor, found = await self.redis.zscan(
                watched_key(), cursor, match=member_of(team, "*"), count=1_000
            )
            if found:
                await self.redis.zrem(watched_key(), *(member for member, _ in found))
            if cursor == 0:
                return

    async def change_record(self, before: Schedule, after: Schedule) -> Schedule | StoreRefusal:
        """Replace a record that is still as it was read; of a new handle as in `add_record`."""
        written = await self._try_to_change(before, after)
        wanted = after.handle
        while written == "name_taken" and after.handle and after.handle != before.handle:
            after = await self._find_free_handle(after, wanted)
            written = await self._try_to_change(before, after)
        return written

    async def _try_to_change(self, before: Schedule, after: Schedule) -> Schedule | StoreRefusal:
        reply = await self._run_change(make_change(before, after))
        return replace(after, revision=before.revision + 1) if reply == "ok" else _as_refusal(reply)

    async def delete_record(self, schedule: Schedule) -> None:
        """Delete a record and its name; a tombstone stops deliveries that are already on their way.

        For `UNDO_TTL` the record and its history can be had back, just as they are.
        """
        await self._run_change(make_delete(schedule))

    async def find_deleted(self, team: str, schedule: str) -> Schedule | None:
        """The record of that id as it was, if it was deleted a moment ago."""
        return await decode_schedule(await self.redis.hmget(deleted_schedule_key(team, schedule), *FIELDS))

    async def restore_record(self, schedule: Schedule, *, now: datetime) -> Schedule | StoreRefusal:
        """Put back what was deleted, with all that its record and its history held.

        Its next slot is the first one after `now`: those in between are not made up for. A handle that
        another has got meanwhile is not had back.
        """
        written = await self._try_to_restore(schedule, now=now)
        if written == "name_taken" and schedule.handle:
            return await self._try_to_restore(replace(schedule, handle=None), now=now, lost_handle=True)
        return written

    async def _try_to_restore(
        self, schedule: Schedule, *, now: datetime, lost_handle: bool = False
    ) -> Schedule | StoreRefusal:
        history_ttl = whole_seconds(self.retention.history)
        call = make_restore(schedule, now=now, history_ttl=history_ttl, lost_handle=lost_handle)
        reply = await self._run_change(call)
        return replace(schedule, revision=schedule.revision + 1) if reply == "ok" else _as_refusal(reply)

    async def find_record(self, team: str, id_or_name: str) -> Schedule | None:
        """The record of that id or name, unless there is none or it was deleted."""
        pipeline = self.redis.pipeline()
        pipeline.hmget(schedule_key(team, id_or_name.lower()), *FIELDS)
        pipeline.get(schedule_name_key(team, id_or_name))
        reply, other = await pipeline.exec()
        found = await decode_schedule(reply)
        if found is None and other is not None:
            found = await decode_schedule(await self.redis.hmget(schedule_key(team, str(other)), *FIELDS))
        return found

    async def find_to_warm(self, team: str, schedule: str) -> tuple[Schedule, datetime | None] | None:
        """The record of that id, and when its owner was last seen in its channels (see `owner_check.py`).

        None if it does not run, or its first run has its answer already.
        """
        *record, keep, checked = await self.redis.hmget(
            schedule_key(team, schedule), *FIELDS, "keep", "checked"
        )
        found = await decode_schedule(record)
        if found is None or found.state == "paused" or keep is not None:
            return None
        return found, moment_of(checked) if checked else None

    async def find_to_review(self, team: str, schedule: str) -> tuple[Schedule, datetime | None] | None:
        """The same for one that is looked at first; what its maker has previewed is looked at, too."""
        *record, checked = await self.redis.hmget(schedule_key(team, schedule), *FIELDS, "checked")
        found = await decode_schedule(record)
        if found is None or found.state == "paused":
            return None
        return found, moment_of(checked) if checked else None

    async def list_records(self, team: str) -> list[Schedule]:
        """All records of a team that were not deleted, oldest id first; lists need an index and a page."""
        ids = sorted(await self._list_ids(team))
        records = await self.read_records([(team, schedule) for schedule in ids])
        found = [record for record in records if record is not None]
        gone = set(ids) - {record.id for record in found}
        if gone:  # one-offs whose record has run out
            await self._forget_ids(team, sorted(gone))
        return found

    async def _list_ids(self, team: str) -> set[str]:
        found: set[str] = set()
        cursor = 0
        while True:
            cursor, page = await self.redis.sscan(schedule_ids_key(team), cursor, count=1_000)
            found.update(page)
            if cursor == 0:
                return found

    async def _forget_ids(self, team: str, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), PAGE):
            pipeline = self.redis.pipeline()
            for schedule in ids[start : start + PAGE]:
                queue_script(pipeline, make_drop(team, schedule))
            await pipeline.exec()

    async def read_records(self, refs: Sequence[ScheduleRef]) -> list[Schedule | None]:
        """The record of each, a hundred in a round trip; None for one that is not there."""
        found: list[Schedule | None] = []
        for start in range(0, len(refs), PAGE):
            pipeline = self.redis.pipeline()
            for team, schedule in refs[start : start + PAGE]:
                pipeline.hmget(schedule_key(team, schedule), *FIELDS)
            found += [await decode_schedule(reply) for reply in await pipeline.exec()]
        return found

    async def read_last_reading(self, team: str, schedule: str) -> tuple[datetime | None, str]:
        """The moment until which a schedule has read its sources, and its last post; None and "" before."""
        read, last = await self.redis.hmget(schedule_key(team, schedule), "read", "last")
        return moment_of(read) if read else None, str(last or "")

    async def record_owner_seen(
        self, schedule: Schedule, *, now: datetime, out_of: Collection[str] = ()
    ) -> None:
        """The owner of a schedule was seen in its channels, but for these of several places.

        Nothing is written if it has changed since.
        """
        call = RecordOwnerSeen(
            record=schedule_key(schedule.team, schedule.id),
            now=ms_of(now),
            out=" ".join(sorted(out_of)),
            revision=str(schedule.revision),
        )
        await self._run_change(call)

    async def record_warm_up(self, schedule: Schedule, *, slot: datetime) -> None:
        """The warm-up of that slot is with QStash; nothing is written if the schedule has changed since."""
        record = schedule_key(schedule.team, schedule.id)
        await run_script(
            self.redis, RecordWarmUp(record=record, slot=ms_of(slot), revision=str(schedule.revision))
        )

    async def is_deleted(self, team: str, schedule: str) -> bool:
        """True if there was such a schedule, and it was deleted."""
        return await self.redis.hget(schedule_key(team, schedule), "state") == "deleted"

    async def read_history(
        self, team: str, schedule: str, *, most: int | None = 10, now: datetime | None = None
    ) -> list[Run]:
        """The latest runs, newest first: at most so many, or all; with `now`, none older than is kept."""
        lines = await self.redis.lrange(history_key(team, schedule), 0, (most or 0) - 1)
        runs = [run for line in lines if (run := read_if_known(decode_run, line)) is not None]
        return [run for run in runs if now is None or run.at >= now - self.retention.history]

    async def read_last_runs(self, schedules: Sequence[Schedule]) -> list[Run | None]:
        """The latest run of each, in one round trip."""
        if not schedules:
            return []
        pipeline = self.redis.pipeline()
        for schedule in schedules:
            pipeline.lindex(history_key(schedule.team, schedule.id), 0)
        return [read_if_known(decode_run, str(line)) if line else None for line in await pipeline.exec()]

    async def _run_change(self, call: Script) -> Any:
        try:
            return await run_script(self.redis, call)
        except RedisUnavailable as exc:
            raise ChangeUnknown(str(exc)) from exc


def _as_refusal(reply: Any) -> StoreRefusal:
    match reply:
        case "gone":
            return "gone"
        case "changed":
            return "changed"
        case "name_taken":
            return "name_taken"
        case "id_taken":
            return "id_taken"
        case "made":
            return "made"
        case _:
            raise AssertionError("a script of the schedule store returned something else")
