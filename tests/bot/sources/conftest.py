"""A site on loopback, what reads it, and a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.slack import connect_slack
from bot.storage.client import CountedRedis
from tests.bot.fetch.site import Site, open_site
from tests.bot.sources.reading import Reader, open_reader


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


@pytest_asyncio.fixture
async def reader(redis: CountedRedis, clock: Clock) -> AsyncIterator[Reader]:
    async with (
        connect_slack(token="xoxb-unused", api_url="http://127.0.0.1:9/") as slack,  # nothing asks it
        open_reader(slack, redis, now=clock) as opened,
    ):
        yield opened
