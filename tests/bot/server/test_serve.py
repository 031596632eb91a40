"""The server as the process has it, with an application that only looks about."""

from __future__ import annotations

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.server.serve import make_config
from bot.tracing import begin_work, stage

LARGE = b"x" * 500_000
"""So much that uvicorn pauses until it is asked for the rest."""


async def test_no_request_belongs_to_the_work_of_one_before_it_on_the_same_connection() -> None:
    stages: list[dict[str, float]] = []

    async def read_in_work(request: Request) -> PlainTextResponse:
        with begin_work(None, "work") as work:
            await request.body()
        stages.append(work.stages)
        return PlainTextResponse("read")

    async def look_about(_: Request) -> PlainTextResponse:
        with stage("of another"):
            return PlainTextResponse("looked")

    routes = [Route("/read", read_in_work, methods=["POST"]), Route("/look", look_about)]
    config = make_config(Starlette(routes=routes), web_sockets=False)
    config.port, config.lifespan = 0, "off"
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    _, port = server.servers[0].sockets[0].getsockname()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as http:
            async with http.post(f"http://127.0.0.1:{port}/read", data=LARGE) as answer:
                await answer.read()
            async with http.get(f"http://127.0.0.1:{port}/look") as answer:
                await answer.read()
    finally:
        await server.shutdown()
    assert stages == [{}]
