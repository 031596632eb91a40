"""The calls of a team and their cost, counted by days in UTC beside the outcomes of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from upstash_redis.asyncio import Redis

from bot.storage import tally_key

_CALLS, _COST = "calls:", "cost:"


@dataclass(frozen=True, kw_only=True)
class Spending:
    """Sums of calls that were billed; money in billionths of a dollar."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0
    unpriced: int = 0
    """Of the calls, those whose model has no price: `cost` is without them."""
    schedules: Mapping[str, Spending] = field(default_factory=dict)
    """Calls and costs of each schedule that set any off."""

    @classmethod
    def sum_days(cls, days: Iterable[Mapping[str, int]]) -> Self:
        """Add up the tallies of some days; anything else that they count is left out."""
        sums: dict[str, int] = {}
        for day in days:
            for name, number in day.items():
                sums[name] = sums.get(name, 0) + number
        ids = [name.removeprefix(_CALLS) for name in sums if name.startswith(_CALLS)]
        return cls(
            calls=sums.get("calls", 0),
            tokens_in=sums.get("tokens_in", 0),
            tokens_out=sums.get("tokens_out", 0),
            cost=sums.get("cost", 0),
            unpriced=sums.get("unpriced", 0),
            schedules={
                name: Spending(calls=sums[_CALLS + name], cost=sums.get(_COST + name, 0)) for name in ids
            },
        )

    def tally_counts(self) -> dict[str, int]:
        """The counts to add to the tally of a day; those of zero are left out."""
        own = {
            "calls": self.calls,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": self.cost,
            "unpriced": self.unpriced,
        }
        for schedule, spending in self.schedules.items():
            own |= {_CALLS + schedule: spending.calls, _COST + schedule: spending.cost}
        return {name: number for name, number in own.items() if number}


async def read_tallies(redis: Redis, team: str, days: Sequence[date]) -> list[dict[str, int]]:
    """The counts of a team on each of `days` (UTC): runs by how they came by their answer, calls, tokens."""
    pipeline = redis.pipeline()
    for day in days:
        pipeline.hgetall(tally_key(team, day))
    found: list[Any] = await pipeline.exec() if days else []
    return [{name: int(number) for name, number in counts.items()} for counts in found]
