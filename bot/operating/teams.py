"""The teams that have schedules, found by their keys: no list of them is kept."""

from __future__ import annotations

from upstash_redis.asyncio import Redis

from bot.storage import schedule_ids_key

_PAGE = 1_000


async def find_teams(redis: Redis) -> list[str]:
    """All of them, in the order of their ids. It looks at every key, so it is for operators. Raises
    `RedisUnavailable`."""
    pattern, found, cursor = schedule_ids_key("*"), set[str](), 0
    start = len(schedule_ids_key(""))
    while True:
        cursor, keys = await redis.scan(cursor, match=pattern, count=_PAGE)
        found.update(key[start:] for key in keys)
        if cursor == 0:
            return sorted(found)
