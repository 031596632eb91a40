"""What stands between a process and all that it asks, and burns through at one step."""

from __future__ import annotations

from typing import Literal

import aiohttp
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Crash = Literal["before", "after"]


class Fuse:
    """What a process asks of others goes through here, until it dies.

    So many requests are answered. The next one is not done, or it is and nobody hears of it, and nothing that
    comes later gets through.
    """

    def __init__(
        self, targets: dict[str, str], http: aiohttp.ClientSession, *, passes: int, crash: Crash
    ) -> None:
        self._targets = targets
        self._http = http
        self._passes = passes
        self._crash = crash
        self.blown = False
        self.steps: list[str] = []
        """What was asked, by name."""

    def burns(self, name: str) -> bool:
        """Whether a step that does not come this way is not answered."""
        return self.blown or self._step(name)

    def _step(self, name: str) -> bool:
        burns = self.blown = self._passes == 0
        self._passes -= 1
        self.steps.append(name)
        return burns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        if self.blown:
            await Response(status_code=503)(scope, receive, send)
            return
        target, _, path = request.url.path.removeprefix("/").partition("/")
        burns = self._step(target)
        answer = Response(status_code=503)
        if not burns or self._crash == "after":
            answer = await self._forward(request, body, self._targets[target] + "/" + path)
            if burns:
                answer = Response(status_code=503)
        await answer(scope, receive, send)

    async def _forward(self, request: Request, body: bytes, url: str) -> Response:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        query = request.url.query
        async with self._http.request(request.method, f"{url}?{query}", data=body, headers=headers) as said:
            return Response(await said.read(), said.status, {"Content-Type": said.headers["Content-Type"]})
