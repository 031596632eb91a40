"""The least that a signed request costs: its signature is checked by hand, and one answer is returned.

Once as a route of Starlette, and once as a bare ASGI application.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.benchmarks.answer import ANSWER

_ANSWER: Final = ANSWER.encode()


@dataclass(kw_only=True)
class Floor:
    """Says the same to every request that is signed."""

    key: bytes
    url: str = ""

    @property
    def app(self) -> ASGIApp:
        return self

    def is_signed(self, token: bytes, body: bytes) -> bool:
        """Check an HS256 token as QStash makes them: its code, its claims, and the body's digest."""
        signed, _, code = token.rpartition(b".")
        if not hmac.compare_digest(_encode(hmac.digest(self.key, signed, "sha256")), code):
            return False
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(b".")[2] + b"=="))
        return bool(
            claims["iss"] == "Upstash"
            and claims["sub"] == self.url
            and claims["nbf"] <= time.time() < claims["exp"]
            and claims["body"].encode().rstrip(b"=") == _encode(hashlib.sha256(body).digest())
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        token = next((value for name, value in scope["headers"] if name == b"upstash-signature"), b"")
        status, content = (200, _ANSWER) if self.is_signed(token, body) else (401, b"not signed\n")
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(content)).encode()),
            (b"x-cache", b"HIT"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


class StarletteFloor(Floor):
    """The same as a route."""

    @property
    def app(self) -> ASGIApp:
        return Starlette(routes=[Route("/api/announce", self.answer_request, methods=["POST"])])

    async def answer_request(self, request: Request) -> Response:
        token = request.headers.get("upstash-signature", "").encode()
        if not self.is_signed(token, await request.body()):
            return PlainTextResponse("not signed\n", status_code=401)
        return PlainTextResponse(ANSWER, headers={"X-Cache": "HIT"})


@asynccontextmanager
async def open_bare(environ: Mapping[str, str]) -> AsyncIterator[Floor]:
    yield Floor(key=environ["QSTASH_CURRENT_SIGNING_KEY"].encode())


@asynccontextmanager
async def open_starlette(environ: Mapping[str, str]) -> AsyncIterator[Floor]:
    yield StarletteFloor(key=environ["QSTASH_CURRENT_SIGNING_KEY"].encode())


def _encode(digest: bytes) -> bytes:
    return base64.urlsafe_b64encode(digest).rstrip(b"=")
