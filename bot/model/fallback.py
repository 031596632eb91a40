"""Fallbacks: when the chosen model fails, others are asked, within one time-out and each of them once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.errors import Misshapen, ModelError, ModelUnavailable
from bot.model.meter import Call, Meter, Tokens
from bot.model.port import Model, ModelRequest, Reply

logger = logging.getLogger(__name__)

TOTAL: Final = timedelta(seconds=100)
"""For all attempts together: ten seconds less than a delivery has."""


class WithFallbacks:
    """The chosen model to everyone who asks; answers may come from another, and name it."""

    demo = False

    def __init__(self, chosen: Model, fallbacks: Sequence[Model], *, total: timedelta = TOTAL) -> None:
        self.name = chosen.name
        # A fallback's answer is an answer to the same question: kept under another key it would be paid for
        # again, and another list of fallbacks would forget every answer there is.
        self.fingerprint = chosen.fingerprint
        self.timeout = total
        self._models = {model.name: model for model in (chosen, *fallbacks)}
        self._first = chosen
        """The first one that is ready."""

    @property
    def context_window(self) -> int:
        """The chosen one's; a fallback that takes less refuses by itself."""
        return self._models[self.name].context_window

    @property
    def takes_pictures(self) -> bool:
        """True if all of them do: each may have to answer."""
        return all(model.takes_pictures for model in self._models.values())

    async def get_ready(self) -> None:
        """Have at least one ready; raises what is wrong with them when there is none."""
        failures: list[ModelError] = []
        for model in self._models.values():
            try:
                await model.get_ready()
            except ModelError as exc:
                failures.append(exc)
            else:
                self._first = model
                return
        raise merged_failure(failures)

    def first_call(self, request: ModelRequest) -> Call:
        return self._first.first_call(request)

    async def reply_to(self, request: ModelRequest) -> Reply:
        """Ask one after the other; an error of the meter ends it at once, for it holds for all of them."""
        within = self.timeout if request.within is None else min(request.within, self.timeout)
        sums = _Sum(request.meter, total=within)
        failures: list[ModelError] = []
        models = list(self._models.values())
        for model in models:
            share = sums.time_share(last=model is models[-1])
            if share <= timedelta(0):
                break
            if failures:
                logger.warning("model.fallback to=%s: %s", model.name, failures[-1])
            try:
                await model.get_ready()
                reply = await model.reply_to(replace(request, meter=sums, within=share))
            except ModelError as exc:
                failures.append(exc)
            else:
                return sums.with_costs(reply)
        raise (
            merged_failure(failures)
            if failures
            else ModelUnavailable(f"{self.name}: no time is left to ask it")
        )

    async def aclose(self) -> None:
        for model in self._models.values():
            await model.aclose()


class _Sum:
    """The meter of all attempts, which also knows how long they have been under way, and what they cost."""

    def __init__(self, meter: Meter | None, *, total: timedelta) -> None:
        self._meter = meter
        self._total = total
        self._began: float | None = None  # not before the first call
        self._cost = 0

    async def admit_call(self, call: Call) -> None:
        if self._began is None:
            self._began = _loop_time()
        if self._meter:
            await self._meter.admit_call(call)

    async def record_call(self, call: Call, tokens: Tokens | None, *, billed: bool) -> int | None:
        cost = await self._meter.record_call(call, tokens, billed=billed) if self._meter else None
        self._cost += cost or 0
        return cost

    def time_share(self, *, last: bool) -> timedelta:
        """Half of what is left, so that more fallbacks take no time from the chosen model; the last, all."""
        spent = timedelta(0) if self._began is None else timedelta(seconds=_loop_time() - self._began)
        left = self._total - spent
        return left if last else left / 2

    def with_costs(self, reply: Reply) -> Reply:
        """Add the cost of the failed attempts."""
        return reply if reply.cost is None else replace(reply, cost=self._cost)


def merged_failure(failures: Sequence[ModelError]) -> ModelError:
    """Make one error of all: worth another try if that may help with one of them."""
    passing = [
        failure
        for failure in failures
        if isinstance(failure, ModelUnavailable) and not isinstance(failure, Misshapen)
    ]
    if len(failures) == 1 or not passing:
        return next((failure for failure in failures if isinstance(failure, Misshapen)), failures[0])
    return ModelUnavailable(
        "; ".join(map(str, failures)),
        retry_after=min(
            (failure.retry_after for failure in passing if failure.retry_after is not None), default=None
        ),
    )


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
