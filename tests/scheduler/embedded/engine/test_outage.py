"""Redis goes away under a QStash that goes on, and comes back."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import BlockingConnectionPool, Redis, UnixDomainSocketConnection

from tests.scheduler.embedded.destination import Destination
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.waiting import wait_until


@pytest_asyncio.fixture
async def way(valkey_socket: Path, tmp_path: Path) -> Path:
    """Another name for the socket of Redis; without it nobody new gets there."""
    way = tmp_path / "way.sock"
    way.symlink_to(valkey_socket)
    return way


@pytest_asyncio.fixture
async def clients(redis_raw: Redis, way: Path) -> AsyncIterator[Redis]:
    pool = BlockingConnectionPool(connection_class=UnixDomainSocketConnection, path=str(way))
    async with Redis.from_pool(pool) as client:
        yield client


@contextmanager
def cut(way: Path) -> Iterator[None]:
    """Let nobody new get to Redis until the block ends."""
    target = way.readlink()
    way.unlink()
    yield
    way.symlink_to(target)


async def test_an_outage_is_told_in_a_line_and_so_is_its_end(
    redis_raw: Redis, clients: Redis, way: Path, destination: Destination, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    async with run_qstash(clients, clock) as running:
        await running.publish(url=destination.url, delay="10s")
        with cut(way):
            await redis_raw.client_kill_filter(skipme=True)
            await wait_until(lambda: told(caplog, "qstash.stalled"), "the outage is told")
            await beats(running)
        clock.forward(seconds=11)
        await wait_until(lambda: destination.received, "what was published before is delivered")
        await wait_until(lambda: told(caplog, "qstash.resumed"), "its end is told")
        assert len(told(caplog, "qstash.stalled")) == len(told(caplog, "qstash.resumed")) == 1
        assert not any(record.exc_info for record in caplog.records)


async def test_while_redis_does_not_answer_so_says_qstash(
    redis_raw: Redis, clients: Redis, way: Path
) -> None:
    async with run_qstash(clients, deliver=False) as running:
        with cut(way):
            await redis_raw.client_kill_filter(skipme=True)
            late = {"Upstash-Delay": "1h"}
            answer = await running.http.post("/v2/publish/http://127.0.0.1:1/", headers=late)
            assert answer.status_code == 503
            assert answer.json() == {"error": "Redis does not answer; try again"}
            assert answer.headers["Retry-After"] == "1"
            assert (await running.http.get("/v2/schedules")).status_code == 503
        await running.publish(url="http://127.0.0.1:1/", delay="1h")


def told(caplog: pytest.LogCaptureFixture, event: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.getMessage().startswith(event)]


async def beats(running: Running) -> None:
    """Let the engine look for due work several times, as the requests that fail meanwhile show."""
    for _ in range(10):
        assert (await running.http.get("/v2/schedules")).status_code == 503
