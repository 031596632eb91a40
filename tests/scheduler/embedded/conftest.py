"""A destination, and a QStash that delivers to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from redis.asyncio import Redis

from tests.scheduler.embedded.destination import Destination, open_destination
from tests.scheduler.embedded.running import Running, run_qstash


@pytest_asyncio.fixture
async def destination() -> AsyncIterator[Destination]:
    """It answers 200 to everything."""
    async with open_destination() as destination:
        yield destination


@pytest_asyncio.fixture
async def running(redis_raw: Redis) -> AsyncIterator[Running]:
    """Its clock stands still until a test moves it."""
    async with run_qstash(redis_raw) as running:
        yield running
