"""The order of a schedule's slots: what scripts do about it in Redis, and how they are told of a slot."""

from __future__ import annotations

from typing import Any, Final

from bot.runs.state.claims import OpenPost
from bot.storage import ms_of, newest_slots_key, open_posts_key

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

LET_GO: Final = """
local function let_go_of_slot()
  if slot and tonumber(redis.call('HGET', newest_slots, 'held') or '0') == slot then
    redis.call('HDEL', newest_slots, 'held', 'until')
  end
end
"""


def slot_arguments(post: OpenPost | None) -> dict[str, Any]:
    """The arguments of scripts that see to the order of a schedule's slots; None is no slot's post."""
    team, schedule = post.schedule if post else ("", "")
    place = post.place if post else None
    return {
        "open_posts": open_posts_key(team, schedule, place),
        "newest_slots": newest_slots_key(team, schedule, place),
        "open_post": post.encode() if post else None,
        "slot": ms_of(post.slot) if post else None,
    }
