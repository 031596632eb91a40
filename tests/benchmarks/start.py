"""`python -m tests.benchmarks.start`: what a start costs until it listens and is ready, and idle memory.

The app runs in its own process against stand-ins for all services, over a socket and over REST. It is watched
from outside: its own figures are those of the system, and a stall is the time that /healthz was late. Then a
first question loads LangChain. Times and bytes are printed, and decide nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import socket
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiohttp

from scheduler import Job
from scheduler.embedded import run_valkey
from tests.benchmarks import report
from tests.benchmarks.environ import full_environ
from tests.benchmarks.processes import ROOT, App, ended, run_stand_ins
from tests.signing import sign
from tests.stand_ins.upstash import TOKEN as UPSTASH_TOKEN

HEAD: Final = (
    "| Redis | first 200 | CPU until then | ready | CPU until then | CPU until idle | RSS idle | private | "
    "first question | CPU of it | stall at rest | stall then | RSS after |\n" + "| --- |" + " ---: |" * 12
)
_LONGEST: Final = 300  # seconds; an ordinary run takes a tenth of it
_SETTLED: Final = 2.0  # seconds after /readyz: what a start leaves for later is done
_LOOK: Final = 0.005  # seconds between two looks at /healthz


@dataclass(frozen=True, kw_only=True)
class Start:
    """One start of the app; seconds and bytes. CPU counts all of the process's threads."""

    wire: str
    first_200: float
    """Until /healthz says that the process lives."""
    cpu_first_200: float
    ready: float
    """Until /readyz says that it works, all services have answered, and QStash has brought a message back."""
    cpu_ready: float
    cpu_idle: float
    rss_idle: int
    private_idle: int
    first_question: float
    cpu_question: float
    stall_at_rest: float
    """The longest wait for /healthz while nothing goes on: the machine's share."""
    stall: float
    """The same during the first question."""
    rss_after: int


async def measure_start(
    wire: str,
    environ: Mapping[str, str],
    *,
    command: Sequence[str],
    folder: Path,
    http: aiohttp.ClientSession,
) -> Start:
    """Start the app, let it settle, and ask it the first question."""
    began = time.perf_counter()
    async with _started(command, environ, folder=folder) as process:
        await _until_200(f"{process.url}/healthz", http)
        first_200, cpu_first_200 = time.perf_counter() - began, process.cpu
        await _until_200(f"{process.url}/readyz", http)
        ready, cpu_ready = time.perf_counter() - began, process.cpu
        await asyncio.sleep(_SETTLED)
        cpu_idle, memory = process.cpu, _memory_of(process.pid)
        async with _watched_for_stalls(f"{process.url}/healthz", http) as at_rest:
            await asyncio.sleep(_SETTLED)
        before = process.cpu
        async with _watched_for_stalls(f"{process.url}/healthz", http) as stalls:
            took = await _ask(process.url, f"Hello {process.pid}", http)
        return Start(
            wire=wire,
            first_200=first_200,
            cpu_first_200=cpu_first_200,
            ready=ready,
            cpu_ready=cpu_ready,
            cpu_idle=cpu_idle,
            rss_idle=memory["Rss"],
            private_idle=memory["Private_Clean"] + memory["Private_Dirty"],
            first_question=took,
            cpu_question=process.cpu - before,
            stall_at_rest=max(at_rest),
            stall=max(stalls),
            rss_after=_memory_of(process.pid)["Rss"],
        )


def row_of(starts: Sequence[Start]) -> str:
    """The median of each figure; the longest of all stalls."""

    def median(name: str) -> float:
        return float(statistics.median(getattr(start, name) for start in starts))

    def seconds(name: str) -> str:
        return f"{median(name):.2f} s"

    def milliseconds(name: str) -> str:
        return f"{max(getattr(start, name) for start in starts) * 1e3:.0f} ms"

    def megabytes(name: str) -> str:
        return f"{median(name) / 1e6:.1f} MB"

    cells = (
        starts[0].wire,
        *map(seconds, ("first_200", "cpu_first_200", "ready", "cpu_ready", "cpu_idle")),
        *map(megabytes, ("rss_idle", "private_idle")),
        *map(seconds, ("first_question", "cpu_question")),
        *map(milliseconds, ("stall_at_rest", "stall")),
        megabytes("rss_after"),
    )
    return f"| {' | '.join(cells)} |"


@asynccontextmanager
async def _started(command: Sequence[str], environ: Mapping[str, str], *, folder: Path) -> AsyncIterator[App]:
    """The process, which may not listen yet."""
    log, port = folder / "log", _free_port()
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(*command, "--env", os.devnull),
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "PORT": str(port), **environ},
            stdin=DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    async with ended(process):
        try:
            yield App(url=f"http://127.0.0.1:{port}", pid=process.pid, log=log)
        finally:
            if process.returncode is not None:
                sys.stderr.write(log.read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _ask(url: str, query: str, http: aiohttp.ClientSession) -> float:
    """The seconds to the answer to a new prompt."""
    address, body = f"{url}/api/announce", Job(query=query).encode()
    signature = sign(body, address, now=datetime.now(UTC))
    headers = {"Upstash-Signature": signature, "Content-Type": "application/json"}
    began = time.perf_counter()
    async with http.post(address, data=body, headers=headers) as said:
        await said.read()
        if (said.status, said.headers.get("X-Cache")) != (200, "MISS"):
            raise RuntimeError(f"expected an answer of the model, got status {said.status}")
    return time.perf_counter() - began


async def _until_200(url: str, http: aiohttp.ClientSession) -> None:
    while True:
        with suppress(aiohttp.ClientConnectionError):
            async with http.get(url) as response:
                if response.status == 200:
                    return
        await asyncio.sleep(_LOOK)


@asynccontextmanager
async def _watched_for_stalls(url: str, http: aiohttp.ClientSession) -> AsyncIterator[list[float]]:
    """The seconds that each look took, one after the other, until the body ends."""
    stalls: list[float] = []

    async def look() -> None:
        while True:
            began = time.perf_counter()
            async with http.get(url) as response:
                await response.read()
            stalls.append(time.perf_counter() - began)
            await asyncio.sleep(_LOOK)

    looking = asyncio.create_task(look())
    try:
        yield stalls
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


def _memory_of(pid: int) -> dict[str, int]:
    """Bytes by kind, as the kernel sums them up."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(number) * 1024 for name, number in re.findall(r"^(\w+):\s+(\d+) kB$", told, re.M)}


async def run(*, command: Sequence[str], times: int, compiles: bool = False) -> list[list[Start]]:
    """So many starts over each wire, in turn."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(_LONGEST))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="precache-start-")))
        valkey = await stack.enter_async_context(run_valkey(folder / "valkey"))
        there = await stack.enter_async_context(run_stand_ins(valkey))
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(60)))
        wires = {
            "socket": {"REDIS_URL": f"unix://{valkey}"},
            "REST": {"UPSTASH_REDIS_REST_URL": there.upstash, "UPSTASH_REDIS_REST_TOKEN": UPSTASH_TOKEN},
        }
        found: list[list[Start]] = []
        for wire, variables in wires.items():
            environ = full_environ(there) | variables
            if compiles:
                environ |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(folder / "none")}
            measured: list[Start] = []
            for number in range(times):
                (home := folder / f"{wire}-{number}").mkdir()
                measured.append(await measure_start(wire, environ, command=command, folder=home, http=http))
            print(row_of(measured), flush=True)
            found.append(measured)
        return found


async def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.start", description=__doc__)
    parser.add_argument("--app", type=Path, default=ROOT / "app.py", help="the app.py to start")
    parser.add_argument("--python", default=sys.executable, help="the Python to start it with")
    parser.add_argument("--times", type=int, default=5, help="starts over each wire (5)")
    parser.add_argument(
        "--compiles", action="store_true", help="as where no byte code is: each start compiles everything"
    )
    options = parser.parse_args(words)
    this = asyncio.current_task()
    assert this
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    print(f"{report.machine()}; {os.getloadavg()[0]:.1f} others running.\n\n{HEAD}")
    command = (options.python, str(options.app.resolve()))
    await run(command=command, times=options.times, compiles=options.compiles)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("stopped")
