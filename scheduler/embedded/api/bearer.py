"""A guard in front of an ASGI application: 401 without the token, before anything is read."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True)
class BearerOnly:
    """Takes the token in one `Authorization` header, as the SDKs send it."""

    app: ASGIApp
    token: str = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = [value for name, value in scope.get("headers", ()) if name == b"authorization"]
        expected = f"Bearer {self.token}".encode()
        if scope["type"] == "http" and not (len(given) == 1 and hmac.compare_digest(given[0], expected)):
            refusal = JSONResponse({"error": "invalid token"}, status_code=401)
            return await refusal(scope, receive, send)
        return await self.app(scope, receive, send)
