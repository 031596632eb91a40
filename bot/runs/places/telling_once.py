"""Word to an owner that is said once, however many of their schedule's places it is about.

What keeps several places from a run's post is told once for each reason. A place that is closed is told once
until it has a post again, or the places are changed: its owner can take it away with a button.
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

    async def take_reason(self, run: str, reason: str) -> bool:
        """True for the first to tell of this `reason` at any place; `run` is that of the first one."""
        call = TakeReason(told=told_key(run), reason=reason, ttl=whole_seconds(RUN_TTL))
        return bool(await run_script(self.redis, call))

    async def forget_reason(self, run: str, reason: str) -> None:
        """It was not told after all."""
        await self.redis.srem(told_key(run), reason)

    async def take_closed(self, schedule: ScheduleRef, channel: str) -> bool:
        """True for the first that is to tell of this closed place of a schedule that is there."""
        return bool(await run_script(self.redis, TakeClosed(record=schedule_key(*schedule), channel=channel)))

    async def forget_closed(self, schedule: ScheduleRef, channel: str) -> None:
        """It was not told after all."""
        await run_script(self.redis, ForgetClosed(record=schedule_key(*schedule), channel=channel))


class TakeReason(Script):
    """Note that this reason is told; 0 if it was before."""

    told: Key
    reason: str
    ttl: int
    LUA = """
local added = redis.call('SADD', told, reason)
redis.call('EXPIRE', told, ttl)
return added
"""


class TakeClosed(Script):
    """Note that a place is told to be closed; 0 if it was before, or the schedule is gone."""

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


class ForgetClosed(Script):
    """Forget that this place was told to be closed."""

    record: Key
    channel: str
    LUA = (
        REOPEN
        + """
reopen(record, channel)
return 1
"""
    )
