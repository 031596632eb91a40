"""The use of one team this month: calls, answers, tokens, money, and the schedules that took most of it.

Money is counted in billionths of a dollar, so that sums are exact.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from upstash_redis.asyncio import Redis

from bot.budget import Limit, read_tallies
from bot.errors import RedisUnavailable
from bot.schedules import Schedule, decode_schedule
from bot.storage import schedule_key

logger = logging.getLogger(__name__)

Concerning = Callable[[Sequence[Schedule]], Awaitable[Collection[Schedule]]]
"""Those of some schedules that their reader may see."""

TOP: Final = 5
"""The number of schedules that are named."""


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day's part of the sums."""

    calls: int = 0
    cached: int = 0
    spent: int = 0
    saved: int = 0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """The sums since the first of a month, in UTC."""

    month: date
    """The last day that is counted."""
    calls: int
    put_off: int
    posted: int
    cached: int
    failed: int
    tokens_in: int
    tokens_out: int
    missed: int = 0
    """Answers that took the model."""
    stale: int = 0
    """Last good answers, for want of the model."""
    skipped: int = 0
    unchanged: int = 0
    quiet: int = 0
    """Runs whose condition was not met."""
    spent: int = 0
    saved: int = 0
    """The cost, when they were made, of the answers that came from the cache."""
    saved_tokens: int = 0
    unpriced: int = 0
    """Calls of models without a known price; they are in no sum of money."""
    votes_up: int = 0
    votes_down: int = 0
    """What people think of answers; the last vote of each person counts."""
    days: tuple[Day, ...] = ()

    @property
    def answers(self) -> int:
        return self.cached + self.missed + self.stale

    @property
    def hit_rate(self) -> float | None:
        """The part of the answers that came from the cache; None before there was one."""
        return self.cached / self.answers if self.answers else None

    @property
    def is_priced(self) -> bool:
        """There is money to tell of; where there is none, calls are counted instead."""
        return bool(self.spent or self.saved)

    @property
    def is_empty(self) -> bool:
        seen = (
            self.calls,
            self.put_off,
            self.posted,
            self.answers,
            self.failed,
            self.skipped,
            self.unchanged,
            self.quiet,
            self.votes_up,
            self.votes_down,
        )
        return not any((*seen, self.spent, self.saved))


@dataclass(frozen=True, kw_only=True)
class Spender:
    """A schedule, and what its calls took."""

    id: str
    calls: int
    cost: int
    schedule: Schedule | None = None
    """None where it is over, and where it is none of the reader's business."""
    over: Literal["deleted", "ended"] | None = None


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The month as one reader may see it."""

    usage: Usage
    top: tuple[Spender, ...] = ()
    """The costliest schedules first, or where nothing has a price those with most calls."""
    before: Usage | None = None
    """The month before, up to the same day; None if nothing was counted then."""


@dataclass(frozen=True, kw_only=True)
class UsageOfMonth:
    """Adds up what was counted by team and day."""

    redis: Redis = field(repr=False)
    limit: Limit
    now: Callable[[], datetime]

    async def __call__(self, team: str) -> Usage | None:
        """The sums; None if Redis does not tell."""
        days = _days_until(self.now().date())
        try:
            put_off, counted = await asyncio.gather(
                self.limit.read_put_off(team, *days), read_tallies(self.redis, team, days)
            )
        except RedisUnavailable as exc:
            logger.warning("usage.unknown: %s", exc)
            return None
        return _sum_days(days, counted, put_off=put_off)

    async def statistics_for(self, team: str, *, concerning: Concerning) -> Statistics | None:
        """The sums, those of the month before and the top schedules; None if Redis does not tell.

        A name or a prompt is told only of schedules that concern the reader; raises what asking does.
        """
        days = _days_until(self.now().date())
        earlier = _month_before(days[-1])
        try:
            put_off, counted = await asyncio.gather(
                self.limit.read_put_off(team, *days), read_tallies(self.redis, team, [*earlier, *days])
            )
            last, this = counted[: len(earlier)], counted[len(earlier) :]
            top = await self._top_spenders(team, this, concerning)
        except RedisUnavailable as exc:
            logger.warning("usage.unknown: %s", exc)
            return None
        before = _sum_days(earlier, last)
        return Statistics(
            usage=_sum_days(days, this, put_off=put_off),
            top=top,
            before=None if before.is_empty else before,
        )

    async def _top_spenders(
        self, team: str, counted: Sequence[Mapping[str, int]], concerning: Concerning
    ) -> tuple[Spender, ...]:
        """Their records are read in one round trip."""
        cost, calls = _by_schedule(counted, "cost"), _by_schedule(counted, "calls")
        ids = sorted(
            cost.keys() | calls.keys(),
            key=lambda schedule_id: (-cost[schedule_id], -calls[schedule_id], schedule_id),
        )[:TOP]
        if not ids:
            return ()
        pipeline = self.redis.pipeline()
        for schedule_id in ids:
            pipeline.hmget(schedule_key(team, schedule_id), "doc", "state", "revision")
        records: list[Any] = await pipeline.exec()
        schedules = [await decode_schedule(record) for record in records]
        known = await concerning([schedule for schedule in schedules if schedule is not None])
        found: list[Spender] = []
        for schedule_id, record, schedule in zip(ids, records, schedules, strict=True):
            over: Literal["deleted", "ended"] = "deleted" if record[1] == "deleted" else "ended"
            found.append(
                Spender(
                    id=schedule_id,
                    calls=calls[schedule_id],
                    cost=cost[schedule_id],
                    schedule=schedule if schedule in known else None,
                    over=over if schedule is None else None,
                )
            )
        return tuple(found)


def _days_until(last: date) -> list[date]:
    return [last.replace(day=day) for day in range(1, last.day + 1)]


def _month_before(today: date) -> list[date]:
    """The days of the month before up to the same one, or as many as it had."""
    end = today.replace(day=1) - timedelta(days=1)
    return _days_until(end.replace(day=min(today.day, end.day)))


def _by_schedule(counted: Sequence[Mapping[str, int]], what: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for day in counted:
        for name, number in day.items():
            kind, colon, schedule = name.partition(":")
            if kind == what and colon and schedule:
                sums[schedule] += number
    return sums


def _sum_days(days: Sequence[date], counted: Sequence[Mapping[str, int]], *, put_off: int = 0) -> Usage:
    def total(name: str) -> int:
        return sum(day.get(name, 0) for day in counted)

    return Usage(
        month=days[-1],
        calls=total("calls"),
        put_off=put_off,
        posted=total("posted") + total("stale"),
        cached=total("HIT"),
        missed=total("MISS"),
        stale=total("STALE"),
        failed=total("failed"),
        skipped=total("skipped"),
        unchanged=total("unchanged"),
        quiet=total("quiet"),
        tokens_in=total("tokens_in"),
        tokens_out=total("tokens_out"),
        spent=total("cost"),
        saved=total("saved"),
        saved_tokens=total("saved_tokens"),
        unpriced=total("unpriced"),
        votes_up=max(total("vote_up"), 0),
        votes_down=max(total("vote_down"), 0),
        days=tuple(
            Day(
                calls=day.get("calls", 0),
                cached=day.get("HIT", 0),
                spent=day.get("cost", 0),
                saved=day.get("saved", 0),
            )
            for day in counted
        ),
    )
