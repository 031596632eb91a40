"""Endpoints of the signing keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scheduler.embedded.storage import Credentials


@dataclass(frozen=True, kw_only=True)
class SigningKeyEndpoints:
    """`/v2/keys`."""

    read_credentials: Callable[[], Awaitable[Credentials]]
    rotate_keys: Callable[[], Awaitable[Credentials]]

    def routes(self) -> list[Route]:
        """In the order in which they are tried."""
        return [
            Route("/v2/keys", self.get_keys, methods=["GET"]),
            Route("/v2/keys/rotate", self.post_rotation, methods=["POST"]),
        ]

    async def get_keys(self, request: Request) -> Response:
        return _answer_keys(await self.read_credentials())

    async def post_rotation(self, request: Request) -> Response:
        await self.read_credentials()
        return _answer_keys(await self.rotate_keys())


def _answer_keys(found: Credentials) -> Response:
    return JSONResponse({"current": found.current, "next": found.next})
