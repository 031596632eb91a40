"""Chores that one copy of this process at a time does again and again: a clock and a lock in Redis.

Which copy does a chore is settled when its time comes, so any number of copies may keep the same hours, and
one that dies holds the others up no longer than a pass may take.
"""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

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

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do each when it is time to; what is under way at the end is cut off, and its lock is given back."""
        repeating = [
            asyncio.create_task(self._repeat_chore(chore), name=chore.name) for chore in self._chores
        ]
        try:
            yield
        finally:
            for task in repeating:
                task.cancel()
            await asyncio.gather(*repeating, return_exceptions=True)

    async def _repeat_chore(self, chore: Chore) -> None:
        """Do it at its hours; those that pass while it is under way are left out."""
        loop, every = asyncio.get_running_loop(), chore.every.total_seconds()
        due = loop.time() + chore.first.total_seconds()
        while True:
            await asyncio.sleep(due - loop.time())
            await self.do_chore(chore)
            due += every * max(math.ceil((loop.time() - due) / every), 1)

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
