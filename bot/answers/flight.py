"""The right to make one answer, held by one process at a time; the others wait for what comes of it.

It is a lease in Redis, taken and given back under the answer's key, so a holder that dies bars the way no
longer than its lease lasts. A holder that is alive never outlasts it: it is stopped when the lease ends.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Self

from bot.answers.answer_cache import AnswerCache, Wait
from bot.answers.records import Answer
from bot.errors import ModelUnavailable, RedisUnavailable

_FIRST_POLL: Final = 0.1  # seconds; doubled up to the last: a model takes a second at the very least
_LAST_POLL: Final = 1.0


class Flight:
    """One attempt to get the answer under `key`; leaving it frees the way for others.

    Leaving raises `ModelUnavailable` if the lease had ended before.
    """

    def __init__(
        self,
        cache: AnswerCache,
        *,
        key: str,
        made_after: datetime,
        lease: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._cache = cache
        self._key = key
        self._made_after = made_after
        self._lease = lease
        self._now = now
        self._token = secrets.token_hex(8)
        self._leased = False  # or perhaps: an answer from Redis may be lost
        self._deadline = asyncio.timeout(None)
        self.began: datetime | None = None
        """The moment at which the right was ours; what is made then is as old as that."""

    async def __aenter__(self) -> Self:
        await self._deadline.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self._deadline.__aexit__(*exc)  # type: ignore[arg-type]  # what it was given itself
        except TimeoutError as late:
            raise ModelUnavailable("the lease on the question has ended") from late
        finally:
            if self._leased:
                await self._give_up_lease()

    async def find_or_take(self) -> Answer | None:
        """An answer that is fresh enough, waited for if another is at it; None takes the lease."""
        pause, clock = _FIRST_POLL, asyncio.get_running_loop().time
        self._leased = True
        while True:
            asked = clock()  # so that the lease, which Redis counts from later on, ends after our deadline
            match await self._cache.take_flight(
                self._key, token=self._token, made_after=self._made_after, lease=self._lease
            ):
                case Answer() as answer:
                    self._leased = False
                    return answer
                case Wait(left=left):
                    await asyncio.sleep(min(pause, left.total_seconds() + 0.01))
                    pause = min(pause * 2, _LAST_POLL)
                case None:
                    self._deadline.reschedule(asked + self._lease.total_seconds())
                    self.began = self._now()
                    return None

    async def land_answer(self, answer: Answer | None, *, ahead: bool = False) -> None:
        """Free the way, and keep `answer`; `ahead` of the slot for which it was paid.

        Raises `RedisUnavailable`; then the lease ends by itself.
        """
        self._leased = False
        await self._cache.land_flight(self._key, token=self._token, answer=answer, ahead=ahead)

    async def _give_up_lease(self) -> None:
        try:
            await self.land_answer(None)
        except RedisUnavailable:
            return  # it ends by itself; what went wrong with Redis is on its way already, or passes
