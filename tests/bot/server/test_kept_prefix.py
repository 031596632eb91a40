"""A path in PUBLIC_URL, which a proxy takes off or leaves."""

from __future__ import annotations

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.server.intake.kept_prefix import KeptPrefix
from tests.stand_ins.serve import serve


async def say_here(_: Request) -> Response:
    return PlainTextResponse("here")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/bots/precache/healthz", 200),
        ("/bots/precache/inner/healthz", 200),
        ("/inner/healthz", 200),
        ("/bots/healthz", 404),
        ("/bots/precachehealthz", 404),
        ("/bots/precache/bots/precache/healthz", 404),
        ("/bots/precache", 404),
        ("/other/healthz", 404),
    ],
)
async def test_a_request_is_served_with_the_path_and_without_it(path: str, status: int) -> None:
    inner = Mount("/inner", routes=[Route("/healthz", say_here)])
    app = Starlette(
        routes=[Route("/healthz", say_here), inner],
        middleware=[Middleware(KeptPrefix, prefix="/bots/precache")],
    )
    async with serve(app) as url, aiohttp.ClientSession() as http, http.get(f"{url}{path}") as response:
        assert response.status == status
