"""What anyone may ask for, which costs no more than one question a second however many ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar, cast

T = TypeVar("T")

_KEPT: Final = 1.0  # seconds


class BrieflyKept(Generic[T]):
    """Asks, keeps the answer for a second or `kept`, and has all who ask meanwhile share one question.

    It raises what the question raises, and keeps no failure.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[T]],
        *,
        kept: float = _KEPT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._kept = kept
        self._known: T | None = None
        self._until = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self) -> T:
        if self._clock() >= self._until:
            if self._asking is None:
                self._asking = asyncio.create_task(self._ask_once(), name="briefly kept")
                self._asking.add_done_callback(self._end_question)
            await asyncio.shield(self._asking)  # who gives up takes nothing from the others
        return cast("T", self._known)

    async def _ask_once(self) -> None:
        self._known = await self._ask()
        self._until = self._clock() + self._kept

    def _end_question(self, asked: asyncio.Task[None]) -> None:
        self._asking = None
        if not asked.cancelled():
            asked.exception()  # told to those who waited, if there are any left
