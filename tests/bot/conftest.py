"""What the bot's tests stand on: an empty Valkey through the client the product uses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.book import Book
from bot.store import Store
from bot.upstash import CountedRedis, socket_redis


@pytest_asyncio.fixture
async def redis(redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[CountedRedis]:
    # Patient, because a machine that has much else to do is no outage.
    async with socket_redis(f"unix://{valkey_socket}", within=timedelta(seconds=30)) as client:
        yield client


@pytest_asyncio.fixture
async def store(redis: CountedRedis) -> Store:
    return Store(redis)


@pytest_asyncio.fixture
async def book(redis: CountedRedis) -> Book:
    return Book(redis=redis)
