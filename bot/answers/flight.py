"""The right to make one answer, held by one process at a time; the others wait for what comes of it.

It is a lease in Redis, taken and given back under the answer's key, so a holder that dies bars the way no
longer than its lease lasts. A holder that is alive never outlasts it: it is stopped when the lease ends.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Self

from bot.answers.answer_cache import AnswerCache, Wait
from bot.answers.records import Answer
from bot.budget import Reservation, TeamMeter
from bot.errors import CapReached, Limited, ModelRefused, ModelUnavailable, RedisUnavailable
from bot.model import Call
from scheduler import Script

_FIRST_POLL: Final = 0.1  # seconds; doubled up to the last: a model takes a second at the very least
_LAST_POLL: Final = 1.0


class Flight:
    """One attempt to get the answer under `key`, or that of a `day`; leaving it frees the way for others.

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
        meter: TeamMeter | None = None,
        day: date | None = None,
    ) -> None:
        self._cache = cache
        self._day = day
        self._key = key
        self._made_after = made_after
        self._lease = lease
        self._now = now
        self._meter = meter
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

    async def find_or_take(self, call: Call | None = None) -> Answer | None:
        """An answer that is fresh enough, waited for if another is at it; None takes the lease.

        With a meter the lease is taken together with the right to make this `call`, or neither is: raises
        `Limited`, `CapReached`, `ModelRefused`.
        """
        pause, clock = _FIRST_POLL, asyncio.get_running_loop().time
        self._leased = True
        while True:
            asked = clock()  # so that the lease, which Redis counts from later on, ends after our deadline
            match await self._ask_for_lease(call):
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

    async def _ask_for_lease(self, call: Call | None) -> Answer | Wait | None:
        wanted: dict[str, Any] = {
            "token": self._token,
            "made_after": self._made_after,
            "lease": self._lease,
            "day": self._day,
        }
        if call is None or self._meter is None:
            return await self._cache.take_flight(self._key, **wanted)
        try:
            taken = await self._cache.take_paid_flight(
                self._key, **wanted, admission=await self._meter.ask_admission(call)
            )
        except (CapReached, Limited, ModelRefused):
            self._leased = False
            raise
        if not isinstance(taken, Reservation):
            return taken
        self._meter.note_admitted_ahead(taken)
        return None

    async def land_answer(
        self,
        answer: Answer | None,
        *,
        material: str | None = None,
        ahead: bool = False,
        after: Sequence[Script] = (),
    ) -> list[Any]:
        """Free the way, and keep `answer` with its `material`; `ahead` of the slot for which it was paid.

        What is to run `after` it goes along in the same round trip; its replies come back. Raises
        `RedisUnavailable`; then the lease ends by itself.
        """
        self._leased = False
        settlements = self._meter.take_settlements(at_the_end=True) if self._meter else []
        try:
            return await self._cache.land_flight(
                self._key,
                token=self._token,
                answer=answer,
                material=material,
                day=self._day,
                ahead=ahead,
                before=settlements,
                after=after,
            )
        except RedisUnavailable as exc:
            if self._meter and settlements:
                self._meter.tell_unsettled(exc)
            raise

    async def _give_up_lease(self) -> None:
        try:
            await self.land_answer(None)
        except RedisUnavailable:
            return  # it ends by itself; what went wrong with Redis is on its way already, or passes
