"""One Redis client, `upstash_redis.asyncio.Redis`, over two wires: Upstash's REST API, and a plain socket.

Only the carrier of the commands is replaced. The stock one has no time-out, sends a write again after a lost
answer, costs ten times the CPU under load, and cannot speak to a Redis of one's own. Anything but a usable
answer is `RedisUnavailable`; `UpstashError` is left for commands that Redis understood and refused.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol, TypeAlias

import aiohttp
import orjson
from upstash_redis.asyncio import Redis
from upstash_redis.commands import AsyncJsonCommands, AsyncSearchCommands
from upstash_redis.format import cast_response
from upstash_redis.http import make_headers

from bot.errors import RedisUnavailable
from bot.storage.replies import as_arguments, as_error, read_result
from scheduler import SharedRequests, Waiting

TIMEOUT: Final = timedelta(seconds=5)
"""For a whole round trip, waiting for a free connection included."""

_JSON: Final = {"Content-Type": "application/json"}

_Command: TypeAlias = tuple[str, Mapping[str, str], bytes]
"""The address and the headers of a command, and its body."""


class CountedRedis(Redis):
    """The stock client, which also knows how many round trips it made."""

    def __init__(self, url: str, token: str, wire: Callable[[Callable[[str], None]], _Wire]) -> None:
        # In place of the stock one, which would open an HTTP client and read all certificates for it.
        self._url = url
        self._read_your_writes = True
        self._sync_token = ""
        self._allow_telemetry = False
        self._headers = make_headers(token, "base64", self._allow_telemetry)
        self._json, self._search = AsyncJsonCommands(self), AsyncSearchCommands(self)
        self._wire = wire(self._update_sync_token)
        self._http = self._wire  # type: ignore[assignment]  # the slot for what carries the commands

    async def execute(self, command: list[Any]) -> Any:
        """As the stock client does it, which takes for granted that an answer has the form of its command."""
        self._maybe_set_sync_token_header(self._headers)
        answer = await self._wire.execute(self._url, self._headers, command)
        try:
            return cast_response(command, answer, self)
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            raise RedisUnavailable(f"Redis: expected the answer to {command[0]}") from exc

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
    from bot.storage.socket_wire import open_socket_wire  # redis-py is 7 MB, which REST does without

    async with open_socket_wire(url, within=within) as wire:
        yield CountedRedis("socket:", "", lambda _: wire)


class _Rest:
    """Carries commands over Upstash's REST API; single ones that are sent at the same time share requests.

    To make a request is most of what a command costs this process.
    """

    def __init__(self, session: aiohttp.ClientSession, on_sync_token: Callable[[str], None]) -> None:
        self.requests = 0
        self._session = session
        self._on_sync_token = on_sync_token
        self._shared = SharedRequests[_Command, Any](
            send_alone=self._send_alone, send_together=self._send_together
        )

    async def execute(
        self, url: str, headers: Mapping[str, str], command: Sequence[Any], from_pipeline: bool = False
    ) -> Any:
        if from_pipeline:
            return await self._send_pipeline(url, headers, command)
        body = orjson.dumps(as_arguments(command))  # which takes a tenth of the time to quote a long script
        return _result_of(await self._shared.send((url, headers, body), size=len(body)))

    async def _send_pipeline(
        self, url: str, headers: Mapping[str, str], commands: Sequence[Sequence[Any]]
    ) -> Any:
        body = orjson.dumps([as_arguments(command) for command in commands])
        return [_result_of(answer) for answer in await self._post_all(url, headers, body, len(commands))]

    async def _send_alone(self, command: _Command) -> Any:
        return await self._post_body(*command)

    async def _send_together(self, batch: Sequence[Waiting[_Command, Any]]) -> None:
        url, headers, _ = batch[-1].message
        body = b"[%b]" % b",".join([body for _, _, body in (waiting.message for waiting in batch)])
        answers = await self._post_all(f"{url}/pipeline", headers, body, len(batch))
        for waiting, answer in zip(batch, answers, strict=True):
            waiting.answer_with(answer)

    async def _post_all(self, url: str, headers: Mapping[str, str], body: bytes, number: int) -> list[Any]:
        """The answers to so many commands."""
        answers = await self._post_body(url, headers, body)
        if isinstance(answers, list) and len(answers) == number:
            return answers
        _result_of(answers)  # a discarded transaction is one error for all
        raise RedisUnavailable("Redis: expected one answer for each command")

    async def _post_body(self, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        self.requests += 1
        try:
            async with self._session.post(
                url, data=body, headers={**headers, **_JSON}, allow_redirects=False
            ) as response:
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


def _result_of(answer: Any) -> Any:
    """The result in one REST answer."""
    if not isinstance(answer, dict):
        raise RedisUnavailable("Redis: expected an object")
    if error := answer.get("error"):
        raise as_error(str(error))
    try:
        return read_result(answer["result"])
    except (KeyError, ValueError) as exc:
        raise RedisUnavailable("Redis: expected a result in base64") from exc
