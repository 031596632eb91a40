"""The Redis of the settings, and the one that stand-ins keep their data in."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass

import redis.asyncio
from redis.exceptions import AuthenticationError, RedisError

from bot.server.connect.failure import CannotStart, unusable_folder
from bot.server.connect.table import Row
from bot.settings import Embedded, RestRedis, Settings, SocketRedis
from bot.storage import CountedRedis, rest_redis, socket_redis


@dataclass(frozen=True, kw_only=True)
class OwnRedis:
    """The Redis that the stand-ins keep their data in: the configured one, if it has a socket."""

    url: str
    client: redis.asyncio.Redis


async def open_own_redis(stack: AsyncExitStack, settings: Settings) -> OwnRedis | None:
    """Open it where a service is embedded, which cannot begin without its data."""
    if not any(
        isinstance(service, Embedded) for service in (settings.redis, settings.qstash, settings.slack)
    ):
        return None
    configured = settings.redis if isinstance(settings.redis, SocketRedis) else None
    url = configured.url if configured else await _run_valkey(stack, settings)
    pool = redis.asyncio.BlockingConnectionPool.from_url(url, max_connections=32, timeout=5, socket_timeout=5)
    stack.push_async_callback(pool.aclose)
    client = redis.asyncio.Redis(connection_pool=pool)
    if configured:
        await _check_redis(client, url)
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


async def _check_redis(client: redis.asyncio.Redis, url: str) -> None:
    try:
        await client.ping()
    except (RedisError, OSError) as exc:
        place = public_part(url)
        if isinstance(exc.__cause__, AuthenticationError):
            raise CannotStart(f"REDIS_URL: the Redis at {place} wants another user or password") from exc
        raise CannotStart(
            f"REDIS_URL: no Redis answers at {place} ({type(exc).__name__}); start it, or set another address"
        ) from exc


def public_part(url: str) -> str:
    """The part of a Redis's address that cannot be a password."""
    return url.rpartition("@")[2].removeprefix("redis://")


async def open_redis(
    stack: AsyncExitStack, settings: Settings, own: OwnRedis | None
) -> tuple[CountedRedis, Row]:
    match settings.redis:
        case RestRedis(url=url, token=token):
            row = ("Redis", "Upstash", url)
            return await stack.enter_async_context(rest_redis(url, token)), row
        case SocketRedis(url=url):
            row = ("Redis", "yours", public_part(url))
            return await stack.enter_async_context(socket_redis(url)), row
        case Embedded():
            assert own is not None  # noqa: S101 - it is made for this very case
            row = ("Redis", "embedded", f"a Valkey in {settings.data}")
            return await stack.enter_async_context(socket_redis(own.url)), row


def valkey_rows(settings: Settings, own: OwnRedis | None) -> list[Row]:
    """The line about the Valkey that keeps what a Redis without a socket cannot."""
    if own is None or not isinstance(settings.redis, RestRedis):
        return []
    services = {"QStash": settings.qstash, "Slack": settings.slack}
    kept = " and ".join(name for name, used in services.items() if isinstance(used, Embedded))
    return [("Valkey", "embedded", f"in {settings.data}, for what the embedded {kept} must not lose")]
