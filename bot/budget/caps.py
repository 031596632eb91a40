"""The operator's caps on money and on calls in a day or a month (UTC)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Self

from bot.budget.amount import read_dollars, write_dollars
from bot.budget.prices import Prices

Scope = Literal["schedule", "team", "all"]
"""Of what one schedule, one team, or all teams together spend."""
Period = Literal["day", "month"]
Kind = Literal["money", "calls"]

EXAMPLE: Final = "2.50/day, 40 calls/day, 30/month"

_CAP: Final = re.compile(
    r"((?P<calls>[0-9]{1,9})\s*calls?|(?P<money>\$?[0-9.]+))\s*/\s*(?P<period>day|month)", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """One day or one month in UTC, by its name as keys have it: `2026-11-22`, `2026-11`."""

    period: Period
    name: str
    ends: datetime

    @classmethod
    def containing(cls, period: Period, moment: datetime) -> Self:
        """The one that `moment` lies in."""
        day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if period == "day":
            return cls(period=period, name=f"{day:%Y-%m-%d}", ends=day + timedelta(days=1))
        first = day.replace(day=1)
        return cls(period=period, name=f"{day:%Y-%m}", ends=(first + timedelta(days=31)).replace(day=1))


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most that may be spent in a period: billionths of a dollar, or calls of a model."""

    most: int
    kind: Kind
    period: Period

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("expected a cap of more than nothing")

    def __str__(self) -> str:
        amount = f"{self.most} calls" if self.kind == "calls" else write_dollars(self.most)
        return f"{amount}/{self.period}"


@dataclass(frozen=True, kw_only=True)
class Caps:
    """All of them; one at most for each scope, period and kind."""

    schedule: tuple[Cap, ...] = ()
    """On each schedule."""
    team: tuple[Cap, ...] = ()
    """On each team, with all its schedules and whatever it asks besides."""
    overall: tuple[Cap, ...] = ()
    """On all teams together."""

    def most_for(self, scope: Scope, kind: Kind, period: Period) -> int | None:
        """None where there is no cap."""
        caps = {"schedule": self.schedule, "team": self.team, "all": self.overall}[scope]
        return next((cap.most for cap in caps if (cap.kind, cap.period) == (kind, period)), None)

    @property
    def on_money(self) -> bool:
        return any(cap.kind == "money" for cap in (*self.schedule, *self.team, *self.overall))


def parse_caps(text: str) -> tuple[Cap, ...]:
    """`2.50/day, 40 calls/day, 30/month`: dollars, or calls, in a day or a month."""
    caps: dict[tuple[Kind, Period], Cap] = {}
    for part in filter(None, map(str.strip, text.lower().split(","))):
        match = _CAP.fullmatch(part)
        if not match:
            raise ValueError(f"expected caps such as {EXAMPLE}")
        kind: Kind = "calls" if match["calls"] else "money"
        period: Period = "day" if match["period"] == "day" else "month"
        if (kind, period) in caps:
            raise ValueError(f"expected one cap on {kind} for each {period}")
        most = int(match["calls"]) if match["calls"] else read_dollars(match["money"])
        caps[kind, period] = Cap(most=most, kind=kind, period=period)
    return tuple(caps.values())


def check_minutes_priced(caps: Caps, prices: Prices, transcriber: str) -> list[str]:
    """A problem if the transcriber's minutes have no price although money is capped."""
    price = prices.price_of(transcriber)
    if not caps.on_money or (price is not None and price.minute is not None):
        return []
    return [
        f"PRECACHE_PRICES: money is capped, but {transcriber} has no price; add {transcriber}=…/min, in "
        "dollars per minute of sound"
    ]


def check_priced(caps: Caps, prices: Prices, models: Iterable[str]) -> list[str]:
    """A problem for each of `models` that has no price although money is capped: nobody could count it."""
    if not caps.on_money:
        return []
    missing = [model for model in dict.fromkeys(models) if prices.price_of(model) is None]
    return [
        f"PRECACHE_PRICES: money is capped, but {model} has no price; add {model}=…/…, in dollars per "
        "million tokens sent and received"
        for model in missing
    ]
