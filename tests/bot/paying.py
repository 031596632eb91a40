"""A limit and a purse around model calls, by hand: they say yes unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from upstash_redis.asyncio import Redis

from bot.answers.question import Question
from bot.budget import Caps, Prices, Purse, TeamMeter
from bot.budget.rate_limit import Limit, Rate

PRICES = Prices.parse("openai:test=1000/2000")
"""Dear, so that sums are easy to see: a thousandth of a dollar for each token sent, two for each received."""
PLENTY = Rate(calls=1_000, window=timedelta(hours=1))


def purse_of(redis: Redis, *, caps: Caps | None = None, now: Callable[[], datetime] | None = None) -> Purse:
    return Purse(redis, prices=PRICES, caps=caps or Caps(), now=now or (lambda: datetime.now(UTC)))


def metering(redis: Redis, purse: Purse, *, rate: Rate = PLENTY) -> Callable[[Question], TeamMeter]:
    """The meter that `Answers` takes; nobody is warned."""
    limit = Limit(redis, overall=rate, per_team=rate)

    def meter(question: Question) -> TeamMeter:
        return TeamMeter(limit, purse, team=question.team, schedule=question.schedule, warned=lambda _: None)

    return meter
