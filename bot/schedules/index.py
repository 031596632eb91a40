"""The index of a team's schedules: what lists need of each, read as a whole in one round trip.

An entry says where its schedule stands and when it runs next, so that a list decodes only the records that it
shows. The schedule store writes entries in the same step as records. An entry lasts for a few runs, or for a
day; after that it is made from its record again, some with each list.

A copy of Precache from before the index writes records alone. What it adds or deletes shows in the count of
ids, and is put right before anything is listed; an entry that it leaves behind another change is put right
when its schedule is shown, changed, or its time is over.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from upstash_redis.asyncio import Redis
from upstash_redis.asyncio.client import AsyncPipeline

from bot.schedules.history.run import Run, decode_run
from bot.schedules.index_entry import PLANNED, Entry, decode_entry, encode_entry, make_entry
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_record import FIELDS, decode_schedule
from bot.storage import (
    history_key,
    ms_of,
    queue_script,
    read_if_known,
    schedule_ids_key,
    schedule_index_key,
    schedule_key,
)
from scheduler import Closures, Key, Script, WhenError, upcoming_runs

logger = logging.getLogger(__name__)

PAGE: Final = 100
"""Records that one request reads where all are read."""
_SLICE: Final = 500
_BREATH: Final = 25
"""Records decoded, and runs worked out, before others get their turn."""
_MOST_PUT_OFF: Final = 1_000


class Beside(Protocol):
    """What else is read in the round trip that reads the records of a page."""

    def queue_reads(self, pipeline: AsyncPipeline, ids: Sequence[str]) -> None:
        """Add commands about these schedules."""

    def hear_replies(self, replies: Sequence[Any]) -> None:
        """Take the replies, in the order of the commands."""


@dataclass(frozen=True, kw_only=True)
class ScheduleIndex:
    """Reads the indexes of teams, and keeps them right."""

    redis: Redis = field(repr=False)
    closures: Closures
    now: Callable[[], datetime]
    _put_off: dict[tuple[str, str], Script] = field(init=False, default_factory=dict, repr=False)
    """Entries to be written with the next reading, which costs no round trip of its own."""

    async def read_entries(self, team: str) -> dict[str, Entry]:
        """The entries of all of a team's schedules, by id; those that an older copy has missed are made."""
        pipeline = self.redis.pipeline()
        waiting = {place: self._put_off.pop(place) for place in list(self._put_off) if place[0] == team}
        for call in waiting.values():
            queue_script(pipeline, call)
        queue_script(pipeline, ReadIndex(ids=schedule_ids_key(team), index=schedule_index_key(team)))
        replies: list[Any] = await pipeline.exec()
        lines, ids = replies[-1]
        entries, unknown = await _decode_lines(lines)
        if ids or unknown:
            await self._complete_entries(team, entries, set(ids.split()) if ids else {*entries, *unknown})
        return entries

    async def read_rows(
        self, team: str, ids: Sequence[str], *, histories: Sequence[str] = (), beside: Beside | None = None
    ) -> tuple[dict[str, Schedule], dict[str, Run]]:
        """Records by id, and the last runs of `histories`, all in one round trip; what is gone is left out.

        The entries of the records are put right.
        """
        if not ids and not histories and beside is None:
            return {}, {}
        pipeline = self.redis.pipeline()
        for schedule_id in ids:
            pipeline.hmget(schedule_key(team, schedule_id), *FIELDS)
        for schedule_id in histories:
            pipeline.lindex(history_key(team, schedule_id), 0)
        if beside is not None:
            beside.queue_reads(pipeline, ids)
        replies: list[Any] = await pipeline.exec()
        if beside is not None:
            beside.hear_replies(replies[len(ids) + len(histories) :])
        records: dict[str, Schedule] = {}
        for place, (schedule_id, reply) in enumerate(zip(ids, replies, strict=False)):
            await give_way(place)
            if (record := await decode_schedule(reply)) is None:
                self._put_off_write(team, schedule_id, make_drop(team, schedule_id))
            else:
                records[schedule_id] = record
        lines = zip(histories, replies[len(ids) :], strict=False)
        runs = {name: read_if_known(decode_run, str(line)) for name, line in lines if line}
        return records, {name: run for name, run in runs.items() if run is not None}

    async def renew_entries(
        self, team: str, entries: dict[str, Entry], ids: Iterable[str], records: Mapping[str, Schedule]
    ) -> bool:
        """Make the entries of these again where they are stale, or not as their records; True if any was."""
        now, changed = ms_of(self.now()), False
        for place, schedule_id in enumerate(ids):
            record, entry = records.get(schedule_id), entries.get(schedule_id)
            if record is None:
                changed = entries.pop(schedule_id, None) is not None or changed
            elif entry is None or entry.revision != record.revision or entry.is_stale(now):
                await give_way(place)
                entries[schedule_id] = made = self._entry_of(record)
                self._put_off_write(team, schedule_id, _make_write(team, made))
                changed = True
        return changed

    async def _complete_entries(self, team: str, entries: dict[str, Entry], ids: set[str]) -> None:
        """Make the entries that are missing, page by page, and drop those that are too many.

        Each page is written before the next is read, so a crash loses none.
        """
        missing, extra = sorted(ids - entries.keys()), sorted(entries.keys() - ids)
        for start in range(0, len(extra), PAGE):
            pipeline = self.redis.pipeline()
            for schedule_id in extra[start : start + PAGE]:
                del entries[schedule_id]
                queue_script(pipeline, make_drop(team, schedule_id))
            await pipeline.exec()
        for start in range(0, len(missing), PAGE):
            await self._add_missing(team, entries, missing[start : start + PAGE])

    async def _add_missing(self, team: str, entries: dict[str, Entry], ids: Sequence[str]) -> None:
        reading = self.redis.pipeline()
        for schedule_id in ids:
            reading.hmget(schedule_key(team, schedule_id), *FIELDS)
        writing: AsyncPipeline = self.redis.pipeline()
        for place, (schedule_id, reply) in enumerate(zip(ids, await reading.exec(), strict=True)):
            await give_way(place)
            if (record := await decode_schedule(reply)) is None:
                queue_script(writing, make_drop(team, schedule_id))
            else:
                entries[schedule_id] = made = self._entry_of(record)
                queue_script(writing, _make_write(team, made))
        await writing.exec()

    def _entry_of(self, record: Schedule) -> Entry:
        now = self.now()
        runs: list[datetime] = []
        if record.at is None and record.state != "paused":
            try:
                runs = upcoming_runs(record.timing, after=now, count=PLANNED, closures=self.closures)
            except WhenError as exc:  # of a zone or a calendar that is no longer known
                logger.error("index.cannot_tell id=%s: %s", record.id, exc)  # noqa: TRY400 - a sentence
        return make_entry(record, runs, revision=record.revision, checked=now)

    def _put_off_write(self, team: str, schedule_id: str, call: Script) -> None:
        """Keep the latest: those of a team that lists nothing more must not be in the way of the others."""
        self._put_off[team, schedule_id] = call
        if len(self._put_off) > _MOST_PUT_OFF:
            del self._put_off[next(iter(self._put_off))]


def make_drop(team: str, schedule_id: str) -> Script:
    """Make the call that drops the id and the entry of a schedule that is gone."""
    return DropEntry(
        record=schedule_key(team, schedule_id),
        ids=schedule_ids_key(team),
        index=schedule_index_key(team),
        id=schedule_id,
    )


def _make_write(team: str, entry: Entry) -> Script:
    return WriteEntry(
        record=schedule_key(team, entry.id),
        index=schedule_index_key(team),
        id=entry.id,
        revision=str(entry.revision),
        entry=encode_entry(entry),
    )


async def _decode_lines(lines: str) -> tuple[dict[str, Entry], set[str]]:
    """The entries by id, and the ids of those in a version that this code does not know."""
    found: dict[str, Entry] = {}
    unknown: set[str] = set()
    rows = lines.split("\n") if lines else []
    for start in range(0, len(rows), _SLICE):
        for fields in json.loads(f"[{','.join(rows[start : start + _SLICE])}]"):
            if (entry := decode_entry(fields)) is not None:
                found[entry.id] = entry
            else:
                unknown.add(fields[1])
        await asyncio.sleep(0)
    return found, unknown


async def give_way(place: int) -> None:
    """Let others have their turn, once in so many places."""
    if place % _BREATH == _BREATH - 1:
        await asyncio.sleep(0)


class ReadIndex(Script):
    """All entries, a line each, and all ids with a space between if they are not as many; else ''."""

    ids: Key
    index: Key
    LUA = """
local text = ''
if redis.call('SCARD', ids) ~= redis.call('HLEN', index) then
  text = table.concat(redis.call('SMEMBERS', ids), ' ')
  if text == '' then text = ' ' end
end
return {table.concat(redis.call('HVALS', index), '\\n'), text}
"""


class WriteEntry(Script):
    """Write the entry of a record that still has this `revision`."""

    record: Key
    index: Key
    id: str
    revision: str
    entry: str
    LUA = """
local seen = redis.call('HMGET', record, 'state', 'revision')
if not seen[1] or seen[1] == 'deleted' or seen[2] ~= revision then return 0 end
redis.call('HSET', index, id, entry)
return 1
"""


class DropEntry(Script):
    """Drop the id and the entry of a schedule that is gone."""

    record: Key
    ids: Key
    index: Key
    id: str
    LUA = """
local state = redis.call('HGET', record, 'state')
if state and state ~= 'deleted' then return 0 end
redis.call('SREM', ids, id)
redis.call('HDEL', index, id)
return 1
"""
