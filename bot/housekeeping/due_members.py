"""What is due of a sorted set whose scores are moments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from upstash_redis.asyncio import Redis

from bot.storage import ms_of


async def find_due_members(
    redis: Redis, key: str, *, before: datetime, skip: int, most: int
) -> list[tuple[str, float]]:
    """The members whose score was before this moment, and it; lowest first, without the first `skip`."""
    found: list[Any] = await redis.zrange(
        key, "-inf", ms_of(before), sortby="BYSCORE", offset=skip, count=most, withscores=True
    )
    return found
