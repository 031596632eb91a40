"""The word that a demo model answers: under one post a day in each channel, for its readers know it then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from upstash_redis.asyncio import Redis

from bot.runs.state.taken_run import TakenRun
from bot.storage import demo_notice_key, whole_seconds

_EVERY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DemoNotice:
    """Tells which posts carry it."""

    demo: bool
    """The answers are a demo model's."""
    redis: Redis = field(repr=False)

    async def is_due(self, taken: TakenRun) -> bool:
        """True for the first run of a day in its channel, however often that is tried."""
        if not self.demo:
            return False
        key = demo_notice_key(taken.team, taken.post_place.channel)
        if await self.redis.set(key, taken.run, nx=True, ex=whole_seconds(_EVERY)):
            return True
        return await self.redis.get(key) == taken.run
