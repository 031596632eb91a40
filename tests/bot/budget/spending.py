"""A purse, a clock to set, and calls to pay for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from redis.asyncio import Redis as RawRedis

from bot.budget import Caps, Prices, parse_caps
from bot.model.meter import Call, Tokens
from bot.storage.client import CountedRedis
from tests.bot.paying import OpenPurse

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PRICES = Prices.parse("openai:priced=1000/1000")
"""A thousandth of a dollar for each token, in and out: easy to add up."""
TOKEN = 1_000_000
"""The cost of one, in billionths of a dollar."""

CALL = Call(model="openai:priced", most_sent=0, most_tokens=68)
MOST = 100 * TOKEN
"""The most that `CALL` may cost: a tenth of a dollar."""
TOOK = Tokens(sent=10, received=20)
COST = 30 * TOKEN
UNPRICED = Call(model="openai:unpriced", most_sent=10, most_tokens=10)


@dataclass
class Clock:
    """A moment to move."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


def capped(*, schedule: str = "", team: str = "", overall: str = "") -> Caps:
    return Caps(schedule=parse_caps(schedule), team=parse_caps(team), overall=parse_caps(overall))


def purse(redis: CountedRedis, caps: Caps = Caps(), *, now: Clock | None = None) -> OpenPurse:  # noqa: B008 - frozen
    return OpenPurse(redis, prices=PRICES, caps=caps, now=now or Clock())


async def spent(redis: RawRedis, *names: str) -> tuple[int, int]:
    """Money and calls of a team's day or month, `("T1", "2026-11")`, or of all: `("2026-11",)`."""
    money, calls = await redis.hmget(":".join(("precache:spent", *names)), ["money", "calls"])
    return int(money or 0), int(calls or 0)
