"""The limit on model calls of a team, and of all teams together: `upstash-ratelimit` around each call.

It decides in Redis, for all copies at once. This module adds what its Python version lacks: a team that is
known to be blocked is refused without asking again, the wait that is named ends when the sliding window
really frees, and calls that were put off are counted by team and day. Without Redis nothing is allowed
(`RedisUnavailable`): a call costs money, and QStash brings the job again.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Self
from urllib.parse import quote

from upstash_ratelimit.asyncio import Ratelimit, SlidingWindow
from upstash_redis.asyncio import Redis
from upstash_redis.asyncio.client import AsyncPipeline

from bot.errors import Limited, RedisUnavailable
from bot.storage import put_off_key, rate_limit_prefix

log = logging.getLogger(__name__)

USAGE_TTL: Final = timedelta(days=40)  # a month's sum can be made on any day of the next week
LONGEST_SPREAD: Final = timedelta(seconds=2)

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many calls in any stretch of this length."""

    calls: int
    window: timedelta

    def __post_init__(self) -> None:
        if self.calls < 1 or not timedelta(seconds=1) <= self.window <= timedelta(days=31):
            raise ValueError("expected at least one call, in a window of 1 second to 31 days")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`10/10s`: ten calls in ten seconds; also m, h and d."""
        match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*([smhd])\s*", text)
        if not match:
            raise ValueError(f"expected calls/window, such as 10/10s or 500/1h, got {text!r}")
        calls, length, unit = match.groups()
        return cls(calls=int(calls), window=timedelta(**{_UNITS[unit]: int(length)}))

    def free_after(self, current: int, previous: int, elapsed: timedelta) -> timedelta:
        """The time until the sliding window lets one more call through.

        `elapsed` into the current fixed window, `current` calls were counted in it and `previous` in the one
        before, which weighs `floor((1 − elapsed / window) · previous)`.
        """
        window = _ms(self.window)
        # In whole milliseconds: the first t of a window with (window − t) · previous < room · window.
        if current >= self.calls:  # not in this window; in the next, these calls are the previous ones
            free = 2 * window - (self.calls * window - 1) // current
        elif previous:
            free = window - ((self.calls - current) * window - 1) // previous
        else:
            free = 0
        return max(timedelta(), timedelta(milliseconds=free) - elapsed)


class Limit:
    """The two rates, kept in Redis."""

    def __init__(
        self,
        redis: Redis,
        *,
        overall: Rate,
        per_team: Rate,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._redis = redis
        self._now = now
        self._team = _Gate(redis, per_team, f"{rate_limit_prefix()}:team")
        self._overall = _Gate(redis, overall, f"{rate_limit_prefix()}:overall")
        self._counts: Counter[str] = Counter()

    async def take_call(self, team: str) -> None:
        """Count one model call; raises `Limited`, or `RedisUnavailable` if nobody can tell."""
        # The team's own rate first, so that a busy team spends nothing of the others'. The price: a team
        # that passes and then meets a spent overall rate has used up one of its own calls.
        gates = ((self._team, _escape_team(team)), (self._overall, "all"))
        for gate, identifier in gates:
            if wait := gate.known_wait(identifier, self._now()):
                self._count_put_off(team)
                raise _limited_for(wait, gate.rate)
        for gate, identifier in gates:
            if counters := await gate.count_or_refuse(identifier):
                self._count_put_off(team)
                raise _limited_for(await self._learn_wait(gate, identifier, counters), gate.rate)
        if self._counts:
            try:
                await self._send_with_counts(self._redis.pipeline())
            except RedisUnavailable:  # the call is allowed all the same; the count goes with the next one
                log.warning("usage.not_written")

    async def read_put_off(self, team: str, *days: date) -> int:
        """The number of the team's calls put off on these days (UTC), up to each copy's last write."""
        pipeline = self._redis.pipeline()
        for day in days:
            pipeline.get(put_off_key(team, day))
        found = (await self._send_with_counts(pipeline))[: len(days)]
        return sum(int(count or 0) for count in found)

    async def _learn_wait(self, gate: _Gate, identifier: str, counters: _Counters) -> timedelta:
        pipeline = self._redis.pipeline()
        pipeline.mget(counters.current, counters.previous)
        (current, previous), *_ = await self._send_with_counts(pipeline)
        now = self._now()
        elapsed = timedelta(seconds=now - counters.began)
        wait = gate.rate.free_after(int(current or 0), int(previous or 0), elapsed)
        gate.remember_block(identifier, now=now, until=now + wait.total_seconds())
        return wait

    def _count_put_off(self, team: str) -> None:
        day = datetime.fromtimestamp(self._now(), UTC).date()
        self._counts[put_off_key(team, day)] += 1

    async def _send_with_counts(self, pipeline: AsyncPipeline) -> list[Any]:
        """The pipeline's results; the counts that wait are written with it."""
        counts, self._counts = self._counts, Counter()
        for key, number in counts.items():
            pipeline.incrby(key, number)
            pipeline.expire(key, USAGE_TTL)
        try:
            return await pipeline.exec()
        except BaseException:
            self._counts.update(counts)
            raise


@dataclass(frozen=True, kw_only=True)
class _Counters:
    """The library's keys for the current and the previous fixed window."""

    current: str
    previous: str
    began: float


class _Gate:
    """One rate: the library's limiter, and the blocks that are known."""

    def __init__(self, redis: Redis, rate: Rate, prefix: str) -> None:
        self.rate = rate
        self._prefix = prefix
        self._limiter = Ratelimit(redis, SlidingWindow(rate.calls, _ms(rate.window), "ms"), prefix)
        self._until: dict[str, float] = {}

    async def count_or_refuse(self, identifier: str) -> _Counters | None:
        """Count the call and return None, or refuse it and return the counters."""
        response = await self._limiter.limit(identifier)
        if response.allowed:
            return None
        window = _ms(self.rate.window)
        number = round(response.reset * 1_000) // window - 1
        key = f"{self._prefix}:{identifier}"
        return _Counters(
            current=f"{key}:{number}", previous=f"{key}:{number - 1}", began=number * window / 1_000
        )

    def known_wait(self, identifier: str, now: float) -> timedelta | None:
        """The rest of a block that this process has met before."""
        until = self._until.get(identifier, 0.0)
        return timedelta(seconds=until - now) if until > now else None

    def remember_block(self, identifier: str, *, now: float, until: float) -> None:
        self._until = {who: end for who, end in self._until.items() if end > now}
        self._until[identifier] = until


def _limited_for(wait: timedelta, rate: Rate) -> Limited:
    # Spread, so that all who were refused do not return in the same moment.
    spread = min(LONGEST_SPREAD, rate.window / 10) * random.random()  # noqa: S311 — no secret
    return Limited(retry_after=wait + spread)


def _escape_team(team: str) -> str:
    return quote(team, safe="")  # the library joins names with colons


def _ms(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
