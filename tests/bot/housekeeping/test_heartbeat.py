"""The call to a monitoring service: after good rounds alone, and nothing ends because it fails."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.housekeeping.heartbeat import Heartbeat
from tests.stand_ins.serve import serve

SECRET = "0a1b-only-we-know"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, []),
        (204, []),
        (404, ["heartbeat.refused status=404"]),
        (503, ["heartbeat.refused status=503"]),
        (None, ["heartbeat.failed: TimeoutError"]),
    ],
)
async def test_a_call_is_made_and_one_that_fails_is_one_warning(
    status: int | None, said: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    calls: list[tuple[str, str]] = []

    async def take_call(request: Request) -> Response:
        calls.append((request.method, str(request.url.query)))
        if status is None:
            await asyncio.Event().wait()
        return Response(status_code=status or 200)

    within: dict[str, Any] = {"within": timedelta(milliseconds=50)} if status is None else {}
    async with serve(Starlette(routes=[Route(f"/{SECRET}", take_call)])) as url:
        await Heartbeat(url=f"{url}/{SECRET}?status=up", **within).beat()
    assert calls == [("GET", "status=up")]
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, words) for words in said
    ]


async def test_nobody_there_is_one_warning_and_the_address_stays_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heartbeat = Heartbeat(url=f"http://127.0.0.1:9/{SECRET}")
    await heartbeat.beat()
    assert caplog.messages == ["heartbeat.failed: ClientConnectorError"]
    assert SECRET not in repr(heartbeat)
