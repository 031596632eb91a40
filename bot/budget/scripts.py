"""The Lua that runs inside Redis: each script is one indivisible step of `spending.py`.

The spending of a day or a month is a hash: its fields `money` and `calls` are of all that it is about, and
those that end in `:` and a schedule are of that alone. A sum is one such pair of fields: `periods` names its
hash, as the keys are named, and `tails` ends its fields.
"""

from __future__ import annotations

from typing import Final

from scheduler import Key, Script

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


class ReserveCall(Sums):
    """Count a call that may cost so much towards every sum, or, if a cap would be passed, towards none.

    Answers {'full', place of the sum, 'money' or 'calls'}, or {'counted', …} with {place, kind, sum} of each
    cap that has come to 80 %, which only the first call is told. A sum without a cap has None. Places begin
    at 0.
    """

    cost: int
    day_ttl: int
    month_ttl: int
    most_money: tuple[int | None, ...]
    most_calls: tuple[int | None, ...]
    LUA = (
        _HASHES
        + """
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
"""
    )


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
    """1 if `who` has not been told in this period that a cap is reached, and is to be told now."""

    spent: Key
    who: str
    ttl: int
    LUA = """
local first = redis.call('HSETNX', spent, 'told:' .. who, 1)
redis.call('EXPIRE', spent, ttl)
return first
"""
