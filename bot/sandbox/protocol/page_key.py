"""A guard in front of what people see of the sandbox: only with the key that stands in the start's table.

Where the app has a public address, a proxy may stand before it that shows by nothing that it is one: nginx's
plain `proxy_pass` names 127.0.0.1 as the host. The key in the address of the front page becomes a cookie.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE: Final = "precache_sandbox"
_ADVICE: Final = "open the address of the sandbox that stands in the table at Precache's start\n"


@dataclass(frozen=True)
class KeyHoldersOnly:
    """Answers 401 without the key."""

    app: ASGIApp
    key: str = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)
        if self._is_key(asked.cookies.get(COOKIE)):
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        if not self._is_key(asked.query_params.get("key")):
            return await PlainTextResponse(_ADVICE, 401)(scope, receive, send)
        onward = RedirectResponse("./", status_code=303, headers={"cache-control": "no-store"})
        onward.set_cookie(COOKIE, self.key, httponly=True, samesite="lax")
        return await onward(scope, receive, send)

    def _is_key(self, given: str | None) -> bool:
        return given is not None and hmac.compare_digest(given.encode(), self.key.encode())
