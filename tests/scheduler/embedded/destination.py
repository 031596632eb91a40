"""The destination of messages in tests: it records what it gets and answers what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.stand_ins.serve import serve


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Received], Response | int]


@dataclass
class Destination:
    """Answers what it is told to, 200 by default, and remembers what it got."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Answer = lambda _: 200
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    most_at_once: int = 0

    def at(self, path: str) -> list[Received]:
        """The requests that came to this path."""
        return [delivery for delivery in self.received if delivery.path == path]

    async def handle(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        if query := request.scope["query_string"].decode():
            path += f"?{query}"
        received = Received(
            method=request.method, path=path, headers=dict(request.headers), body=await request.body()
        )
        self.received.append(received)
        self.waiting += 1
        self.most_at_once = max(self.most_at_once, self.waiting)
        try:
            await self.gate.wait()
        finally:
            self.waiting -= 1
        answer = self.answer(received)
        return Response(status_code=answer) if isinstance(answer, int) else answer


@asynccontextmanager
async def open_destination() -> AsyncIterator[Destination]:
    """A destination that listens; close its gate to keep its callers waiting."""
    destination = Destination()
    destination.gate.set()
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", destination.handle, methods=methods)])
    async with serve(app) as destination.url:
        try:
            yield destination
        finally:
            destination.gate.set()
