"""The Redis that stand-ins keep their data in; imported where a service is embedded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

import redis.asyncio
from redis.exceptions import RedisError

from bot.errors import RedisUnavailable
from bot.server.connect.failure import CannotStart, unusable_folder
from bot.server.connect.outage import word_outage
from bot.server.connect.table import public_part
from bot.settings import Settings, SocketRedis
from bot.storage import socket_redis


@dataclass(frozen=True, kw_only=True)
class OwnRedis:
    """The Redis that the stand-ins keep their data in: the configured one, if it has a socket."""

    url: str
    client: redis.asyncio.Redis


@contextmanager
def explained_outages() -> Iterator[None]:
    """No stand-in can begin without its data."""
    try:
        yield
    except RedisError as exc:
        raise CannotStart(f"cannot start: {exc}") from exc


async def connect_own_redis(stack: AsyncExitStack, settings: Settings) -> OwnRedis:
    """Open the configured one, or run a Valkey."""
    configured = settings.redis if isinstance(settings.redis, SocketRedis) else None
    with explained_outages():
        url = configured.url if configured else await _run_valkey(stack, settings)
    if configured:
        await _check_redis(url)
    pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=32, timeout=5, socket_timeout=5)
    stack.push_async_callback(pool.aclose)
    client = redis.asyncio.Redis(connection_pool=pool)
    return OwnRedis(url=url, client=client)


async def _run_valkey(stack: AsyncExitStack, settings: Settings) -> str:
    from scheduler.embedded import ValkeyFailed, ValkeyMissing, run_valkey

    folder = settings.data
    try:
        return f"unix://{await stack.enter_async_context(run_valkey(folder))}"
    except OSError as exc:
        raise unusable_folder(folder, exc) from exc
    except ValkeyMissing as exc:
        raise CannotStart(str(exc)) from exc
    except ValkeyFailed as exc:
        raise CannotStart(f"the Valkey in {folder} (PRECACHE_DATA) does not run: {exc}") from exc


async def _check_redis(url: str) -> None:
    async with socket_redis(url) as client:
        try:
            await client.ping()
        except RedisUnavailable as exc:
            _, said = word_outage(exc, variable="REDIS_URL", place=public_part(url))
            raise CannotStart(said) from exc
