"""The Lua that runs inside Redis: each script is one indivisible step of `ledger.py`."""

from __future__ import annotations

from typing import Final

from bot.answers import IS_WITHDRAWN, KEEP_POSTED, QUIET_MARK
from bot.budget import TAKE_TURN, TurnScript
from bot.runs.places.telling_once import REOPEN
from bot.runs.review.scripts import FIND_DECISION, ReviewedScript
from bot.schedules import ADD_LINE
from bot.storage import VERSION_OF
from bot.subscriptions import KEEP_POST
from scheduler import Key, Script

KEEP_OPEN: Final = """
-- A post of a slot is about to be sent: whoever comes after it sees that it gets whole.
local function keep_open(key, post, at, ttl)
  if not post then return end
  redis.call('ZADD', key, at, post)
  redis.call('EXPIRE', key, ttl)
end
"""

IS_OVERTAKEN: Final = """
-- A later slot is over, may stand in its channel, or is in hand: nobody wants this one after it.
local function is_overtaken()
  local known = redis.call('HMGET', newest_slots, 'over', 'held', 'until')
  if tonumber(known[1] or '0') > slot then return true end
  if tonumber(known[2] or '0') > slot and tonumber(known[3]) > now then return true end
  return redis.call('ZCOUNT', open_posts, slot + 1, '+inf') > 0
end
"""

SAYS_NOTHING: Final = f"""
local function says_nothing(answer)
  return string.find(answer, '"unchanged":true', 1, true) or string.find(answer, '{QUIET_MARK}', 1, true)
end
"""

LET_GO: Final = """
local function let_go_of_slot()
  if slot and tonumber(redis.call('HGET', newest_slots, 'held') or '0') == slot then
    redis.call('HDEL', newest_slots, 'held', 'until')
  end
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
        + SAYS_NOTHING
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


class PinOutcome(TurnScript):
    """Write down what is about to be posted, and why it is nothing better, and take the run's turn.

    Answers {'lost'} if the run is no longer ours, {'withdrawn'} if its answer is, which gives it up, or the
    words of `take_turn_of_run`.
    """

    withdrawn: Key
    token: str
    lease_end: int
    outcome: str
    cache: str
    why: str | None
    open_posts: Key
    newest_slots: Key
    open_post: str | None
    slot: int | None
    run_ttl: int
    LUA = (
        TAKE_TURN
        + KEEP_OPEN
        + LET_GO
        + IS_WITHDRAWN
        + """
local seen = redis.call('HMGET', run, 'token', 'until')
if seen[1] ~= token or tonumber(seen[2] or '0') <= now then return {'lost'} end
if is_withdrawn(outcome) then
  redis.call('HSET', run, 'until', 0)
  let_go_of_slot()
  return {'withdrawn'}
end
redis.call('HSET', run, 'state', 'posting', 'answer', outcome, 'cache', cache, 'since', now,
  'until', math.max(lease_end, tonumber(seen[2])))
if why then redis.call('HSET', run, 'why', why) end
local told = take_turn_of_run(false)
if told[1] == 'later' then
  let_wait(told[2], false)
  let_go_of_slot()
else
  keep_open(open_posts, open_post, slot, run_ttl)
end
return told
"""
    )


class RecordParts(TurnScript):
    """So many parts are posted; `ts` is that of the first, and the next is sent from `now` on, at its turn.

    Answers {'lost'} if the run is no longer ours, or the words of `take_turn_of_run`.
    """

    token: str
    lease_end: int
    parts: int
    ts: str
    LUA = (
        TAKE_TURN
        + """
local seen = redis.call('HMGET', run, 'token', 'until')
if seen[1] ~= token then return {'lost'} end
redis.call('HSET', run, 'parts', parts, 'ts', ts, 'since', now,
  'until', math.max(lease_end, tonumber(seen[2])))
local told = take_turn_of_run(true)
if told[1] == 'later' then let_wait(told[2], false) end
return told
"""
    )


class TakeNextTurn(TurnScript):
    """Take another turn for a run that has missed its own.

    Answers {'lost'} if the run is no longer ours, or the words of `take_turn_of_run`.
    """

    token: str
    lease_end: int
    LUA = (
        TAKE_TURN
        + """
local seen = redis.call('HMGET', run, 'token', 'until')
if seen[1] ~= token then return {'lost'} end
redis.call('HSET', run, 'until', math.max(lease_end, tonumber(seen[2])))
local told = take_turn_of_run(false)
if told[1] == 'later' then let_wait(told[2], true) end
return told
"""
    )


class RecordPosted(Script):
    """End the run, with a line of history and what is counted; `counted` names what `counts` are of.

    A slot before one that `overtakes` is not begun any more. A schedule that is gone gets nothing written:
    its key would stay. `spread` says that the outcome is for further places, too; `reopened` is the place,
    of several, that has it. `promise` is the name under which somebody waits for a run that is no slot: no
    longer, but for what goes to further places, whose ends are looked after.
    Answers the subscribers who are sent it at once, parted by blanks.
    """

    run: Key
    record: Key
    history: Key
    tally: Key
    open_posts: Key
    newest_slots: Key
    promised: Key
    promise: str | None
    open_post: str | None
    slot: int | None
    overtakes: bool
    ts: str
    run_ttl: int
    line: str | None
    history_ttl: int
    history_length: int
    tally_ttl: int
    read: int | None
    last: str | None
    basis: str | None
    spread: bool
    reopened: str | None
    subscribers: Key
    newest_post: Key
    week_posts: Key
    kept: str | None
    kept_line: str | None
    kept_at: int | None
    kept_slot: str | None
    kept_channel: str
    is_further: bool
    kept_ttl: int
    kept_others: tuple[str, ...]
    posted: str | None
    counted: tuple[str, ...]
    counts: tuple[int, ...]
    LUA = (
        ADD_LINE
        + LET_GO
        + REOPEN
        + KEEP_POST
        + KEEP_POSTED
        + """
local owed = promise and spread and redis.call('HGET', run, 'promise')
redis.call('DEL', run)
redis.call('HSET', run, 'state', 'posted', 'ts', ts)
if owed then redis.call('HSET', run, 'promise', owed)
elseif promise then redis.call('ZREM', promised, promise) end
if basis then redis.call('HSET', run, 'basis', basis) end
if spread then redis.call('HSET', run, 'spread', 1) end
if reopened then reopen(record, reopened) end
redis.call('EXPIRE', run, run_ttl)
if open_post then redis.call('ZREM', open_posts, open_post) end
let_go_of_slot()
if slot and overtakes and slot > tonumber(redis.call('HGET', newest_slots, 'over') or '0') then
  redis.call('HSET', newest_slots, 'over', slot)
  redis.call('EXPIRE', newest_slots, run_ttl)
end
redis.call('HDEL', record, 'keep', 'preview')
local copies = ''
if redis.call('HEXISTS', record, 'doc') == 1 then
  copies = keep_post(ts)
  if copies ~= '' then redis.call('HSET', run, 'copies', copies) end
  -- Not back to where a later run has been: what that has read would be told twice.
  if not read or read > tonumber(redis.call('HGET', record, 'read') or '0') then
    if read then redis.call('HSET', record, 'read', read) end
    if last then redis.call('HSET', record, 'last', last) end
  end
  if posted then keep_posted(record, posted) end
end
if line then add_line(history, line, history_length, history_ttl) end
for place, name in ipairs(counted) do redis.call('HINCRBY', tally, name, counts[place]) end
if #counted > 0 then redis.call('EXPIRE', tally, tally_ttl) end
return copies
"""
    )


class ReleaseRun(Script):
    """Give the run up; `certain` says that nothing beyond the record can have been posted."""

    run: Key
    open_posts: Key
    newest_slots: Key
    open_post: str | None
    slot: int | None
    token: str
    certain: bool
    why: str | None
    LUA = (
        LET_GO
        + """
local seen = redis.call('HMGET', run, 'token', 'state', 'parts')
if seen[1] ~= token or seen[2] == 'posted' then return 0 end
if certain then
  redis.call('HSET', run, 'state', 'claimed')
  if open_post and not seen[3] then redis.call('ZREM', open_posts, open_post) end
end
redis.call('HSET', run, 'until', 0)
let_go_of_slot()
if why then redis.call('HSET', run, 'why', why) end
return 1
"""
    )


class RecordProgress(Script):
    """Keep the message that tells how far the run is; a run that is over has no use for it."""

    run: Key
    progress: str
    LUA = """
if redis.call('HGET', run, 'state') == 'posted' or redis.call('EXISTS', run) == 0 then return 0 end
redis.call('HSET', run, 'progress', progress)
return 1
"""
