"""Heads of requests that come a byte at a time, over real connections to a server as the process has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.server.intake.heads import HEAD_PATIENCE, PatientProtocol, end_slow_heads
from tests.waiting import wait_until

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@asynccontextmanager
async def open_connection() -> AsyncIterator[
    tuple[uvicorn.Server, asyncio.StreamReader, asyncio.StreamWriter]
]:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("ok"))])
    config = uvicorn.Config(app, http=PatientProtocol, port=0, log_config=None, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await wait_until(lambda: server.server_state.connections, "it is connected")
        yield server, reader, writer
    finally:
        writer.close()
        await server.shutdown()


def later(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


@pytest.mark.parametrize("before", [b"", WHOLE])
@pytest.mark.parametrize("sent", [b"", b"P", b"POST /slack/events HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_a_head_that_does_not_end_is_hung_up_on_in_time(before: bytes, sent: bytes) -> None:
    async with open_connection() as (server, reader, writer):
        if before:
            writer.write(before)
            await reader.readuntil(b"ok")
        writer.write(sent)
        (connection,) = server.server_state.connections
        assert isinstance(connection, PatientProtocol)
        if sent:
            await wait_until(
                lambda: connection.waits_for_head and connection.headers is not None, "it has begun"
            )
        end_slow_heads(server.server_state.connections, now=later(HEAD_PATIENCE - 1))
        assert not connection.transport.is_closing()
        end_slow_heads(server.server_state.connections, now=later(HEAD_PATIENCE + 1))
        if before and not sent:
            assert not connection.transport.is_closing(), "that one rests: uvicorn looks after it"
            return
        assert b"408" in await reader.read()


async def test_a_request_whose_head_is_there_is_left_alone() -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(WHOLE)
        await reader.readuntil(b"ok")
        end_slow_heads(server.server_state.connections, now=later(HEAD_PATIENCE + 1))
        writer.write(WHOLE)
        assert await reader.readuntil(b"ok")
