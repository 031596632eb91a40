"""The Lua that runs inside Redis: each script is one indivisible step of `ledger.py`.

The one that claims a run is in `claim_script.py`.
"""

from __future__ import annotations

from bot.answers import IS_WITHDRAWN, KEEP_POSTED
from bot.budget import TAKE_TURN, TurnScript
from bot.runs.ledger.slots import KEEP_OPEN, LET_GO
from bot.runs.places.telling_once import REOPEN
from bot.schedules import ADD_LINE
from bot.subscriptions import KEEP_POST
from scheduler import Key, Script


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
local pinned, written = unpack(redis.call('HMGET', run, 'answer', 'copies'))
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
  copies = keep_post(ts, pinned)
  if copies == '' and written then copies = written end  -- ended before, by a copy that held it then
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
