"""The Lua behind messages and dead letters."""

from __future__ import annotations

from scheduler.embedded.storage.scripts import SHARED
from scheduler.lua import Script


class PublishMessage(Script):
    """`{'taken', id}`, `{'seen', id of the one that it duplicates}` or `{'limit'}`."""

    duplicate_key: str | None
    day: str
    daily_limit: int | None
    message_id: str
    spec: str
    body: bytes
    due: int
    entry: str
    LUA = f"""{SHARED}
if duplicate_key then
  local seen = redis.call('GET', SEEN .. duplicate_key)
  if seen then return {{'seen', seen}} end
end
if daily_limit then
  if tonumber(redis.call('GET', SENT .. day) or '0') >= daily_limit then return {{'limit'}} end
  redis.call('INCR', SENT .. day)
  redis.call('EXPIRE', SENT .. day, 2 * 86400)
end
if duplicate_key then redis.call('SET', SEEN .. duplicate_key, message_id, 'PX', DEDUPLICATION) end
enqueue(message_id, spec, body, due, entry)
return {{'taken', message_id}}
"""


class TakeDueMessages(Script):
    """`{messages as {id, spec, body, retried, group}, the moment of the first that is left or '', if more}`.

    Up to `batch` messages that are due join those of their group, and up to `most` are taken. Groups take
    turns: the one with the fewest under way comes first, then the one that has waited longest. None gets more
    than `share`.
    """

    now: int
    lease: int
    batch: int
    most: int
    share: int
    token: str
    groups: tuple[str, ...]
    under_way: tuple[int, ...]
    LUA = f"""{SHARED}
-- The moment to ask again, or nothing if the message may go and has its place.
local function hold(id, flow)
  local key = flow.key
  redis.call('HSET', FLOW .. key,
    'parallelism', flow.parallelism or 0, 'rate', flow.rate or 0, 'period', flow.rate and flow.period or 0)
  redis.call('PEXPIRE', FLOW .. key, FLOW_KEPT)
  if flow.parallelism then
    redis.call('ZREMRANGEBYSCORE', ACTIVE .. key, '-inf', now)
    if redis.call('ZCARD', ACTIVE .. key) >= flow.parallelism then
      redis.call('ZADD', WAITING .. key, 'NX', now, id)
      redis.call('PEXPIRE', WAITING .. key, FLOW_KEPT)
      -- A message that finishes calls it earlier; this is for one that died.
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
  end
  redis.call('ZREM', WAITING .. key, id)
  redis.call('ZADD', ACTIVE .. key, now + lease, id)
  redis.call('PEXPIRE', ACTIVE .. key, FLOW_KEPT)
  redis.call('ZADD', FLOWS, now, key)
  redis.call('ZREMRANGEBYSCORE', FLOWS, '-inf', now - FLOW_KEPT)
  redis.call('PEXPIRE', FLOWS, FLOW_KEPT)
end

local arrived = redis.call('ZRANGE', DUE, '-inf', now, 'BYSCORE', 'LIMIT', 0, batch, 'WITHSCORES')
for place = 1, #arrived, 2 do
  local id, due = arrived[place], arrived[place + 1]
  local spec = redis.call('HGET', MESSAGE .. id, 'spec')
  if spec then
    local group = group_of(cjson.decode(spec))
    redis.call('ZADD', READY .. group, 'NX', due, id)
    redis.call('ZADD', GROUPS, 'NX', due, group)
    redis.call('ZADD', DUE, now + HELD, id)
  else
    redis.call('ZREM', DUE, id)
  end
end

local tries = most + batch
local function take_next(group)
  while tries > 0 do
    tries = tries - 1
    local id = redis.call('ZPOPMIN', READY .. group)[1]
    if not id then
      redis.call('ZREM', GROUPS, group)
      return
    end
    local found = redis.call('HMGET', MESSAGE .. id, 'spec', 'body', 'retried')
    if found[1] then
      local flow = cjson.decode(found[1]).flow
      local later = flow and hold(id, flow)
      redis.call('ZADD', DUE, later or now + lease, id)
      if not later then
        redis.call('HSET', MESSAGE .. id, 'token', token)
        if redis.call('EXISTS', READY .. group) == 1 then
          redis.call('ZADD', GROUPS, now, group)
        else
          redis.call('ZREM', GROUPS, group)
        end
        return {{id, found[1], found[2], tonumber(found[3]), group}}
      end
    end
  end
end

local busy, turns, taken = {{}}, {{}}, {{}}
for place, group in ipairs(groups) do busy[group] = under_way[place] end
if most > 0 then turns = redis.call('ZRANGE', GROUPS, 0, most + #groups - 1) end
for level = 0, share - 1 do
  local left = {{}}
  for _, group in ipairs(turns) do
    local count = busy[group] or 0
    local message = count == level and #taken < most and take_next(group)
    if message then
      taken[#taken + 1] = message
      busy[group] = count + 1
    end
    if message or count > level then left[#left + 1] = group end
  end
  turns = left
  if #taken == most or #turns == 0 then break end
end
local again = #arrived == 2 * batch or (most > 0 and (#taken == most or tries == 0))
return {{taken, redis.call('ZRANGE', DUE, 0, 0, 'WITHSCORES')[2] or '', again and 1 or 0}}
"""


class MoveLeases(Script):
    """Moves the end of those leases that are the token's own."""

    lease_end: int
    token: str
    message_ids: tuple[str, ...]
    LUA = f"""{SHARED}
for _, id in ipairs(message_ids) do
  local found = redis.call('HMGET', MESSAGE .. id, 'token', 'spec')
  if found[1] == token then
    local message = cjson.decode(found[2])
    postpone(id, message, lease_end)
    if message.flow then redis.call('ZADD', ACTIVE .. message.flow.key, 'XX', lease_end, id) end
  end
end
"""


class SettleMessage(Script):
    """1, or 0 if the message is not the token's own any more. The lists of followers go in parallel."""

    message_id: str
    token: str
    now: int
    verdict: str
    next_attempt: int
    dead_id: str
    response: str
    entries: tuple[str, ...]
    follower_ids: tuple[str, ...]
    follower_specs: tuple[str, ...]
    follower_bodies: tuple[bytes, ...]
    follower_dues: tuple[int, ...]
    follower_entries: tuple[str, ...]
    LUA = f"""{SHARED}
local found = redis.call('HMGET', MESSAGE .. message_id, 'token', 'spec', 'body')
-- Cancelled meanwhile, or taken over by another process after our lease ran out.
if found[1] ~= token then return 0 end
local spec, message = found[2], cjson.decode(found[2])
release(message_id, message, now)
if verdict == 'again' then
  redis.call('HINCRBY', MESSAGE .. message_id, 'retried', 1)
  redis.call('HDEL', MESSAGE .. message_id, 'token')
  postpone(message_id, message, next_attempt)
else
  if verdict == 'given up' then
    redis.call('HSET', DEAD .. dead_id, 'spec', spec, 'body', found[3], 'message_id', message_id)
    redis.call('HSET', DEAD .. dead_id, 'response', response)
    redis.call('PEXPIRE', DEAD .. dead_id, KEPT)
    redis.call('ZADD', DEAD_LETTERS, now, dead_id)
    redis.call('ZREMRANGEBYSCORE', DEAD_LETTERS, '-inf', now - KEPT)
    redis.call('PEXPIRE', DEAD_LETTERS, KEPT)
  end
  forget(message_id, message)
  local schedule = message.schedule_id
  if schedule and redis.call('HGET', SCHEDULE .. schedule, 'last_message') == message_id then
    redis.call('HSET', SCHEDULE .. schedule, 'last_state', verdict == 'delivered' and 'SUCCESS' or 'FAIL')
  end
end
for _, entry in ipairs(entries) do log(entry) end
for place, id in ipairs(follower_ids) do
  enqueue(id, follower_specs[place], follower_bodies[place], follower_dues[place], follower_entries[place])
end
return 1
"""


class CancelMessage(Script):
    """1, or 0 if the message is settled already."""

    message_id: str
    now: int
    entry: str
    LUA = f"""{SHARED}
local spec = redis.call('HGET', MESSAGE .. message_id, 'spec')
if not spec then return 0 end
local message = cjson.decode(spec)
release(message_id, message, now)
forget(message_id, message)
log(entry)
return 1
"""


class ReviveLetter(Script):
    """Makes a message of a dead letter: 1, or 0 if it was gone."""

    dead_id: str
    message_id: str
    spec: str
    due: int
    entry: str
    LUA = f"""{SHARED}
local body = redis.call('HGET', DEAD .. dead_id, 'body')
if not body then return 0 end
enqueue(message_id, spec, body, due, entry)
redis.call('DEL', DEAD .. dead_id)
redis.call('ZREM', DEAD_LETTERS, dead_id)
return 1
"""


class DeleteLetter(Script):
    """1, or 0 if there is none."""

    dead_id: str
    LUA = f"""{SHARED}
redis.call('ZREM', DEAD_LETTERS, dead_id)
return redis.call('DEL', DEAD .. dead_id)
"""
