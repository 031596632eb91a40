"""Bodies of requests: read whole, within a size; `arrival.py` ends those that take too long."""

from __future__ import annotations

import logging

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scheduler import BODY_LIMIT, TooLarge, check_length

logger = logging.getLogger(__name__)


async def receive_body(receive: Receive, *, length: str | None, limit: int = BODY_LIMIT) -> bytes:
    """The whole body of a request. Raises `ClientDisconnect`, `TooLarge`."""
    check_length(length, limit)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


class AbortedBodies:
    """Ends requests whose client went away before the end of its body: one line, and no error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            # Not its address: that of a file or of a reply may be a secret.
            logger.info("request.aborted")


class BodyLimit:
    """Answers 413 to a request with a larger body than `most` bytes, which is not read to its end."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        read, has_begun = 0, False

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise TooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            lengths = [value for name, value in scope["headers"] if name == b"content-length"]
            check_length(lengths[0].decode("latin-1") if lengths else None, self._most)
            await self._app(scope, receive_counted, send_noted)
        except TooLarge:
            if has_begun:
                raise
            await PlainTextResponse("too large\n", status_code=413)(scope, receive, send)
