"""The path of PUBLIC_URL, which some proxies take off the requests that they pass on, and some leave."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class KeptPrefix:
    """Serves a request the same with `prefix` before its path and without it."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and f"{scope['path']}/".startswith(f"{self._prefix}/"):
            scope = {**scope, "root_path": self._prefix}  # Starlette's routes begin after it
        await self._app(scope, receive, send)
