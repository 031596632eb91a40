"""Copies of the app as processes of their own, each behind its own faulty wires; what ends is restarted."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp

from tests.chaos.clock import Clock
from tests.chaos.faults import Fault, Weather, Wire
from tests.chaos.proxy import HttpProxy, http_proxy
from tests.chaos.redis_proxy import RedisProxy, redis_proxy
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.slack_channel import TOKEN as SLACK_TOKEN
from tests.stand_ins.upstash import TOKEN as REST_TOKEN
from tests.waiting import wait_until

T = TypeVar("T")

ROOT: Final = Path(__file__).resolve().parents[2]
SIGNING_SECRET: Final = "0123456789abcdef0123456789abcdef"
_PATIENCE: Final = 60.0  # seconds in which a start on a busy machine must be done
_MOST_STARTS: Final = 200


class CopyFailed(Exception):
    """A copy does not start, or ended although nobody had ended it."""


class CopyFrozen(Exception):
    """A copy stands still, and answers nobody."""


@dataclass(frozen=True, kw_only=True)
class Targets:
    """The services behind the wires."""

    redis: Path
    rest: str
    """The same Redis, over Upstash's REST API."""
    qstash: str
    slack: str
    model: str


@dataclass(kw_only=True)
class Copy:
    """One copy; `url` is where it serves now, if it does."""

    name: str
    folder: Path
    clock: Clock
    url: str | None = None
    starts: int = 0
    on_death: Callable[[], Awaitable[None]] | None = None
    """Done when it has ended, before it is started again, and when it stands still."""
    fellows: Sequence[Copy] = ()
    """All copies; one of them goes on at any time."""
    freezes: int = 0
    _frozen: asyncio.Event = field(default_factory=asyncio.Event)
    _url_when_thawed: str | None = None
    _stalled: set[asyncio.Task[Any]] = field(default_factory=set)
    """What it was asked when it came to stand still."""
    _looking_on: asyncio.Task[None] | None = None
    _process: asyncio.subprocess.Process | None = None
    _told_to_end: bool = False

    def end(self, fault: Fault) -> None:
        """Kill it, freeze it, or tell it to stop; not while it starts: nothing is under way in it then."""
        if self._process is None or self._process.returncode is not None or self.url is None:
            return
        if fault is Fault.FREEZE:
            self._freeze(self._process)
            return
        self._told_to_end = True
        self.url = None
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM if fault is Fault.STOP else signal.SIGKILL)

    @property
    def is_frozen(self) -> bool:
        return self._frozen.is_set()

    def _freeze(self, process: asyncio.subprocess.Process) -> None:
        if any(fellow.is_frozen for fellow in self.fellows):
            return
        self.freezes += 1
        self._url_when_thawed, self.url = self.url, None
        process.send_signal(signal.SIGSTOP)
        self._frozen.set()
        if self.on_death is not None:
            self._looking_on = asyncio.ensure_future(self.on_death())

    async def thaw(self) -> None:
        """Let it go on, until it has answered all that it was asked before."""
        assert self._process is not None
        if self._looking_on is not None:
            await self._looking_on
        self._frozen.clear()
        self._process.send_signal(signal.SIGCONT)
        self.url = self._url_when_thawed
        stalled, self._stalled = self._stalled, set()
        await asyncio.gather(*map(self.ask, stalled), return_exceptions=True)

    async def ask(self, asking: Awaitable[T]) -> T:
        """Its answer. Raises `CopyFrozen` as soon as it stands still."""
        task, freezing = asyncio.ensure_future(asking), asyncio.create_task(self._frozen.wait())
        await asyncio.wait({task, freezing}, return_when=asyncio.FIRST_COMPLETED)
        freezing.cancel()
        if task.done():
            return task.result()
        self._stalled.add(task)
        raise CopyFrozen(self.name)

    async def run(self, environ: dict[str, str]) -> None:
        """Start it again and again. Raises `CopyFailed`."""
        while self.starts < _MOST_STARTS:
            self.starts += 1
            log = self.folder / f"{self.name}-{self.starts}.log"
            self._told_to_end = False
            with log.open("wb") as sink:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "tests.chaos.one_copy"),
                    cwd=self.folder,
                    env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **environ},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                    start_new_session=True,
                )
            process = self._process
            try:
                self.url = await wait_until(partial(self._found, log), "a copy is up", seconds=_PATIENCE)
                await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                self.url = None
            if self.on_death is not None:
                await self.on_death()
            if not self._told_to_end:
                raise CopyFailed(f"{self.name} ended by itself\n{log.read_text()[-3000:]}")
        raise CopyFailed(f"{self.name} was started {_MOST_STARTS} times")

    def _found(self, log: Path) -> str | None:
        said = log.read_text(errors="replace")
        if self._process is not None and self._process.returncode is not None:
            raise CopyFailed(f"{self.name} did not start\n{said[-3000:]}")
        found = re.search(r"Precache listens on (\S+)", said)
        return found[1] if found else None


@asynccontextmanager
async def run_copies(
    targets: Targets,
    *,
    weather: Weather,
    folder: Path,
    clocks: dict[str, Clock],
    over_rest: Collection[str],
    http: aiohttp.ClientSession,
) -> AsyncIterator[list[Copy]]:
    """As many as there are clocks; all are up at the beginning. The ones `over_rest` have no socket."""
    async with AsyncExitStack() as stack:
        copies, tasks = list[Copy](), []
        group = await stack.enter_async_context(_stopping())
        for name, clock in clocks.items():
            copy = Copy(name=name, folder=folder, clock=clock, fellows=copies)
            environ = await _wires(
                stack, copy, targets, weather=weather, is_over_rest=name in over_rest, http=http
            )
            (folder / name).mkdir()
            tasks.append(asyncio.create_task(copy.run(environ)))
            copies.append(copy)
            group.append(tasks[-1])
        await _all_up(copies, tasks)
        yield copies
        for task in tasks:
            if task.done():
                task.result()


async def _all_up(copies: list[Copy], tasks: list[asyncio.Task[None]]) -> None:
    def settled() -> bool:
        for task in tasks:
            if task.done():
                task.result()
        return all(copy.url is not None for copy in copies)

    await wait_until(settled, "all copies are up", seconds=_PATIENCE)


@asynccontextmanager
async def _stopping() -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wires(
    stack: AsyncExitStack,
    copy: Copy,
    targets: Targets,
    *,
    weather: Weather,
    is_over_rest: bool,
    http: aiohttp.ClientSession,
) -> dict[str, str]:
    """The proxies of one copy, and the settings that lead through them."""

    async def through(wire: Wire, target: str) -> str:
        proxy = HttpProxy(wire=wire, target=target, weather=weather, deadly=copy.end, http=http)
        return await stack.enter_async_context(http_proxy(proxy))

    if is_over_rest:
        redis = {
            "UPSTASH_REDIS_REST_URL": await through(Wire.REST, targets.rest),
            "UPSTASH_REDIS_REST_TOKEN": REST_TOKEN,
        }
    else:
        proxy = RedisProxy(socket=targets.redis, weather=weather, deadly=copy.end)
        redis = {"REDIS_URL": await stack.enter_async_context(redis_proxy(proxy))}
    return {
        **redis,
        "CHAOS_CLOCK": str(copy.clock.path),
        "CHAOS_SKEW": str(copy.clock.skew / timedelta(seconds=1)),
        "LOG_LEVEL": "INFO",
        "OPENAI_BASE_URL": f"{await through(Wire.MODEL, targets.model)}/v1",
        "PORT": "0",
        "PRECACHE_DATA": str(copy.folder / copy.name),
        "PRECACHE_LIMIT": "1000000/10s",
        "PRECACHE_MODEL": "openai:test",
        "PRECACHE_POSTS": "1000000/10s",
        "PRECACHE_TEAM_LIMIT": "1000000/10s",
        "PUBLIC_URL": "https://bot.example",
        "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
        "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
        "QSTASH_TOKEN": QSTASH_TOKEN,
        "QSTASH_URL": await through(Wire.QSTASH, targets.qstash),
        "SLACK_API_URL": f"{await through(Wire.SLACK, targets.slack)}/api/",
        "SLACK_BOT_TOKEN": SLACK_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }
