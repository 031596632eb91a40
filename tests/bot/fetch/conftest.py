"""A site on loopback, and a fetcher that takes 127.0.0.1 for the public internet."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from bot.fetch import Fetcher
from tests.bot.fetch.site import Site, fetching, open_site


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


@pytest_asyncio.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with fetching() as opened:
        yield opened
