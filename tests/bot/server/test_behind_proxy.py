"""A path in PUBLIC_URL, through a proxy that keeps it or takes it off; `make deploy-check` has real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from redis.asyncio import Redis as RawRedis

from tests.running import precache
from tests.signing import CURRENT_KEY, NEXT_KEY, sign
from tests.stand_ins.qstash import TOKEN, run_qstash
from tests.waiting import wait_until

PATH = "/bots/precache"


@dataclass(kw_only=True)
class Proxy:
    """Passes on what comes under `PATH`, and notes it."""

    keeps_path: bool
    url: str = ""
    to: str = ""
    passed: list[str] = field(default_factory=list)

    async def pass_on(self, request: web.Request) -> web.StreamResponse:
        self.passed.append(request.path)
        path = request.path if self.keeps_path else request.path.removeprefix(PATH)
        async with (
            aiohttp.ClientSession(headers={"X-Forwarded-For": "192.0.2.1"}) as http,
            http.request(
                request.method, f"{self.to}{path}", data=await request.read(), headers=request.headers
            ) as answer,
        ):
            return web.Response(status=answer.status, body=await answer.read())


@asynccontextmanager
async def run_proxy(*, keeps_path: bool) -> AsyncIterator[Proxy]:
    proxy = Proxy(keeps_path=keeps_path)
    app = web.Application()
    app.router.add_route("*", PATH + "/{path:.*}", proxy.pass_on)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
        yield proxy
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("keeps_path", [True, False])
async def test_qstash_reaches_us_by_the_path(
    keeps_path: bool, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with (
        run_qstash() as qstash,
        run_proxy(keeps_path=keeps_path) as proxy,
        precache(
            valkey=valkey_socket,
            data=tmp_path,
            model_url="http://127.0.0.1:9",
            PUBLIC_URL=proxy.url,
            QSTASH_URL=qstash.url,
            QSTASH_TOKEN=TOKEN,
            QSTASH_CURRENT_SIGNING_KEY=CURRENT_KEY,
            QSTASH_NEXT_SIGNING_KEY=NEXT_KEY,
        ) as bot,
    ):
        proxy.to = bot.url

        async def is_ready() -> bool:
            async with bot.http.get(f"{bot.url}/readyz") as response:
                return response.status == 200

        await wait_until(is_ready, "the message to itself")
        assert f"{PATH}/api/announce/check" in proxy.passed
        for address, status in ((f"{proxy.url}/api/announce", 489), (f"{bot.url}/api/announce", 401)):
            signature = sign(b"{}", address, now=datetime.now(UTC))
            async with bot.http.post(
                f"{proxy.url}/api/announce", data=b"{}", headers={"Upstash-Signature": signature}
            ) as response:
                assert response.status == status
