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
-- A slot that is due and not fired yet is not lost to an edit that keeps the times.
local standing = redis.call('HGET', schedule, 'cron') == cron and redis.call('ZSCORE', SCHEDULES, schedule_id)
if standing and tonumber(standing) <= now then next_slot = standing end
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


class ReadDueSchedules(Script):
    """`{up to `most` schedules as {id, due, spec, cron, version}, the moment of the first or ''}`."""

    now: int
    most: int
    LUA = f"""{SHARED}
local due = {{}}
local found = redis.call('ZRANGE', SCHEDULES, '-inf', now, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
for place = 1, #found, 2 do
  local id = found[place]
  local schedule = redis.call('HMGET', SCHEDULE .. id, 'spec', 'cron', 'version')
  if schedule[1] then
    due[#due + 1] = {{id, found[place + 1], schedule[1], schedule[2], schedule[3]}}
  else
    redis.call('ZREM', SCHEDULES, id)
  end
end
return {{due, redis.call('ZRANGE', SCHEDULES, 0, 0, 'WITHSCORES')[2] or ''}}
"""


class FireSchedules(Script):
    """Moves schedules on to their next slots and stores the messages of those with a slot.

    The moment of the first schedule of all then, or ''. The lists go in parallel.
    """

    ids: tuple[str, ...]
    versions: tuple[str, ...]
    expected: tuple[int, ...]
    next_slots: tuple[int, ...]
    slots: tuple[int | None, ...]
    message_ids: tuple[str, ...]
    specs: tuple[str, ...]
    dues: tuple[int, ...]
    entries: tuple[str, ...]
    LUA = f"""{SHARED}
for place, id in ipairs(ids) do
  local schedule = SCHEDULE .. id
  -- Or else another process has fired it, or it was changed, paused or deleted since it was read.
  if redis.call('HGET', schedule, 'version') == versions[place]
    and tonumber(redis.call('ZSCORE', SCHEDULES, id)) == expected[place] then
    redis.call('ZADD', SCHEDULES, next_slots[place], id)
    if slots[place] then
      local message_id, body = message_ids[place], redis.call('HGET', schedule, 'body')
      enqueue(message_id, specs[place], body, dues[place], entries[place])
      redis.call('HSET', schedule,
        'last_time', slots[place], 'last_message', message_id, 'last_state', 'IN_PROGRESS')
    end
  end
end
return redis.call('ZRANGE', SCHEDULES, 0, 0, 'WITHSCORES')[2] or ''
"""
