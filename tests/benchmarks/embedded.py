"""`python -m tests.benchmarks.embedded`: the embedded QStash with many schedules, in a process of its own.

This process is its client and its destination. Everything is bounded and on loopback; counts are printed
beside times, and times decide nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import redis.asyncio

from scheduler import Cron, Job
from scheduler.embedded.storage import Message, to_ms
from scheduler.embedded.storage.schedule_scripts import PutSchedule
from tests.benchmarks import report
from tests.benchmarks.load import at_once
from tests.benchmarks.processes import ROOT, ended
from tests.benchmarks.round_trips import RoundTrips
from tests.scheduler.embedded.destination import Destination, Received, open_destination
from tests.waiting import wait_until

_LONGEST = 600  # seconds; an ordinary run takes a third of it
_MINUTE = datetime(2027, 1, 15, 9, 0, tzinfo=UTC)
_CHANNELS = 100


@dataclass(kw_only=True)
class Arrivals:
    """Answers 200, counts, and keeps when the first one came."""

    number: int = 0
    first: float | None = None

    def __call__(self, _: Received) -> int:
        self.first = self.first or time.time()
        self.number += 1
        return 200


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The process under test."""

    http: aiohttp.ClientSession
    url: str
    token: str
    started: float
    """Seconds from its start to its first answer, without the imports."""

    async def measure(self) -> dict[str, float]:
        """Its memory, and its longest stall since the last look."""
        async with self.http.get(f"{self.url}/measure") as response:
            found: dict[str, float] = await response.json()
            return found

    async def set_clock(self, at: datetime) -> float:
        """Turn its clock; the seconds by which it is ahead of ours."""
        async with self.http.post(f"{self.url}/clock", json=at.timestamp()) as response:
            ahead: float = await response.json()
            return ahead

    async def add_schedule(self, name: str, destination: str, cron: str, body: bytes) -> None:
        headers = {"Upstash-Cron": cron, "Upstash-Schedule-Id": name, "Upstash-Retries": "3"}
        await self.post(f"/v2/schedules/{destination}", body, headers)

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        async with self.http.post(f"{self.url}{path}", data=body, headers=self._signed(headers)) as response:
            if response.status != 201:
                raise RuntimeError(f"{response.status}: {await response.text()}")

    async def list_schedules(self) -> tuple[int, float, float]:
        """How many there are, and the seconds to the first byte and to the last."""
        began, body = time.perf_counter(), bytearray()
        async with self.http.get(f"{self.url}/v2/schedules", headers=self._signed({})) as response:
            body += await response.content.readany()
            first = time.perf_counter() - began
            async for piece in response.content.iter_any():
                body += piece
        took = time.perf_counter() - began
        return len(json.loads(body)), first, took

    def _signed(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **headers}


@dataclass(kw_only=True)
class Town:
    """What the scenarios share."""

    folder: Path
    http: aiohttp.ClientSession
    destination: Destination
    rows: list[tuple[str, str]] = field(default_factory=list)

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        command = [sys.executable, "-m", "tests.benchmarks.embedded", "--serve", str(self.folder)]
        started = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        async with ended(started):
            assert started.stdout
            told = json.loads(await asyncio.wait_for(started.stdout.readline(), 60))
            yield Engine(http=self.http, **told)

    def tell(self, what: str, found: str) -> None:
        self.rows.append((what, found))
        print(f"| {what} | {found} |", flush=True)


def stall_of(measured: dict[str, float]) -> str:
    """The longest stall; on a busy machine the clock counts the time of others too."""
    return (
        f"{measured['stall_cpu'] * 1e3:.0f} ms of its own CPU, {measured['stall'] * 1e3:.0f} ms by the clock"
    )


def body_of(number: int) -> bytes:
    """A job as the app publishes it."""
    return Job(
        query="What has changed since yesterday, and what should the team look at first?",
        team="T0001",
        channel=f"C{number % _CHANNELS:04}",
        user=f"U{number:06}",
        schedule=f"s-{number:06}",
        cron="0 9 * * *",
        zone="Europe/Berlin",
    ).encode()


def message_for(number: int, url: str) -> Message:
    at = _MINUTE - timedelta(hours=1)
    headers = (("Content-Type", "application/json"),)
    labels = ("precache", f"T0001.C{number % _CHANNELS:04}")
    return Message(url=url, headers=headers, labels=labels, created=at, not_before=at)


async def fill(valkey: redis.asyncio.Redis, numbers: Sequence[int], *, url: str, cron: str) -> None:
    """Store schedules as the store does, a thousand in a round trip."""
    next_slot = Cron.parse(cron).next_after(_MINUTE - timedelta(hours=1))
    put = valkey.register_script(PutSchedule.TEXT)
    for start in range(0, len(numbers), 1_000):
        async with valkey.pipeline(transaction=False) as pipe:
            for number in numbers[start : start + 1_000]:
                call = PutSchedule(
                    schedule_id=f"s-{number:06}",
                    spec=message_for(number, url).encode(),
                    body=body_of(number),
                    cron=cron,
                    version="0123456789abcdef",
                    next_slot=to_ms(next_slot),
                    now=to_ms(_MINUTE - timedelta(hours=1)),
                    limit=None,
                )
                names, values = call.keys_and_args()
                await put(keys=names, args=values, client=pipe)
            await pipe.execute()


async def due_together(town: Town, number: int) -> None:
    """Schedules that are due in the same minute."""
    arrivals = Arrivals()
    town.destination.answer = arrivals
    async with town.engine() as engine, open_valkey(town.folder) as valkey:
        await engine.set_clock(_MINUTE - timedelta(hours=1))
        await fill(valkey, range(number), url=f"{town.destination.url}/due", cron="0 9 * * *")
        ahead = await engine.set_clock(_MINUTE - timedelta(seconds=2))
        # One more makes it look at its clock.
        await engine.add_schedule("later", f"{town.destination.url}/due", "0 10 * * *", b"{}")
        idle = await engine.measure()
        trips = RoundTrips(valkey)
        before = await trips.count()
        await wait_until(lambda: arrivals.number >= number, "every delivery", seconds=180)
        took = time.time() + ahead - _MINUTE.timestamp()
        measured, after = await engine.measure(), await trips.count()
        used = measured["cpu"] - idle["cpu"]
        assert arrivals.first
        town.tell(
            f"{number:,} due together: first delivery",
            f"{arrivals.first + ahead - _MINUTE.timestamp():.2f} s after the minute",
        )
        town.tell(
            f"{number:,} due together: last delivery",
            f"{took:.1f} s, {number / took:,.0f} a second, {used / number * 1e3:.2f} ms of CPU each",
        )
        town.tell(
            f"{number:,} due together: Redis round trips", f"{(after - before) / number:.2f} a delivery"
        )
        town.tell(
            f"{number:,} due together: longest stall",
            stall_of(measured),
        )


async def kept(town: Town, number: int, *, added: int) -> None:
    """Many schedules that wait: adding, listing, memory, a start."""
    url = f"{town.destination.url}/kept"
    async with town.engine() as engine, open_valkey(town.folder) as valkey:
        await engine.set_clock(_MINUTE)
        empty = await engine.measure()

        async def add(n: int) -> None:
            await engine.add_schedule(f"s-{n:06}", url, "CRON_TZ=Europe/Berlin 0 7 * * *", body_of(n))

        timing = await at_once(add, range(added), concurrency=32)
        used = (await engine.measure())["cpu"] - empty["cpu"]
        town.tell(
            "schedules added over HTTP",
            f"{timing.per_second:,.0f} a second, {used / added * 1e3:.2f} ms of CPU each",
        )
        await fill(valkey, range(added, number), url=url, cron="CRON_TZ=Europe/Berlin 0 7 * * *")
        trips = RoundTrips(valkey)
        before = await trips.count()
        await engine.measure()
        found, first, took = await engine.list_schedules()
        full, after = await engine.measure(), await trips.count()
        town.tell(
            f"{found:,} listed", f"first byte {first:.2f} s, all {took:.1f} s; {after - before:,} round trips"
        )
        town.tell(
            f"{found:,} listed: longest stall",
            stall_of(full),
        )
        town.tell(f"{found:,} kept and listed: memory", f"{full['rss'] - empty['rss']:+.0f} MB")
    async with town.engine() as engine:
        town.tell(f"start with {found:,} schedules", f"{engine.started:.2f} s")


async def one_busy_channel(town: Town, *, busy: int, others: int) -> None:
    """Deliveries of one channel that wait, and one of each other channel behind them."""
    town.destination.answer = lambda _: 200
    town.destination.received.clear()
    town.destination.gate.clear()
    async with town.engine() as engine:
        for _ in range(busy):
            await engine.post(
                f"/v2/publish/{town.destination.url}/busy", b"x", {"Upstash-Label": "precache,T1.C0"}
            )
        for number in range(others):
            await engine.post(
                f"/v2/publish/{town.destination.url}/other",
                b"x",
                {"Upstash-Label": f"precache,T1.C{number + 1}"},
            )
        with suppress(AssertionError):  # then some are missing, which is what the row says
            await wait_until(lambda: len(town.destination.at("/other")) == others, "the others", seconds=5)
        at_work = len(town.destination.at("/busy"))
        town.tell(
            f"{busy} of one channel wait: of {others} others",
            f"{len(town.destination.at('/other'))} delivered, beside {at_work} of it",
        )
        town.destination.gate.set()
        await wait_until(lambda: len(town.destination.received) >= busy + others, "all of them", seconds=60)


@asynccontextmanager
async def open_valkey(folder: Path) -> AsyncIterator[redis.asyncio.Redis]:
    pool = redis.asyncio.BlockingConnectionPool.from_url(f"unix://{folder}/valkey.sock", max_connections=64)
    try:
        yield redis.asyncio.Redis(connection_pool=pool)
    finally:
        await pool.aclose()


async def run(*, due: int, schedules: int) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(_LONGEST))
        destination = await stack.enter_async_context(open_destination())
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=2),
                timeout=aiohttp.ClientTimeout(_LONGEST),
            )
        )
        for scenario in ("due", "kept", "busy"):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-bench-")))
            town = Town(folder=folder, http=http, destination=destination)
            match scenario:
                case "due" if due:
                    await due_together(town, due)
                case "kept" if schedules:
                    await kept(town, schedules, added=min(5_000, schedules))
                case "busy":
                    await one_busy_channel(town, busy=300, others=20)


# The process under test


@dataclass(kw_only=True)
class Stall:
    """The longest time for which the event loop did not come round."""

    by_clock: float = 0.0
    of_cpu: float = 0.0

    async def watch(self) -> None:
        while True:
            clock, cpu = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.002)
            self.by_clock = max(self.by_clock, time.perf_counter() - clock - 0.002)
            self.of_cpu = max(self.of_cpu, time.thread_time() - cpu - 0.002)

    def take(self) -> dict[str, float]:
        found = {"stall": self.by_clock, "stall_cpu": self.of_cpu}
        self.by_clock = self.of_cpu = 0.0
        return found


def resident() -> float:
    """MB of memory."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def serve_engine(folder: Path) -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Mount, Route

    from scheduler.embedded import EmbeddedQStash, load_credentials, run_valkey
    from tests.stand_ins.serve import serve

    logging.getLogger().setLevel(logging.WARNING)
    began, ahead, stall = time.perf_counter(), timedelta(), Stall()

    def now() -> datetime:
        return datetime.now(UTC) + ahead

    async def set_clock(request: Request) -> JSONResponse:
        nonlocal ahead
        ahead = datetime.fromtimestamp(await request.json(), UTC) - datetime.now(UTC)
        return JSONResponse(ahead.total_seconds())

    async def measure(_: Request) -> JSONResponse:
        return JSONResponse({"rss": resident(), "cpu": time.process_time(), **stall.take()})

    async with AsyncExitStack() as stack:
        socket = await stack.enter_async_context(run_valkey(folder))
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            f"unix://{socket}", max_connections=32, timeout=5, socket_timeout=5
        )
        stack.push_async_callback(pool.aclose)
        client: Any = redis.asyncio.Redis(connection_pool=pool)
        credentials = await load_credentials(client)
        qstash = EmbeddedQStash(client, credentials, now=now)
        own = [Route("/measure", measure), Route("/clock", set_clock, methods=["POST"])]
        url = await stack.enter_async_context(serve(Starlette(routes=[*own, Mount("/", app=qstash.app)])))
        await stack.enter_async_context(qstash.running())
        started = time.perf_counter() - began
        watching = asyncio.create_task(stall.watch())
        stack.callback(watching.cancel)
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        print(json.dumps({"url": url, "token": credentials.token, "started": started}), flush=True)
        gc.collect()
        gc.freeze()  # as the app does, once it has started
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.embedded", description=__doc__)
    parser.add_argument("--due", type=int, default=10_000, help="schedules that are due together")
    parser.add_argument("--schedules", type=int, default=100_000, help="schedules that are kept")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve_engine(options.serve))
        return
    print(f"{report.machine()}\n\n| embedded QStash | measured |\n| --- | --- |")
    asyncio.run(run(due=options.due, schedules=options.schedules))


if __name__ == "__main__":
    main()
