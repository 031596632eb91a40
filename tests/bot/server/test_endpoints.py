"""Requests to the services inside this process: handed on whole, and none larger than it can be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from io import BytesIO

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from bot.server.checks.readiness import Readiness
from bot.server.endpoints import report_readiness, serve_stand_ins
from bot.server.intake.closing import Closing
from tests.stand_ins.serve import serve

MEBIBYTE = 1_048_576


async def count_bytes(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/sandbox/send", MEBIBYTE, 200),
        ("/sandbox/send", MEBIBYTE + 1, 413),
        ("/sandbox/api/chat.postMessage", MEBIBYTE + 1, 413),
        ("/sandbox/upload", 10_000_001, 200),
        ("/sandbox/upload/v1/T1/F1/secret", 10_000_001, 200),
        ("/sandbox/upload", 12_000_001, 413),
        ("/v2/batch", MEBIBYTE + 1, 200),
    ],
)
async def test_each_address_of_a_stand_in_has_its_largest_body(path: str, size: int, status: int) -> None:
    app = Starlette()
    app.router.default = serve_stand_ins
    router = Router([Route("/{path:path}", count_bytes, methods=["POST"])])

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": {"stand_ins": router}}, receive, send)

    async with (
        serve(with_state) as url,
        aiohttp.ClientSession() as http,
        http.post(f"{url}{path}", data=BytesIO(b"x" * size)) as response,
    ):
        assert response.status == status
        if status == 200:
            assert await response.text() == str(size)


async def test_redis_and_the_services_are_asked_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def count_late() -> int:
        await both.wait()
        return 0

    async def probe_services() -> Mapping[str, str]:
        async with asyncio.timeout(60):
            await both.wait()
        return {"Slack": "answers"}

    app = Starlette(routes=[Route("/readyz", report_readiness)])
    state = {
        "readiness": Readiness(),
        "closing": Closing(),
        "count_late": count_late,
        "probe_services": probe_services,
    }

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": state}, receive, send)

    async with (
        serve(with_state) as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/readyz?verbose") as response,
    ):
        assert await response.text() == "ok\nSlack: answers\n"
