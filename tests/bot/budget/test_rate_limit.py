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
from hypothesis import given, settings
from hypothesis import strategies as st
from upstash_ratelimit.asyncio import Ratelimit, SlidingWindow

from bot.budget import Admission, AdmitCall, TeamMeter
from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit, LimitAsked, WindowAsked
from bot.errors import Limited, RedisUnavailable
from bot.model.meter import Call
from bot.storage.client import CountedRedis, rest_redis, socket_redis
from tests.bot.paying import purse_of
from tests.examples import examples
from tests.stand_ins.upstash import upstash

PLENTY = Rate(calls=1_000_000, window=timedelta(days=1))
CALL = Call(model="openai:test", most_sent=1, most_tokens=1)


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


class OpenLimit(Limit):
    """A limit without a flight around it, and without a cap beside it."""

    async def take_call(self, team: str) -> None:
        meter = TeamMeter(self, purse_of(self.redis), team=team, warned=lambda _: None)
        await meter.admit_call(CALL)


def limit(redis: CountedRedis, *, overall: Rate = PLENTY, per_team: Rate = PLENTY) -> OpenLimit:
    return OpenLimit(redis, overall=overall, per_team=per_team)


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


async def test_a_spent_overall_budget_costs_a_team_nothing(
    redis: CountedRedis, redis_raw: valkey.Redis
) -> None:
    gate = limit(redis, overall=a_month(1))
    await gate.take_call("T1")
    for taker in (limit(redis, overall=a_month(1)), gate, gate):  # the first one does not know of it
        with pytest.raises(Limited):
            await taker.take_call("T2")
    taken = [await redis_raw.get(key) for key in await redis_raw.keys("precache:limit:team:T2:*")]
    assert set(taken) <= {b"0"}


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
    gate = OpenLimit(redis, overall=PLENTY, per_team=a_month(1), now=clock)
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


async def test_an_allowed_call_is_one_round_trip_and_a_refused_one_too(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=a_month(1))
    await gate.take_call("T1")
    assert redis.requests == 1
    with pytest.raises(Limited):
        await gate.take_call("T1")
    assert redis.requests == 2


async def test_no_key_is_left_for_ever(redis: CountedRedis, redis_raw: valkey.Redis) -> None:
    gate = limit(redis, per_team=a_month(1))
    await gate.take_call("T1")
    with pytest.raises(Limited):
        await gate.take_call("T1")
    keys = await redis_raw.keys("precache:limit:*")
    assert len(keys) == 3
    assert [key for key in keys if await redis_raw.ttl(key) < 0] == []


async def test_without_redis_nothing_is_allowed(unused_tcp_port: int) -> None:
    async with socket_redis(f"redis://127.0.0.1:{unused_tcp_port}") as nowhere:
        with pytest.raises(RedisUnavailable):
            await limit(nowhere).take_call("T1")


async def test_upstash_ratelimit_itself_shares_our_counts(redis: CountedRedis) -> None:
    gate = limit(redis, per_team=a_month(5), overall=a_month(6))
    month = int(timedelta(days=30) / timedelta(milliseconds=1))
    itself = Ratelimit(redis, SlidingWindow(5, month, "ms"), "precache:limit:team")
    for _ in range(2):
        await gate.take_call("T1")
        assert (await itself.limit("T1")).allowed
    assert await itself.get_remaining("T1") == 1
    await gate.take_call("T1")
    assert not (await itself.limit("T1")).allowed
    with pytest.raises(Limited):
        await gate.take_call("T1")
    assert await itself.get_remaining("T1") == 0


@settings(deadline=None, max_examples=examples(10))
@given(
    calls=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    seconds=st.integers(1, 90_000),
    before=st.integers(0, 9),
    asked=st.lists(st.sampled_from(["T1", "T2"]), min_size=1, max_size=9),
)
def test_our_script_decides_and_counts_as_the_one_of_upstash_ratelimit_does_alone(
    valkey_socket: Path, calls: tuple[int, int], seconds: int, before: int, asked: list[str]
) -> None:
    """Both are asked in the same moment, which the library has named; theirs counts under other keys."""
    per_team, overall = (Rate(calls=most, window=timedelta(seconds=seconds)) for most in calls)

    async def count_alone(client: CountedRedis, window: WindowAsked) -> bool:
        keys = [f"theirs:{window.current}", f"theirs:{window.previous}"]
        return int(await client.eval(SlidingWindow.SCRIPT, keys, [*window.args])) >= 0

    async def compare() -> None:
        async with socket_redis(f"unix://{valkey_socket}") as client:
            await client.flushall()
            gate = limit(client, overall=overall, per_team=per_team)
            questions = {team: await gate.ask_gates(team) for team in ("T1", "T2")}
            windows = [window for question in questions.values() for window in question.gates.values()]
            for window in windows:
                for key in (window.previous, f"theirs:{window.previous}"):
                    await client.set(key, before, ex=100_000)
            for team in asked:
                question = questions[team]
                passes = await count_alone(client, question.gates["team"])
                if passes and not await count_alone(client, question.gates["overall"]):
                    passes = False
                    await client.decr(f"theirs:{question.gates['team'].current}")  # ours gives it back
                assert await passes_ours(gate, question) == passes
                for window in windows:
                    ours, theirs = window.current, f"theirs:{window.current}"
                    assert await client.get(ours) == await client.get(theirs)
                    assert abs(await client.pttl(ours) - await client.pttl(theirs)) < 60_000

    asyncio.run(compare())


async def passes_ours(gate: Limit, question: LimitAsked) -> bool:
    purse = purse_of(gate.redis)
    admission = Admission(
        redis=gate.redis,
        limit=gate,
        asked=question,
        reserving=purse.ask_reservation(CALL, team=question.team),
        block=None,
    )
    try:
        admission.read_reply(await admission.run_script(AdmitCall))
    except Limited:
        return False
    return True


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
