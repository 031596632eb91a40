"""The script that claims a run, and finds on the way all that its copy needs to know."""

from __future__ import annotations

from typing import Final

from bot.answers import IS_WITHDRAWN, QUIET_MARK
from bot.budget import TAKE_TURN, TurnScript
from bot.runs.ledger.slots import IS_OVERTAKEN, KEEP_OPEN
from bot.runs.review.scripts import FIND_DECISION, ReviewedScript
from bot.storage import VERSION_OF
from scheduler import Key

_SAYS_NOTHING: Final = f"""
local function says_nothing(answer)
  return string.find(answer, '"unchanged":true', 1, true) or string.find(answer, '{QUIET_MARK}', 1, true)
end
"""


class ClaimRun(TurnScript, ReviewedScript):
    """Take the run until `lease_end`, and look up its answer and its schedule on the way.

    Answers {'posted', earlier, spread, copies, record…}, {'off', progress}, {'busy', lease_end},
    {'later', turn}, {'wait', due, record…}, or {'taken', …} with pairs of a name and a value; "" stands for
    nothing. What is looked at first has the answer that was decided about, and no other. A run whose
    answer is there takes its turn to post; one that is `silent` only if that says anything new. A deleted
    schedule's tombstone stays while deliveries still come for it. A stored answer of a newer version than
    `newest` is as good as not there, and so is one that is withdrawn, unless a part of it may be posted.
    `day` ends the names of the fields of an answer of one date.
    """

    answer: Key
    withdrawn: Key
    record: Key
    sharers: Key
    open_posts: Key
    newest_slots: Key
    open_post: str | None
    slot: int | None
    token: str
    silent: bool
    lease_end: int
    made_after: int
    day: str
    recent: str | None
    run_ttl: int
    tombstone_ttl: int
    answer_ttl: int
    sharer: str | None
    ticket: str | None
    by_hand: bool
    newest: int
    LUA = (
        VERSION_OF
        + TAKE_TURN
        + KEEP_OPEN
        + IS_OVERTAKEN
        + _SAYS_NOTHING
        + FIND_DECISION
        + IS_WITHDRAWN
        + """
-- What is told, with the schedule for those who have more to do.
local function with_record(told, is_wanted)
  local known = is_wanted and redis.call('HMGET', record, 'doc', 'state', 'revision') or {}
  for place = 1, 3 do told[#told + 1] = known[place] or '' end
  return told
end

local seen = redis.call('HMGET', run,
  'state', 'until', 'parts', 'ts', 'since', 'answer', 'cache', 'progress', 'why', 'spread')
local state, lease, since = seen[1], tonumber(seen[2] or '0'), seen[5]
local parts, ts, progress, why = seen[3] or '0', seen[4] or '', seen[8] or '', seen[9] or ''
local kept_answer, kept_cache = seen[6], seen[7]
local earlier = ''
if slot then
  earlier = table.concat(redis.call('ZRANGEBYSCORE', open_posts, '-inf', slot - 1, 'LIMIT', 0, 5), ';')
end
if state == 'posted' then
  if open_post then redis.call('ZREM', open_posts, open_post) end
  local told = {'posted', earlier, seen[10] or '', redis.call('HGET', run, 'copies') or ''}
  return with_record(told, is_untold())
end
if state and state ~= 'waiting' and lease > now then return {'busy', lease} end
local known = redis.call('HMGET', record,
  'state', 'doc', 'revision', 'keep', 'checked', 'ticket', 'preview', 'warmed', 'out', 'shown')
local wanted, doc, revision, keep = known[1], known[2] or '', known[3] or '0', tonumber(known[4] or '')
local checked, current_ticket, preview = known[5] or '', known[6] or '', known[7] or ''
if wanted == 'deleted' then redis.call('EXPIRE', record, tombstone_ttl) end
if wanted == 'deleted' or (wanted == 'paused' and not by_hand) then return {'off', progress} end
-- Published before the schedule was changed: what was published then has taken its place.
if ticket and current_ticket ~= '' and current_ticket ~= ticket then return {'off', progress} end
local unsettled, cache, pinned = '', 'HIT', recent or ''
if state == 'posting' then unsettled = since end
if kept_answer and parts == '0' and unsettled == '' and is_withdrawn(kept_answer) then kept_answer = nil end
if pinned ~= '' and is_withdrawn(pinned) then pinned = '' end
local decision, decided = '', nil
if doc ~= '' and not kept_answer then decision, decided = find_decision(doc) end
if decision == 'wait' then
  redis.call('HSET', run, 'state', 'waiting', 'until', decided.due)
  redis.call('EXPIRE', run, run_ttl)
  return with_record({'wait', decided.due}, decided.is_unasked)
end
decided = decided or {}
if decision == 'post' and is_withdrawn(decided.answer) then decision, decided = 'ask', {} end
if kept_answer then
  pinned, cache = kept_answer, kept_cache or 'HIT'
elseif decision == 'post' then
  pinned, cache, why = decided.answer, decided.cache, decided.why
elseif decision ~= '' then
  pinned = ''
elseif pinned == '' then
  local stored = redis.call('HMGET', answer, 'made' .. day, 'body' .. day)
  local made = tonumber(stored[1] or '-1')
  local is_good = stored[2] and (made >= made_after or (keep and made >= keep))
  is_good = is_good and version_of(stored[2]) <= newest and not is_withdrawn(stored[2])
  if is_good then pinned = stored[2] end
end
local is_made_for_it = pinned ~= '' and not kept_answer and decision == ''
if is_made_for_it and redis.call('HDEL', answer, 'ahead' .. day) == 1 then
  cache = 'AHEAD'
end
if wanted == 'pending' and not by_hand then
  -- It fires, so QStash has it: the process that wrote the record did not live to confirm it.
  redis.call('HSET', record, 'state', 'active')
  wanted = 'active'
end
local overtaken = ''
if slot and is_overtaken() then overtaken = '1' end
local shared = 0
if sharer then
  redis.call('SADD', sharers, sharer)
  redis.call('EXPIRE', sharers, answer_ttl)
  shared = redis.call('SCARD', sharers)
end
local turn = ''
if pinned ~= '' and not (silent and says_nothing(pinned)) then
  local told = take_turn_of_run(tonumber(parts) > 0)
  if told[1] == 'later' then
    redis.call('HSET', run, 'answer', pinned, 'cache', cache)
    let_wait(told[2], unsettled ~= '')
    redis.call('EXPIRE', run, run_ttl)
    return told
  end
  turn = told[2] or ''
end
if slot and overtaken == '' then
  redis.call('HSET', newest_slots, 'held', slot, 'until', lease_end)
  redis.call('EXPIRE', newest_slots, run_ttl)
end
redis.call('HSET', run, 'token', token, 'until', lease_end)
if pinned == '' then
  redis.call('HSET', run, 'state', 'claimed')
else
  redis.call('HSET', run, 'state', 'posting', 'answer', pinned, 'cache', cache)
  keep_open(open_posts, open_post, slot, run_ttl)
  if unsettled == '' then redis.call('HSET', run, 'since', now) end
end
redis.call('EXPIRE', run, run_ttl)
return {'taken', 'pinned', pinned, 'cache', cache, 'why', why, 'parts', parts, 'ts', ts, 'since', unsettled,
  'progress', progress, 'doc', doc, 'state', wanted or '', 'revision', revision, 'checked', checked,
  'preview', preview, 'warmed', known[8] or '', 'out', known[9] or '', 'shown', known[10] or '',
  'shared', shared, 'turn', turn, 'earlier', earlier, 'overtaken', overtaken, 'decision', decision,
  'decided_by', decided.name or '', 'decided_read', decided.read or ''}
"""
    )
