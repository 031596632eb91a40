"""The book of schedules: their records, names and histories in Redis.

Each change is one script that fails if the record has changed since it was read, so two people who edit at
once, or a double click, cannot undo each other's work unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from upstash_redis.asyncio import Redis

from bot.errors import ChangeUnknown, RedisUnavailable
from bot.schedules.schedule import FIELDS, Run, Schedule, decode, decode_run, encode
from bot.storage import (
    LOCKING,
    history_key,
    moment_of,
    ms_of,
    schedule_ids_key,
    schedule_key,
    schedule_name_key,
    watched_key,
)
from scheduler import Cron

ONE_OFF_TTL: Final = timedelta(days=7)  # after its moment: long enough to look up what became of it
TOMBSTONE_TTL: Final = timedelta(days=400)
"""A schedule that QStash has not deleted, or a message on its way, comes at least once a year."""
HISTORY_TTL: Final = timedelta(days=90)
HISTORY_LENGTH: Final = 50


Problem = Literal["gone", "changed", "name_taken", "id_taken"]


@dataclass(frozen=True, kw_only=True)
class ScheduleStore:
    """The schedules of all teams.

    A recurring one, its name and its place in its team's list live until it is deleted.
    """

    redis: Redis = field(repr=False)

    async def add(
        self, schedule: Schedule, *, now: datetime, keep: datetime | None = None, preview: str = ""
    ) -> Schedule | Problem:
        """Write a new record as pending; an answer made at `keep`, or that of `preview`, is good enough for
        its first run."""
        ttl = 0 if schedule.at is None else max(int((schedule.at - now + ONE_OFF_TTL).total_seconds()), 1)
        team, name = schedule.team, schedule.name or ""
        reply = await self._eval(
            _ADD,
            [
                schedule_key(team, schedule.id),
                schedule_ids_key(team),
                schedule_name_key(team, name),
                watched_key(),
            ],
            [
                encode(schedule),
                schedule.id,
                ttl,
                name,
                ms_of(keep) if keep else "",
                schedule.ticket,
                member_of(team, schedule.id),
                _first_place(schedule, now=now),
                preview,
            ],
        )
        return replace(schedule, state="pending", revision=1) if reply == "ok" else _problem(reply)

    async def unwatch(self, team: str) -> None:
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

    async def change(self, before: Schedule, after: Schedule) -> Schedule | Problem:
        """Replace a record that is still as it was read."""
        team = before.team
        ends = 0 if after.at is None else int((after.at + ONE_OFF_TTL).timestamp())
        reply = await self._eval(
            _CHANGE,
            [
                schedule_key(team, before.id),
                schedule_name_key(team, before.name or ""),
                schedule_name_key(team, after.name or ""),
                watched_key(),
            ],
            [
                before.revision,
                encode(after),
                after.state,
                before.name or "",
                after.name or "",
                before.id,
                ends,
                after.ticket,
                member_of(team, before.id),
                _new_place(before, after),
                "" if _watched(before) == _watched(after) else "anew",
            ],
        )
        return replace(after, revision=before.revision + 1) if reply == "ok" else _problem(reply)

    async def forget(self, schedule: Schedule) -> None:
        """Delete a record and its name; a tombstone stops deliveries that are already on their way."""
        team = schedule.team
        await self._eval(
            _FORGET,
            [
                schedule_key(team, schedule.id),
                schedule_ids_key(team),
                schedule_name_key(team, schedule.name or ""),
                history_key(team, schedule.id),
                watched_key(),
            ],
            [
                schedule.id,
                int(TOMBSTONE_TTL.total_seconds()),
                schedule.name or "",
                member_of(team, schedule.id),
            ],
        )

    async def find(self, team: str, id_or_name: str) -> Schedule | None:
        """The record of that id or name, unless there is none or it was deleted."""
        pipeline = self.redis.pipeline()
        pipeline.hmget(schedule_key(team, id_or_name.lower()), *FIELDS)
        pipeline.get(schedule_name_key(team, id_or_name))
        reply, other = await pipeline.exec()
        found = decode(reply)
        if found is None and other is not None:
            found = decode(await self.redis.hmget(schedule_key(team, str(other)), *FIELDS))
        return found

    async def to_warm(self, team: str, schedule: str) -> tuple[Schedule, datetime | None] | None:
        """The record of that id, and when its owner was last seen in its channels (see `owner_check.py`).

        None if it does not run, or its first run has its answer already.
        """
        *record, keep, checked = await self.redis.hmget(
            schedule_key(team, schedule), *FIELDS, "keep", "checked"
        )
        found = decode(record)
        if found is None or found.state == "paused" or keep is not None:
            return None
        return found, moment_of(checked) if checked else None

    async def all(self, team: str) -> list[Schedule]:
        """All records of a team that were not deleted, oldest id first."""
        ids = sorted(await self.redis.smembers(schedule_ids_key(team)))
        found = [record for record in await self.read([(team, each) for each in ids]) if record]
        gone = set(ids) - {record.id for record in found}
        if gone:  # one-offs whose record has run out
            await self.redis.srem(schedule_ids_key(team), *gone)
        return found

    async def read(self, places: Sequence[tuple[str, str]]) -> list[Schedule | None]:
        """The records at each (team, id), a hundred in a round trip; None for one that is not there."""
        found: list[Schedule | None] = []
        for start in range(0, len(places), 100):
            pipeline = self.redis.pipeline()
            for team, each in places[start : start + 100]:
                pipeline.hmget(schedule_key(team, each), *FIELDS)
            found += [decode(reply) for reply in await pipeline.exec()]
        return found

    async def last_run(self, team: str, schedule: str) -> tuple[datetime | None, str]:
        """Until when a schedule has read its sources, and what it has posted; None and "" before it has."""
        read, last = await self.redis.hmget(schedule_key(team, schedule), "read", "last")
        return moment_of(read) if read else None, str(last or "")

    async def checked(self, schedule: Schedule, *, now: datetime) -> None:
        """The owner of a schedule was seen in its channels; nothing is written if it has changed since."""
        await self._eval(
            _CHECKED, [schedule_key(schedule.team, schedule.id)], [ms_of(now), schedule.revision]
        )

    async def is_deleted(self, team: str, schedule: str) -> bool:
        """Whether there was such a schedule, and it was deleted."""
        return await self.redis.hget(schedule_key(team, schedule), "state") == "deleted"

    async def history(self, team: str, schedule: str, *, most: int = 10) -> list[Run]:
        """The latest runs, newest first."""
        return [
            decode_run(text) for text in await self.redis.lrange(history_key(team, schedule), 0, most - 1)
        ]

    async def last_runs(self, schedules: Sequence[Schedule]) -> list[Run | None]:
        """The latest run of each, in one round trip."""
        if not schedules:
            return []
        pipeline = self.redis.pipeline()
        for schedule in schedules:
            pipeline.lindex(history_key(schedule.team, schedule.id), 0)
        return [decode_run(str(text)) if text else None for text in await pipeline.exec()]

    async def _eval(self, script: str, keys: list[str], args: list[Any]) -> Any:
        try:
            return await self.redis.eval(LOCKING + script, keys, args)
        except RedisUnavailable as exc:
            raise ChangeUnknown(str(exc)) from exc


# Where a schedule stands among what is watched, which is sorted: at its next slot in ms, at 0 while that is
# to be worked out, or at the very end for a one-off that QStash is not known to have.

UNSETTLED: Final = "+inf"


def member_of(team: str, schedule: str) -> str:
    return f"{team}:{schedule}"


def _first_place(schedule: Schedule, *, now: datetime) -> int | str:
    when = schedule.when
    return ms_of(when.next_after(now)) if isinstance(when, Cron) else UNSETTLED


def _new_place(before: Schedule, after: Schedule) -> str:
    """ "" leaves it where it is, "out" takes it out."""
    if after.state == "paused":
        return "out"
    if after.cron is not None:
        same = before.state != "paused" and _rhythm(before) == _rhythm(after)
        return "" if same else "0"
    if after.message != before.message:
        return "out"
    return UNSETTLED if after.ticket != before.ticket else ""


def _rhythm(schedule: Schedule) -> tuple[object, ...]:
    return schedule.cron, schedule.zone, schedule.until, schedule.holidays


def _watched(schedule: Schedule) -> tuple[object, ...]:
    """Who is to be seen where before it runs; see `owner_check.py`."""
    return schedule.user, schedule.channel, schedule.sources


def _problem(reply: Any) -> Problem:
    match reply:
        case "gone":
            return "gone"
        case "changed":
            return "changed"
        case "name_taken":
            return "name_taken"
        case "id_taken":
            return "id_taken"
        case _:
            raise AssertionError("a script of the book returned something else")


# KEYS record, index, name, watched. ARGV doc, id, ttl in s (0: it lives until it is deleted), name or "",
# keep or "", ticket, its member and its place in what is watched, preview or "".
_ADD: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 'id_taken' end
if ARGV[4] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then return 'name_taken' end
redis.call('HSET', KEYS[1], 'doc', ARGV[1], 'state', 'pending', 'revision', 1, 'ticket', ARGV[6])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'keep', ARGV[5], 'preview', ARGV[9]) end
redis.call('SADD', KEYS[2], ARGV[2])
redis.call('ZADD', KEYS[4], ARGV[8], ARGV[7])
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[2]) end
if ARGV[3] ~= '0' then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  if ARGV[4] ~= '' then redis.call('EXPIRE', KEYS[3], ARGV[3]) end
end
return 'ok'
"""

# KEYS record, its name's key, the new name's, watched. ARGV revision, doc, state, name or "", new name or "",
# id, when it ends in s since 1970 (0: it lives until it is deleted), ticket, its member in what is watched,
# its new place there, "out" or "", and "anew" if its owner is to be looked for again, or "".
_CHANGE: Final = """
local seen = redis.call('HMGET', KEYS[1], 'state', 'revision')
if not seen[1] or seen[1] == 'deleted' then return 'gone' end
if seen[2] ~= ARGV[1] then return 'changed' end
if KEYS[2] ~= KEYS[3] or ARGV[4] == '' then
  if ARGV[5] ~= '' and redis.call('EXISTS', KEYS[3]) == 1 then return 'name_taken' end
  if ARGV[4] ~= '' then redis.call('DEL', KEYS[2]) end
  if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[6]) end
end
redis.call('HSET', KEYS[1], 'doc', ARGV[2], 'state', ARGV[3], 'ticket', ARGV[8])
redis.call('HINCRBY', KEYS[1], 'revision', 1)
if ARGV[11] ~= '' then redis.call('HDEL', KEYS[1], 'checked') end
if ARGV[10] ~= '' then
  redis.call('HDEL', KEYS[1], 'asked_again')
  if ARGV[10] == 'out' then redis.call('ZREM', KEYS[4], ARGV[9])
  else redis.call('ZADD', KEYS[4], ARGV[10], ARGV[9]) end
end
for place = 1, ARGV[5] ~= '' and 3 or 1, 2 do
  if ARGV[7] == '0' then redis.call('PERSIST', KEYS[place])
  else redis.call('EXPIREAT', KEYS[place], ARGV[7]) end
end
return 'ok'
"""

# KEYS record, index, name, history, watched. ARGV id, ttl in s, name or "", its member in what is watched.
_FORGET: Final = """
redis.call('DEL', KEYS[1], KEYS[4])
redis.call('HSET', KEYS[1], 'state', 'deleted')
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[4])
if ARGV[3] ~= '' then redis.call('DEL', KEYS[3]) end
return 'ok'
"""

# KEYS record. ARGV now, its revision. Of one that is gone, nothing is written: its key would stay for ever.
_CHECKED: Final = """
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'checked', ARGV[1])
return 1
"""
