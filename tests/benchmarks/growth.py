"""Lists of a team with 500 and with 5,000 schedules: Redis requests, and the longest stall of the event loop.

    python -m tests.benchmarks.growth

Each number is of one call after a first one, on a Valkey of its own; it takes under a minute. The exit status
is 1 if a call takes more requests than it may, however many schedules there are.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bot.schedules import (
    Looks,
    Permissions,
    Policy,
    Schedule,
    ScheduleDirectory,
    ScheduleIndex,
    ScheduleStore,
)
from bot.slack import Caller, Slack, connect_slack
from bot.storage.client import CountedRedis, socket_redis
from bot.storage.keys import schedule_index_key
from scheduler import Closures
from scheduler.embedded import run_valkey

SIZES: Final = (500, 5_000)
MOST: Final = 5
"""Redis requests that a call may take; the first after an upgrade makes the index, and takes more."""
CALLER: Final = Caller(team="T1", user="U1", channel="C1")


@dataclass
class Stalls:
    """The longest time for which this process worked without giving others their turn, in ms.

    It is processor time, so that whatever else the machine does counts for nothing.
    """

    longest: float = 0

    async def watch(self) -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, (time.process_time() - before) * 1_000)


@dataclass(frozen=True, kw_only=True)
class Team:
    """A team with many schedules, and the lists of it."""

    redis: CountedRedis
    directory: ScheduleDirectory

    async def add_schedules(self, first: int, last: int) -> None:
        store, now = ScheduleStore(redis=self.redis), datetime.now(UTC)
        for start in range(first, last, 100):
            await asyncio.gather(
                *(store.add_record(_schedule(n), now=now) for n in range(start, min(start + 100, last)))
            )

    async def list_here(self) -> None:
        listed = await self.directory.list_upcoming(CALLER, "here", most=45)
        rows = [self.directory.next_run(schedule) for schedule in listed.shown]
        assert len(rows) == 45

    async def list_mine(self) -> None:
        listed = await self.directory.list_upcoming(CALLER, "mine", most=45)
        assert len(listed.shown) == 45

    async def list_all(self) -> None:
        listed = await self.directory.list_upcoming(CALLER, "all", most=45, is_admin=True)
        assert len(listed.shown) == 45

    async def ask_for_unknown(self) -> None:
        assert not isinstance(await self.directory.find_visible(CALLER, "Number forty"), Schedule)

    async def measure(self, call: Callable[[], Awaitable[None]]) -> tuple[int, float]:
        """The requests and the longest stall of one call."""
        gc.collect()  # of all that came before
        stalls, requests = Stalls(), self.redis.requests
        watching = asyncio.create_task(stalls.watch())
        await asyncio.sleep(0.01)
        await call()
        await asyncio.sleep(0.01)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        return self.redis.requests - requests, stalls.longest


def _schedule(n: int) -> Schedule:
    plain = Schedule(
        id=f"n-{n:05}", team="T1", channel="C1", user="U1", query="What is new?", zone="Europe/Berlin"
    )
    return replace(plain, name=f"Number {n}", cron=f"{n % 60} {n // 60 % 24} * * 1-5")


async def _measure_all() -> bool:
    """Print every call; False if one took too many requests."""
    held = True
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        async with (
            run_valkey(Path(folder)) as valkey,
            socket_redis(f"unix://{valkey}") as redis,
            connect_slack(token="xoxb-unused", api_url="http://127.0.0.1:9/") as slack,
        ):

            async def slack_of(_: str) -> Slack:
                return slack

            def now() -> datetime:
                return datetime.now(UTC)

            directory = ScheduleDirectory(
                schedule_store=ScheduleStore(redis=redis),
                index=ScheduleIndex(redis=redis, closures=Closures(), now=now),
                permissions=Permissions(slack_of=slack_of, policy=Policy()),
                looks=Looks(redis=redis, is_wanted=False, now=now),
                closures=Closures(),
                now=now,
            )
            team, before = Team(redis=redis, directory=directory), 0
            for size in SIZES:
                await team.add_schedules(before, size)
                before = size
                await redis.delete(schedule_index_key("T1"))
                requests, stall = await team.measure(team.list_here)
                print(f"{size:>6}  {'first list after an upgrade':<28} {requests:>4} {stall:>8.1f} ms")
                for call in (team.list_here, team.list_mine, team.list_all, team.ask_for_unknown):
                    requests, stall = await team.measure(call)
                    print(f"{size:>6}  {call.__name__:<28} {requests:>4} {stall:>8.1f} ms")
                    held = held and requests <= MOST
    return held


if __name__ == "__main__":
    if not asyncio.run(_measure_all()):
        sys.exit(f"A call takes at most {MOST} requests.")
