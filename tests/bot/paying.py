"""A limit and a purse around model calls, by hand: they say yes unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from upstash_redis.asyncio import Redis

from bot.answers.question import Question
from bot.budget import Admission, AdmitCall, Caps, Prices, Purse, Reservation, TeamMeter
from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.model.meter import Call, Tokens
from bot.storage import run_script

PRICES = Prices.parse("openai:test=1000/2000")
"""Dear, so that sums are easy to see: a thousandth of a dollar for each token sent, two for each received."""
PLENTY = Rate(calls=1_000, window=timedelta(hours=1))


class OpenPurse(Purse):
    """A purse without a flight around it: it reserves and settles at once, and no limit is near."""

    def __init__(self, redis: Redis, *, prices: Prices, caps: Caps, now: Callable[[], datetime]) -> None:
        super().__init__(redis, prices=prices, caps=caps, now=now)
        self.redis = redis

    async def reserve_call(self, call: Call, *, team: str, schedule: str | None = None) -> Reservation:
        limit = Limit(self.redis, overall=PLENTY, per_team=PLENTY)
        admission = Admission(
            redis=self.redis,
            limit=limit,
            asked=await limit.ask_gates(team),
            reserving=self.ask_reservation(call, team=team, schedule=schedule),
            block=None,
        )
        return admission.read_reply(await admission.run_script(AdmitCall))

    async def settle_now(
        self, reservation: Reservation, tokens: Tokens | None, *, billed: bool
    ) -> int | None:
        await run_script(self.redis, self.settle_call(reservation, tokens, billed=billed))
        return self.cost_of_call(reservation, tokens, billed=billed)


def purse_of(
    redis: Redis, *, caps: Caps | None = None, now: Callable[[], datetime] | None = None
) -> OpenPurse:
    return OpenPurse(redis, prices=PRICES, caps=caps or Caps(), now=now or (lambda: datetime.now(UTC)))


def metering(redis: Redis, purse: Purse, *, rate: Rate = PLENTY) -> Callable[[Question], TeamMeter]:
    """The meter that `Answers` takes; nobody is warned."""
    limit = Limit(redis, overall=rate, per_team=rate)

    def meter(question: Question) -> TeamMeter:
        return TeamMeter(limit, purse, team=question.team, schedule=question.schedule, warned=lambda _: None)

    return meter
