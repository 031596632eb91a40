"""One call that asks the limit and the caps to let it through, in one round trip with whatever it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from upstash_redis.asyncio import Redis

from bot.budget.rate_limit import Limit, LimitAsked
from bot.budget.scripts import AdmitCall
from bot.budget.spending import Reservation, Reserving
from bot.errors import Limited
from bot.storage import run_scripts
from scheduler import Script


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Made by `TeamMeter`, for one attempt."""

    redis: Redis = field(repr=False)
    limit: Limit
    asked: LimitAsked
    reserving: Reserving
    block: Limited | None
    """The refusal that is known without asking."""

    async def run_script(
        self, script: type[AdmitCall], *, after: Sequence[Script] = (), **fields: Any
    ) -> Any:
        """The reply of `AdmitCall`, or of a script that does more and has more `fields`.

        What is to run before it goes along, as do counts of the limit that wait.
        """
        counts = self.limit.take_counts()
        call = script(**self.asked.fields(), **self.reserving.fields(), **fields)
        try:
            *_, reply = await run_scripts(self.redis, [*after, *counts, call])
        except BaseException:
            self.limit.give_back_counts(counts)
            raise
        return reply

    def read_reply(self, reply: Any) -> Reservation:
        """What is reserved now. Raises `Limited` or `CapReached`."""
        match reply:
            case ["counted", *near]:
                return self.reserving.reservation(near)
            case ["full", place, kind]:
                raise self.reserving.cap_reached(int(place), kind)
            case ["limited", gate, current, previous]:
                raise self.limit.learn_block(self.asked, gate, current=int(current), previous=int(previous))
            case _:
                raise AssertionError("the admission script returned something else")

    def refuse_blocked(self) -> Limited:
        """The refusal that was known without asking, counted."""
        assert self.block is not None  # noqa: S101 - asked before
        self.limit.count_put_off(self.asked.team)
        return self.block
