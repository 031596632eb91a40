"""What housekeeping looks after: every recurring schedule that runs, by its next slot, in one sorted set.

The book enters each change of a schedule in the same step, so a look at what is due costs the same however
many there are. A slot leaves the front once it is known what became of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.schedules import FIELDS, HISTORY_LENGTH, HISTORY_TTL, Run, Schedule, decode, encode_run, member_of
from bot.storage import LOCKING, history_key, moment_of, ms_of, schedule_key, watched_key

Place = tuple[str, str]
"""A team and the id of its schedule."""

_PAGE: Final = 1_000


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
    """When the slot was published once more."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """What is written down after a look; it counts only if the schedule has not changed since."""

    seen: Watched
    to: datetime | None = None
    """The slot to look at next; None if there is none to come."""
    asked_again: datetime | None = None
    """Set if the slot stays, because it was published once more at this moment."""
    line: Run | None = None
    """For the history."""


@dataclass(frozen=True, kw_only=True)
class WatchList:
    """The sorted set, and the records that it points to."""

    redis: Redis = field(repr=False)

    async def due(self, *, before: datetime, skip: int, most: int) -> list[Watched]:
        """Those whose slot was before this moment, longest ago first, without the first `skip`."""
        found: list[Any] = await self.redis.zrange(
            watched_key(),
            "-inf",
            ms_of(before),
            sortby="BYSCORE",
            offset=skip,
            count=most,
            withscores=True,
        )
        if not found:
            return []
        pipeline = self.redis.pipeline()
        for member, _ in found:
            pipeline.hmget(schedule_key(*_place(member)), *FIELDS, "asked_again")
        records: list[Any] = await pipeline.exec()
        return [
            _watched(_place(member), score, record)
            for (member, score), record in zip(found, records, strict=True)
        ]

    async def move(self, moves: Sequence[Move]) -> None:
        """Write all of them down in one round trip."""
        if not moves:
            return
        pipeline = self.redis.pipeline()
        for move in moves:
            seen = move.seen
            if seen.schedule is None:
                pipeline.zrem(watched_key(), member_of(seen.team, seen.id))
                continue
            pipeline.eval(
                LOCKING + _MOVE,
                [
                    schedule_key(seen.team, seen.id),
                    watched_key(),
                    history_key(seen.team, seen.id),
                ],
                [
                    str(seen.schedule.revision),
                    member_of(seen.team, seen.id),
                    str(ms_of(move.asked_again)) if move.asked_again else "",
                    str(ms_of(move.to)) if move.to else "",
                    encode_run(move.line) if move.line else "",
                    str(int(HISTORY_TTL.total_seconds())),
                    str(HISTORY_LENGTH),
                ],
            )
        await pipeline.exec()

    async def everyone(self) -> list[Place]:
        """All that are watched, and the one-offs that QStash is not known to have."""
        found: list[Place] = []
        while True:
            page: list[Any] = await self.redis.zrange(watched_key(), len(found), len(found) + _PAGE - 1)
            found += [_place(member) for member in page]
            if len(page) < _PAGE:
                return found

    async def enter(self, places: Sequence[Place]) -> None:
        """Look after these too, if they are not there yet."""
        if places:
            scores = {member_of(*place): 0.0 for place in places}
            await self.redis.zadd(watched_key(), scores, nx=True)

    async def leave(self, places: Sequence[Place]) -> None:
        """Nothing is to be looked at there any more."""
        if places:
            await self.redis.zrem(watched_key(), *(member_of(*place) for place in places))


def _place(member: str) -> Place:
    team, _, schedule = member.rpartition(":")
    return team, schedule


def _watched(place: Place, score: float, reply: Sequence[Any]) -> Watched:
    *record, asked_again = reply
    return Watched(
        team=place[0],
        id=place[1],
        slot=moment_of(int(score)) if score > 0 and math.isfinite(score) else None,
        schedule=decode(record),
        asked_again=moment_of(asked_again) if asked_again else None,
    )


# KEYS record, watched, history. ARGV revision that was seen, member, asked again at or "", next slot or "",
# line of history or "", its ttl in s, how many lines are kept. Of a schedule that has changed, or is gone,
# nothing is written: whoever changed it has said where it stands.
_MOVE: Final = """
if redis.call('HGET', KEYS[1], 'revision') ~= ARGV[1] then return 0 end
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], 'asked_again', ARGV[3])
  return 1
end
redis.call('HDEL', KEYS[1], 'asked_again')
if ARGV[4] == '' then redis.call('ZREM', KEYS[2], ARGV[2])
else redis.call('ZADD', KEYS[2], ARGV[4], ARGV[2]) end
if ARGV[5] ~= '' then
  redis.call('LPUSH', KEYS[3], ARGV[5])
  redis.call('LTRIM', KEYS[3], 0, ARGV[7] - 1)
  redis.call('EXPIRE', KEYS[3], ARGV[6])
end
return 1
"""
