"""The end of the process, as requests see it: those under way may finish, and new ones are to come again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, TypeVar

T = TypeVar("T")

COME_AGAIN: Final = timedelta(seconds=5)
"""The time after which another copy, or the next process, is there."""

_GLANCE: Final = 0.1  # seconds between two looks for a second signal, which ends all waiting


class Closing:
    """Knows if the end has begun, and what is under way in the loop in which it is made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()  # kept, for Python 3.11 asks the system to find it
        self.has_begun = False
        self._under_way: set[asyncio.Task[Any]] = set()
        self._cut_off: set[asyncio.Task[Any]] = set()

    @property
    def cut_off(self) -> int:
        """The number of requests for which there was no time left."""
        return len(self._cut_off)

    def begin(self) -> None:
        self.has_begun = True

    async def do_or_put_off(self, work: Awaitable[T], *, put_off: T) -> T:
        """The outcome of `work`, or `put_off` if the end of the process cuts it off."""
        task = asyncio.current_task(self._loop)
        assert task is not None  # noqa: S101 - a coroutine runs in one
        self._under_way.add(task)
        try:
            return await work
        except asyncio.CancelledError:
            if task not in self._cut_off:
                raise
            task.uncancel()
            return put_off
        finally:
            self._under_way.discard(task)

    async def finish(self, patience: timedelta, *, is_forced: Callable[[], bool] = lambda: False) -> None:
        """Wait for what is under way, and cut off what is left then."""
        until = self._loop.time() + patience.total_seconds()
        while self._under_way and self._loop.time() < until and not is_forced():
            await asyncio.wait(self._under_way, timeout=min(_GLANCE, max(until - self._loop.time(), 0)))
        late = set(self._under_way)
        self._cut_off |= late
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=patience.total_seconds())
