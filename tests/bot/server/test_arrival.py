"""Requests that come a byte at a time, over real connections to a server as the process has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from bot.server.intake.arrival import BODY_PATIENCE, HEAD_PATIENCE, PatientProtocol, end_slow_requests
from bot.server.intake.bodies import AbortedBodies, receive_body
from scheduler import BODY_LIMIT
from tests.waiting import wait_until

WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


async def read_all(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await receive_body(request.receive, length=None))} bytes")


async def refuse_unread(_: Request) -> PlainTextResponse:
    return PlainTextResponse("too large", status_code=413)


async def answer_slowly(_: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"on its way"
        await asyncio.Event().wait()

    return StreamingResponse(pieces())


@asynccontextmanager
async def open_connection() -> AsyncIterator[
    tuple[uvicorn.Server, asyncio.StreamReader, asyncio.StreamWriter]
]:
    routes = [
        Route("/", lambda _: PlainTextResponse("ok")),
        Route("/read", read_all, methods=["POST"]),
        Route("/refuse", refuse_unread, methods=["POST"]),
        Route("/slow", answer_slowly, methods=["POST"]),
    ]
    app = AbortedBodies(Starlette(routes=routes))
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
        end_slow_requests(server.server_state.connections, now=later(HEAD_PATIENCE - 1))
        assert not connection.transport.is_closing()
        end_slow_requests(server.server_state.connections, now=later(HEAD_PATIENCE + 1))
        if before and not sent:
            assert not connection.transport.is_closing(), "that one rests: uvicorn looks after it"
            return
        assert b"408" in await reader.read()


async def test_a_request_whose_head_is_there_is_left_alone() -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(WHOLE)
        await reader.readuntil(b"ok")
        end_slow_requests(server.server_state.connections, now=later(HEAD_PATIENCE + 1))
        writer.write(WHOLE)
        assert await reader.readuntil(b"ok")


async def test_a_body_that_does_not_end_is_hung_up_on_in_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with open_connection() as (server, reader, writer):
        writer.write(POST % (b"/read", 10) + b"x")
        connection = await wait_for_body(server)
        connection.end_if_slow(now=later(BODY_PATIENCE - 1))
        assert not connection.transport.is_closing()
        connection.end_if_slow(now=later(BODY_PATIENCE + 1))
        assert b"408" in await reader.read()
        await wait_until(lambda: not server.server_state.tasks, "the request is over")
    assert "request.aborted" in caplog.messages


async def test_a_body_that_has_come_whole_is_given_all_the_time_that_its_answer_takes() -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(POST % (b"/slow", 1) + b"x")
        await reader.readuntil(b"on its way")
        end_slow_requests(server.server_state.connections, now=later(BODY_PATIENCE + 1))
        (connection,) = server.server_state.connections
        assert not connection.transport.is_closing()


@pytest.mark.parametrize("path", [b"/slow", b"/refuse"])
async def test_a_body_that_was_answered_before_it_came_gets_no_second_answer(path: bytes) -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(POST % (path, 10) + b"x")
        await reader.readuntil(b"on its way" if path == b"/slow" else b"too large")
        connection = await wait_for_body(server)
        connection.end_if_slow(now=later(BODY_PATIENCE + 1))
        assert connection.transport.is_closing() == (path == b"/refuse"), "no answer is cut off"
        if path == b"/refuse":
            assert await reader.read() == b""


async def test_a_large_file_takes_its_time() -> None:
    async with open_connection() as (server, _, writer):
        writer.write(POST % (b"/read", BODY_LIMIT + 1) + b"x")
        connection = await wait_for_body(server)
        connection.end_if_slow(now=later(BODY_PATIENCE + 1))
        assert not connection.transport.is_closing()


async def wait_for_body(server: uvicorn.Server) -> PatientProtocol:
    (connection,) = server.server_state.connections
    assert isinstance(connection, PatientProtocol)
    await wait_until(lambda: connection.waits_for_body, "its head is there")
    return connection
