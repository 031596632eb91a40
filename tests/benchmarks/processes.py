"""The processes of a run: started here, ended here by their own id, whatever ends the run."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.benchmarks.stand_ins import Addresses
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
_CORES = sorted(os.sched_getaffinity(0))
_PATH = {"PATH": os.environ.get("PATH", "")}
_CPU_CLOCK = (
    2  # CPUCLOCK_SCHED: the clock of a process is made of its id and this, see clock_getcpuclockid(3)
)
_PATIENCE = 10  # seconds from being asked to end to being made to


@dataclass(frozen=True, kw_only=True)
class App:
    """An app under test, in its own process."""

    url: str
    pid: int
    log: Path | None = None

    @property
    def warnings(self) -> str:
        """The lines of its log that tell more than how a run went: the last of them."""
        lines = self.log.read_text().splitlines() if self.log else []
        return "\n".join([line for line in lines if " WARNING " in line or " ERROR " in line][-20:])

    @property
    def cpu(self) -> float:
        """Seconds of processor time it has used so far. Linux has a clock for each process."""
        return time.clock_gettime(~self.pid << 3 | _CPU_CLOCK)


@contextmanager
def keep_to_core(number: int) -> Iterator[None]:
    """Run, and start processes that run, on the core of that number; with one core, on that."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {_CORES[number % len(_CORES)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def run_contender(name: str, environ: Mapping[str, str]) -> AsyncIterator[App]:
    """A contender with these settings."""
    command = [sys.executable, "-m", "tests.benchmarks.contenders", name]
    started = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env={**_PATH, **environ}, stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    async with ended(started):
        assert started.stdout
        told = await asyncio.wait_for(started.stdout.readline(), 60)
        yield App(url=told.decode().strip(), pid=started.pid)


@asynccontextmanager
async def run_stand_ins(valkey: Path) -> AsyncIterator[Addresses]:
    command = [sys.executable, "-m", "tests.benchmarks.stand_ins", str(valkey)]
    started = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdin=PIPE, stdout=PIPE, start_new_session=True
    )
    async with ended(started):
        assert started.stdout
        yield Addresses(**json.loads(await asyncio.wait_for(started.stdout.readline(), 30)))


@asynccontextmanager
async def run_app(
    environ: Mapping[str, str],
    *,
    folder: Path,
    http: aiohttp.ClientSession,
    command: Sequence[str] = (str(ROOT / "app.py"),),
) -> AsyncIterator[App]:
    """The app with these settings and no others: `folder` must be there. `command` is another start of it."""
    log = folder / "log"
    with log.open("wb") as sink:
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            *(*command, "--env", os.devnull),
            cwd=folder,
            env={**_PATH, "PORT": "0", **environ},
            stdin=DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )

    async def ready() -> str | None:
        told = log.read_text()
        if started.returncode is not None:
            raise RuntimeError(f"the app did not start:\n{told}")
        if (address := re.search(r"listens on (\S+)", told)) is None:
            return None
        with suppress(aiohttp.ClientConnectionError):
            async with http.get(f"{address[1]}/readyz") as response:
                return address[1] if response.status == 200 else None
        return None

    async with ended(started):
        url = await wait_until(ready, "the app is ready", seconds=30)
        yield App(url=url, pid=started.pid, log=log)


@asynccontextmanager
async def ended(process: Process) -> AsyncIterator[None]:
    """Ended at the end. Ctrl-C reaches nobody but us: the process has a session of its own."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _PATIENCE)
            except TimeoutError:
                process.kill()
                await process.wait()
