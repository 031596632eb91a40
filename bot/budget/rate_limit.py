"""The limit on model calls of a team, and of all teams together: `upstash-ratelimit` around each call.

It decides in Redis, for all copies at once: its own script, with the keys and arguments that it names, runs
as a function inside `AdmitCall`, so that a call takes one round trip and not three. This module adds what its
Python version lacks: a team that is known to be blocked is refused without asking again, the wait that is
named ends when the sliding window really frees, and calls that were put off are counted by team and day.
Without Redis nothing is allowed (`RedisUnavailable`): a call costs money, and QStash brings the job again.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from upstash_ratelimit.asyncio import Ratelimit, SlidingWindow
from upstash_redis.asyncio import Redis

from bot.budget.rate import Rate
from bot.budget.scripts import CountPutOff
from bot.errors import Limited
from bot.storage import put_off_key, queue_script, rate_limit_prefix, whole_seconds

USAGE_TTL: Final = timedelta(days=40)  # a month's sum can be made on any day of the next week
LONGEST_SPREAD: Final = timedelta(seconds=2)


@dataclass(frozen=True, kw_only=True)
class WindowAsked:
    """The library's keys for the current and the previous fixed window, and its script's arguments."""

    current: str
    previous: str
    args: tuple[str, ...]
    """Calls, now and the window in milliseconds, and by how much to count."""

    @property
    def began(self) -> int:
        """The moment at which the current window began, in milliseconds since 1970."""
        _, now, window, _ = map(int, self.args)
        return now - now % window


@dataclass(frozen=True, kw_only=True)
class LimitAsked:
    """One call that asks for its place in both rates."""

    team: str
    gates: Mapping[str, WindowAsked]
    """`team` and `overall`."""
    put_off: str
    """The key of the count of those that are refused."""

    def fields(self) -> dict[str, Any]:
        """The keys and arguments of `AdmitCall` that are about the limit."""
        team, overall = self.gates["team"], self.gates["overall"]
        return {
            "team_window": team.current,
            "team_before": team.previous,
            "overall_window": overall.current,
            "overall_before": overall.previous,
            "put_off": self.put_off,
            "put_off_ttl": whole_seconds(USAGE_TTL),
            "windows": (*team.args, *overall.args),
        }


class _Recorder:
    """Stands in the library for Redis, and takes down what it asks: `AdmitCall` asks it."""

    asked: tuple[Sequence[str], Sequence[Any]]

    async def eval(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> int:
        if script != SlidingWindow.SCRIPT:
            raise RuntimeError("upstash-ratelimit asks for another script than its sliding window's")
        self.asked = keys, args
        return 0


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
        self.redis = redis
        self._now = now
        self._team = _Gate(per_team, f"{rate_limit_prefix()}:team")
        self._overall = _Gate(overall, f"{rate_limit_prefix()}:overall")
        self._counts: Counter[str] = Counter()

    def find_block(self, team: str) -> Limited | None:
        """The refusal of a call that is known to be too early; costs nothing."""
        for gate, identifier in self._gates_of(team):
            if wait := gate.known_wait(identifier, self._now()):
                return _limited_for(wait, gate.rate)
        return None

    async def ask_gates(self, team: str) -> LimitAsked:
        """Put together what asking for one call takes."""
        # The team's own rate first, so that a busy team spends nothing of the others'.
        team_gate, overall_gate = [
            await gate.ask_library(identifier) for gate, identifier in self._gates_of(team)
        ]
        return LimitAsked(
            team=team, gates={"team": team_gate, "overall": overall_gate}, put_off=self._put_off_key(team)
        )

    def learn_block(self, asked: LimitAsked, name: str, *, current: int, previous: int) -> Limited:
        """The refusal, and until when it holds; the gate of that `name` has counted so many calls."""
        gate, identifier = dict(zip(asked.gates, self._gates_of(asked.team), strict=True))[name]
        window = asked.gates[name]
        now = self._now()
        elapsed = timedelta(seconds=now) - timedelta(milliseconds=window.began)
        wait = gate.rate.free_after(current, previous, elapsed)
        gate.remember_block(identifier, now=now, until=now + wait.total_seconds())
        return _limited_for(wait, gate.rate)

    def count_put_off(self, team: str) -> None:
        """Count a call that was refused without asking; it is written with the next one that asks."""
        self._counts[self._put_off_key(team)] += 1

    def take_counts(self) -> list[CountPutOff]:
        """The counts that wait, as scripts to be sent; give back what could not be."""
        counts, self._counts = self._counts, Counter()
        return [
            CountPutOff(put_off=key, number=number, put_off_ttl=whole_seconds(USAGE_TTL))
            for key, number in counts.items()
        ]

    def give_back_counts(self, counts: Iterable[CountPutOff]) -> None:
        for count in counts:
            self._counts[count.put_off] += count.number

    async def read_put_off(self, team: str, *days: date) -> int:
        """The number of the team's calls put off on these days (UTC), up to each copy's last write."""
        counts = self.take_counts()
        pipeline = self.redis.pipeline()
        for count in counts:
            queue_script(pipeline, count)
        for day in days:
            pipeline.get(put_off_key(team, day))
        try:
            found: list[Any] = await pipeline.exec()
        except BaseException:
            self.give_back_counts(counts)
            raise
        return sum(int(count or 0) for count in found[len(counts) :])

    def _gates_of(self, team: str) -> tuple[tuple[_Gate, str], ...]:
        return (self._team, _escape_team(team)), (self._overall, "all")

    def _put_off_key(self, team: str) -> str:
        return put_off_key(team, datetime.fromtimestamp(self._now(), UTC).date())


class _Gate:
    """One rate: the library's limiter, and the blocks that are known."""

    def __init__(self, rate: Rate, prefix: str) -> None:
        self.rate = rate
        self._library = _Recorder()
        self._limiter = Ratelimit(
            self._library,  # type: ignore[arg-type]  # it is asked for one script, and no more
            SlidingWindow(rate.calls, rate.window_ms, "ms"),
            prefix,
        )
        self._until: dict[str, float] = {}

    async def ask_library(self, identifier: str) -> WindowAsked:
        """Have the library say how it would ask Redis for one call."""
        await self._limiter.limit(identifier)
        (current, previous), args = self._library.asked
        return WindowAsked(current=current, previous=previous, args=tuple(map(str, args)))

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
