"""The Lua of reviews: each script is one indivisible step, so that the first decision counts, once."""

from __future__ import annotations

from typing import Final

from scheduler import Key, Script


class ReviewedScript(Script):
    """The names that a claim needs to find what was decided about its run."""

    review: Key
    review_shape: str
    review_moment: int
    review_required: tuple[str, ...]
    review_late: bool


COVERS: Final = """
-- Has one of all these people and groups, whom the operator requires, been asked? An older record has a 1.
local function covers(asked, needed)
  for _, reviewer in ipairs(needed) do
    local is_one = asked == '1' or string.find(asked or '', ' ' .. reviewer .. ' ', 1, true)
    if not is_one then return false end
  end
  return true
end
"""

FIND_DECISION: Final = (
    COVERS
    + """
-- What was decided about the post of this run; nobody decides any more about what its time has come for.
-- Answers the decision and its fields; or 'wait', until when, and if not all reviewers are asked yet.
local function find_decision(doc)
  local needed = #review_required > 0 or review_late or string.find(doc, '"review":{', 1, true)
  local seen = redis.call('HMGET', review, 'state', 'shape', 'due', 'undecided', 'answer', 'cache', 'why',
    'name', 'read', 'required', 'asking')
  local state = seen[1]
  if not (needed or (state and (seen[10] or '') ~= '')) then return '' end
  if not state or seen[2] ~= review_shape or not covers(seen[10], review_required) then return 'ask' end
  if state == 'asked' then
    if review_moment < tonumber(seen[3]) then
      return 'wait', {due = tonumber(seen[3]), is_unasked = (seen[11] or '') ~= ''}
    end
    state = seen[4] == 'post' and 'unseen' or 'undecided'
    redis.call('HSET', review, 'state', state)
  end
  if state == 'late' and not review_late then state = 'undecided' end
  local fields = {answer = seen[5], cache = seen[6], why = seen[7], name = seen[8] or ''}
  if state == 'skip' then fields.read = seen[9] end  -- who skips it has read that for the others
  if state == 'skip' or state == 'undecided' then return state, fields end
  return 'post', fields
end

-- Its time came before any decision, and its reviewers' cards do not say so.
local function is_untold()
  local known = redis.call('HMGET', review, 'state', 'told')
  return (known[1] == 'undecided' or known[1] == 'unseen') and not known[2]
end
"""
)
"""The function for the claim's script, with the names of `ReviewedScript`."""


class WriteReview(Script):
    """Open a review, or open it anew with another answer. Answers {'written', round}.

    One that is open, or decided, stays as it is unless its answer has another `shape`, or, `anew`, it is
    the round that was `seen` and its run has not come: {'known', round}. Its cards are kept as old ones,
    until they say so. The writer asks the reviewers, until `lease_end`.
    """

    review: Key
    doc: str
    state: str
    shape: str
    answer: str
    cache: str
    why: str
    read: str
    due: int
    undecided: str
    required: tuple[str, ...]
    anew: bool
    seen: int
    now: int
    lease_end: int
    ttl: int
    LUA = (
        COVERS
        + """
local known = redis.call('HMGET', review, 'state', 'shape', 'round', 'required')
local round, old = tonumber(known[3] or '0'), {}
if known[1] then
  local over = known[1] == 'undecided' or known[1] == 'unseen' or known[1] == 'late'
  local may = known[2] ~= shape or not covers(known[4], required) or (anew and round == seen and not over)
  if not may then return {'known', round} end
  local fields = redis.call('HGETALL', review)
  for item = 1, #fields, 2 do
    local name, value = fields[item], fields[item + 1]
    if string.sub(name, 1, 5) == 'card:' then old['old:' .. value] = string.sub(name, 6) end
    if string.sub(name, 1, 4) == 'old:' then old[name] = value end
  end
  redis.call('DEL', review)
end
for name, user in pairs(old) do redis.call('HSET', review, name, user) end
local asked_first = #required > 0 and ' ' .. table.concat(required, ' ') .. ' ' or ''
local until_asked = (state ~= 'clear' or next(old)) and lease_end or ''
redis.call('HSET', review, 'doc', doc, 'state', state, 'shape', shape, 'answer', answer, 'cache', cache,
  'why', why, 'read', read, 'due', due, 'undecided', undecided, 'required', asked_first,
  'round', round + 1, 'asking', until_asked, 'since', now)
redis.call('EXPIRE', review, ttl)
return {'written', round + 1}
"""
    )


class TakeAsking(Script):
    """Go on asking the reviewers of this round, until `lease_end`.

    Answers {'taken'}, {'busy', lease_end} while another attempt is at it, or {'done'}.
    """

    review: Key
    round: int
    now: int
    lease_end: int
    LUA = """
local known = redis.call('HMGET', review, 'round', 'asking')
if tonumber(known[1] or '0') ~= round or not known[2] or known[2] == '' then return {'done'} end
if tonumber(known[2]) > now then return {'busy', tonumber(known[2])} end
redis.call('HSET', review, 'asking', lease_end)
return {'taken'}
"""


class EndAsking(Script):
    """All reviewers of this round are asked, and all `old` cards say that they are; or it is left for now.

    Answers 1 if somebody has decided meanwhile, or its time has come.
    """

    review: Key
    round: int
    is_done: bool
    old: tuple[str, ...]
    LUA = """
local known = redis.call('HMGET', review, 'round', 'state')
if tonumber(known[1] or '0') ~= round then return 0 end
redis.call('HSET', review, 'asking', is_done and '' or 0)
for _, name in ipairs(old) do redis.call('HDEL', review, name) end
return known[2] ~= 'asked' and known[2] ~= 'clear' and 1 or 0
"""


class RecordTold(Script):
    """The cards of this round say that its time has come."""

    review: Key
    round: int
    LUA = """
if tonumber(redis.call('HGET', review, 'round') or '0') ~= round then return 0 end
redis.call('HSET', review, 'told', 1)
return 1
"""


class RecordCard(Script):
    """Keep where a reviewer was asked about this round, and for them what they were asked about."""

    review: Key
    asked: Key
    round: int
    field: str
    card: str
    member: str
    due: int
    now: int
    ttl: int
    LUA = """
if tonumber(redis.call('HGET', review, 'round') or '0') ~= round then return 0 end
redis.call('HSET', review, field, card)
redis.call('ZREMRANGEBYSCORE', asked, '-inf', now)
redis.call('ZADD', asked, due, member)
redis.call('EXPIRE', asked, ttl)
return 1
"""


class DecideReview(Script):
    """The first decision about this round counts: {'decided'}, or {'late'} after its time.

    Else {'gone'}, {'anew'} if it is about another round by now, or {'known', state, by}. What nobody had
    decided about may be posted until `late_until`, and not skipped: it is.
    """

    review: Key
    round: int
    verdict: str
    answer: str
    by: str
    name: str
    now: int
    late_until: int
    LUA = """
local known = redis.call('HMGET', review, 'state', 'round', 'by')
if not known[1] then return {'gone'} end
if tonumber(known[2]) ~= round then return {'anew'} end
if known[1] == 'asked' then
  redis.call('HSET', review, 'state', verdict, 'answer', answer, 'by', by, 'name', name)
  return {'decided'}
end
if known[1] == 'undecided' and verdict == 'post' and now < late_until then
  redis.call('HSET', review, 'state', 'late', 'answer', answer, 'by', by, 'name', name)
  return {'late'}
end
return {'known', known[1], known[3] or ''}
"""


class LetRunWait(Script):
    """A run that is ours waits for a decision until then, and is nobody's."""

    run: Key
    token: str
    due: int
    LUA = """
if redis.call('HGET', run, 'token') ~= token then return 0 end
redis.call('HSET', run, 'state', 'waiting', 'until', due)
return 1
"""
