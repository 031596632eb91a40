"""A gate between a process and all that it asks: there, work is held until the process dies."""

from __future__ import annotations

import asyncio

import aiohttp
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.stand_ins.fuse import forward

_NOTE = b"precache:intent:"
"""In the note of what is acknowledged, which is the first step of each work."""


class Gate:
    """Lets everything pass until it is told to hold the next work at some step."""

    def __init__(self, targets: dict[str, str], http: aiohttp.ClientSession) -> None:
        self._targets = targets
        self._http = http
        self._passes: int | None = None
        self._is_noted = False
        self._opened = asyncio.Event()
        self.held = asyncio.Event()
        """A step of the newest work waits here."""
        self.waiting = 0
        """The number of steps that are held."""
        self.impatient = 0
        """The number of those that waited no longer, or whose process has died."""

    def hold_after(self, steps: int) -> None:
        """Hold the next work once it has been noted, and so many more steps of it are done."""
        self._passes, self._is_noted = steps, False
        if self._opened.is_set():
            self._opened = asyncio.Event()
        self.held = asyncio.Event()

    def open_again(self) -> None:
        """Let everything pass, also what is held."""
        self._passes = None
        self._opened.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        if not self._may_pass(body):
            self.held.set()
            if await self._hangs_up(receive):
                self.impatient += 1
                return
        target, _, path = request.url.path.removeprefix("/").partition("/")
        try:
            answer = await forward(self._http, request, f"{self._targets[target]}/{path}")
        except aiohttp.ClientError:
            answer = Response(status_code=502)
        await answer(scope, receive, send)

    async def _hangs_up(self, receive: Receive) -> bool:
        """Wait at the gate; true if the other end is gone before it opens."""
        gone, opened = asyncio.ensure_future(receive()), asyncio.create_task(self._opened.wait())
        self.waiting += 1
        await asyncio.wait({gone, opened}, return_when=asyncio.FIRST_COMPLETED)
        self.waiting -= 1
        for task in (gone, opened):
            task.cancel()
        return not self._opened.is_set()

    def _may_pass(self, body: bytes) -> bool:
        if self._passes is None:
            return True
        if not self._is_noted:
            self._is_noted = _NOTE in body
            return True
        self._passes -= 1
        return self._passes >= 0
