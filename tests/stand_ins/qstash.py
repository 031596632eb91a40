"""QStash's API as far as publishing goes: it keeps what it is given, and misbehaves in a given order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web

from scheduler import CHECK, Publisher, Scheduled
from tests.signing import CURRENT_KEY, sign

TOKEN = "qstash-token"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, its path as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer: Any


async def list_schedules(publisher: Publisher) -> list[Scheduled]:
    """All pages of them."""
    return [scheduled async for page in publisher.schedule_pages() for scheduled in page]


Fault = Callable[["QStash", web.Request], Awaitable[web.StreamResponse]]


@dataclass(kw_only=True)
class QStash:
    """The running stand-in; each of `faults` takes the place of one answer, in turn."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    messages: dict[str, str] = field(default_factory=dict)
    """Message ids by deduplication id."""
    waiting: dict[str, bytes] = field(default_factory=dict)
    """Bodies by message id, of what was published and not cancelled."""
    repeating: dict[str, bytes] = field(default_factory=dict)
    """Bodies by schedule id."""
    signing_key: str = CURRENT_KEY
    """Signs what is delivered: only messages of a process to itself, which it sends when it starts."""
    off: timedelta = timedelta(0)
    """The time by which the clock that it signs by is ahead."""
    deliveries: set[asyncio.Task[None]] = field(default_factory=set)
    schedules: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(
            Asked(
                method=request.method,
                path=request.raw_path,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.read(),
                peer=request.get_extra_info("peername"),
            )
        )
        return await (self.faults.pop(0)(self, request) if self.faults else self.take(request))

    def _start_delivery(self, url: str, body: bytes) -> None:
        task = asyncio.create_task(self._deliver(url, body))
        self.deliveries.add(task)
        task.add_done_callback(self.deliveries.discard)

    async def _deliver(self, url: str, body: bytes) -> None:
        signature = sign(body, url, self.signing_key, now=datetime.now(UTC) + self.off)
        with suppress(aiohttp.ClientError):  # where nobody listens any more
            async with (
                aiohttp.ClientSession() as http,
                http.post(url, data=body, headers={"Upstash-Signature": signature}),
            ):
                pass

    def _take_message(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        if (key := headers["Upstash-Deduplication-Id"]) in self.messages:
            return 202, {"messageId": self.messages[key], "deduplicated": True}
        self.messages[key] = f"msg_{len(self.messages) + 1}"
        self.waiting[self.messages[key]] = body
        return 201, {"messageId": self.messages[key]}

    async def take(self, request: web.Request) -> web.StreamResponse:
        """The answer of a QStash in good health."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"error": "unauthorized"}, status=401)
        match request.method, request.path.split("/")[2]:
            case "POST", "publish" if request.path.endswith(CHECK):
                self._start_delivery(request.path.partition("/publish/")[2], await request.read())
                return web.json_response({"messageId": "msg_check"}, status=201)
            case "POST", "publish":
                status, said = self._take_message(request.headers, await request.read())
                return web.json_response(said, status=status)
            case "POST", "batch":
                answers = [
                    self._take_message(message["headers"], message["body"].encode())
                    for message in await request.json()
                ]
                return web.json_response([said for _, said in answers])
            case "POST", "schedules":
                name = request.headers["Upstash-Schedule-Id"]
                self.repeating[name] = await request.read()
                return web.json_response({"scheduleId": name}, status=201)
            case "GET", "messages":
                return web.json_response({"error": "message not found"}, status=404)
            case "DELETE", "messages":
                self.waiting.pop(request.path.rpartition("/")[2], None)
                return web.Response(status=202)
            case "DELETE", "schedules":
                self.repeating.pop(request.path.rpartition("/")[2], None)
                return web.Response(status=202)
            case "GET", "schedules":
                return web.json_response(self.schedules)
            case _:
                return web.Response(status=202)


def reply(status: int, body: str | bytes | dict[str, Any], **headers: str) -> Fault:
    """Answer with this; underscores in header names become dashes."""

    async def fault(_: QStash, __: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, dict):
            return web.json_response(body, status=status, headers=named)
        content = body.encode() if isinstance(body, str) else body
        return web.Response(body=content, status=status, content_type="text/html", headers=named)

    return fault


async def healthy(qstash: QStash, request: web.Request) -> web.StreamResponse:
    """No fault: for what comes before one."""
    return await qstash.take(request)


async def lose_the_answer(qstash: QStash, request: web.Request) -> web.StreamResponse:
    """Do what is asked, and break the connection instead of saying so."""
    answer = await qstash.take(request)
    assert request.transport
    request.transport.abort()
    return answer


async def stall(_: QStash, __: web.Request) -> web.StreamResponse:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError("waited for ever, and past it")


@asynccontextmanager
async def run_qstash() -> AsyncIterator[QStash]:
    """The stand-in on a free port of this machine."""
    qstash = QStash()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", qstash.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        qstash.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield qstash
    finally:
        for task in qstash.deliveries:
            task.cancel()
        await asyncio.gather(*qstash.deliveries, return_exceptions=True)
        await runner.cleanup()
