"""A guard in front of an ASGI application that only this machine may use.

Listening on a loopback address is not enough. A web page may have its own name resolve to 127.0.0.1 (DNS
rebinding) or send its visitors' requests here, and a tunnel or a proxy brings the whole internet to it; these
show in the headers. A proxy that passes on nothing of what it got shows in none: so this must never be the
only guard where there may be one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_FORWARDED: Final = frozenset(
    (
        *(
            "forwarded",
            "via",
            "cdn-loop",
            "client-ip",
            "true-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
        ),
        *(
            "x-remote-addr",
            "x-remote-ip",
            "x-host",
            "x-scheme",
            "x-url-scheme",
            "x-varnish",
            "x-request-start",
        ),
        *("front-end-https", "wl-proxy-client-ip"),
    )
)
_FORWARDING: Final = (
    *("x-forwarded", "x-original-", "x-real-", "x-proxy", "proxy-"),
    *("akamai-", "cf-", "cloudfront-", "do-connecting-", "fastly-", "fly-", "incap-", "ngrok-", "tailscale-"),
    *(
        "x-akamai-",
        "x-amz-",
        "x-amzn-",
        "x-appengine-",
        "x-arr-",
        "x-azure-",
        "x-cloud-",
        "x-envoy-",
        "x-nf-",
    ),
    *("x-railway-", "x-sucuri-", "x-vercel-"),
)
"""Beginnings of names under which proxies, tunnels and platforms tell where a request comes from."""


@dataclass(frozen=True)
class LoopbackOnly:
    """Answers 403 unless the request names a loopback host, and shows no proxy and no other site's page."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_local(scope):
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


def _is_local(scope: Scope) -> bool:
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    hosts = [value for name, value in headers if name == "host"]
    origins = [value for name, value in headers if name == "origin"]
    return (
        len(hosts) == 1
        and is_loopback(hosts[0])
        and all(_is_own_origin(origin) for origin in origins)
        and scope.get("http_version") != "1.0"  # spoken by no browser and no SDK, but by nginx, unless told
        and not any(name in _FORWARDED or name.startswith(_FORWARDING) for name, _ in headers)
    )


def _is_own_origin(origin: str) -> bool:
    try:
        return is_loopback(urlsplit(origin).netloc)
    except ValueError:
        return False
