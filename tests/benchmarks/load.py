"""The load: so many requests, so many at once or so many a second, and how long each took."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Timing:
    """The time that the whole took, and each request, in seconds."""

    elapsed: float
    durations: Sequence[float]

    @property
    def per_second(self) -> float:
        return len(self.durations) / self.elapsed

    def percentile(self, percent: int) -> float:
        """The time within which so many of a hundred were answered."""
        ranked = sorted(self.durations)
        return ranked[min(len(ranked) * percent // 100, len(ranked) - 1)]


async def at_once(
    send: Callable[[T], Awaitable[object]], requests: Sequence[T], *, concurrency: int
) -> Timing:
    """As fast as they are answered, never more than `concurrency` under way."""
    waiting, durations = iter(requests), list[float]()

    async def work() -> None:
        for request in waiting:
            began = perf_counter()
            await send(request)
            durations.append(perf_counter() - began)

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return Timing(elapsed=perf_counter() - began, durations=durations)


async def paced(
    send: Callable[[T], Awaitable[object]], requests: Sequence[T], *, per_second: float
) -> Timing:
    """At a steady pace, however long answers take; each is timed from the moment it was due."""
    durations = list[float]()

    async def one(request: T, due: float) -> None:
        await send(request)
        durations.append(perf_counter() - due)

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, request in enumerate(requests):
            due = began + number / per_second
            await asyncio.sleep(max(0.0, due - perf_counter()))
            group.create_task(one(request, due))
    return Timing(elapsed=perf_counter() - began, durations=durations)
