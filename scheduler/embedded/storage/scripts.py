"""The Lua that every script begins with, and the ways to run a script and to read a large sorted set.

Each change of state is one script, so a crash falls before it or after it. Scripts build key names from
`keys.NAMES` instead of `KEYS`, which only a cluster would mind.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from functools import cache
from typing import Any, Final

from redis.exceptions import NoScriptError

from scheduler.embedded.storage import keys
from scheduler.lua import Script

PAGE: Final = 50
"""Members in a page, about: what is made of one keeps the event loop for a few milliseconds."""

Page = list[tuple[str, float]]

SHARED: Final = f"""{keys.NAMES}
local function log(entry)
  redis.call('XADD', LOGS, 'MAXLEN', '~', LOG_LENGTH, '*', 'entry', entry)
  redis.call('PEXPIRE', LOGS, KEPT)
end

local function enqueue(id, spec, body, due, entry)
  if redis.call('EXISTS', MESSAGE .. id) == 1 then return false end
  redis.call('HSET', MESSAGE .. id, 'spec', spec, 'body', body, 'retried', 0)
  redis.call('ZADD', DUE, due, id)
  log(entry)
  return true
end

-- Messages of one group take turns with those of others: they have a flow control key, or labels and a
-- destination, in common.
local function group_of(message)
  if message.flow then return 'flow ' .. message.flow.key end
  return table.concat(message.labels or {{}}, ',') .. ' ' .. message.url
end

-- Sets the moment of the next attempt, until which it waits for no lane.
local function postpone(id, message, moment)
  redis.call('ZADD', DUE, moment, id)
  redis.call('ZREM', READY .. group_of(message), id)
end

-- Gives back the message's place among those of its flow control key, and calls the next that waits for one.
local function release(id, message, now)
  local flow = message.flow
  if not flow then return end
  redis.call('ZREM', ACTIVE .. flow.key, id)
  redis.call('ZREM', WAITING .. flow.key, id)
  local waiting = redis.call('ZPOPMIN', WAITING .. flow.key)[1]
  if waiting then redis.call('ZADD', DUE, 'XX', now, waiting) end
end

local function forget(id, message)
  redis.call('DEL', MESSAGE .. id)
  redis.call('ZREM', DUE, id)
  redis.call('ZREM', READY .. group_of(message), id)
end
"""


async def run_script(redis: Any, call: Script) -> Any:
    """The script's answer. Redis keeps the text: only its digest is sent, unless Redis has lost it."""
    names, values = call.keys_and_args()
    try:
        return await redis.evalsha(_digest_of(call.TEXT), len(names), *names, *values)
    except NoScriptError:
        return await redis.eval(call.TEXT, len(names), *names, *values)


@cache
def _digest_of(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


async def read_pages(redis: Any, key: str) -> AsyncIterator[Page]:
    """Members and scores. A member that is there from the first page to the last comes, and comes once."""
    cursor, seen = 0, set[bytes]()
    while True:
        cursor, found = await redis.zscan(key, cursor, count=PAGE)
        for start in range(0, len(found), PAGE):  # a small set comes at once
            page = {member: score for member, score in found[start : start + PAGE] if member not in seen}
            if page:
                yield [(member.decode(), score) for member, score in page.items()]
        if cursor == 0:
            return
        seen.update(member for member, _ in found)
