"""Chores that one copy of this process at a time does again and again: APScheduler and a lock in Redis.

APScheduler only says when. Which copy does it is settled when it runs, so any number of copies may keep the
same hours, and one that dies holds the others up no longer than a pass may take.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from upstash_redis.asyncio import Redis

from scheduler.errors import PublishError
from scheduler.lua import LOCKING, Key, Script

logger = logging.getLogger(__name__)

_MARGIN: Final = timedelta(seconds=30)  # what the last calls of a pass, and clocks, may take beyond its time
_RESTS: Final = 0.9  # of the time between two passes: then the same copy, or another one, may do the next


class ReleaseLock(Script):
    """Let a lock go if it is still ours, or keep it for another `rest` ms: the chore is not due before."""

    lock: Key
    token: str
    rest: int
    LUA = """
if redis.call('GET', lock) ~= token then return 0 end
if rest > 0 then return redis.call('PEXPIRE', lock, rest) end
return redis.call('DEL', lock)
"""


@dataclass(frozen=True, kw_only=True)
class Chore:
    """One thing to be done, which may be cut off anywhere and goes on at its next pass."""

    name: str
    work: Callable[[], Awaitable[None]]
    every: timedelta
    within: timedelta
    """The longest that one pass may take."""
    first: timedelta
    """The wait after the start."""


class Housekeeping:
    """Does chores; `outages` are errors that the next pass may be spared.

    The lock under `lock_key(name)` is held while a pass is under way, and until shortly before the next; it
    ends by itself.
    """

    def __init__(
        self,
        redis: Redis,
        chores: Sequence[Chore],
        *,
        lock_key: Callable[[str], str],
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._redis = redis
        self._chores = chores
        self._outages: tuple[type[Exception], ...] = (PublishError, *outages)
        self._lock_key = lock_key
        self._under_way: set[asyncio.Task[bool]] = set()
        self._stopping = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do each when it is time to; what is under way at the end is cut off, and its lock is given back."""
        self._stopping = False
        # Of the defaults, one drops a job that comes a second late, and one takes the zone of the machine.
        alarm = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every beat at INFO
        for chore in self._chores:
            alarm.add_job(
                self._start_chore,
                "interval",
                args=(chore,),
                seconds=chore.every.total_seconds(),
                next_run_time=datetime.now(UTC) + chore.first,
            )
        alarm.start()
        try:
            yield
        finally:
            self._stopping = True
            alarm.shutdown(wait=False)
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _start_chore(self, chore: Chore) -> None:
        # A task of ours: those of APScheduler are cancelled at its end, and not waited for.
        if not self._stopping:
            task = asyncio.create_task(self.do_chore(chore), name=chore.name)
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def do_chore(self, chore: Chore) -> bool:
        """Do it now, unless a copy is doing it or has just done it; true if it was done. Never fails."""
        try:
            return await self._do_locked(chore)
        except self._outages as exc:
            logger.warning("chore.put_off name=%s: %s", chore.name, exc)
        except TimeoutError:
            logger.warning("chore.cut_off name=%s after=%.0fs", chore.name, chore.within.total_seconds())
        except Exception:
            logger.exception("chore.failed name=%s", chore.name)
        return False

    async def _do_locked(self, chore: Chore) -> bool:
        token, began = secrets.token_hex(8), time.monotonic()
        longest = int((chore.within + _MARGIN) / timedelta(milliseconds=1))
        if not await self._redis.set(self._lock_key(chore.name), token, nx=True, px=longest):
            return False
        rest = timedelta(0)
        try:
            async with asyncio.timeout(chore.within.total_seconds()):
                await chore.work()
            rest = chore.every * _RESTS - timedelta(seconds=time.monotonic() - began)
        finally:
            # A pass that failed keeps no lock: another copy may have more luck.
            await self._release_lock(chore, token, rest)
        return True

    async def _release_lock(self, chore: Chore, token: str, rest: timedelta) -> None:
        ms = max(int(rest / timedelta(milliseconds=1)), 0)
        call = ReleaseLock(lock=self._lock_key(chore.name), token=token, rest=ms)
        keys, args = call.keys_and_args()
        await self._redis.eval(LOCKING + call.TEXT, keys, [str(arg) for arg in args])
