"""A fuse between a process and all that it asks, which burns through at one step."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal

import aiohttp
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Crash = Literal["before", "after", "stopped"]
"""Of the process, before or after a step is done; or it is told to stop while it waits for the answer."""


class Fuse:
    """The way of all that a process asks of others, until it dies.

    So many requests are answered. The next one is not done, or it is and nobody hears of it. After a crash
    nothing that comes later gets through; a process that is stopped puts its things in order.
    """

    def __init__(
        self, targets: dict[str, str], http: aiohttp.ClientSession, *, passes: int, crash: Crash
    ) -> None:
        self._targets = targets
        self._http = http
        self._passes = passes
        self.crash = crash
        self.blown = False
        self.reached = asyncio.Event()
        self.over = asyncio.Event()
        self.steps: list[str] = []
        """The names of the requests."""

    async def burns(self, name: str) -> bool:
        """True if a step that does not come this way is not answered."""
        if self._dead:
            return True
        burns = self._step(name)
        if burns:
            await self._hold()
        return burns

    @property
    def _dead(self) -> bool:
        return self.blown and self.crash != "stopped"

    def _step(self, name: str) -> bool:
        burns = self._passes == 0
        self._passes -= 1
        self.blown |= burns
        self.steps.append(name)
        return burns

    async def _hold(self) -> None:
        """Let one who is to be stopped wait until it is."""
        self.reached.set()
        if self.crash == "stopped":
            await self.over.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        if self._dead:
            await Response(status_code=503)(scope, receive, send)
            return
        target, _, path = request.url.path.removeprefix("/").partition("/")
        burns = self._step(target)
        answer = Response(status_code=503)
        if not burns or self.crash != "before":
            answer = await forward(self._http, request, f"{self._targets[target]}/{path}")
            if burns:
                await self._hold()
                answer = Response(status_code=503)
        await answer(scope, receive, send)


async def live_until_burnt(fuse: Fuse, work: Coroutine[Any, Any, None]) -> None:
    """Do what a process does that may die of it."""
    life = asyncio.create_task(work)
    reached = asyncio.create_task(fuse.reached.wait())
    await asyncio.wait({life, reached}, return_when=asyncio.FIRST_COMPLETED)
    reached.cancel()
    if fuse.crash == "stopped":
        life.cancel()
    await asyncio.wait({life, reached})
    fuse.over.set()
    if not fuse.blown:
        await life


async def forward(http: aiohttp.ClientSession, request: Request, url: str) -> Response:
    """The answer of the server at `url` to a request that was meant for it."""
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    query, body = request.url.query, await request.body()
    async with http.request(request.method, f"{url}?{query}", data=body, headers=headers) as said:
        kind = said.headers.get("Content-Type", "text/plain")  # an empty answer has none
        return Response(await said.read(), said.status, {"Content-Type": kind})
