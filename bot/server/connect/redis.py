"""The Redis of the settings."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot.server.connect.table import Row, public_part
from bot.settings import Embedded, RestRedis, Settings, SocketRedis
from bot.storage import CountedRedis, rest_redis, socket_redis

if TYPE_CHECKING:
    from bot.server.connect.own_redis import OwnRedis


async def open_own_redis(stack: AsyncExitStack, settings: Settings) -> OwnRedis | None:
    """Open one for the data of stand-ins where a service is embedded."""
    if not any(
        isinstance(service, Embedded) for service in (settings.redis, settings.qstash, settings.slack)
    ):
        return None
    from bot.server.connect.own_redis import connect_own_redis

    return await connect_own_redis(stack, settings)


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
