"""The application while it is loaded: the process listens already, and a start is mostly imports.

They run in a thread. Meanwhile /healthz says that the process lives, /readyz that it is being loaded, and
every other request waits until the application can answer it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.loading import load_quietly

_PATIENCE: Final = timedelta(seconds=20)
"""For which a request waits; a start takes a second, and some where Valkey has much to read."""
_COME_AGAIN: Final = b"5"
_LOADING: Final = "the process is being loaded\n"
_AT_ONCE: Final = {"/healthz": (200, "ok\n"), "/readyz": (503, _LOADING)}


class LateApp:
    """Answers in place of what `load` returns, until that has begun its lifespan."""

    def __init__(
        self, load: Callable[[], ASGIApp], *, prefix: str = "", patience: timedelta = _PATIENCE
    ) -> None:
        self._load = load
        self._prefix = prefix
        self._patience = patience.total_seconds()
        self._app: ASGIApp | None = None
        self._state: dict[str, Any] = {}
        self._is_over = asyncio.Event()
        self.failure: BaseException | None = None
        """The reason why there will be no application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._run_lifespan(scope, receive, send)
        else:
            await self._answer_early(scope, receive, send)

    async def _answer_early(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(self._prefix)
        if scope.get("method") in ("GET", "HEAD") and path in _AT_ONCE:
            await _send_text(send, *_AT_ONCE[path])
            return
        with suppress(TimeoutError, asyncio.CancelledError):  # the process may end before it is there
            async with asyncio.timeout(self._patience):
                await self._is_over.wait()
        if self._app is None:
            await _send_text(send, 503, _LOADING, (b"retry-after", _COME_AGAIN))
        else:
            scope["state"].update(self._state)  # the request has what was there when it came
            await self._app(scope, receive, send)

    async def _run_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the server at once that it may listen, and hand its other messages to the application."""
        begin = [await receive()]
        await send({"type": "lifespan.startup.complete"})
        end = asyncio.ensure_future(receive())
        loading = asyncio.ensure_future(asyncio.to_thread(load_quietly, self._load))

        async def receive_again() -> Message:
            return begin.pop() if begin else await end

        async def send_on(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._app, self._state = app, scope["state"]
                self._is_over.set()
            elif self._app is not None:
                await send(message)

        await asyncio.wait({end, loading}, return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            try:
                app = await loading
                await app(scope, receive_again, send_on)
            except (Exception, asyncio.CancelledError) as exc:  # or it would live on, and serve nothing
                if self._app is not None:
                    raise
                self.failure = exc
                self._is_over.set()
                await end
        if self._app is None:
            await send({"type": "lifespan.shutdown.complete"})


async def _send_text(send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    length = (b"content-length", str(len(text)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [kind, length, *headers]})
    await send({"type": "http.response.body", "body": text.encode()})
