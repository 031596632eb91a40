"""A guard in front of an ASGI application that only this machine may use.

Listening on a loopback address is not enough. A web page may have its own name resolve to 127.0.0.1 (DNS
rebinding), and a tunnel brings the whole internet to it; both show in the headers.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host")


@dataclass(frozen=True)
class LoopbackOnly:
    """Answers 403 unless the request names a loopback host and came through no proxy."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_local(scope["headers"]):
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        refusal = JSONResponse({"error": "this is only for the machine that it runs on"}, status_code=403)
        return await refusal(scope, receive, send)


def is_loopback(host: str) -> bool:
    """True if a `Host` header, with or without a port, names this machine."""
    name = host.strip().lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.rpartition(":")[0] or name
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: never resolved elsewhere
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _is_local(headers: list[tuple[bytes, bytes]]) -> bool:
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    forwarded = any(name in _FORWARDED for name, _ in headers)
    return len(hosts) == 1 and is_loopback(hosts[0]) and not forwarded
