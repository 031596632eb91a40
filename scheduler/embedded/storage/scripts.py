"""The Lua behind the store: each change of state is one script, so a crash falls before it or after it.

Scripts build key names from `keys.NAMES` instead of `KEYS`, which only a cluster would mind.
"""

from __future__ import annotations

from typing import Final

from scheduler.embedded.storage import keys

_SHARED: Final = f"""{keys.NAMES}
local function note(entry)
  redis.call('XADD', LOGS, 'MAXLEN', '~', LOG_LENGTH, '*', 'entry', entry)
  redis.call('PEXPIRE', LOGS, KEPT)
end

local function enqueue(id, spec, body, due, entry)
  if redis.call('EXISTS', MESSAGE .. id) == 1 then return false end
  redis.call('HSET', MESSAGE .. id, 'spec', spec, 'body', body, 'retried', 0)
  redis.call('ZADD', DUE, due, id)
  note(entry)
  return true
end

-- Gives back the message's place among those of its flow control key, and calls the next that waits for one.
local function release(id, spec, now)
  local flow = cjson.decode(spec).flow
  if not flow then return end
  redis.call('ZREM', ACTIVE .. flow.key, id)
  redis.call('ZREM', WAITING .. flow.key, id)
  local waiting = redis.call('ZPOPMIN', WAITING .. flow.key)[1]
  if waiting then redis.call('ZADD', DUE, 'XX', now, waiting) end
end

local function forget(id)
  redis.call('DEL', MESSAGE .. id)
  redis.call('ZREM', DUE, id)
end
"""

PUBLISH: Final = f"""{_SHARED}
local seen, day, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local id, spec, body, due, entry = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[8]
if seen ~= '' then
  local found = redis.call('GET', SEEN .. seen)
  if found then return {{'seen', found}} end
end
if most >= 0 then
  if tonumber(redis.call('GET', SENT .. day) or '0') >= most then return {{'limit'}} end
  redis.call('INCR', SENT .. day)
  redis.call('EXPIRE', SENT .. day, 2 * 86400)
end
if seen ~= '' then redis.call('SET', SEEN .. seen, id, 'PX', DEDUPLICATION) end
enqueue(id, spec, body, due, entry)
return {{'taken', id}}
"""

TAKE: Final = f"""{_SHARED}
local now, lease, most, token = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]

-- The moment to ask again, or nothing if the message may go and has its place.
local function hold(id, flow)
  local key = flow.key
  if flow.parallelism then
    redis.call('ZREMRANGEBYSCORE', ACTIVE .. key, '-inf', now)
    if redis.call('ZCARD', ACTIVE .. key) >= flow.parallelism then
      redis.call('ZADD', WAITING .. key, 'NX', now, id)
      redis.call('PEXPIRE', WAITING .. key, FLOW_KEPT)
      -- Whoever finishes calls it earlier; this is for one that died.
      return tonumber(redis.call('ZRANGE', ACTIVE .. key, 0, 0, 'WITHSCORES')[2])
    end
  end
  if flow.rate then
    local period = flow.period * 1000
    local found = redis.call('HMGET', FLOW .. key, 'started', 'count')
    local started, count = tonumber(found[1] or '0'), tonumber(found[2] or '0')
    if now >= started + period then started, count = now, 0 end
    if count >= flow.rate then return started + period end
    redis.call('HSET', FLOW .. key, 'started', started, 'count', count + 1)
    redis.call('PEXPIRE', FLOW .. key, FLOW_KEPT)
  end
  redis.call('ZREM', WAITING .. key, id)
  redis.call('ZADD', ACTIVE .. key, now + lease, id)
  redis.call('PEXPIRE', ACTIVE .. key, FLOW_KEPT)
  redis.call('ZADD', FLOWS, now, key)
  redis.call('ZREMRANGEBYSCORE', FLOWS, '-inf', now - FLOW_KEPT)
  redis.call('PEXPIRE', FLOWS, FLOW_KEPT)
end

local taken = {{}}
for _, id in ipairs(redis.call('ZRANGE', DUE, '-inf', now, 'BYSCORE', 'LIMIT', 0, most)) do
  local found = redis.call('HMGET', MESSAGE .. id, 'spec', 'body', 'retried')
  if not found[1] then
    redis.call('ZREM', DUE, id)
  else
    local flow = cjson.decode(found[1]).flow
    local later = flow and hold(id, flow)
    redis.call('ZADD', DUE, later or now + lease, id)
    if not later then
      redis.call('HSET', MESSAGE .. id, 'token', token)
      taken[#taken + 1] = {{id, found[1], found[2], tonumber(found[3])}}
    end
  end
end
return {{taken, redis.call('ZRANGE', DUE, 0, 0, 'WITHSCORES')[2] or ''}}
"""

LEASE: Final = f"""{_SHARED}
local ends, token = ARGV[1], ARGV[2]
for i = 3, #ARGV do
  local id = ARGV[i]
  local found = redis.call('HMGET', MESSAGE .. id, 'token', 'spec')
  if found[1] == token then
    redis.call('ZADD', DUE, 'XX', ends, id)
    local flow = cjson.decode(found[2]).flow
    if flow then redis.call('ZADD', ACTIVE .. flow.key, 'XX', ends, id) end
  end
end
"""

SETTLE: Final = f"""{_SHARED}
local id, token, now, verdict, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local dead_id, response, notes = ARGV[6], ARGV[7], tonumber(ARGV[8])
local found = redis.call('HMGET', MESSAGE .. id, 'token', 'spec', 'body')
-- Cancelled meanwhile, or taken over by another process after our lease ran out.
if found[1] ~= token then return 0 end
local spec = found[2]
release(id, spec, now)
if verdict == 'again' then
  redis.call('HINCRBY', MESSAGE .. id, 'retried', 1)
  redis.call('HDEL', MESSAGE .. id, 'token')
  redis.call('ZADD', DUE, at, id)
else
  if verdict == 'given up' then
    redis.call('HSET', DEAD .. dead_id, 'spec', spec, 'body', found[3], 'message_id', id)
    redis.call('HSET', DEAD .. dead_id, 'response', response)
    redis.call('PEXPIRE', DEAD .. dead_id, KEPT)
    redis.call('ZADD', DEAD_LETTERS, now, dead_id)
    redis.call('ZREMRANGEBYSCORE', DEAD_LETTERS, '-inf', now - KEPT)
    redis.call('PEXPIRE', DEAD_LETTERS, KEPT)
  end
  forget(id)
  local schedule = cjson.decode(spec).schedule_id
  if schedule and redis.call('HGET', SCHEDULE .. schedule, 'last_message') == id then
    redis.call('HSET', SCHEDULE .. schedule, 'last_state', verdict == 'delivered' and 'SUCCESS' or 'FAIL')
  end
end
for i = 9, 8 + notes do note(ARGV[i]) end
for i = 9 + notes, #ARGV, 5 do enqueue(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]) end
return 1
"""

CANCEL: Final = f"""{_SHARED}
local id, now, entry = ARGV[1], ARGV[2], ARGV[3]
local spec = redis.call('HGET', MESSAGE .. id, 'spec')
if not spec then return 0 end
release(id, spec, now)
forget(id)
note(entry)
return 1
"""

REVIVE: Final = f"""{_SHARED}
local dead_id, id, spec, due, entry = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local body = redis.call('HGET', DEAD .. dead_id, 'body')
if not body then return 0 end
enqueue(id, spec, body, due, entry)
redis.call('DEL', DEAD .. dead_id)
redis.call('ZREM', DEAD_LETTERS, dead_id)
return 1
"""

BURY: Final = f"""{_SHARED}
redis.call('ZREM', DEAD_LETTERS, ARGV[1])
return redis.call('DEL', DEAD .. ARGV[1])
"""

PUT_SCHEDULE: Final = f"""{_SHARED}
local id, spec, body, cron, version = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local following, now, most = ARGV[6], ARGV[7], tonumber(ARGV[8])
if redis.call('EXISTS', SCHEDULE .. id) == 0 and most >= 0 and redis.call('ZCARD', SCHEDULES) >= most then
  return 0
end
redis.call('HSET', SCHEDULE .. id, 'spec', spec, 'body', body, 'cron', cron, 'version', version)
redis.call('HSETNX', SCHEDULE .. id, 'created', now)
local paused = redis.call('HEXISTS', SCHEDULE .. id, 'paused') == 1
redis.call('ZADD', SCHEDULES, paused and 'inf' or following, id)
return 1
"""

PAUSE_SCHEDULE: Final = f"""{_SHARED}
local id = ARGV[1]
if redis.call('EXISTS', SCHEDULE .. id) == 0 then return 0 end
redis.call('HSET', SCHEDULE .. id, 'paused', 1)
redis.call('ZADD', SCHEDULES, 'inf', id)
return 1
"""

RESUME_SCHEDULE: Final = f"""{_SHARED}
local id, version, following = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', SCHEDULE .. id, 'version') ~= version then return 0 end
if redis.call('HDEL', SCHEDULE .. id, 'paused') == 1 then redis.call('ZADD', SCHEDULES, following, id) end
return 1
"""

DELETE_SCHEDULE: Final = f"""{_SHARED}
redis.call('ZREM', SCHEDULES, ARGV[1])
return redis.call('DEL', SCHEDULE .. ARGV[1])
"""

FIRE: Final = f"""{_SHARED}
local id, version, expected, following = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
-- Another process has fired it, or it was changed, paused or deleted since it was read.
if redis.call('HGET', SCHEDULE .. id, 'version') ~= version then return 0 end
if tonumber(redis.call('ZSCORE', SCHEDULES, id)) ~= expected then return 0 end
redis.call('ZADD', SCHEDULES, following, id)
if ARGV[5] then
  local slot, message, spec, due, entry = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
  enqueue(message, spec, redis.call('HGET', SCHEDULE .. id, 'body'), due, entry)
  redis.call('HSET', SCHEDULE .. id, 'last_time', slot, 'last_message', message, 'last_state', 'IN_PROGRESS')
end
return 1
"""
