"""The Lua that runs inside Redis: each script is one indivisible step of `purse.py`.

What a day or a month has taken is a hash: its fields `money` and `calls` are of all that it is about, and
those that end in `:` and a schedule are of that alone.
"""

from __future__ import annotations

from typing import Final

# KEYS the team's day and month, those of all. ARGV money, their ttls in s, and then for each sum: the place
# of its key, the end of its fields, the most money and the most calls, or "" for no cap. Either all of them
# are counted up or none is. What has come to 80 % of a cap is told by the first call that sees it.
RESERVE: Final = """
local kinds, near = {'money', 'calls'}, {}
for place = 6, #ARGV, 4 do
  local key, tail = KEYS[tonumber(ARGV[place])], ARGV[place + 1]
  local caps = {tonumber(ARGV[place + 2]), tonumber(ARGV[place + 3])}
  if caps[1] or caps[2] then
    local spent = redis.call('HMGET', key, 'money' .. tail, 'calls' .. tail)
    local sums = {tonumber(spent[1] or '0') + tonumber(ARGV[1]), tonumber(spent[2] or '0') + 1}
    for number, kind in ipairs(kinds) do
      local most, sum = caps[number], sums[number]
      if most and sum > most then return {'full', (place - 6) / 4, kind} end
      if most and sum * 5 >= most * 4 then
        near[#near + 1] = {key, 'near:' .. kind .. tail, (place - 6) / 4, kind, sum}
      end
    end
  end
end
for place = 6, #ARGV, 4 do
  local number, tail = tonumber(ARGV[place]), ARGV[place + 1]
  redis.call('HINCRBY', KEYS[number], 'money' .. tail, ARGV[1])
  if redis.call('HINCRBY', KEYS[number], 'calls' .. tail, 1) == 1 then
    redis.call('EXPIRE', KEYS[number], ARGV[number + 1])
  end
end
local reply = {'counted'}
for _, each in ipairs(near) do
  if redis.call('HSETNX', each[1], each[2], 1) == 1 then
    for place = 3, 5 do reply[#reply + 1] = each[place] end
  end
end
return reply
"""

# KEYS those of RESERVE, the team's tally of the day. ARGV what to add to money and to calls, the tally's ttl
# in s, where the tally begins among these, for each sum the place of its key and the end of its fields, and
# then names and numbers to add to the tally. Of a team that has left meanwhile nothing is written.
SETTLE: Final = """
local function add(key, field, number)
  if number ~= '0' and redis.call('HINCRBY', key, field, number) < 0 then
    redis.call('HSET', key, field, 0)
  end
end
local tally = tonumber(ARGV[4])
local known = redis.call('EXISTS', KEYS[1]) == 1
for place = 5, tally - 1, 2 do
  local key, tail = KEYS[tonumber(ARGV[place])], ARGV[place + 1]
  if redis.call('HEXISTS', key, 'calls' .. tail) == 1 then
    add(key, 'money' .. tail, ARGV[1])
    add(key, 'calls' .. tail, ARGV[2])
  end
end
if known and #ARGV >= tally then
  for place = tally, #ARGV, 2 do redis.call('HINCRBY', KEYS[5], ARGV[place], ARGV[place + 1]) end
  redis.call('EXPIRE', KEYS[5], ARGV[3])
end
return 1
"""

# KEYS the team's day or month. ARGV who, its ttl in s.
TOLD: Final = """
local first = redis.call('HSETNX', KEYS[1], 'told:' .. ARGV[1], 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return first
"""
