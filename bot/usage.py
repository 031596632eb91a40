"""What a team has used this month: model calls, answers, tokens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.errors import RedisUnavailable
from bot.limit import Limit
from bot.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The sums since the first of the month, in UTC; tokens are those of answers that were posted."""

    month: date
    calls: int
    put_off: int
    posted: int
    cached: int
    failed: int
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, kw_only=True)
class UsageOfMonth:
    """Adds up what `limit` and `store` have counted."""

    limit: Limit
    store: Store
    now: Callable[[], datetime]

    async def __call__(self, team: str) -> Usage | None:
        """The sums; None if Redis does not tell."""
        today = self.now().date()
        days = [today.replace(day=day) for day in range(1, today.day + 1)]
        try:
            put_off, counted = await asyncio.gather(
                self.limit.put_off(team, *days), self.store.tally(team, days)
            )
        except RedisUnavailable as exc:
            logger.warning("usage.unknown: %s", exc)
            return None

        def total(name: str) -> int:
            return sum(day.get(name, 0) for day in counted)

        return Usage(
            month=today,
            calls=total("calls"),
            put_off=put_off,
            posted=total("posted") + total("stale"),
            cached=total("HIT"),
            failed=total("failed"),
            tokens_in=total("tokens_in"),
            tokens_out=total("tokens_out"),
        )
