"""The process answers before its application is there, and keeps what only that can answer."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from bot.server.late_app import LateApp

ROOT = Path(__file__).parents[3]


def greeter(*, fails_with: BaseException | None = None) -> Starlette:
    """An application whose answers need what its lifespan made."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, str]]:
        if fails_with is not None:
            raise fails_with
        yield {"word": "hello"}

    async def greet(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{request.state.word} {(await request.body()).decode()}")

    routes = [Route("/greet", greet, methods=["POST"]), Route("/healthz", greet), Route("/readyz", greet)]
    return Starlette(lifespan=lifespan, routes=routes)


@asynccontextmanager
async def listening(
    load: Callable[[], ASGIApp], *, prefix: str = "", patience: timedelta = timedelta(seconds=60)
) -> AsyncIterator[tuple[LateApp, str, aiohttp.ClientSession]]:
    app = LateApp(load, prefix=prefix, patience=patience)
    config = uvicorn.Config(app, port=0, lifespan="on", log_config=None)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    _, port = server.servers[0].sockets[0].getsockname()
    try:
        async with aiohttp.ClientSession() as http:
            yield app, f"http://127.0.0.1:{port}", http
    finally:
        await server.shutdown()


async def said(response: aiohttp.ClientResponse) -> tuple[int, str]:
    async with response:
        return response.status, await response.text()


@pytest.mark.parametrize("prefix", ["", "/precache"])
async def test_probes_are_answered_while_it_loads_and_all_else_when_it_has(prefix: str) -> None:
    may_go_on = threading.Event()

    def load() -> ASGIApp:
        assert may_go_on.wait(60)
        return greeter()

    async with listening(load, prefix=prefix) as (_, url, http):
        try:
            held = [asyncio.create_task(http.post(f"{url}/greet", data=name)) for name in ("Ada", "Grace")]
            assert await said(await http.get(f"{url}{prefix}/healthz")) == (200, "ok\n")
            assert await said(await http.head(f"{url}{prefix}/healthz")) == (200, "")
            assert await said(await http.get(f"{url}{prefix}/readyz")) == (
                503,
                "the process is being loaded\n",
            )
            assert not any(task.done() for task in held)
        finally:
            may_go_on.set()
        assert [await said(await task) for task in held] == [(200, "hello Ada"), (200, "hello Grace")]
        assert await said(await http.get(f"{url}/healthz")) == (200, "hello "), "the application's own"
        assert await said(await http.post(f"{url}/greet", data="you")) == (200, "hello you")


async def test_a_request_that_waits_too_long_is_to_come_again() -> None:
    may_go_on = threading.Event()

    def load() -> ASGIApp:
        assert may_go_on.wait(60)
        return greeter()

    async with listening(load, patience=timedelta(milliseconds=1)) as (_, url, http):
        try:
            async with http.post(f"{url}/greet", data="Ada") as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        finally:
            may_go_on.set()


async def test_a_request_for_which_the_end_leaves_no_time_is_to_come_again() -> None:
    may_go_on, told = threading.Event(), list[Message]()

    def load() -> ASGIApp:
        assert may_go_on.wait(60)
        return greeter()

    async def send(message: Message) -> None:
        told.append(message)

    async with listening(load) as (app, _, __):
        try:
            scope = {"type": "http", "method": "POST", "path": "/greet", "state": {}}
            held = asyncio.create_task(app(scope, asyncio.Queue[Message]().get, send))
            await asyncio.sleep(0)  # it waits now
            held.cancel()  # as uvicorn does
            await held
        finally:
            may_go_on.set()
    assert (told[0]["status"], (b"retry-after", b"5") in told[0]["headers"]) == (503, True)


@pytest.mark.parametrize("fails", ["load", "begin"])
@pytest.mark.parametrize("error", [OSError("no such folder"), asyncio.CancelledError()])
async def test_an_application_that_cannot_be_says_why_and_lets_nobody_wait(
    fails: str, error: BaseException
) -> None:
    may_go_on = threading.Event()

    def load() -> ASGIApp:
        assert may_go_on.wait(60)
        if fails == "load":
            raise error
        return greeter(fails_with=error)

    async with listening(load) as (app, url, http):
        try:
            held = asyncio.create_task(http.post(f"{url}/greet", data="Ada"))
            assert await said(await http.get(f"{url}/healthz")) == (200, "ok\n")
        finally:
            may_go_on.set()
        status, _ = await said(await held)
        assert status == 503
        assert isinstance(app.failure, type(error))


async def test_a_process_that_is_told_to_end_while_it_loads_begins_nothing() -> None:
    may_go_on, is_loaded = threading.Event(), threading.Event()
    begun: list[str] = []

    async def app(_: object, __: object, ___: object) -> None:
        begun.append("lifespan")

    def load() -> ASGIApp:
        assert may_go_on.wait(60)
        is_loaded.set()
        return app

    heard: asyncio.Queue[Message] = asyncio.Queue()
    told: list[str] = []

    async def send(message: Message) -> None:
        told.append(message["type"])
        if message["type"] == "lifespan.startup.complete":
            heard.put_nowait({"type": "lifespan.shutdown"})

    heard.put_nowait({"type": "lifespan.startup"})
    await LateApp(load)({"type": "lifespan", "state": {}}, heard.get, send)
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    may_go_on.set()
    assert await asyncio.to_thread(is_loaded.wait, 60)
    assert begun == []


def test_a_package_that_is_missing_when_it_loads_is_told_in_one_line(tmp_path: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
sys.modules["slack_bolt"] = None
sys.argv = ["app.py", "--env", {os.devnull!r}]
from bot.cli import main
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "there is no slack_bolt" in line
