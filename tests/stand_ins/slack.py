"""Slack as far as many workspaces and Socket Mode go: it exchanges codes, opens WebSockets with tickets that
count once, and writes down which token each call came with."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

CLIENT_ID, CLIENT_SECRET, APP_TOKEN = "111.222", "client-secret", "xapp-1-test"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of the Web API."""

    method: str
    token: str
    params: dict[str, str]


@dataclass(kw_only=True)
class Slack:
    """The running stand-in."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The reply of `oauth.v2.access` to each code, once."""
    refuse_sockets: int = 0
    """So many of the next WebSockets are refused; their tickets are spent all the same."""
    link_answer: dict[str, Any] | None = None
    """Given for an address of a WebSocket, in place of the usual answer."""
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _issued: int = 0

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def tokens(self, method: str) -> list[str]:
        return [call.token for call in self.calls if call.method == method]

    async def send(self, kind: str, payload: dict[str, Any], *, envelope: str = "e-1") -> None:
        """A delivery over the newest WebSocket."""
        await self.sockets[-1].send_json({"type": kind, "envelope_id": envelope, "payload": payload})

    async def call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = await request.post()
        params = {name: str(value) for name, value in form.items()}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if method == "oauth.v2.access":
            return self._exchange(token, params)
        self.calls.append(Call(method=method, token=token, params=params))
        if method != "apps.connections.open":
            channel = {"id": params.get("channel"), "is_member": True}
            return web.json_response({"ok": True, "ts": f"17.{len(self.calls)}", "channel": channel})
        if self.link_answer is not None:
            return web.json_response(self.link_answer)
        if token != APP_TOKEN:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        self._issued += 1
        self._tickets.add(ticket := f"t{self._issued}")
        return web.json_response(
            {"ok": True, "url": f"{self.url.replace('http', 'ws')}/link?ticket={ticket}&app_id=A1"}
        )

    def _exchange(self, credentials: str, params: dict[str, str]) -> web.Response:
        self.calls.append(Call(method="oauth.v2.access", token="", params=params))
        if b64decode(credentials.removeprefix("Basic ")).decode() != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return web.json_response({"ok": False, "error": "bad_client_secret"})
        given = self.codes.pop(params.get("code", ""), None)
        return web.json_response(given or {"ok": False, "error": "invalid_code"})

    async def link(self, request: web.Request) -> web.StreamResponse:
        try:
            self._tickets.remove(request.query["ticket"])
        except KeyError:
            return web.Response(status=404)
        if self.refuse_sockets:
            self.refuse_sockets -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data))
        return socket


@asynccontextmanager
async def slack() -> AsyncIterator[Slack]:
    """The stand-in on a free port."""
    stand_in = Slack()
    app = web.Application()
    app.router.add_post("/api/{method}", stand_in.call)
    app.router.add_get("/link", stand_in.link)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stand_in
    finally:
        await asyncio.gather(*(socket.close() for socket in stand_in.sockets), return_exceptions=True)
        await runner.cleanup()
