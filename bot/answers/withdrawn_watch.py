"""What this process holds, without what was withdrawn meanwhile.

Answers that it holds are handed out without any script, so it must have known within two seconds that nobody
has withdrawn them: they have just come from Redis, or it has just read the list of what was withdrawn lately.
It reads that once a second at most, and only while it is asked for what it holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from upstash_redis.asyncio import Redis

from bot.answers.near_cache import NearCache
from bot.answers.withdrawals import LIST_TTL, MOST_LISTED
from bot.errors import RedisUnavailable
from bot.storage import withdrawals_key

logger = logging.getLogger(__name__)

_ANEW_AFTER: Final = 1.0  # seconds from one reading to the next
_GOOD_FOR: Final = 1.8  # seconds from the beginning of a reading
_MISSED_AFTER: Final = LIST_TTL.total_seconds() / 2


@dataclass(kw_only=True)
class WithdrawnAnswers:
    """Keeps what was withdrawn out of what this process holds."""

    redis: Redis = field(repr=False)
    near_cache: NearCache
    clock: Callable[[], float] = monotonic
    _checked: float | None = field(default=None, init=False)
    """When the last reading began; one that failed counts for as long as any."""
    _told: float = field(init=False)
    """When the last one began that has told; before the first, nothing is held."""
    _reading: asyncio.Task[None] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._told = self.clock()

    def held_after(self) -> float:
        """The moment from which on an answer must be held to be handed out; reads on beside that."""
        age = self._age
        if _ANEW_AFTER <= age < _GOOD_FOR:
            self._read_beside()
        return float("-inf") if age < _GOOD_FOR else self.clock() - _GOOD_FOR

    async def check(self) -> None:
        """Read what was withdrawn, unless that is known. Redis that is down lets nobody withdraw anything."""
        if self._age >= _ANEW_AFTER:
            await asyncio.shield(self._read_beside())

    async def aclose(self) -> None:
        """Give up a reading that is under way."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    @property
    def _age(self) -> float:
        return float("inf") if self._checked is None else self.clock() - self._checked

    def _read_beside(self) -> asyncio.Task[None]:
        """The one reading that is under way; it does not fail."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_list())
        return self._reading

    async def _read_list(self) -> None:
        began = self.clock()
        try:
            listed = await self.redis.lrange(withdrawals_key(), 0, MOST_LISTED - 1)
        except RedisUnavailable as exc:
            logger.warning("withdrawals.unread: %s", exc)
        else:
            pairs = [(team, name) for team, _, name in (str(one).partition(" ") for one in listed)]
            is_news = self.near_cache.forget_withdrawn(pairs)
            if began - self._told > _MISSED_AFTER or (is_news and len(pairs) == MOST_LISTED):
                self.near_cache.forget_all()
            self._told = began
        self._checked = began
