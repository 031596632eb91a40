"""A new town for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from redis.asyncio import Redis

from tests.bot.sandbox.town import Town, open_town


@pytest_asyncio.fixture
async def town(redis_raw: Redis) -> AsyncIterator[Town]:
    async with open_town(redis_raw) as opened:
        yield opened
