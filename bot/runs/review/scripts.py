"""The Lua of reviews: each script is one indivisible step, so that the first decision counts, once."""

from __future__ import annotations

from typing import Final

from scheduler import Key, Script


class ReviewedScript(Script):
    """The names that a claim needs to find what was decided about its run."""

    review: Key
    review_shape: str
    review_moment: int
    review_required: bool
    review_late: bool


FIND_DECISION: Final = """
-- What was decided about the post of this run; nobody decides any more about what its time has come for.
-- Answers the decision and its fields; or 'wait' and when nobody is waited for any longer.
local function find_decision(doc)
  local needed = review_required or review_late or string.find(doc, '"review":{', 1, true)
  local seen = redis.call('HMGET', review, 'state', 'shape', 'due', 'undecided', 'answer', 'cache', 'why',
    'name', 'read', 'required')
  local state = seen[1]
  if not (needed or (state and seen[10] == '1')) then return '' end
  if not state or seen[2] ~= review_shape then return 'ask' end
  if state == 'asked' then
    if review_moment < tonumber(seen[3]) then return 'wait', tonumber(seen[3]) end
    state = seen[4] == 'post' and 'unseen' or 'undecided'
    redis.call('HSET', review, 'state', state)
  end
  if state == 'late' and not review_late then state = 'undecided' end
  local fields = {answer = seen[5], cache = seen[6], why = seen[7], name = seen[8] or ''}
  if state == 'skip' then fields.read = seen[9] end  -- who skips it has read that for the others
  if state == 'skip' or state == 'undecided' then return state, fields end
  return 'post', fields
end
"""
"""The function for the claim's script, with the names of `ReviewedScript`."""


class WriteReview(Script):
    """Open a review, or open it anew with another answer. Answers {'written', round}.

    One that is open, or decided, stays as it is unless its answer has another `shape`, or, `anew`, it is
    the round that was `seen` and its run has not come: {'known', round}.
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
    required: bool
    anew: bool
    seen: int
    ttl: int
    LUA = """
local known = redis.call('HMGET', review, 'state', 'shape', 'round')
local round = tonumber(known[3] or '0')
if known[1] then
  local over = known[1] == 'undecided' or known[1] == 'unseen' or known[1] == 'late'
  local may = known[2] ~= shape or (anew and round == seen and not over)
  if not may then return {'known', round} end
  redis.call('DEL', review)
end
redis.call('HSET', review, 'doc', doc, 'state', state, 'shape', shape, 'answer', answer, 'cache', cache,
  'why', why, 'read', read, 'due', due, 'undecided', undecided, 'required', required and '1' or '',
  'round', round + 1)
redis.call('EXPIRE', review, ttl)
return {'written', round + 1}
"""


class RecordCard(Script):
    """Keep where a reviewer was asked about this round."""

    review: Key
    round: int
    field: str
    card: str
    LUA = """
if tonumber(redis.call('HGET', review, 'round') or '0') ~= round then return 0 end
redis.call('HSET', review, field, card)
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
