"""The limit on model calls, against a real Valkey through both carriers."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis.asyncio as valkey
from hypothesis import given
from hypothesis import strategies as st

from bot.budget.rate_limit import Limit, Rate
from bot.errors import Limited, RedisUnavailable
from bot.storage.client import CountedRedis, rest_redis, socket_redis
from tests.stand_ins.upstash import upstash

PLENTY = Rate(calls=1_000_000, window=timedelta(days=1))


class Clock:
    """The real time and what was added to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> float:
        return time.time() + self.ahead.total_seconds()


PATIENCE = timedelta(minutes=1)
"""Hundreds at once take a busy machine longer than the app waits."""


def a_month(calls: int) -> Rate:
    """A rate whose window does not end during a test."""
    return Rate(calls=calls, window=timedelta(days=30))


@pytest.fixture(params=["socket", "rest"])
async def redis(
    request: pytest.FixtureRequest, valkey_socket: Path, redis_raw: valkey.Redis
) -> AsyncIterator[CountedRedis]:
    if request.param == "socket":
        async with socket_redis(f"unix://{valkey_socket}", within=PATIENCE) as client:
            yield client
    else:
        async with (
            upstash(valkey_socket) as server,
            rest_redis(server.url, server.token, within=PATIENCE) as client,
        ):
            yield client


def limit(redis: CountedRedis, *, overall: Rate = PLENTY, per_team: Rate = PLENTY) -> Limit:
    return Limit(redis, overall=overall, per_team=per_team)


def today() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "calls", "seconds"),
    [("10/10s", 10, 10), (" 500 / 1h ", 500, 3600), ("1/1d", 1, 86_400), ("60/2m", 60, 120)],
)
def test_a_budget_is_read_as_it_is_written(text: str, calls: int, seconds: int) -> None:
    assert Rate.parse(text) == Rate(calls=calls, window=timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "text",
    ["", "10", "10/s", "ten/10s", "10/10", "10/10w", "-1/10s", "0/10s", "10/0s", "1.5/1s", "9/99d", "١/1s"],
)
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Rate.parse(text)


async def test_of_two_hundred_at_once_exactly_fifty_pass(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=a_month(50))
    outcomes = await asyncio.gather(*(gate.take_call("T1") for _ in range(200)), return_exceptions=True)
    assert outcomes.count(None) == 50
    assert sum(isinstance(outcome, Limited) for outcome in outcomes) == 150
    assert await gate.read_put_off("T1", today().date()) == 150


async def test_two_replicas_share_one_budget(redis: CountedRedis) -> None:
    replicas = [limit(redis, per_team=a_month(5)) for _ in range(2)]
    takes = (replicas[number % 2].take_call("T1") for number in range(20))
    outcomes = await asyncio.gather(*takes, return_exceptions=True)
    assert outcomes.count(None) == 5


async def test_one_team_spends_nothing_of_another(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=a_month(1))
    await gate.take_call("T1")
    with pytest.raises(Limited):
        await gate.take_call("T1")
    await gate.take_call("T2")


async def test_all_teams_together_have_a_budget_too(redis: CountedRedis) -> None:
    gate = limit(redis, overall=a_month(2))
    await gate.take_call("T1")
    await gate.take_call("T2")
    with pytest.raises(Limited):
        await gate.take_call("T3")
    assert await gate.read_put_off("T3", today().date()) == 1


async def test_a_spent_overall_budget_costs_a_team_nothing_once_it_is_known(
    redis: CountedRedis, redis_raw: valkey.Redis
) -> None:
    gate = limit(redis, overall=a_month(1))
    await gate.take_call("T1")
    with pytest.raises(Limited):
        await gate.take_call("T1")
    for _ in range(3):
        with pytest.raises(Limited):
            await gate.take_call("T2")
    assert await redis_raw.keys("precache:limit:team:T2:*") == []


async def test_names_with_colons_do_not_meet(redis: CountedRedis, redis_raw: valkey.Redis) -> None:
    gate = limit(redis, per_team=a_month(1))
    for team in ("T1", "T1:0", "T1%3A0", "ü/☃ "):
        await gate.take_call(team)
        with pytest.raises(Limited):
            await gate.take_call(team)
        assert await gate.read_put_off(team, today().date()) == 1


async def test_who_is_known_to_be_blocked_costs_no_request_and_is_counted(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=a_month(1))
    await gate.take_call("T1")
    with pytest.raises(Limited):
        await gate.take_call("T1")
    before = redis.requests
    for _ in range(10):
        with pytest.raises(Limited):
            await gate.take_call("T1")
    assert redis.requests == before
    await gate.take_call("T2")
    assert await limit(redis).read_put_off("T1", today().date()) == 11


async def test_when_the_block_is_over_redis_is_asked_again(redis: CountedRedis) -> None:
    clock = Clock()
    gate = Limit(redis, overall=PLENTY, per_team=a_month(1), now=clock)
    await gate.take_call("T1")
    with pytest.raises(Limited) as first:
        await gate.take_call("T1")
    clock.ahead = first.value.retry_after
    before = redis.requests
    with pytest.raises(Limited):
        await gate.take_call("T1")
    assert redis.requests > before


async def test_who_comes_back_when_told_passes(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=Rate(calls=3, window=timedelta(seconds=1)))
    outcomes = await asyncio.gather(*(gate.take_call("T1") for _ in range(12)), return_exceptions=True)
    waits = [outcome.retry_after for outcome in outcomes if isinstance(outcome, Limited)]
    await asyncio.sleep(max(waits).total_seconds())  # the last of them: a new window may have begun meanwhile
    await gate.take_call("T1")


async def test_an_allowed_call_is_two_round_trips_and_a_refused_one_too(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=a_month(1))
    await gate.take_call("T1")
    assert redis.requests == 2
    with pytest.raises(Limited):
        await gate.take_call("T1")
    assert redis.requests == 4


async def test_no_key_is_left_for_ever(redis: CountedRedis, redis_raw: valkey.Redis) -> None:
    gate = limit(redis, per_team=a_month(1))
    await gate.take_call("T1")
    with pytest.raises(Limited):
        await gate.take_call("T1")
    keys = await redis_raw.keys()
    assert len(keys) == 3
    assert [key for key in keys if await redis_raw.ttl(key) < 0] == []


async def test_without_redis_nothing_is_allowed(unused_tcp_port: int) -> None:
    async with socket_redis(f"redis://127.0.0.1:{unused_tcp_port}") as nowhere:
        with pytest.raises(RedisUnavailable):
            await limit(nowhere).take_call("T1")


def _passes(rate: Rate, current: int, previous: int, at: int) -> bool:
    """The decision of the library's script, in its own words."""
    window = rate.window // timedelta(milliseconds=1)
    if at >= window:
        at, current, previous = at - window, 0, current
    if at >= window:
        at, current, previous = at - window, 0, current
    return math.floor((1 - at % window / window) * previous) + current < rate.calls


@given(
    calls=st.integers(1, 1_000),
    seconds=st.integers(1, 100_000),
    current=st.integers(0, 1_000),
    previous=st.integers(0, 1_000),
    share=st.floats(0, 0.999),
)
def test_the_wait_is_as_short_as_the_script_allows(
    calls: int, seconds: int, current: int, previous: int, share: float
) -> None:
    rate = Rate(calls=calls, window=timedelta(seconds=seconds))
    at = int(seconds * 1_000 * share)
    wait = rate.free_after(current, previous, timedelta(milliseconds=at)) // timedelta(milliseconds=1)
    assert _passes(rate, current, previous, at + wait)
    if wait > 1:  # one earlier may pass too, where the script's floating point rounds down
        assert not _passes(rate, current, previous, at + wait - 2)
