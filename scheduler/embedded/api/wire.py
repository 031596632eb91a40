"""Reads the requests of clients, and holds the answers that several endpoints share."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scheduler.embedded.api.headers import Incoming
from scheduler.embedded.storage import RequestRefused

LARGEST_BATCH: Final = 16 * 1_048_576
"""Bytes of a batch; each of its messages has the limit of a message."""


def destination_after(route: str, request: Request) -> str:
    """The rest of the path exactly as it was sent: a URL does not survive the decoding of a path."""
    path: str = request.scope["raw_path"].decode("latin-1")
    query: str = request.scope["query_string"].decode("latin-1")
    return path.partition(route)[2] + (f"?{query}" if query else "")


async def read_body(request: Request, most: int = LARGEST_BATCH) -> bytes:
    """The body, not read further than `most` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


def read_batch(body: bytes) -> list[Any]:
    """The elements of a batch, not looked at yet."""
    try:
        elements = json.loads(body)
    except (ValueError, RecursionError):
        elements = None
    if not isinstance(elements, list):
        raise RequestRefused("expected a JSON array of messages")
    return elements


def read_element(element: object) -> tuple[str, Incoming, bytes]:
    """Destination, headers and body of one message in a batch."""
    match element:
        case {"queue": str()}:
            raise RequestRefused("queues are not supported by the embedded QStash")
        case {"destination": str(destination), **rest}:
            headers, body = rest.get("headers") or {}, rest.get("body") or ""
            if isinstance(headers, dict) and isinstance(body, str):
                pairs = [(str(name), str(value)) for name, value in headers.items()]
                _check_text(destination, body, *map(":".join, pairs))
                if not all(_HEADER.fullmatch(":".join(pair)) for pair in pairs):
                    raise RequestRefused("expected headers that HTTP can carry")
                return destination, Incoming.parse(pairs), body.encode()
    raise RequestRefused("expected an object with destination, headers and body")


_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+:[^\x00-\x08\x0a-\x1f\x7f]*")
"""RFC 9110; a server checks this in headers, but not in JSON."""


def _check_text(*texts: str) -> None:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        raise RequestRefused("expected text, got half of a surrogate pair") from None


def answer_change(what: str, was_there: bool) -> Response:
    """The answer to a change of something that may not exist."""
    if not was_there:
        raise not_found(what)
    return JSONResponse({})


def not_found(what: str) -> RequestRefused:
    """There is no such thing, or not any more."""
    return RequestRefused(f"{what} not found", status=404)


def too_large(most: int) -> RequestRefused:
    """A body over the limit."""
    return RequestRefused(f"the message is larger than {most} bytes", status=413)


def caller_ip(request: Request) -> str:
    """The client's address, as deliveries tell it."""
    return request.client.host if request.client else ""
