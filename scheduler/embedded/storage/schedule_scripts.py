"""The Lua behind schedules."""

from __future__ import annotations

from scheduler.embedded.storage.scripts import SHARED
from scheduler.lua import Script


class PutSchedule(Script):
    """1, or 0 if there are as many as there may be."""

    schedule_id: str
    spec: str
    body: bytes
    cron: str
    version: str
    next_slot: int
    now: int
    limit: int | None
    LUA = f"""{SHARED}
local schedule = SCHEDULE .. schedule_id
if limit and redis.call('EXISTS', schedule) == 0 and redis.call('ZCARD', SCHEDULES) >= limit then return 0 end
redis.call('HSET', schedule, 'spec', spec, 'body', body, 'cron', cron, 'version', version)
redis.call('HSETNX', schedule, 'created', now)
local paused = redis.call('HEXISTS', schedule, 'paused') == 1
redis.call('ZADD', SCHEDULES, paused and 'inf' or next_slot, schedule_id)
return 1
"""


class PauseSchedule(Script):
    """1, or 0 if there is none."""

    schedule_id: str
    LUA = f"""{SHARED}
if redis.call('EXISTS', SCHEDULE .. schedule_id) == 0 then return 0 end
redis.call('HSET', SCHEDULE .. schedule_id, 'paused', 1)
redis.call('ZADD', SCHEDULES, 'inf', schedule_id)
return 1
"""


class ResumeSchedule(Script):
    """1, or 0 if it was changed or deleted since it was read."""

    schedule_id: str
    version: str
    next_slot: int
    LUA = f"""{SHARED}
if redis.call('HGET', SCHEDULE .. schedule_id, 'version') ~= version then return 0 end
if redis.call('HDEL', SCHEDULE .. schedule_id, 'paused') == 1 then
  redis.call('ZADD', SCHEDULES, next_slot, schedule_id)
end
return 1
"""


class DeleteSchedule(Script):
    """1, or 0 if there is none."""

    schedule_id: str
    LUA = f"""{SHARED}
redis.call('ZREM', SCHEDULES, schedule_id)
return redis.call('DEL', SCHEDULE .. schedule_id)
"""


class FireSchedule(Script):
    """Moves a schedule on to its next slot and, with a `slot`, stores that slot's message."""

    schedule_id: str
    version: str
    expected: float
    next_slot: int
    slot: int | None
    message_id: str
    spec: str
    due: int
    entry: str
    LUA = f"""{SHARED}
local schedule = SCHEDULE .. schedule_id
-- Another process has fired it, or it was changed, paused or deleted since it was read.
if redis.call('HGET', schedule, 'version') ~= version then return 0 end
if tonumber(redis.call('ZSCORE', SCHEDULES, schedule_id)) ~= expected then return 0 end
redis.call('ZADD', SCHEDULES, next_slot, schedule_id)
if slot then
  enqueue(message_id, spec, redis.call('HGET', schedule, 'body'), due, entry)
  redis.call('HSET', schedule, 'last_time', slot, 'last_message', message_id, 'last_state', 'IN_PROGRESS')
end
return 1
"""
