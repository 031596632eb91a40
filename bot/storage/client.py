"""One Redis client, `upstash_redis.asyncio.Redis`, over two wires: Upstash's REST API, and a plain socket.

Only the carrier of the commands is replaced. The stock one has no time-out, sends a write again after a lost
answer, costs ten times the CPU under load, and cannot speak to a Redis of one's own. Anything but a usable
answer is `RedisUnavailable`; `UpstashError` is left for commands that Redis understood and refused.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol

import aiohttp
import orjson
from redis import exceptions
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from upstash_redis.asyncio import Redis
from upstash_redis.errors import UpstashError
from upstash_redis.http import decode

from bot.errors import RedisUnavailable
from scheduler import LOCKING

TIMEOUT: Final = timedelta(seconds=5)
"""For a whole round trip, waiting for a free connection included."""

_CONNECTIONS: Final = 32
_UNABLE: Final = (
    *("BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "NOREPLICAS", "OOM"),
    *("READONLY", "TRYAGAIN", "UNKILLABLE", "WRONGPASS", "ERR max "),
)
"""The beginnings of errors about the server, or our access to it, and not about the command."""


class CountedRedis(Redis):
    """The stock client, which also knows how many round trips it made."""

    def __init__(self, url: str, token: str, wire: Callable[[Callable[[str], None]], _Wire]) -> None:
        super().__init__(url, token, allow_telemetry=False)
        self._wire = wire(self._update_sync_token)
        self._http = self._wire  # type: ignore[assignment]  # the slot for what carries the commands

    @property
    def requests(self) -> int:
        """Round trips so far; a pipeline or a transaction is one."""
        return self._wire.requests


class _Wire(Protocol):
    requests: int

    async def execute(
        self, url: str, headers: Mapping[str, str], command: Sequence[Any], from_pipeline: bool = False
    ) -> Any: ...

    async def close(self) -> None: ...


@asynccontextmanager
async def rest_redis(url: str, token: str, *, within: timedelta = TIMEOUT) -> AsyncIterator[CountedRedis]:
    """Upstash's REST API through pooled connections."""
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=within.total_seconds()), cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield CountedRedis(url.rstrip("/"), token, lambda on_sync_token: _Rest(session, on_sync_token))


@asynccontextmanager
async def socket_redis(url: str, *, within: timedelta = TIMEOUT) -> AsyncIterator[CountedRedis]:
    """Any Redis or Valkey at a `redis://`, `rediss://` or `unix://` address."""
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
        yield CountedRedis("socket:", "", lambda _: _Socket(pool, within))
    finally:
        await pool.aclose()


class _Rest:
    def __init__(self, session: aiohttp.ClientSession, on_sync_token: Callable[[str], None]) -> None:
        self.requests = 0
        self._session = session
        self._on_sync_token = on_sync_token

    async def execute(
        self, url: str, headers: Mapping[str, str], command: Sequence[Any], from_pipeline: bool = False
    ) -> Any:
        content = [_as_arguments(one) for one in command] if from_pipeline else _as_arguments(command)
        given = {**headers, "Content-Type": "application/json"}
        answer = await self._post_body(url, given, orjson.dumps(content))
        if not from_pipeline:
            return _result_of(answer)
        if isinstance(answer, list) and len(answer) == len(command):
            return [_result_of(result) for result in answer]
        _result_of(answer)  # a discarded transaction is one error for all
        raise RedisUnavailable("Redis: expected one answer for each command")

    async def _post_body(self, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        self.requests += 1
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise RedisUnavailable(f"Redis did not answer: {type(exc).__name__}") from exc
        if response.status not in (200, 400):  # a refused command is a 400
            raise RedisUnavailable(f"Redis answered HTTP {response.status}")
        if sync_token := response.headers.get("Upstash-Sync-Token"):
            self._on_sync_token(sync_token)
        try:
            return orjson.loads(content)
        except ValueError as exc:
            raise RedisUnavailable("Redis: expected JSON") from exc

    async def close(self) -> None:
        """Nothing: `rest_redis` closes the session."""


class _Socket:
    def __init__(self, pool: BlockingConnectionPool, within: timedelta) -> None:
        self.requests = 0
        self._pool = pool
        self._within = within.total_seconds()

    async def execute(
        self, url: str, headers: Mapping[str, str], command: Sequence[Any], from_pipeline: bool = False
    ) -> Any:
        commands = [_without_shebang(_as_arguments(one)) for one in (command if from_pipeline else [command])]
        if url.endswith("/multi-exec"):
            *_, replies = await self._exchange([["MULTI"], *commands, ["EXEC"]])
            return _as_text(replies)
        results = [_as_text(reply) for reply in await self._exchange(commands)]
        return results if from_pipeline else results[0]

    async def _exchange(self, commands: list[list[Any]]) -> list[Any]:
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
            raise RedisUnavailable(f"Redis did not answer: {type(exc).__name__}") from exc

    async def close(self) -> None:
        """Nothing: `socket_redis` closes the pool."""


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
        raise _as_error(f"{code} {reply}" if code else str(reply)) from reply
    return reply


def _result_of(answer: Any) -> Any:
    """The result in one REST answer."""
    if not isinstance(answer, dict):
        raise RedisUnavailable("Redis: expected an object")
    if error := answer.get("error"):
        raise _as_error(str(error))
    try:
        return decode(answer["result"])
    except (KeyError, ValueError, UpstashError) as exc:
        raise RedisUnavailable("Redis: expected a result in base64") from exc


def _as_error(message: str) -> Exception:
    if message.startswith(_UNABLE):
        return RedisUnavailable(f"Redis answered {message.split()[0]}")
    return UpstashError(message)


def _as_arguments(command: Sequence[Any]) -> list[Any]:
    """Arguments as the stock client sends them: what is neither text nor number becomes JSON."""
    return [
        argument
        if isinstance(argument, (str, int, float)) and argument is not True and argument is not False
        else json.dumps(argument)
        for argument in command
    ]


def _without_shebang(command: list[Any]) -> list[Any]:
    """Upstash's own script flag, commented out for servers that would refuse the script."""
    return [
        f"--{part}" if isinstance(part, str) and part.startswith(LOCKING.rstrip()) else part
        for part in command[:3]
    ] + command[3:]
