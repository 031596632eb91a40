"""Money that is spent and that may be, on a real Valkey, for any number of replicas."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis as RawRedis

from bot.budget import Caps, Near, Prices, Reservation, Spending, parse_caps
from bot.budget.amount import DOLLAR
from bot.budget.tally import read_tallies
from bot.errors import CapReached, ModelRefused, RedisUnavailable
from bot.model.meter import Call, Tokens
from bot.storage.client import CountedRedis, rest_redis, socket_redis
from tests.bot.budget.spending import (
    CALL,
    COST,
    MOST,
    NOON,
    PRICES,
    TOKEN,
    TOOK,
    UNPRICED,
    Clock,
    capped,
    purse,
    spent,
)
from tests.bot.paying import OpenPurse
from tests.examples import examples
from tests.stand_ins.upstash import upstash

TODAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
MONTHS_END = datetime(2026, 12, 1, tzinfo=UTC)

PATIENCE = timedelta(minutes=1)
"""Hundreds at once take a busy machine longer than the app waits."""


@pytest.fixture(params=["socket", "rest"])
async def redis(
    request: pytest.FixtureRequest, valkey_socket: Path, redis_raw: RawRedis
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


async def refused(purse: OpenPurse, *, team: str = "T1", schedule: str | None = None) -> CapReached:
    with pytest.raises(CapReached) as reached:
        await purse.reserve_call(CALL, team=team, schedule=schedule)
    return reached.value


# Reserving


async def test_of_two_hundred_calls_at_once_exactly_those_pass_that_fit(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    replicas = [purse(redis, capped(team="5/day")) for _ in range(4)]
    outcomes = await asyncio.gather(
        *(replicas[number % 4].reserve_call(CALL, team="T1") for number in range(200)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {Reservation: 50, CapReached: 150}
    assert await spent(redis_raw, "T1", "2026-11-22") == (5 * DOLLAR, 50)


async def test_of_two_hundred_calls_at_once_as_many_pass_as_are_capped(redis: CountedRedis) -> None:
    replicas = [purse(redis, capped(overall="30 calls/month")) for _ in range(4)]
    outcomes = await asyncio.gather(
        *(replicas[number % 4].reserve_call(CALL, team=f"T{number % 7}") for number in range(200)),
        return_exceptions=True,
    )
    assert Counter(map(type, outcomes)) == {Reservation: 30, CapReached: 170}


async def test_a_call_counts_towards_everything_or_towards_nothing(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    counting = purse(redis, capped(overall="1 call/day"))
    await counting.reserve_call(CALL, team="T1", schedule="kolu")
    keys = sorted(await redis.keys("precache:spent:*"))
    assert keys == [
        "precache:spent:2026-11",
        "precache:spent:2026-11-22",
        "precache:spent:T1:2026-11",
        "precache:spent:T1:2026-11-22",
    ]
    before = [await redis_raw.hgetall(key) for key in keys]
    assert before[3] == {
        b"money": b"%d" % MOST,
        b"calls": b"1",
        b"money:kolu": b"%d" % MOST,
        b"calls:kolu": b"1",
    }
    await refused(counting, schedule="kolu")
    await refused(counting, team="T2")
    assert [await redis_raw.hgetall(key) for key in sorted(await redis.keys("precache:spent:*"))] == before


@pytest.mark.parametrize(
    ("caps", "told"),
    [
        (capped(schedule="0.10/day"), ("schedule", "day", "money", MOST, MIDNIGHT)),
        (capped(schedule="1 call/month"), ("schedule", "month", "calls", 1, MONTHS_END)),
        (capped(team="0.19/month"), ("team", "month", "money", 190 * TOKEN, MONTHS_END)),
        (capped(team="1 call/day"), ("team", "day", "calls", 1, MIDNIGHT)),
        (capped(overall="0.1/day"), ("all", "day", "money", MOST, MIDNIGHT)),
        # Of several, the one that has to be waited for, and the one that is nearest to who asks.
        (capped(team="1 call/day, 1 call/month"), ("team", "month", "calls", 1, MONTHS_END)),
        (
            capped(schedule="1 call/day", team="1 call/day", overall="1 call/day"),
            ("schedule", "day", "calls", 1, MIDNIGHT),
        ),
    ],
    ids=str,
)
async def test_the_cap_that_is_in_the_way_is_named(
    redis: CountedRedis, caps: Caps, told: tuple[object, ...]
) -> None:
    counting = purse(redis, caps)
    await counting.reserve_call(CALL, team="T1", schedule="kolu")
    reached = await refused(counting, schedule="kolu")
    assert (reached.scope, reached.period, reached.kind, reached.most, reached.ends) == told


async def test_a_call_that_alone_would_pass_a_cap_is_not_made(redis: CountedRedis) -> None:
    assert (await refused(purse(redis, capped(team="0.0999/day")))).kind == "money"


async def test_one_schedule_and_one_team_spend_nothing_of_another(redis: CountedRedis) -> None:
    counting = purse(redis, capped(schedule="1 call/day", team="2 calls/day"))
    await counting.reserve_call(CALL, team="T1", schedule="kolu")
    await counting.reserve_call(CALL, team="T1", schedule="tane")
    assert (await refused(counting, schedule="miru")).scope == "team"
    await counting.reserve_call(CALL, team="T2", schedule="kolu")
    assert (await refused(counting, team="T2", schedule="kolu")).scope == "schedule"


async def test_what_nobody_scheduled_counts_for_its_team(redis: CountedRedis) -> None:
    counting = purse(redis, capped(schedule="1 call/day", team="2 calls/day"))
    await counting.reserve_call(CALL, team="T1")
    await counting.reserve_call(CALL, team="T1")
    assert (await refused(counting)).scope == "team"


async def test_what_was_spent_before_a_cap_was_set_counts_too(redis: CountedRedis) -> None:
    await purse(redis).reserve_call(CALL, team="T1", schedule="kolu")
    assert (await refused(purse(redis, capped(schedule="0.15/month")), schedule="kolu")).scope == "schedule"


async def test_a_day_and_a_month_begin_with_nothing_spent(redis: CountedRedis) -> None:
    clock = Clock(MONTHS_END - timedelta(days=1, microseconds=1))
    counting = purse(redis, capped(team="2 calls/day, 3 calls/month"), now=clock)
    for _ in range(2):
        await counting.reserve_call(CALL, team="T1")
    assert (await refused(counting)).ends == MONTHS_END - timedelta(days=1)
    clock.at = MONTHS_END - timedelta(days=1)
    await counting.reserve_call(CALL, team="T1")
    assert (await refused(counting)).ends == MONTHS_END
    clock.at = MONTHS_END
    await counting.reserve_call(CALL, team="T1")


async def test_a_model_without_a_price_is_not_asked_where_money_is_capped(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    with pytest.raises(ModelRefused, match="openai:unpriced: has no price in PRECACHE_PRICES"):
        await purse(redis, capped(overall="1/month")).reserve_call(UNPRICED, team="T1")
    assert await redis_raw.keys() == []
    counting = purse(redis, capped(team="1 call/day"))
    assert (await counting.reserve_call(UNPRICED, team="T1")).cost is None
    assert (await refused(counting)).kind == "calls"


async def test_without_redis_no_call_may_be_made(unused_tcp_port: int) -> None:
    async with socket_redis(f"redis://127.0.0.1:{unused_tcp_port}") as nowhere:
        with pytest.raises(RedisUnavailable):
            await purse(nowhere).reserve_call(CALL, team="T1")


# Settling


async def test_what_a_call_cost_takes_the_place_of_what_it_might_have(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    counting = purse(redis, capped(schedule="0.10/day"))
    reservation = await counting.reserve_call(CALL, team="T1", schedule="kolu")
    assert reservation.cost == MOST
    await refused(counting, schedule="kolu")
    assert await counting.settle_now(reservation, TOOK, billed=True) == COST
    for names in (("T1", "2026-11-22"), ("T1", "2026-11"), ("2026-11-22",), ("2026-11",)):
        assert await spent(redis_raw, *names) == (COST, 1)
    assert await redis_raw.hget("precache:spent:T1:2026-11", "money:kolu") == b"%d" % COST


async def test_a_call_that_cost_more_than_was_thought_is_counted_in_full(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    counting = purse(redis)
    reservation = await counting.reserve_call(CALL, team="T1")
    await counting.settle_now(reservation, Tokens(sent=500, received=68), billed=True)
    assert await spent(redis_raw, "T1", "2026-11-22") == (568 * TOKEN, 1)


async def test_what_was_not_billed_was_no_call(redis: CountedRedis, redis_raw: RawRedis) -> None:
    counting = purse(redis, capped(schedule="1 call/day", team="0.10/month"))
    for _ in range(3):
        reservation = await counting.reserve_call(CALL, team="T1", schedule="kolu")
        assert await counting.settle_now(reservation, None, billed=False) == 0
    assert await spent(redis_raw, "T1", "2026-11-22") == (0, 0)
    assert await read_tallies(redis, "T1", [TODAY]) == [{}]


async def test_what_may_have_been_billed_stays_at_the_most(redis: CountedRedis, redis_raw: RawRedis) -> None:
    counting = purse(redis)
    reservation = await counting.reserve_call(CALL, team="T1")
    assert await counting.settle_now(reservation, None, billed=True) == MOST
    assert await spent(redis_raw, "T1", "2026-11") == (MOST, 1)
    assert await read_tallies(redis, "T1", [TODAY]) == [{"calls": 1, "cost": MOST}]


async def test_a_process_that_dies_during_a_call_leaves_the_most_charged(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    await purse(redis, capped(team="0.15/day")).reserve_call(CALL, team="T1")
    # Nobody settles. Another process comes.
    assert (await refused(purse(redis, capped(team="0.15/day")))).scope == "team"
    assert await spent(redis_raw, "T1", "2026-11-22") == (MOST, 1)


async def test_a_call_over_midnight_is_settled_on_the_day_that_it_began(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    clock = Clock(MONTHS_END - timedelta(seconds=1))
    counting = purse(redis, now=clock)
    reservation = await counting.reserve_call(CALL, team="T1")
    clock.at = MONTHS_END + timedelta(seconds=30)
    await counting.settle_now(reservation, TOOK, billed=True)
    assert await spent(redis_raw, "T1", "2026-11-30") == (COST, 1)
    assert await spent(redis_raw, "T1", "2026-11") == (COST, 1)
    assert await redis_raw.keys("*2026-12*") == []
    assert (await read_tallies(redis, "T1", [date(2026, 11, 30)]))[0]["calls"] == 1


async def test_nothing_is_written_of_a_team_that_has_left_during_a_call(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    counting = purse(redis)
    reservation = await counting.reserve_call(CALL, team="T1", schedule="kolu")
    await redis_raw.delete(*await redis_raw.keys("*:T1:*"))
    await counting.settle_now(reservation, TOOK, billed=True)
    assert await redis_raw.keys("*T1*") == []
    assert await spent(redis_raw, "2026-11") == (COST, 1)


async def test_a_refund_never_makes_room_that_was_not_there(redis: CountedRedis, redis_raw: RawRedis) -> None:
    counting = purse(redis)
    first = await counting.reserve_call(CALL, team="T1")
    await redis_raw.delete(*await redis_raw.keys("*:T1:*"))  # it leaves, and comes back
    second = await counting.reserve_call(CALL, team="T1")
    await counting.settle_now(second, TOOK, billed=True)
    await counting.settle_now(first, TOOK, billed=True)
    assert (await spent(redis_raw, "T1", "2026-11"))[0] == 0


async def test_counting_is_one_round_trip_before_a_call_and_one_after(redis: CountedRedis) -> None:
    counting = purse(redis, capped(schedule="1/day", team="1/day", overall="1/day"))
    reservation = await counting.reserve_call(CALL, team="T1", schedule="kolu")
    assert redis.requests == 1
    await counting.settle_now(reservation, TOOK, billed=True)
    assert redis.requests == 2


async def test_each_key_ends_by_itself(redis: CountedRedis, redis_raw: RawRedis) -> None:
    counting = purse(redis, capped(team="1 call/day"))
    reservation = await counting.reserve_call(CALL, team="T1", schedule="kolu")
    reached = await refused(counting, schedule="kolu")
    await counting.settle_now(reservation, TOOK, billed=True)
    for team in ("T1", "T2"):
        await counting.take_first_refusal(reached, team=team, who="kolu", run="a")
    days = {
        key: -(-await redis_raw.ttl(key) // 86_400)
        for key in sorted(await redis.keys("*"))
        if ":limit:" not in key
    }
    left = [
        key for key in days if not {"T1", "T2"} & set(key.split(":"))
    ]  # what is found of a team that leaves
    assert left == ["precache:spent:2026-11", "precache:spent:2026-11-22"]
    assert days == {
        "precache:spent:T1:2026-11": 40,
        "precache:spent:T1:2026-11-22": 3,
        "precache:spent:T2:2026-11-22": 3,
        "precache:spent:2026-11": 40,
        "precache:spent:2026-11-22": 3,
        "precache:tally:T1:2026-11-22": 400,
    }


CALLS = st.lists(
    st.tuples(
        st.sampled_from(["T1", "T2"]),
        st.sampled_from([None, "kolu", "tane"]),
        st.integers(0, 68),  # tokens received of the 68 that are expected at most
        st.sampled_from(["told", "billed", "not billed", "died"]),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=examples(10))
@given(
    calls=CALLS,
    caps=st.tuples(*(st.integers(1, 12).map(lambda tenths: f"{tenths / 10:.1f}/day") for _ in range(3))),
    together=st.integers(1, 6),
)
def test_what_is_spent_never_passes_a_cap(
    valkey_socket: Path,
    calls: list[tuple[str, str | None, int, str]],
    caps: tuple[str, str, str],
    together: int,
) -> None:
    schedule, team, overall = (parse_caps(text)[0].most for text in caps)
    bills: Counter[tuple[str | None, ...]] = Counter()

    async def one(counting: OpenPurse, who: str, what: str | None, received: int, end: str) -> None:
        try:
            reservation = await counting.reserve_call(CALL, team=who, schedule=what)
        except CapReached:
            return
        tokens = Tokens(sent=32, received=received)
        bill = 0 if end == "not billed" else (32 + received) * TOKEN  # also of those whose process has died
        for bearer in {("all",), (who,), (who, what)}:
            bills[bearer] += bill
        if end != "died":
            await counting.settle_now(reservation, tokens if end == "told" else None, billed=end == "billed")

    async def all_of_them() -> None:
        async with socket_redis(f"unix://{valkey_socket}", within=PATIENCE) as client:
            await client.flushall()
            replicas = [purse(client, capped(schedule=caps[0], team=caps[1], overall=caps[2])) for _ in "ab"]
            for begin in range(0, len(calls), together):
                batch = enumerate(calls[begin : begin + together])
                await asyncio.gather(*(one(replicas[number % 2], *call) for number, call in batch))
            for who in ("T1", "T2"):
                counted = await client.hget(f"precache:spent:{who}:2026-11-22", "money")
                assert bills[(who,)] <= int(counted or 0) <= team

    asyncio.run(all_of_them())
    assert bills[("all",)] <= overall
    assert all(bills[who, what] <= schedule for who in ("T1", "T2") for what in ("kolu", "tane"))


# Being told


async def test_eighty_per_cent_of_a_cap_are_told_once_whichever_replica_comes_to_it(
    redis: CountedRedis,
) -> None:
    replicas = [purse(redis, capped(team="10 calls/day")) for _ in range(3)]
    reservations = await asyncio.gather(
        *(replicas[number % 3].reserve_call(CALL, team="T1") for number in range(10))
    )
    (near,) = [near for reservation in reservations for near in reservation.near]
    assert near == Near(scope="team", period="day", kind="calls", used=8, most=10, ends=MIDNIGHT)


async def test_each_cap_is_told_by_itself(redis: CountedRedis) -> None:
    counting = purse(
        redis, capped(schedule="0.30/day", team="0.50/month, 5 calls/day", overall="5 calls/month")
    )
    told = [
        [
            (near.scope, near.period, near.kind)
            for near in (await counting.reserve_call(CALL, team="T1", schedule=schedule)).near
        ]
        for schedule in ("kolu", "kolu", "kolu", "tane", "tane")
    ]
    assert told == [
        [],
        [],
        [("schedule", "day", "money")],
        [("team", "month", "money"), ("team", "day", "calls"), ("all", "month", "calls")],
        [],
    ]


async def test_a_cap_is_told_again_in_the_next_period_and_not_after_a_refund(redis: CountedRedis) -> None:
    clock = Clock()
    counting = purse(redis, capped(team="0.10/day"), now=clock)

    async def told() -> int:
        reservation = await counting.reserve_call(CALL, team="T1")
        await counting.settle_now(reservation, None, billed=False)
        return len(reservation.near)

    assert [await told(), await told()] == [1, 0]
    clock.at = MIDNIGHT
    assert [await told(), await told()] == [1, 0]


async def test_nobody_is_told_of_less_than_eighty_per_cent(redis: CountedRedis) -> None:
    counting = purse(redis, capped(team="0.5001/day, 6 calls/day"))
    for _ in range(4):
        assert (await counting.reserve_call(CALL, team="T1")).near == ()
    assert len((await counting.reserve_call(CALL, team="T1")).near) == 2


async def test_a_refusal_is_told_once_for_each_schedule_and_period(redis: CountedRedis) -> None:
    clock = Clock()
    replicas = [purse(redis, capped(team="1 call/day"), now=clock) for _ in range(3)]
    await replicas[0].reserve_call(CALL, team="T1")
    reached = await refused(replicas[0])
    answers = await asyncio.gather(
        *(
            replicas[number % 3].take_first_refusal(reached, team="T1", who="kolu", run=f"run-{number}")
            for number in range(30)
        )
    )
    assert answers.count(True) == 1
    for _ in range(2):  # a process may have died before it told them
        assert await replicas[0].take_first_refusal(reached, team="T1", who="tane", run="a")
    assert await replicas[0].take_first_refusal(reached, team="T2", who="kolu", run="a")
    clock.at = MIDNIGHT
    await replicas[0].reserve_call(CALL, team="T1")
    assert await replicas[0].take_first_refusal(await refused(replicas[0]), team="T1", who="kolu", run="a")


# What a team has used


async def test_what_calls_took_is_counted_beside_what_became_of_runs(redis: CountedRedis) -> None:
    counting = OpenPurse(redis, prices=PRICES, caps=Caps(), now=Clock())
    for call, schedule in ((CALL, "kolu"), (CALL, "kolu"), (CALL, None), (UNPRICED, "tane")):
        reservation = await counting.reserve_call(call, team="T1", schedule=schedule)
        await counting.settle_now(reservation, TOOK, billed=True)
    (day,) = await read_tallies(redis, "T1", [TODAY])
    assert day == {
        "calls": 4,
        "tokens_in": 40,
        "tokens_out": 80,
        "cost": 3 * COST,
        "unpriced": 1,
        "calls:kolu": 2,
        "cost:kolu": 2 * COST,
        "calls:tane": 1,
    }
    assert Spending.sum_days([day]).tally_counts() == day


def test_the_spending_of_some_days_is_added_up() -> None:
    days = [
        {"posted": 3, "HIT": 2, "calls": 2, "cost": 50, "tokens_in": 7, "calls:kolu": 1, "cost:kolu": 20},
        {},
        {"calls": 1, "cost": 5, "unpriced": 1, "calls:kolu": 1, "cost:kolu": 5, "calls:tane": 1},
    ]
    assert Spending.sum_days(days) == Spending(
        calls=3,
        tokens_in=7,
        cost=55,
        unpriced=1,
        schedules={"kolu": Spending(calls=2, cost=25), "tane": Spending(calls=1)},
    )


async def test_a_price_that_is_set_later_counts_from_then_on(redis: CountedRedis) -> None:
    reservation = await purse(redis).reserve_call(UNPRICED, team="T1")
    assert await purse(redis).settle_now(reservation, TOOK, billed=True) is None
    priced = OpenPurse(redis, prices=Prices.parse("openai:unpriced=1000/1000"), caps=Caps(), now=Clock(NOON))
    reservation = await priced.reserve_call(UNPRICED, team="T1")
    assert await priced.settle_now(reservation, TOOK, billed=True) == COST
    (day,) = await read_tallies(redis, "T1", [TODAY])
    assert (day["calls"], day["cost"], day["unpriced"]) == (2, COST, 1)


async def test_large_sums_are_counted_to_the_last_billionth(redis: CountedRedis, redis_raw: RawRedis) -> None:
    prices = Prices.parse("openai:dear=1000000/1000000")
    counting = OpenPurse(redis, prices=prices, caps=capped(team="1000000/month"), now=Clock())
    call = Call(model="openai:dear", most_sent=0, most_tokens=999_967)
    await counting.reserve_call(call, team="T1")
    assert (await spent(redis_raw, "T1", "2026-11"))[0] == 999_999 * DOLLAR
    with pytest.raises(CapReached):
        await counting.reserve_call(Call(model="openai:dear", most_sent=0, most_tokens=1), team="T1")
