"""The schedules that housekeeping watches: each that runs, by its next slot or its moment, in one sorted set.

The schedule store enters each change of a schedule in the same step, so a look at the due ones costs the same
however many there are. A slot leaves the front once its fate is known.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.housekeeping.due_members import find_due_members
from bot.housekeeping.grace import LATE
from bot.schedules import (
    ADD_LINE,
    FIELDS,
    Run,
    Schedule,
    ScheduleRef,
    decode_schedule,
    encode_run,
    member_of,
)
from bot.storage import (
    Retention,
    history_key,
    moment_of,
    ms_of,
    promised_key,
    queue_script,
    schedule_key,
    watched_key,
    whole_seconds,
)
from scheduler import Key, Script

_PAGE: Final = 50


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A schedule at whose slot it is time to look."""

    team: str
    id: str
    slot: datetime | None
    """None while it is not worked out: it is new here, or was changed."""
    schedule: Schedule | None
    """None if it is not there any more."""
    asked_again: datetime | None = None
    """The moment at which the slot was published once more."""
    told: datetime | None = None
    """The moment at which its owner was last told of runs that were missed."""
    untold: tuple[datetime, ...] = ()
    """Slots before it that came to nothing so far, and of which its owner is to be told."""
    missing: tuple[str, ...] = ()
    """The further places in which the slot has come to nothing so far, though it is over in the first."""

    @property
    def is_one_off(self) -> bool:
        return self.schedule is not None and self.schedule.at is not None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A schedule that is watched or, unsettled, a one-off that QStash is not known to have."""

    ref: ScheduleRef
    is_unsettled: bool


@dataclass(frozen=True, kw_only=True)
class Move:
    """The result of a look; it counts only if the schedule has not changed since."""

    seen: Watched
    to: datetime | None = None
    """The slot to look at next; None if there is none to come."""
    stays: bool = False
    """The same slot is looked at again."""
    asked_again: datetime | None = None
    """The moment at which the slot was published once more; it stays then."""
    told: datetime | None = None
    """The moment at which its owner was told of runs that were missed."""
    untold: tuple[datetime, ...] = ()
    """The slots of which they are to be told yet."""
    line: Run | None = None
    """For the history."""


@dataclass(frozen=True, kw_only=True)
class WatchList:
    """The sorted set, and the records that it points to."""

    redis: Redis = field(repr=False)
    retention: Retention = field(default_factory=Retention)

    async def find_due(self, *, before: datetime, skip: int, most: int) -> list[Watched]:
        """The ones whose slot was before this moment, longest ago first, without the first `skip`."""
        found = await find_due_members(self.redis, watched_key(), before=before, skip=skip, most=most)
        if not found:
            return []
        pipeline = self.redis.pipeline()
        for member, _ in found:
            pipeline.hmget(schedule_key(*_ref_of(member)), *FIELDS, "asked_again", "told_missed", "untold")
        records: list[Any] = await pipeline.exec()
        return [
            await _decode_watched(_ref_of(member), score, record)
            for (member, score), record in zip(found, records, strict=True)
        ]

    async def count_late(self, *, now: datetime) -> int:
        """The number of slots, one-offs and promised runs that have come to nothing, though the watchdog has
        had time to look at them."""
        pipeline = self.redis.pipeline()
        for key in (watched_key(), promised_key()):
            pipeline.zcount(key, 1, ms_of(now - LATE))
        late: list[Any] = await pipeline.exec()
        return sum(late)

    async def watch_one_off(self, one_off: Schedule) -> None:
        """Have it looked at as one whose moment has come, if it is watched at all."""
        if one_off.at is not None:
            await self.redis.zadd(
                watched_key(), {member_of(one_off.team, one_off.id): ms_of(one_off.at)}, xx=True
            )

    async def move_slots(self, moves: Sequence[Move]) -> None:
        """Write all of them down in one round trip."""
        if not moves:
            return
        pipeline = self.redis.pipeline()
        for move in moves:
            seen = move.seen
            if seen.schedule is None:
                pipeline.zrem(watched_key(), member_of(seen.team, seen.id))
                continue
            queue_script(
                pipeline,
                MoveSlot(
                    record=schedule_key(seen.team, seen.id),
                    watched=watched_key(),
                    history=history_key(seen.team, seen.id),
                    revision=str(seen.schedule.revision),
                    member=member_of(seen.team, seen.id),
                    stays=move.stays,
                    asked_again=ms_of(move.asked_again) if move.asked_again else None,
                    untold=" ".join(str(ms_of(slot)) for slot in move.untold) or None,
                    told=ms_of(move.told) if move.told else None,
                    next_slot=ms_of(move.to) if move.to else None,
                    line=encode_run(move.line) if move.line else None,
                    history_ttl=whole_seconds(self.retention.history),
                    history_length=self.retention.runs * len(seen.schedule.places),
                ),
            )
        await pipeline.exec()

    async def list_watched_pages(self) -> AsyncGenerator[list[Entry], None]:
        """All of them, page by page and in no order; one may come twice."""
        cursor = 0
        while True:
            cursor, found = await self.redis.zscan(watched_key(), cursor, count=_PAGE)
            for start in range(0, len(found), _PAGE):  # a small set comes at once
                yield [
                    Entry(ref=_ref_of(member), is_unsettled=math.isinf(float(score)))
                    for member, score in found[start : start + _PAGE]
                ]
            if cursor == 0:
                return

    async def find_unwatched(self, refs: Sequence[ScheduleRef]) -> list[ScheduleRef]:
        """The ones of `refs` that are not watched."""
        if not refs:
            return []
        scores = await self.redis.zmscore(watched_key(), [member_of(*ref) for ref in refs])
        return [ref for ref, score in zip(refs, scores, strict=True) if score is None]

    async def watch_schedules(self, refs: Sequence[ScheduleRef]) -> None:
        """Watch these too, if they are not there yet."""
        if refs:
            scores = {member_of(*ref): 0.0 for ref in refs}
            await self.redis.zadd(watched_key(), scores, nx=True)

    async def unwatch_schedules(self, refs: Sequence[ScheduleRef]) -> None:
        """Watch these no longer."""
        if refs:
            await self.redis.zrem(watched_key(), *(member_of(*ref) for ref in refs))


def _ref_of(member: str) -> ScheduleRef:
    team, _, schedule = member.rpartition(":")
    return team, schedule


async def _decode_watched(ref: ScheduleRef, score: float, reply: Sequence[Any]) -> Watched:
    *record, asked_again, told, untold = reply
    return Watched(
        team=ref[0],
        id=ref[1],
        slot=moment_of(int(score)) if score > 0 and math.isfinite(score) else None,
        schedule=await decode_schedule(record),
        asked_again=moment_of(asked_again) if asked_again else None,
        told=moment_of(told) if told else None,
        untold=tuple(moment_of(slot) for slot in untold.split()) if untold else (),
    )


class MoveSlot(Script):
    """Write down a look at a schedule, unless it has changed, or is gone, since then.

    If it `stays`, the slot is kept; else the schedule is watched at `next_slot`, or no longer.
    """

    record: Key
    watched: Key
    history: Key
    revision: str
    member: str
    stays: bool
    asked_again: int | None
    told: int | None
    untold: str | None
    next_slot: int | None
    line: str | None
    history_ttl: int
    history_length: int
    LUA = (
        ADD_LINE
        + """
if redis.call('HGET', record, 'revision') ~= revision then return 0 end
if asked_again then redis.call('HSET', record, 'asked_again', asked_again) end
if told then redis.call('HSET', record, 'told_missed', told) end
if untold then redis.call('HSET', record, 'untold', untold) else redis.call('HDEL', record, 'untold') end
if line then add_line(history, line, history_length, history_ttl) end
if stays then return 1 end
redis.call('HDEL', record, 'asked_again')
if next_slot then redis.call('ZADD', watched, next_slot, member) else redis.call('ZREM', watched, member) end
return 1
"""
    )
