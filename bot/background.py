"""Tasks that outlive the request that began them: held, logged when they fail, awaited at the end.

Bolt starts its lazy listeners as bare tasks, which nothing waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

logger = logging.getLogger(__name__)


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

    def start(self, work: Coroutine[Any, Any, None], *, name: str, resumable: bool = False) -> None:
        """Begin a task; a `resumable` one is not waited for at the end: the next start goes on with it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        if resumable:
            self._resumable.add(task)
        task.add_done_callback(self._drop_ended)

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
