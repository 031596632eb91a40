"""The items of a feed that a team has seen: each is new once, and told again only where it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from upstash_redis.asyncio import Redis

from bot.documents import Item
from bot.storage import ms_of, run_script, whole_seconds
from scheduler import Key, Script

SEEN_TTL: Final = timedelta(days=100)
"""A feed that is read once a quarter is still known."""

_MOST_SEEN: Final = 1_000
"""Items of a feed that are remembered, each beside its twin."""


async def find_new_items(
    redis: Redis, items: Sequence[Item], *, key: str, since: datetime, until: datetime
) -> list[Item]:
    """Those first seen, or changed, after `since`; all are seen now, and a feed without any is known."""
    call = SeeItems(
        seen=key,
        now=ms_of(until),
        ttl=whole_seconds(SEEN_TTL),
        most=_MOST_SEEN,
        items=tuple(_item_digest(item.id) for item in items),
        published=tuple(ms_of(min(item.published or until, until)) for item in items),
        texts=tuple(map(_text_digest, items)),
        twins=tuple(map(_twin_digest, items)),
        made=tuple(int(_is_made_of_text(item)) for item in items),
    )
    moments = await run_script(redis, call)
    begin, end = ms_of(since), ms_of(until)
    pairs = zip(items, moments[::2], moments[1::2], strict=True)
    return [
        replace(item, changed=int(first) <= begin and first != last)
        for item, last, first in pairs
        if begin < int(last) <= end
    ]


def _is_made_of_text(item: Item) -> bool:
    """True of an item whose id was made of what it says, as it has none of its own."""
    return "\n" in item.id or (not item.link and item.id == item.title)


def _text_digest(item: Item) -> str:
    """The same as long as the item says the same; its date alone may be that of the feed's last build."""
    return _item_digest(f"{item.title}\n{item.summary}")[:16]


def _twin_digest(item: Item) -> str:
    """The same for an item with only another id; empty for one that nothing but its id names."""
    if item.published is None or not (item.link or item.title):
        return ""
    return "=" + _item_digest(f"{item.link}\n{item.published.timestamp()}\n{item.title}\n{item.summary}")


def _item_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class SeeItems(Script):
    """Note which items of a feed are there `now`; the reply has when each last changed and was first seen.

    When the feed is read for the first time, an item counts as seen since it was `published`. An item has
    changed if its text has another digest; one with an unknown id whose twin is known (all but the id is the
    same) is that one. A reader may come late to this step, after one whose window ends later: what it brings
    then counts as seen after that window, or the other would never be told.

    In a record without a version, an item that has no id but its text (`made` of it) counts as seen unless it
    was published since: an earlier reader has read its text otherwise.
    """

    seen: Key
    now: int
    ttl: int
    most: int
    items: tuple[str, ...]
    published: tuple[int, ...]
    texts: tuple[str, ...]
    twins: tuple[str, ...]
    made: tuple[int, ...]
    LUA = """
local read = tonumber(redis.call('HGET', seen, 'read') or '-1')
local at = string.format('%.0f', math.max(now, read + 1))
local unversioned = read >= 0 and redis.call('HEXISTS', seen, 'v') == 0
local moments, present = {}, {}
for place, item in ipairs(items) do
  local text, twin = texts[place], twins[place]
  present[item], present[twin] = true, true
  local known = redis.call('HGET', seen, item)
  if not known and twin ~= '' then known = redis.call('HGET', seen, twin) end
  local last, said, first
  if known then
    last, said, first = string.match(known, '^([^|]*)|?([^|]*)|?([^|]*)$')
    if first == '' then first = last end
    if said ~= '' and said ~= text then last = at end
  else
    local day = tonumber(published[place])
    last = read < 0 and string.format('%.0f', day) or at
    if unversioned and made[place] == 1 and (day <= read or day >= now) then
      last = string.format('%.0f', math.min(day, read))
    end
    first = last
  end
  local kept = last .. '|' .. text .. '|' .. first
  if kept ~= known then redis.call('HSET', seen, item, kept) end
  if twin ~= '' then redis.call('HSET', seen, twin, kept) end
  moments[#moments + 1] = last
  moments[#moments + 1] = first
end
redis.call('HSET', seen, 'v', '2', 'read', string.format('%.0f', math.max(now, read)))
redis.call('EXPIRE', seen, ttl)
if redis.call('HLEN', seen) > most then
  local all, count, old = redis.call('HGETALL', seen), {items = 0, twins = 0}, {items = {}, twins = {}}
  for place = 1, #all, 2 do
    local item, moment = all[place], tonumber(string.match(all[place + 1], '^[^|]*'))
    local kind = string.sub(item, 1, 1) == '=' and 'twins' or 'items'
    if item ~= 'read' and item ~= 'v' then
      count[kind] = count[kind] + 1
      if not present[item] then table.insert(old[kind], {item = item, moment = moment}) end
    end
  end
  for kind, gone in pairs(old) do
    table.sort(gone, function(one, other) return one.moment < other.moment end)
    local forgotten = count[kind] > most and #gone - most / 2 or 0
    for place = 1, forgotten do redis.call('HDEL', seen, gone[place].item) end
  end
end
return moments
"""
