"""Bytes that are no request are answered each time, and told now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from bot.server.intake.invalid import SeldomInvalid
from bot.server.intake.seldom import Seldom
from tests.stand_ins.serve import serve

UVICORN = logging.getLogger("uvicorn.error")


@pytest.fixture
def clock() -> Iterator[list[float]]:
    """The time of the one that stands in uvicorn's way."""
    now = [0.0]
    kept = SeldomInvalid(Seldom(every=timedelta(minutes=10), clock=lambda: now[0]))
    UVICORN.addFilter(kept)
    yield now
    UVICORN.removeFilter(kept)


async def answered(url: str) -> bytes:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(b"no request\r\n\r\n")
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_what_is_no_request_is_told_once_in_ten_minutes(
    clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(Starlette()) as url:
        caplog.set_level(logging.INFO, UVICORN.name)  # after uvicorn has set its own
        for _ in range(5):
            assert (await answered(url)).startswith(b"HTTP/1.1 400 ")
        clock[0] = 601
        assert (await answered(url)).startswith(b"HTTP/1.1 400 ")
        UVICORN.warning("something else")
        told = [record.getMessage() for record in caplog.records if record.name == UVICORN.name]
    assert told == [
        "Invalid HTTP request received.",
        "Invalid HTTP request received. (4 more like it since the last warning)",
        "something else",
    ]
