"""The Lua that runs inside Redis: each script is one indivisible step of `ledger.py`."""

from __future__ import annotations

from typing import Final

# KEYS run, answer, record, sharers. ARGV token, now, lease's end, made_after, a fresh answer or "", ttl in s,
# that of a tombstone (what still comes for a deleted schedule keeps it up) and of an answer, schedule or "",
# ticket or "", 1 for a run by hand.
CLAIM: Final = """
local run, answer, record, sharers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, now, lease_end, made_after, pinned, ttl, tombstone_ttl =
  ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6], ARGV[7]
local seen = redis.call('HMGET', run,
  'state', 'until', 'parts', 'ts', 'since', 'answer', 'cache', 'progress', 'why')
local state, lease, since = seen[1], tonumber(seen[2] or '0'), seen[5]
local parts, ts, progress, why = seen[3] or '0', seen[4] or '', seen[8] or '', seen[9] or ''
if state == 'posted' then return {'posted'} end
if state and lease > now then return {'busy', lease} end
local known = redis.call('HMGET', record, 'state', 'doc', 'revision', 'keep', 'checked', 'ticket', 'preview')
local wanted = known[1]
if wanted == 'deleted' then redis.call('EXPIRE', record, tombstone_ttl) end
if wanted == 'deleted' or (wanted == 'paused' and ARGV[11] == '0') then return {'off', progress} end
-- Published before the schedule was changed: what was published then has taken its place.
if ARGV[10] ~= '' and (known[6] or '') ~= '' and known[6] ~= ARGV[10] then return {'off', progress} end
local unsettled, cache = '', 'HIT'
if state == 'posting' then unsettled = since end
if seen[6] then
  pinned, cache = seen[6], seen[7] or 'HIT'
elseif pinned == '' then
  local stored = redis.call('HMGET', answer, 'made', 'body')
  local made = tonumber(stored[1] or '-1')
  if made >= made_after or (known[4] and made >= tonumber(known[4])) then pinned = stored[2] end
end
if not seen[6] and pinned ~= '' and redis.call('HDEL', answer, 'ahead') == 1 then cache = 'AHEAD' end
if wanted == 'pending' and ARGV[11] == '0' then
  -- It fires, so QStash has it: whoever wrote the record did not live to confirm it.
  redis.call('HSET', record, 'state', 'active')
  wanted = 'active'
end
local shared = 0
if ARGV[9] ~= '' then
  redis.call('SADD', sharers, ARGV[9])
  redis.call('EXPIRE', sharers, ARGV[8])
  shared = redis.call('SCARD', sharers)
end
redis.call('HSET', run, 'token', token, 'until', lease_end)
if pinned == '' then
  redis.call('HSET', run, 'state', 'claimed')
else
  redis.call('HSET', run, 'state', 'posting', 'answer', pinned, 'cache', cache)
  if unsettled == '' then redis.call('HSET', run, 'since', now) end
end
redis.call('EXPIRE', run, ttl)
local doc, revision, checked, preview = known[2] or '', known[3] or '0', known[5] or '', known[7] or ''
local record_of = {doc, wanted or '', revision, shared, checked, preview}
return {'taken', {pinned, cache, parts, ts, unsettled, progress, why}, record_of}
"""

# KEYS run. ARGV token, what is to be posted, how it was come by, now, why nothing better or "".
POSTING: Final = """
local seen = redis.call('HMGET', KEYS[1], 'token', 'until')
if seen[1] ~= ARGV[1] or tonumber(seen[2] or '0') <= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], 'state', 'posting', 'answer', ARGV[2], 'cache', ARGV[3], 'since', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'why', ARGV[5]) end
return 1
"""

# KEYS run. ARGV number of parts, ts of the first, now.
PART: Final = """
redis.call('HSET', KEYS[1], 'parts', ARGV[1], 'ts', ARGV[2], 'since', ARGV[3])
return 1
"""

# KEYS run, record, history, tally. ARGV ts of the first part, ttl in s, a line of history or "", its ttl, how
# many lines are kept, ttl of the tally, until when sources were read or "", what was posted or "", and then
# names and numbers to add to the tally. Of a schedule that is gone nothing is written: its key would stay.
POSTED: Final = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'posted', 'ts', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], 'keep', 'preview')
if redis.call('HEXISTS', KEYS[2], 'doc') == 1 then
  -- Not back to where a later run has been: what that has read would be told twice.
  if ARGV[7] == '' or tonumber(ARGV[7]) > tonumber(redis.call('HGET', KEYS[2], 'read') or '0') then
    if ARGV[7] ~= '' then redis.call('HSET', KEYS[2], 'read', ARGV[7]) end
    if ARGV[8] ~= '' then redis.call('HSET', KEYS[2], 'last', ARGV[8]) end
  end
end
if ARGV[3] ~= '' then
  redis.call('LPUSH', KEYS[3], ARGV[3])
  redis.call('LTRIM', KEYS[3], 0, ARGV[5] - 1)
  redis.call('EXPIRE', KEYS[3], ARGV[4])
end
for place = 9, #ARGV, 2 do redis.call('HINCRBY', KEYS[4], ARGV[place], ARGV[place + 1]) end
if #ARGV > 8 then redis.call('EXPIRE', KEYS[4], ARGV[6]) end
return 1
"""

# KEYS run. ARGV token, 1 if nothing beyond the record can have been posted, why it was given up or "".
RELEASE: Final = """
local seen = redis.call('HMGET', KEYS[1], 'token', 'state')
if seen[1] ~= ARGV[1] or seen[2] == 'posted' then return 0 end
if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'state', 'claimed') end
redis.call('HSET', KEYS[1], 'until', 0)
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'why', ARGV[3]) end
return 1
"""

# KEYS run. ARGV the message that tells how far it is. A run that is over has no use for it.
PROGRESS: Final = """
if redis.call('HGET', KEYS[1], 'state') == 'posted' or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'progress', ARGV[1])
return 1
"""
