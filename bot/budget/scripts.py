"""The Lua that runs inside Redis: each script is one indivisible step of `spending.py`.

The spending of a day or a month is a hash: its fields `money` and `calls` are of all that it is about, and
those that end in `:` and a schedule are of that alone. A sum is one such pair of fields: `periods` names its
hash, as the keys are named, and `tails` ends its fields.
"""

from __future__ import annotations

import re
from typing import Final

from upstash_ratelimit.asyncio import SlidingWindow

from scheduler import LOCKING, Key, Script

_HASHES: Final = """
local hashes = {
  team_day = team_day, team_month = team_month, overall_day = overall_day, overall_month = overall_month
}
"""


class Sums(Script):
    """The hashes that a call counts towards, and its sums in them."""

    team_day: Key
    team_month: Key
    overall_day: Key
    overall_month: Key
    periods: tuple[str, ...]
    tails: tuple[str, ...]


def _as_function(name: str, script: str) -> str:
    """A script of upstash-ratelimit's as a function of its keys and arguments, word for word."""
    body = script.removeprefix(LOCKING)
    for theirs, ours in (("KEYS", "keys"), ("ARGV", "args")):
        body = re.sub(rf"\b{theirs}\b", ours, body)
    return f"local function {name}(keys, args)\n{body}\nend\n"


ADMIT_CALL: Final = (
    _HASHES
    + _as_function("sliding_window", SlidingWindow.SCRIPT)
    + """
local function count_in_window(current, previous, first)
  local args = {windows[first], windows[first + 1], windows[first + 2], windows[first + 3]}
  return sliding_window({current, previous}, args) >= 0
end
local function put_off_for(gate, current, previous)
  redis.call('INCRBY', put_off, 1)
  redis.call('EXPIRE', put_off, put_off_ttl)
  return {'limited', gate, redis.call('GET', current) or '0', redis.call('GET', previous) or '0'}
end
local function admit_call()
  local near = {}
  for place, period in ipairs(periods) do
    local hash, tail = hashes[period], tails[place]
    local caps = {money = most_money[place], calls = most_calls[place]}
    if caps.money or caps.calls then
      local spent = redis.call('HMGET', hash, 'money' .. tail, 'calls' .. tail)
      local sums = {money = tonumber(spent[1] or '0') + cost, calls = tonumber(spent[2] or '0') + 1}
      for _, kind in ipairs({'money', 'calls'}) do
        local most, sum = caps[kind], sums[kind]
        if most and sum > most then return {'full', place - 1, kind} end
        if most and sum * 5 >= most * 4 then
          near[#near + 1] = {hash = hash, field = 'near:' .. kind .. tail, told = {place - 1, kind, sum}}
        end
      end
    end
  end
  if not count_in_window(team_window, team_before, 1) then
    return put_off_for('team', team_window, team_before)
  end
  if not count_in_window(overall_window, overall_before, 5) then
    redis.call('DECRBY', team_window, 1)  -- a busy crowd takes nothing of the team's own
    return put_off_for('overall', overall_window, overall_before)
  end
  local ttls = {team_day = day_ttl, team_month = month_ttl, overall_day = day_ttl, overall_month = month_ttl}
  for place, period in ipairs(periods) do
    local hash, tail = hashes[period], tails[place]
    redis.call('HINCRBY', hash, 'money' .. tail, cost)
    if redis.call('HINCRBY', hash, 'calls' .. tail, 1) == 1 then redis.call('EXPIRE', hash, ttls[period]) end
  end
  local reply = {'counted'}
  for _, cap in ipairs(near) do
    if redis.call('HSETNX', cap.hash, cap.field, 1) == 1 then reply[#reply + 1] = cap.told end
  end
  return reply
end
"""
)
"""The function that `AdmitCall` is, for scripts that do more."""


class AdmitCall(Sums):
    """Let a call through: count it in the windows of the limit, and what it may cost towards every sum.

    One that would pass a cap or a rate is counted nowhere. Answers {'full', place of the sum, 'money' or
    'calls'}, {'limited', 'team' or 'overall', calls in this window, in the one before}, or {'counted', …}
    with {place, kind, sum} of each cap that has come to 80 %, which only the first call is told. A sum
    without a cap has None. Places begin at 0. `windows` has upstash-ratelimit's arguments for each rate.
    """

    team_window: Key
    team_before: Key
    overall_window: Key
    overall_before: Key
    put_off: Key
    put_off_ttl: int
    cost: int
    day_ttl: int
    month_ttl: int
    windows: tuple[str, ...]
    most_money: tuple[int | None, ...]
    most_calls: tuple[int | None, ...]
    LUA = ADMIT_CALL + "return admit_call()"


class CountPutOff(Script):
    """Add to the calls of a team that were put off on one day."""

    put_off: Key
    number: int
    put_off_ttl: int
    LUA = """
redis.call('INCRBY', put_off, number)
redis.call('EXPIRE', put_off, put_off_ttl)
return 1
"""


class SettleCall(Sums):
    """Add to each sum what a call cost more, or less, than was reserved, and count it in the team's tally.

    `counted` names what `counts` are of. A team that has left meanwhile gets nothing written.
    """

    tally: Key
    money_change: int
    calls_change: int
    tally_ttl: int
    counted: tuple[str, ...]
    counts: tuple[int, ...]
    LUA = (
        _HASHES
        + """
local function add(hash, field, number)
  if number ~= 0 and redis.call('HINCRBY', hash, field, number) < 0 then
    redis.call('HSET', hash, field, 0)
  end
end
local known = redis.call('EXISTS', team_day) == 1
for place, period in ipairs(periods) do
  local hash, tail = hashes[period], tails[place]
  if redis.call('HEXISTS', hash, 'calls' .. tail) == 1 then
    add(hash, 'money' .. tail, money_change)
    add(hash, 'calls' .. tail, calls_change)
  end
end
if known and #counted > 0 then
  for place, name in ipairs(counted) do redis.call('HINCRBY', tally, name, counts[place]) end
  redis.call('EXPIRE', tally, tally_ttl)
end
return 1
"""
    )


class TakeFirstRefusal(Script):
    """1 if `who` has not been told in this period that a cap is reached, or by this run; it tells them."""

    spent: Key
    who: str
    run: str
    ttl: int
    LUA = """
local first = redis.call('HSETNX', spent, 'told:' .. who, run)
redis.call('EXPIRE', spent, ttl)
return (first == 1 or redis.call('HGET', spent, 'told:' .. who) == run) and 1 or 0
"""
