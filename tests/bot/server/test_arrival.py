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

from bot.server.intake.arrival import PATIENCE, PatientProtocol, end_slow_requests
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


def look_after(seconds: float, server: uvicorn.Server) -> None:
    """A first look, and another one after so many seconds."""
    now = asyncio.get_running_loop().time()
    end_slow_requests(server.server_state.connections, now=now)
    end_slow_requests(server.server_state.connections, now=now + seconds)


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
            await wait_until(lambda: begins_head(connection), "it has begun")
        look_after(PATIENCE["head"] - 1, server)
        assert not connection.transport.is_closing()
        look_after(PATIENCE["head"] + 1, server)
        if before and not sent:
            assert not connection.transport.is_closing(), "that one rests: uvicorn looks after it"
            return
        assert b"408" in await reader.read()


@pytest.mark.parametrize("request_", [WHOLE, POST % (b"/refuse", 10)], ids=["empty line", "rest of a body"])
async def test_bytes_after_an_answer_that_begin_no_request_hold_no_connection(request_: bytes) -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(request_)
        await reader.readuntil(b"ok" if request_ is WHOLE else b"too large")
        (connection,) = server.server_state.connections
        assert isinstance(connection, PatientProtocol)
        look_after(PATIENCE["head"] + 1, server)
        assert not connection.transport.is_closing(), "it rests: uvicorn looks after it"
        writer.write(b"\r\n")
        await wait_until(lambda: connection.awaited_part == "head", "uvicorn looks after it no more")
        look_after(PATIENCE["head"] - 1, server)
        assert not connection.transport.is_closing()
        look_after(PATIENCE["head"] + 1, server)
        assert await reader.read() == b"", "no second answer"


async def test_each_request_has_its_own_time() -> None:
    async with open_connection() as (server, reader, writer):
        connections, now = server.server_state.connections, asyncio.get_running_loop().time()
        (connection,) = connections
        assert isinstance(connection, PatientProtocol)
        for looks in ((0, PATIENCE["head"] - 1), (PATIENCE["head"] - 1, 2 * PATIENCE["head"] - 2)):
            writer.write(WHOLE[:-2])
            await wait_until(lambda: begins_head(connection), "it has begun")
            for seconds in looks:
                end_slow_requests(connections, now=now + seconds)
            writer.write(WHOLE[-2:])
            await reader.readuntil(b"ok")


def begins_head(connection: PatientProtocol) -> bool:
    return connection.awaited_part == "head" and connection.headers is not None


async def test_a_request_whose_head_is_there_is_left_alone() -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(WHOLE)
        await reader.readuntil(b"ok")
        look_after(PATIENCE["head"] + 1, server)
        writer.write(WHOLE)
        assert await reader.readuntil(b"ok")


async def test_a_body_that_does_not_end_is_hung_up_on_in_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with open_connection() as (server, reader, writer):
        writer.write(POST % (b"/read", 10) + b"x")
        connection = await wait_for_body(server)
        look_after(PATIENCE["body"] - 1, server)
        assert not connection.transport.is_closing()
        look_after(PATIENCE["body"] + 1, server)
        assert b"408" in await reader.read()
        await wait_until(lambda: not server.server_state.tasks, "the request is over")
    assert "request.aborted" in caplog.messages


async def test_a_body_that_has_come_whole_is_given_all_the_time_that_its_answer_takes() -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(POST % (b"/slow", 1) + b"x")
        await reader.readuntil(b"on its way")
        look_after(PATIENCE["body"] + 1, server)
        (connection,) = server.server_state.connections
        assert not connection.transport.is_closing()


@pytest.mark.parametrize("path", [b"/slow", b"/refuse"])
async def test_a_body_that_was_answered_before_it_came_gets_no_second_answer(path: bytes) -> None:
    async with open_connection() as (server, reader, writer):
        writer.write(POST % (path, 10) + b"x")
        await reader.readuntil(b"on its way" if path == b"/slow" else b"too large")
        (connection,) = server.server_state.connections
        assert isinstance(connection, PatientProtocol)
        look_after(PATIENCE["body"] + 1, server)
        assert not connection.transport.is_closing(), "no answer is cut off"


async def test_a_large_file_takes_its_time() -> None:
    async with open_connection() as (server, _, writer):
        writer.write(POST % (b"/read", BODY_LIMIT + 1) + b"x")
        connection = await wait_for_body(server)
        look_after(PATIENCE["body"] + 1, server)
        assert not connection.transport.is_closing()


async def wait_for_body(server: uvicorn.Server) -> PatientProtocol:
    (connection,) = server.server_state.connections
    assert isinstance(connection, PatientProtocol)
    await wait_until(lambda: connection.awaited_part == "body", "its head is there")
    return connection
