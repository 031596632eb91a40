"""The limit and the purse, around each call of a model that one flight makes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from bot.budget.admission import Admission
from bot.budget.rate_limit import Limit
from bot.budget.scripts import AdmitCall
from bot.budget.spending import Near, Purse, Reservation
from bot.errors import RedisUnavailable
from bot.model import Call, Tokens
from scheduler import Script

logger = logging.getLogger(__name__)

Warned = Callable[[Near], None]
"""Told of a cap on a schedule or a team that is nearly reached; it must not wait, nor fail."""


class Called(Protocol):
    """Told of each call that is over; it must not wait, nor fail."""

    def __call__(self, call: Call, tokens: Tokens | None, *, billed: bool, cost: int | None) -> None: ...


def count_nothing(call: Call, tokens: Tokens | None, *, billed: bool, cost: int | None) -> None:
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
        called: Called = count_nothing,
    ) -> None:
        self._limit = limit
        self._purse = purse
        self._team = team
        self._schedule = schedule
        self._warned = warned
        self._called = called
        self._under_way: dict[Call, list[Reservation]] = {}
        self._ahead: list[Call] = []
        self._settlements: list[Script] = []
        self._spent: int | None = 0

    @property
    def spent(self) -> int | None:
        """The cost of all calls so far, in billionths of a dollar; None if one's model has no price."""
        return self._spent

    async def admit_call(self, call: Call) -> None:
        """Raises `Limited`, `CapReached`, `ModelRefused`, or `RedisUnavailable` when nobody can tell."""
        if call in self._ahead:
            self._ahead.remove(call)
            return
        admission = await self.ask_admission(call)
        if admission.block is not None:
            raise admission.refuse_blocked()
        settlements = self.take_settlements()
        try:
            reply = await admission.run_script(AdmitCall, after=settlements)
        except RedisUnavailable as exc:
            if settlements:  # not sent once more: they may have been written
                self.tell_unsettled(exc)
            raise
        self._note_admitted(admission.read_reply(reply))

    async def ask_admission(self, call: Call) -> Admission:
        """Put together what letting `call` through takes. Raises `ModelRefused`."""
        reserving = self._purse.ask_reservation(call, team=self._team, schedule=self._schedule)
        return Admission(
            redis=self._limit.redis,
            limit=self._limit,
            asked=await self._limit.ask_gates(self._team),
            reserving=reserving,
            block=self._limit.find_block(self._team),
        )

    def note_admitted_ahead(self, reservation: Reservation) -> None:
        """A call was let through by another script than ours; the next that is like it is that call."""
        self._note_admitted(reservation)
        self._ahead.append(reservation.call)

    async def record_call(self, call: Call, tokens: Tokens | None, *, billed: bool) -> int | None:
        """Count the call, and return its cost: `take_settlements` has the script that settles it.

        Until that is sent, and without Redis, the most that it may cost stays charged.
        """
        reservation = self._take_under_way(call)
        cost = self._purse.cost_of_call(reservation, tokens, billed=billed)
        self._called(call, tokens, billed=billed, cost=cost)
        self._spent = None if cost is None or self._spent is None else self._spent + cost
        self._settlements.append(self._purse.settle_call(reservation, tokens, billed=billed))
        return cost

    def take_settlements(self, *, at_the_end: bool = False) -> list[Script]:
        """The scripts that settle the calls that are over, to be sent now, with whatever else is.

        At the end of a flight, a call that was let through ahead and never made is over too.
        """
        while at_the_end and self._ahead:
            unmade = self._take_under_way(self._ahead.pop())
            self._settlements.append(self._purse.settle_call(unmade, None, billed=False))
        settlements, self._settlements = self._settlements, []
        return settlements

    def tell_unsettled(self, error: Exception) -> None:
        """Settlements could not be sent: the operator hears of it, and the answer is used all the same."""
        logger.warning("money.not_settled team=%s: %s", self._team or _NOBODY, error)

    def _take_under_way(self, call: Call) -> Reservation:
        reservations = self._under_way.get(call)
        if not reservations:
            raise RuntimeError("a call is over that was never let through")
        reservation = reservations.pop(0)  # those of equal calls are equal
        if not reservations:
            del self._under_way[call]
        return reservation

    def _note_admitted(self, reservation: Reservation) -> None:
        self._under_way.setdefault(reservation.call, []).append(reservation)
        for near in reservation.near:
            logger.warning(
                "money.near scope=%s period=%s kind=%s used=%d most=%d team=%s schedule=%s",
                *(near.scope, near.period, near.kind, near.used, near.most),
                *(self._team or _NOBODY, self._schedule or _NOBODY),
            )
            if near.scope != "all":  # what all teams spend is the operator's business
                self._warned(near)
