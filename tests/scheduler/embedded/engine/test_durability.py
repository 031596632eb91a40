"""`kill -9` loses nothing that was acknowledged."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from redis.asyncio import Redis

from scheduler.embedded import EmbeddedQStash, load_credentials, run_valkey
from tests.scheduler.embedded.destination import Destination
from tests.waiting import wait_until

SERVER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from redis.asyncio import Redis
from scheduler.embedded import EmbeddedQStash, load_credentials, run_valkey
from tests.stand_ins.serve import serve

async def main():
    async with run_valkey(Path(sys.argv[1])) as socket, Redis(unix_socket_path=str(socket)) as redis:
        credentials = await load_credentials(redis)
        qstash = EmbeddedQStash(redis, credentials, lease=timedelta(seconds=1))
        async with serve(qstash.app) as url, qstash.running():
            print(url, credentials.token, flush=True)
            await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.subprocess.Process]]:
    """A client of a QStash in a process of its own, which dies without a word in the end."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, str(folder), stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )
    assert child.stdout is not None
    try:
        url, token = (await child.stdout.readline()).decode().split()
        async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as http:
            yield http, child
    finally:
        if child.returncode is None:
            child.kill()
        await child.communicate()


@asynccontextmanager
async def here(folder: Path) -> AsyncIterator[Redis]:
    """The same data, delivered by this process."""
    async with run_valkey(folder) as socket, Redis(unix_socket_path=str(socket)) as redis:
        qstash = EmbeddedQStash(redis, await load_credentials(redis), drain=timedelta(seconds=0))
        async with qstash.running():
            yield redis


async def test_what_was_acknowledged_before_kill_9_is_delivered_once_after_it(
    tmp_path: Path, destination: Destination
) -> None:
    async with process(tmp_path) as (http, child):
        answer = await http.post(
            f"/v2/publish/{destination.url}/once", content=b"x", headers={"Upstash-Delay": "2s"}
        )
        assert answer.status_code == 201
        answer = await http.post(
            f"/v2/schedules/{destination.url}/each", headers={"Upstash-Cron": "0 9 * * *"}
        )
        assert answer.status_code == 201
        child.kill()
        await child.wait()
    assert not destination.received
    async with here(tmp_path) as redis:
        await wait_until(lambda: destination.at("/once"), "the delivery")

        async def settled() -> object:
            return not await redis.exists("qstash:due")

        await wait_until(settled, "the message to be settled")
        assert await redis.zcard("qstash:schedules") == 1
    assert [delivery.body for delivery in destination.received] == [b"x"]


async def test_kill_9_during_a_delivery_means_another_one(tmp_path: Path, destination: Destination) -> None:
    destination.gate.clear()
    async with process(tmp_path) as (http, child):
        await http.post(f"/v2/publish/{destination.url}/work", content=b"x")
        await wait_until(lambda: destination.waiting, "the delivery to be under way")
        child.kill()
        await child.wait()
    destination.gate.set()
    async with here(tmp_path):
        await wait_until(lambda: len(destination.at("/work")) == 2, "the second delivery")
    first, second = destination.received
    assert first.headers["upstash-message-id"] == second.headers["upstash-message-id"]
