"""A site on loopback that answers as told, counts who asks, and a resolver that lies."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.fetch import Bounds, Fetcher, open_fetcher, user_agent

LOOPBACK: Final = (ip_network("127.0.0.1/32"),)
"""Loopback stands for the public internet here; 127.0.0.2 is as private as ever."""
AGENT: Final = user_agent(version="1.2.3", public_url="https://precache.example")

BRIEF: Final = Bounds(
    total=timedelta(seconds=0.8),
    connect=timedelta(seconds=0.5),
    read=timedelta(seconds=0.5),
    size=100_000,
    unpacked=200_000,
)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """Its pages by path; each request that came."""

    pages: dict[str, Handler] = field(default_factory=dict)
    asked: list[web.BaseRequest] = field(default_factory=list)
    url: str = ""

    def says(self, path: str, body: str | bytes = "", *, status: int = 200, **headers: str) -> None:
        """`path` answers so from now on; header names are written with underscores."""
        raw = body.encode() if isinstance(body, str) else body
        names = {name.replace("_", "-"): value for name, value in headers.items()}

        async def handler(_: web.BaseRequest) -> web.StreamResponse:
            return web.Response(body=raw, status=status, headers=names)

        self.pages[path] = handler

    def sends_on(self, path: str, to: str, *, status: int = 302) -> None:
        self.says(path, status=status, Location=to)

    def count(self, path: str) -> int:
        return [request.path for request in self.asked].count(path)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        handler = self.pages.get(request.path)
        return web.Response(status=404) if handler is None else await handler(request)


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    site = Site()
    server = web.Server(site.answer)
    runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.1)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await web.SockSite(runner, listener).start()
        site.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield site
        finally:
            await runner.cleanup()


@asynccontextmanager
async def raw_site(
    talk: Callable[[asyncio.StreamWriter], Awaitable[None]], *, robots: bool = False
) -> AsyncIterator[str]:
    """A server below HTTP: `talk` answers, but for robots.txt, which is not there, unless `robots`."""
    talks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talks.add(task)
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
            if asked.startswith(b"GET /robots.txt ") and not robots:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
            else:
                await talk(writer)
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.transport.abort()  # the other side has had enough, or the test is over

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class Names(AbstractResolver):
    """Each time a host is asked for, the next of its answers; the last one for ever."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self._answers.get(host)
        if not answers:
            raise OSError("no such host")
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in found
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def fetching(*, networks: Any = LOOPBACK, **more: Any) -> AsyncIterator[Fetcher]:
    async with open_fetcher(agent=AGENT, networks=networks, **more) as fetcher:
        yield fetcher
