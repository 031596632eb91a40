"""The limit and the purse around the calls of one flight, on a real Valkey."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from redis.asyncio import Redis as RawRedis

from bot.answers import AnswerCache
from bot.answers.flight import Flight
from bot.budget import AdmitCall, Near, Purse, TeamMeter
from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.budget.tally import read_tallies
from bot.errors import CapReached, Limited, RedisUnavailable
from bot.model.meter import Call, Meter, Tokens
from bot.storage import run_scripts
from bot.storage.client import CountedRedis, socket_redis
from tests.bot.budget.spending import (
    CALL,
    COST,
    MOST,
    NOON,
    TOKEN,
    TOOK,
    UNPRICED,
    capped,
    purse,
    spent,
)

PLENTY = Rate(calls=1_000, window=timedelta(days=30))


def meter(
    redis: CountedRedis,
    counting: Purse,
    *,
    schedule: str | None = "kolu",
    rate: Rate = PLENTY,
    warnings: list[Near] | None = None,
) -> TeamMeter:
    limit = Limit(redis, overall=PLENTY, per_team=rate)
    told = [] if warnings is None else warnings
    return TeamMeter(limit, counting, team="T1", schedule=schedule, warned=told.append)


async def test_a_call_passes_the_limit_and_the_purse_and_costs_what_it_took(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    flight = meter(redis, purse(redis))
    as_the_models_see_it: Meter = flight
    await as_the_models_see_it.admit_call(CALL)
    assert redis.requests == 1
    assert await spent(redis_raw, "T1", "2026-11-22") == (MOST, 1)
    assert await as_the_models_see_it.record_call(CALL, TOOK, billed=True) == COST
    await run_scripts(redis, flight.take_settlements())
    assert redis.requests == 2
    assert await spent(redis_raw, "T1", "2026-11-22") == (COST, 1)
    assert flight.spent == COST


async def test_a_call_that_is_put_off_costs_nothing(redis: CountedRedis, redis_raw: RawRedis) -> None:
    flight = meter(redis, purse(redis), rate=Rate(calls=1, window=timedelta(days=30)))
    await flight.admit_call(CALL)
    with pytest.raises(Limited):
        await flight.admit_call(CALL)
    assert await spent(redis_raw, "T1", "2026-11-22") == (MOST, 1)


async def test_a_call_that_is_refused_leaves_nothing_to_settle(redis: CountedRedis) -> None:
    flight = meter(redis, purse(redis, capped(schedule="0.15/day")))
    await flight.admit_call(CALL)
    with pytest.raises(CapReached):
        await flight.admit_call(CALL)
    await flight.record_call(CALL, TOOK, billed=True)
    with pytest.raises(RuntimeError, match="never let through"):
        await flight.record_call(CALL, TOOK, billed=True)
    assert flight.spent == COST


async def test_the_calls_of_one_flight_are_settled_each_by_itself(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    flight = meter(redis, purse(redis))
    small = Call(model=CALL.model, most_sent=0, most_tokens=8)

    async def call(what: Call, tokens: Tokens | None, *, billed: bool = True) -> int | None:
        await flight.admit_call(what)
        return await flight.record_call(what, tokens, billed=billed)

    costs = await asyncio.gather(
        *(call(CALL, Tokens(sent=number, received=1)) for number in range(20)),
        call(small, None),
        call(small, None, billed=False),
    )
    assert costs == [*((number + 1) * TOKEN for number in range(20)), 40 * TOKEN, 0]
    assert flight.spent == 250 * TOKEN
    await run_scripts(redis, flight.take_settlements())
    assert await spent(redis_raw, "T1", "2026-11-22") == (250 * TOKEN, 21)


async def test_what_a_flight_cost_is_unknown_once_it_has_paid_for_a_model_without_a_price(
    redis: CountedRedis,
) -> None:
    flight = meter(redis, purse(redis))
    assert flight.spent == 0
    await flight.admit_call(UNPRICED)
    assert await flight.record_call(UNPRICED, None, billed=False) == 0
    assert flight.spent == 0, "a call that was not billed cost nothing, whatever its price"
    for call in (CALL, UNPRICED, CALL):
        await flight.admit_call(call)
        await flight.record_call(call, TOOK, billed=True)
    assert flight.spent is None


async def test_a_cap_that_is_near_is_told_to_people_and_to_the_operator(
    redis: CountedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    warnings: list[Near] = []
    flight = meter(redis, purse(redis, capped(schedule="1 call/day", team="1 call/day")), warnings=warnings)
    with caplog.at_level(logging.WARNING, logger="bot.budget"):
        await flight.admit_call(CALL)
    assert [(near.scope, near.used, near.most) for near in warnings] == [("schedule", 1, 1), ("team", 1, 1)]
    assert [record.getMessage() for record in caplog.records] == [
        "money.near scope=schedule period=day kind=calls used=1 most=1 team=T1 schedule=kolu",
        "money.near scope=team period=day kind=calls used=1 most=1 team=T1 schedule=kolu",
    ]


async def test_what_all_teams_spend_is_told_to_the_operator_alone(
    redis: CountedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    warnings: list[Near] = []
    flight = meter(redis, purse(redis, capped(overall="0.10/month")), schedule=None, warnings=warnings)
    with caplog.at_level(logging.WARNING, logger="bot.budget"):
        await flight.admit_call(CALL)
    assert warnings == []
    assert caplog.messages == [
        f"money.near scope=all period=month kind=money used={MOST} most={MOST} team=T1 schedule=-"
    ]


async def test_an_answer_is_not_lost_because_its_cost_cannot_be_written_down(
    redis: CountedRedis, redis_raw: RawRedis, caplog: pytest.LogCaptureFixture
) -> None:
    flight = meter(redis, purse(redis))
    way = Flight(
        AnswerCache(redis=redis),
        key="key",
        made_after=NOON,
        lease=timedelta(minutes=1),
        now=lambda: NOON,
        meter=flight,
    )
    await flight.admit_call(CALL)
    await redis_raw.config_set("maxmemory", "1")  # it is full
    try:
        assert await flight.record_call(CALL, TOOK, billed=True) == COST
        with pytest.raises(RedisUnavailable):
            await way.land_answer(None)
    finally:
        await redis_raw.config_set("maxmemory", "0")
    assert flight.spent == COST
    assert "money.not_settled team=T1" in caplog.text
    assert await spent(redis_raw, "T1", "2026-11-22") == (MOST, 1)
    await flight.admit_call(CALL)
    await flight.record_call(CALL, TOOK, billed=True)
    caplog.clear()
    await redis_raw.config_set("maxmemory", "1")
    try:
        with pytest.raises(RedisUnavailable):
            await flight.admit_call(CALL)
    finally:
        await redis_raw.config_set("maxmemory", "0")
    assert "money.not_settled team=T1" in caplog.text, "it went along with a call that was not let through"
    assert "cost" not in (await read_tallies(redis, "T1", [NOON.date()]))[0]


async def test_without_redis_no_call_is_let_through(unused_tcp_port: int) -> None:
    async with socket_redis(f"redis://127.0.0.1:{unused_tcp_port}") as nowhere:
        flight = meter(nowhere, purse(nowhere))
        with pytest.raises(RedisUnavailable):
            await flight.admit_call(CALL)


async def test_a_call_that_the_purse_refuses_has_used_none_of_the_limits(redis: CountedRedis) -> None:
    flight = meter(
        redis, purse(redis, capped(team="0.09/day")), rate=Rate(calls=1, window=timedelta(days=30))
    )
    with pytest.raises(CapReached):
        await flight.admit_call(CALL)
    await flight.admit_call(Call(model=CALL.model, most_sent=0, most_tokens=1))
    with pytest.raises(Limited):
        await flight.admit_call(Call(model=CALL.model, most_sent=0, most_tokens=1))


async def test_the_calls_that_are_over_are_settled_before_the_next_one_asks(redis: CountedRedis) -> None:
    flight = meter(redis, purse(redis, capped(schedule="0.15/day")))
    for _ in range(3):  # a fallback, say: the second would not fit beside the most that the first may cost
        await flight.admit_call(CALL)
        await flight.record_call(CALL, Tokens(sent=1, received=1), billed=True)
    assert redis.requests == 3


async def test_a_call_that_was_let_through_ahead_and_never_made_costs_nothing(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    flight = meter(redis, purse(redis))
    admission = await flight.ask_admission(CALL)
    flight.note_admitted_ahead(admission.read_reply(await admission.run_script(AdmitCall)))
    assert await spent(redis_raw, "T1", "2026-11-22") == (MOST, 1)
    await run_scripts(redis, flight.take_settlements(at_the_end=True))
    assert await spent(redis_raw, "T1", "2026-11-22") == (0, 0)
