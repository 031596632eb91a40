"""The limit and the purse, around each call of a model that one flight makes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from bot.budget.rate_limit import Limit
from bot.budget.spending import Near, Purse, Reservation
from bot.errors import RedisUnavailable
from bot.model import Call, Tokens

logger = logging.getLogger(__name__)

Warned = Callable[[Near], None]
"""Told of a cap on a schedule or a team that is nearly reached; it must not wait, nor fail."""


class Called(Protocol):
    """Told of each call that is over; it must not wait, nor fail."""

    def __call__(self, call: Call, tokens: Tokens | None, *, billed: bool, cost: int | None) -> None: ...


def uncounted(call: Call, tokens: Tokens | None, *, billed: bool, cost: int | None) -> None:
    """For flights that nobody counts."""


_NOBODY: Final = "-"


class TeamMeter:
    """The `Meter` of one flight, which may make several calls, also at once."""

    def __init__(
        self,
        limit: Limit,
        purse: Purse,
        *,
        team: str,
        schedule: str | None = None,
        warned: Warned,
        called: Called = uncounted,
    ) -> None:
        self._limit = limit
        self._purse = purse
        self._team = team
        self._schedule = schedule
        self._warned = warned
        self._called = called
        self._under_way: dict[Call, list[Reservation]] = {}
        self._spent: int | None = 0

    @property
    def spent(self) -> int | None:
        """The cost of all calls so far, in billionths of a dollar; None if one's model has no price."""
        return self._spent

    async def admit_call(self, call: Call) -> None:
        """Raises `Limited`, `CapReached`, `ModelRefused`, or `RedisUnavailable` when nobody can tell.

        A call that the purse refuses has used up one of the limit's all the same: that is soon forgotten, and
        the other way round a call that is only put off would be charged.
        """
        await self._limit.take_call(self._team)
        reservation = await self._purse.reserve_call(call, team=self._team, schedule=self._schedule)
        self._under_way.setdefault(call, []).append(reservation)
        for near in reservation.near:
            logger.warning(
                "money.near scope=%s period=%s kind=%s used=%d most=%d team=%s schedule=%s",
                *(near.scope, near.period, near.kind, near.used, near.most),
                *(self._team or _NOBODY, self._schedule or _NOBODY),
            )
            if near.scope != "all":  # what all teams spend is the operator's business
                self._warned(near)

    async def record_call(self, call: Call, tokens: Tokens | None, *, billed: bool) -> int | None:
        """Settle the call, and return its cost. Without Redis the most that it may cost stays charged."""
        reservations = self._under_way.get(call)
        if not reservations:
            raise RuntimeError("a call is over that was never let through")
        reservation = reservations.pop(0)  # those of equal calls are equal
        if not reservations:
            del self._under_way[call]
        cost = self._purse.cost_of_call(reservation, tokens, billed=billed)
        self._called(call, tokens, billed=billed, cost=cost)
        self._spent = None if cost is None or self._spent is None else self._spent + cost
        try:
            await self._purse.settle_call(reservation, tokens, billed=billed)
        except RedisUnavailable as exc:  # the answer is there and paid for, so it is used
            logger.warning("money.not_settled team=%s: %s", self._team or _NOBODY, exc)
        return cost
