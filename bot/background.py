"""Tasks that outlive the request that began them: held, logged when they fail, awaited at the end.

Bolt starts its lazy listeners as bare tasks, which nothing waits for. Here is also what keeps slow work from
holding others up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from weakref import WeakValueDictionary

logger = logging.getLogger(__name__)

T = TypeVar("T")


async def run_until_cancelled(work: Callable[[Callable[[], bool]], T]) -> T:
    """Do `work` in a thread. A thread cannot be stopped, so `work` is to ask now and then if it is over."""
    over = threading.Event()
    try:
        return await asyncio.to_thread(work, over.is_set)
    finally:
        over.set()


class Bundle:
    """The tasks that one request begins, and those that they begin in turn.

    `when_done` is called once all of them have ended; not if one was cut off, for its work is not done.
    """

    def __init__(self, when_done: Callable[[], None]) -> None:
        self._when_done = when_done
        self._under_way = 0
        self._is_cut_off = False

    @contextmanager
    def collect_tasks(self) -> Iterator[None]:
        """Let what is begun inside belong to it."""
        self.add_one()
        token = _bundle.set(self)
        is_cut_off = False
        try:
            yield
        except asyncio.CancelledError:
            is_cut_off = True
            raise
        finally:
            _bundle.reset(token)
            self.end_one(is_cut_off=is_cut_off)

    def add_one(self) -> None:
        self._under_way += 1

    def end_one(self, *, is_cut_off: bool) -> None:
        self._under_way -= 1
        self._is_cut_off |= is_cut_off
        if self._under_way or self._is_cut_off:
            return
        token = _bundle.set(None)  # what follows belongs to it no more
        try:
            self._when_done()
        finally:
            _bundle.reset(token)


_bundle: ContextVar[Bundle | None] = ContextVar("bundle", default=None)


@dataclass(kw_only=True, eq=False)
class Background:
    """Runs tasks; leaving it waits for them, and for those that they start, as long as `patience`."""

    patience: timedelta = timedelta(seconds=10)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False, repr=False)
    _resumable: set[asyncio.Task[None]] = field(default_factory=set, init=False, repr=False)

    cut_off: int = field(default=0, init=False)
    """The number of tasks for which there was no time left at the end."""

    @property
    def awaited(self) -> int:
        """The number of tasks under way that the end waits for."""
        return len(self._tasks - self._resumable)

    @property
    def running(self) -> int:
        """The number of tasks under way."""
        return len(self._tasks)

    def start_task(self, work: Coroutine[Any, Any, None], *, name: str, resumable: bool = False) -> None:
        """Begin a task; a `resumable` one is not waited for at the end: the next start goes on with it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        if resumable:
            self._resumable.add(task)
        task.add_done_callback(self._drop_ended)
        if (bundle := _bundle.get()) is not None:
            bundle.add_one()
            task.add_done_callback(lambda ended: bundle.end_one(is_cut_off=ended.cancelled()))

    async def __aenter__(self) -> Background:
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._resumable:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.patience.total_seconds()):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        late = list(self._tasks)
        self.cut_off = len(late)
        for task in late:
            logger.warning("background.cancelled name=%s", task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _drop_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._resumable.discard(task)
        if not task.cancelled() and (exc := task.exception()) is not None:
            logger.error("background.failed name=%s", task.get_name(), exc_info=exc)


class Shares:
    """So many places for all, of which nobody takes more than `each`, however slow what they bring is."""

    def __init__(self, most: int, *, each: int) -> None:
        self._each = each
        self._places = asyncio.Semaphore(most)
        self._owners: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def take_place(self, owner: str) -> AsyncIterator[None]:
        """Wait for a place, and keep it inside."""
        own = self._owners.setdefault(owner, asyncio.Semaphore(self._each))
        async with own, self._places:
            yield
