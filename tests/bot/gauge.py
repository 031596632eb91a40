"""A meter to read."""

from __future__ import annotations

from bot.model.meter import Call, Tokens


class Gauge:
    """A meter that notes what it is told, and lets everything through that `fault` does not forbid."""

    def __init__(
        self,
        events: list[str] | None = None,
        *,
        fault: Exception | None = None,
        lost: Exception | None = None,
        price: int | None = 7,
    ) -> None:
        self.events = [] if events is None else events
        self.fault = fault
        self.lost = lost
        self.price = price
        self.calls: list[Call] = []
        self.told: list[tuple[str, Tokens | None, bool]] = []

    async def admit_call(self, call: Call) -> None:
        self.events.append("before")
        if self.fault:
            raise self.fault
        self.calls.append(call)

    async def record_call(self, call: Call, tokens: Tokens | None, *, billed: bool) -> int | None:
        self.events.append("after")
        self.told.append((call.model, tokens, billed))
        if self.lost:
            raise self.lost
        return self.price
