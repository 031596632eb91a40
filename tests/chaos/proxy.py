"""Proxies on a copy's wires to QStash, Slack and the model, which let the weather in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import aiohttp
from aiohttp import web
from yarl import URL

from tests.chaos.faults import DEADLY, NOT_PASSED_ON, Fault, Weather, Wire
from tests.chaos.redis_names import name_of_command

DELAY: Final = 0.3
"""Seconds: longer than anything takes here, and shorter than anyone's patience."""
_HOP: Final = frozenset({"host", "connection", "transfer-encoding", "content-length", "content-encoding"})

Deadly = Callable[[Fault], None]
"""Ends the copy whose wire it is, or has it stand still."""


@dataclass(frozen=True, kw_only=True)
class HttpProxy:
    """Passes requests on to `target`."""

    wire: Wire
    target: str
    weather: Weather
    deadly: Deadly
    http: aiohttp.ClientSession

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        fault = self.weather.strike(self.wire, name_of(self.wire, request, body))
        if fault in DEADLY and fault is not Fault.KILL:
            self.deadly(fault)
        if fault is Fault.DELAY:
            await asyncio.sleep(DELAY)
        if fault is Fault.LIMIT:
            return self._limit()
        if fault is Fault.ERROR:
            return web.Response(status=503, text="<html>")
        if fault in NOT_PASSED_ON:
            return _hang_up(request)
        answer = await self._pass_on(request, body)
        if fault in (Fault.KILL, Fault.FREEZE):
            self.deadly(fault)
        if fault in (Fault.LOST, Fault.KILL):
            return _hang_up(request)
        if fault is Fault.SHORT:
            answer.body = _first_half(answer)
        return await _half(request, answer) if fault is Fault.HALF else answer

    def _limit(self) -> web.Response:
        """As each of them says it: Slack's clients read the body, and QStash's the headers."""
        headers = {"Retry-After": "1"}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    async def _pass_on(self, request: web.BaseRequest, body: bytes) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        url = URL(self.target + request.raw_path, encoded=True)
        async with self.http.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as said:
            kept = {name: value for name, value in said.headers.items() if name.lower() not in _HOP}
            return web.Response(body=await said.read(), status=said.status, headers=kept)


@asynccontextmanager
async def http_proxy(proxy: HttpProxy) -> AsyncIterator[str]:
    """Its address."""
    runner = web.ServerRunner(web.Server(proxy.handle, access_log=None), shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def name_of(wire: Wire, request: web.BaseRequest, body: bytes) -> str:
    """The subject of a request, without anything that another run would have otherwise."""
    match wire:
        case Wire.SLACK:
            return _of_slack(request, body)
        case Wire.REST:
            told = json.loads(body)
            return "; ".join(map(name_of_command, told if isinstance(told[0], list) else [told]))
        case Wire.QSTASH:
            told = _decoded(body)
            about = " ".join(str(told.get(name, "")) for name in ("kind", "id", "schedule", "at", "query"))
            return f"{request.method} {request.path.split('/')[2]} {about}"
        case _:
            messages = _decoded(body).get("messages") or [{}]
            return f"ask {str(messages[-1].get('content'))[:200]}"


def _of_slack(request: web.BaseRequest, body: bytes) -> str:
    method = request.path.rpartition("/")[2]
    if "/respond/" in request.path:
        return "respond"
    told = _decoded(body)
    mark = ((told.get("metadata") or {}).get("event_payload")) or {}
    if mark:
        return f"{method} {mark.get('run')} part {mark.get('part')}"
    if method in ("chat.postEphemeral", "chat.postMessage"):
        return f"tell in {told.get('channel')}: {told.get('text')}"
    return f"{method} {unquote(request.query_string) if 'oldest' not in request.query_string else ''}"


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _hang_up(request: web.BaseRequest) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _half(request: web.BaseRequest, answer: web.Response) -> web.StreamResponse:
    """The head and half of the body, and then nothing more."""
    half = _first_half(answer)
    begun = web.StreamResponse(status=answer.status, headers=answer.headers)
    begun.content_length = 2 * len(half) + 1
    await begun.prepare(request)
    await begun.write(half)
    _hang_up(request)
    return begun


def _first_half(answer: web.Response) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else b""
    return body[: len(body) // 2]
