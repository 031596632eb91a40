"""The wire to a Redis or Valkey of one's own, through redis-py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from bot.errors import RedisUnavailable
from bot.storage.redis_package import BlockingConnectionPool, NoBackoff, Retry, exceptions
from bot.storage.replies import as_arguments, as_error
from scheduler import LOCKING

_CONNECTIONS: Final = 32


@asynccontextmanager
async def open_socket_wire(url: str, *, within: timedelta) -> AsyncIterator[SocketWire]:
    """One pool of connections to a `redis://`, `rediss://` or `unix://` address."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=_CONNECTIONS,
        timeout=None,  # this and the next: one time-out covers the whole round trip
        socket_timeout=None,
        socket_connect_timeout=None,
        protocol=2,  # the shape of answers that the stock client expects
        retry=Retry(NoBackoff(), 0),  # a lost answer may have been a write
        driver_info=None,
    )
    try:
        yield SocketWire(pool, within)
    finally:
        await pool.aclose()


class SocketWire:
    """Carries commands as `execute` of the stock client does."""

    def __init__(self, pool: BlockingConnectionPool, within: timedelta) -> None:
        self.requests = 0
        self._pool = pool
        self._within = within.total_seconds()

    async def execute(
        self, url: str, headers: Mapping[str, str], command: Sequence[Any], from_pipeline: bool = False
    ) -> Any:
        commands = [_without_shebang(as_arguments(one)) for one in (command if from_pipeline else [command])]
        if url.endswith("/multi-exec"):
            *_, replies = await self._exchange_commands([["MULTI"], *commands, ["EXEC"]])
            return _as_text(replies)
        results = [_as_text(reply) for reply in await self._exchange_commands(commands)]
        return results if from_pipeline else results[0]

    async def _exchange_commands(self, commands: list[list[Any]]) -> list[Any]:
        self.requests += 1
        try:
            async with asyncio.timeout(self._within):
                connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]  # redis-py
                try:
                    await connection.send_packed_command(connection.pack_commands(commands))
                    return [await _read_reply(connection) for _ in commands]
                except BaseException:  # replies that nobody read would answer the next question
                    await connection.disconnect(nowait=True)
                    raise
                finally:
                    await self._pool.release(connection)
        except (exceptions.RedisError, TimeoutError, OSError) as exc:
            raise _as_outage(exc) from exc

    async def close(self) -> None:
        """Nothing: `open_socket_wire` closes the pool."""


async def _read_reply(connection: Any) -> Any:
    try:
        return await connection.read_response()
    except exceptions.ResponseError as exc:
        return exc


def _as_text(reply: Any) -> Any:
    """A socket's reply as the stock client would have it: text for bytes, an error raised."""
    if isinstance(reply, bytes):
        try:
            return reply.decode()
        except UnicodeDecodeError as exc:
            raise RedisUnavailable("Redis: expected text in UTF-8") from exc
    if isinstance(reply, list):
        return [_as_text(item) for item in reply]
    if isinstance(reply, exceptions.RedisError):
        code = getattr(reply, "status_code", None)  # redis-py takes it off the message
        raise as_error(f"{code} {reply}" if code else str(reply)) from reply
    return reply


def _as_outage(exc: Exception) -> RedisUnavailable:
    """A password that is wrong is told as the REST API tells it."""
    if any(isinstance(cause, exceptions.AuthenticationError) for cause in _causes_of(exc)):
        return RedisUnavailable("Redis answered WRONGPASS")
    return RedisUnavailable(f"Redis did not answer: {type(exc).__name__}")


def _causes_of(exc: BaseException | None) -> Iterator[BaseException]:
    while exc is not None:
        yield exc
        exc = exc.__cause__ or exc.__context__


def _without_shebang(command: list[Any]) -> list[Any]:
    """Upstash's own script flag, commented out for servers that would refuse the script."""
    return [
        f"--{part}" if isinstance(part, str) and part.startswith(LOCKING.rstrip()) else part
        for part in command[:3]
    ] + command[3:]
