"""The notes beside a schedule's record: when its readers were looked at, and what its owner was asked.

Both count for the record as it was then: a change of its places, sources, owner or consents takes them away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from upstash_redis.asyncio import Redis

from bot.schedules import Schedule
from bot.storage import ms_of, run_script, schedule_key
from scheduler import Key, Script


@dataclass(frozen=True, kw_only=True)
class ReaderNotes:
    """Keeps them."""

    redis: Redis = field(repr=False)

    async def record_readers_seen(self, schedule: Schedule, *, now: datetime) -> None:
        """All who read in its places may see it; nothing is written if it has changed since."""
        record = schedule_key(schedule.team, schedule.id)
        call = RecordReadersSeen(record=record, now=ms_of(now), revision=str(schedule.revision))
        await run_script(self.redis, call)

    async def take_question(self, schedule: Schedule, ticket: str) -> bool:
        """True for the first delivery that asks its owner for the consent of this `ticket`."""
        record = schedule_key(schedule.team, schedule.id)
        call = TakeQuestion(record=record, ticket=ticket, revision=str(schedule.revision))
        return bool(await run_script(self.redis, call))

    async def forget_question(self, schedule: Schedule) -> None:
        """Forget that its owner was asked, because the question may not have arrived."""
        await self.redis.hdel(schedule_key(schedule.team, schedule.id), "question")

    async def forget_readers_seen(self, schedule: Schedule) -> None:
        """Have Slack asked again before the next post, because one of its channels has changed."""
        await self.redis.hdel(schedule_key(schedule.team, schedule.id), "shown")


class RecordReadersSeen(Script):
    """Its readers were found to be in order; a record that has changed, or is gone, stays as it is."""

    record: Key
    now: int
    revision: str
    LUA = """
if redis.call('HGET', record, 'revision') ~= revision then return 0 end
redis.call('HSET', record, 'shown', now)
redis.call('HDEL', record, 'question')
return 1
"""


class TakeQuestion(Script):
    """Answers 1 to the first that asks the owner this; a record that has changed, or is gone, stays."""

    record: Key
    ticket: str
    revision: str
    LUA = """
local seen = redis.call('HMGET', record, 'revision', 'question')
if seen[1] ~= revision or seen[2] == ticket then return 0 end
redis.call('HSET', record, 'question', ticket)
redis.call('HDEL', record, 'shown')
return 1
"""
