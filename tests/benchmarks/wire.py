"""A client that costs little beside the server it measures: bytes go out, status and X-Cache come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to one request."""

    status: int
    cache: str
    body: bytes

    def __str__(self) -> str:
        """Status and X-Cache; of a refusal, what it says."""
        said = self.cache if self.status == 200 else self.body.decode(errors="replace")[:80]
        return " ".join(f"{self.status} {said}".split())


class Connection(asyncio.Protocol):
    """One connection that is kept, with one request under way at a time."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[Answer] | None = None
        self._begin_answer()

    async def send(self, request: bytes) -> Answer:
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        self._transport.close()

    def _begin_answer(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._cache, self._body = "", b""

    # As the event loop calls it

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError("the server hung up"))

    # As the parser calls it

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"x-cache":
            self._cache = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        answer = Answer(status=self._parser.get_status_code(), cache=self._cache, body=self._body)
        self._begin_answer()
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(answer)


@asynccontextmanager
async def open_connection(url: str) -> AsyncIterator[Connection]:
    loop, address = asyncio.get_running_loop(), urlsplit(url)
    _, connection = await loop.create_connection(Connection, address.hostname or "", address.port or 80)
    try:
        yield connection
    finally:
        connection.close()


def prepare_request(url: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """The bytes of a POST."""
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body
