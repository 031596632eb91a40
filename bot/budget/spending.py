"""Spending, counted in Redis before the money is spent, for all copies at once.

Before a call, the most that it may cost is added to everything that it counts towards, or to nothing if a cap
would be passed; after it, that is replaced by what it did cost. So what is counted is never less than what
is spent, and no cap is passed by calls that are under way together. A process that dies in between leaves
the most charged until the day and the month are over: nobody can know what its provider billed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.budget.caps import Caps, Kind, Period, Scope, Span
from bot.budget.prices import Prices
from bot.budget.scripts import SettleCall, TakeFirstRefusal
from bot.budget.tally import Spending
from bot.errors import CapReached, ModelRefused
from bot.model import Call, Tokens
from bot.storage import (
    Retention,
    overall_spending_key,
    run_script,
    tally_key,
    team_spending_key,
    whole_seconds,
)

DAY_TTL: Final = timedelta(days=3)  # a call that began before midnight is settled after it
MONTH_TTL: Final = timedelta(days=40)

_TTLS: Final[dict[Period, timedelta]] = {"day": DAY_TTL, "month": MONTH_TTL}


@dataclass(frozen=True, kw_only=True)
class Near:
    """A cap has come to 80 %; told to one copy, once while the period lasts."""

    scope: Scope
    period: Period
    kind: Kind
    used: int
    """Billionths of a dollar, or calls, with the most that the calls under way may take."""
    most: int
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """The most that one call may cost, counted already."""

    call: Call
    team: str
    schedule: str | None
    at: datetime
    cost: int | None
    """In billionths of a dollar; None where its model has no price."""
    near: tuple[Near, ...] = ()
    """The caps that this call was the first to come near to."""


@dataclass(frozen=True, kw_only=True)
class _Counter:
    """One sum: `hash` is the scripts' name for its key, and `tail` ends its fields."""

    hash: str
    tail: str
    scope: Scope
    period: Period


@dataclass(frozen=True, kw_only=True)
class Reserving:
    """A call whose cost is to be reserved: what the script is given, and what its answers mean."""

    caps: Caps
    call: Call
    team: str
    schedule: str | None
    at: datetime
    cost: int | None

    def fields(self) -> dict[str, Any]:
        """The keys and arguments of `AdmitCall` that are about money."""
        counters = _counters_for(self.schedule)
        return {
            **_hash_keys(self.team, self.at),
            "periods": tuple(counter.hash for counter in counters),
            "tails": tuple(counter.tail for counter in counters),
            "cost": self.cost or 0,
            "day_ttl": whole_seconds(DAY_TTL),
            "month_ttl": whole_seconds(MONTH_TTL),
            "most_money": self._most_of("money", counters),
            "most_calls": self._most_of("calls", counters),
        }

    def reservation(self, near: Sequence[tuple[int, Kind, int]]) -> Reservation:
        """What is counted now; `near` as the script tells it."""
        return Reservation(
            call=self.call,
            team=self.team,
            schedule=self.schedule,
            at=self.at,
            cost=self.cost,
            near=tuple(self._as_near(int(place), kind, int(used)) for place, kind, used in near),
        )

    def cap_reached(self, place: int, kind: Kind) -> CapReached:
        """The refusal because of the cap in that place."""
        counter = _counters_for(self.schedule)[place]
        most, ends = self._cap_of(counter, kind)
        return CapReached(scope=counter.scope, period=counter.period, kind=kind, most=most, ends=ends)

    def _most_of(self, kind: Kind, counters: Sequence[_Counter]) -> tuple[int | None, ...]:
        return tuple(self.caps.most_for(counter.scope, kind, counter.period) for counter in counters)

    def _as_near(self, place: int, kind: Kind, used: int) -> Near:
        counter = _counters_for(self.schedule)[place]
        most, ends = self._cap_of(counter, kind)
        return Near(scope=counter.scope, period=counter.period, kind=kind, used=used, most=most, ends=ends)

    def _cap_of(self, counter: _Counter, kind: Kind) -> tuple[int, datetime]:
        most = self.caps.most_for(counter.scope, kind, counter.period)
        assert most is not None  # noqa: S101 - the script was given it
        return most, Span.containing(counter.period, self.at).ends


class Purse:
    """Counts what is spent, also where nothing is capped: a cap that is set tomorrow knows of today."""

    def __init__(
        self,
        redis: Redis,
        *,
        prices: Prices,
        caps: Caps,
        now: Callable[[], datetime],
        retention: Retention = Retention(),  # noqa: B008 - frozen
    ) -> None:
        self._redis = redis
        self._retention = retention
        self._prices = prices
        self._caps = caps
        self._now = now

    def ask_reservation(self, call: Call, *, team: str, schedule: str | None = None) -> Reserving:
        """Put together what counting the most that `call` may cost takes.

        `schedule` is the one that sets it off, although others may share its answer. Raises `ModelRefused`
        for a model without a price where money is capped.
        """
        cost = self._prices.most_cost(call)
        if cost is None and self._caps.on_money:
            raise ModelRefused(f"{call.model}: has no price in PRECACHE_PRICES, and money is capped")
        return Reserving(caps=self._caps, call=call, team=team, schedule=schedule, at=self._now(), cost=cost)

    def settle_call(self, reservation: Reservation, tokens: Tokens | None, *, billed: bool) -> SettleCall:
        """The script that replaces the most by the real cost, and counts the call for its team and schedule.

        A call that may have been billed without a word about `tokens` stays at the most; one that was not
        billed is no call. The day is that of the reservation.
        """
        cost = self.cost_of_call(reservation, tokens, billed=billed)
        counted = tokens is not None or billed
        counters = _counters_for(reservation.schedule)
        spending = _spending_on(reservation.schedule, tokens, cost) if counted else Spending()
        fields = spending.tally_counts()
        return SettleCall(
            **_hash_keys(reservation.team, reservation.at),
            tally=tally_key(reservation.team, reservation.at.astimezone(UTC).date()),
            periods=tuple(counter.hash for counter in counters),
            tails=tuple(counter.tail for counter in counters),
            money_change=(cost or 0) - (reservation.cost or 0),
            calls_change=0 if counted else -1,
            tally_ttl=whole_seconds(self._retention.usage),
            counted=tuple(fields),
            counts=tuple(fields.values()),
        )

    def cost_of_call(self, reservation: Reservation, tokens: Tokens | None, *, billed: bool) -> int | None:
        """The cost of the call, in billionths of a dollar; None where the model has no price."""
        if tokens is not None:
            return self._prices.cost_of(reservation.call.model, tokens)
        return reservation.cost if billed else 0

    async def take_first_refusal(self, reached: CapReached, *, team: str, who: str, run: str) -> bool:
        """True if `who`, a schedule or a person, has not been told in this period that a cap is reached.

        It is true for one `run` in all copies, which tells them; again where that comes back, for its process
        may have died before it had.
        """
        span = Span.containing(reached.period, reached.ends - timedelta(seconds=1))
        ttl = whole_seconds(_TTLS[reached.period])
        call = TakeFirstRefusal(spent=team_spending_key(team, span.name), who=who, run=run, ttl=ttl)
        return bool(await run_script(self._redis, call))


def _hash_keys(team: str, at: datetime) -> dict[str, str]:
    """The keys of the four hashes, as the scripts name them."""
    day, month = Span.containing("day", at).name, Span.containing("month", at).name
    return {
        "team_day": team_spending_key(team, day),
        "team_month": team_spending_key(team, month),
        "overall_day": overall_spending_key(day),
        "overall_month": overall_spending_key(month),
    }


def _counters_for(schedule: str | None) -> list[_Counter]:
    """The narrowest scope first, and the longest period: what is named has to be waited for."""
    scopes: list[tuple[Scope, str, str]] = [("team", "team", ""), ("all", "overall", "")]
    if schedule is not None:
        scopes.insert(0, ("schedule", "team", f":{schedule}"))
    periods: tuple[Period, ...] = ("month", "day")
    return [
        _Counter(hash=f"{owner}_{period}", tail=tail, scope=scope, period=period)
        for scope, owner, tail in scopes
        for period in periods
    ]


def _spending_on(schedule: str | None, tokens: Tokens | None, cost: int | None) -> Spending:
    """Of one call that was billed."""
    schedules = {} if schedule is None else {schedule: Spending(calls=1, cost=cost or 0)}
    return Spending(
        calls=1,
        tokens_in=tokens.sent if tokens else 0,
        tokens_out=tokens.received if tokens else 0,
        cost=cost or 0,
        unpriced=int(cost is None),
        schedules=schedules,
    )
