"""Tells an owner something once, however many of their schedule's places it is about.

What keeps several places from a run's post is told once for each reason. A place that is closed is told once
until it has a post again, or the places are changed: its owner can take it away with a button. It is noted
once it is told, so that the death of a process has it told twice rather than never.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from upstash_redis.asyncio import Redis

from bot.schedules import ScheduleRef
from bot.storage import RUN_TTL, run_script, schedule_key, told_key, whole_seconds
from scheduler import Key, Script


@dataclass(frozen=True, kw_only=True)
class TellingOnce:
    """Keeps what was told."""

    redis: Redis = field(repr=False)

    async def take_reason(self, run: str, reason: str, *, teller: str) -> bool:
        """True for the one that is to tell of this `reason` at any place; `run` is that of the first one.

        The `teller`, a run, is to do it until it is told: one whose process dies meanwhile comes again.
        """
        call = TakeReason(told=told_key(run), reason=reason, teller=teller, ttl=whole_seconds(RUN_TTL))
        return bool(await run_script(self.redis, call))

    async def is_closed_told(self, schedule: ScheduleRef, channel: str) -> bool:
        """True if nobody is to be told that this place is closed: they were, or the schedule is gone."""
        doc, closed = await self.redis.hmget(schedule_key(*schedule), "doc", "closed")
        return doc is None or f" {channel} " in (closed or "")

    async def record_closed(self, schedule: ScheduleRef, channel: str) -> None:
        """Note that its owner was told that this place is closed."""
        await run_script(self.redis, RecordClosed(record=schedule_key(*schedule), channel=channel))


class TakeReason(Script):
    """Note who is to tell of this reason; 0 if it was told, or another run is to."""

    told: Key
    reason: str
    teller: str
    ttl: int
    LUA = """
if redis.call('SISMEMBER', told, reason) == 1 then return 0 end
for _, known in ipairs(redis.call('SMEMBERS', told)) do
  local is_taken = string.sub(known, 1, #reason + 1) == reason .. ' '
  if is_taken then return string.sub(known, #reason + 2) == teller and 1 or 0 end
end
redis.call('SADD', told, reason .. ' ' .. teller)
redis.call('EXPIRE', told, ttl)
return 1
"""


class RecordClosed(Script):
    """Note that a place is told to be closed, if the schedule is there."""

    record: Key
    channel: str
    LUA = """
if redis.call('HEXISTS', record, 'doc') == 0 then return 0 end
local known = redis.call('HGET', record, 'closed') or ' '
if string.find(known, ' ' .. channel .. ' ', 1, true) then return 0 end
redis.call('HSET', record, 'closed', known .. channel .. ' ')
return 1
"""


REOPEN: Final = """
-- A place has a post again: that it is closed will be news.
local function reopen(record, channel)
  local known = redis.call('HGET', record, 'closed')
  local from, to = string.find(known or '', ' ' .. channel .. ' ', 1, true)
  if from then
    redis.call('HSET', record, 'closed', string.sub(known, 1, from) .. string.sub(known, to + 1))
  end
end
"""
