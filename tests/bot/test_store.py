"""What is remembered, one script a step, on a real Valkey."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis as RawRedis

from bot.records import Answer, Busy, Claim, Found, Over, Schedule, Taken, Wait
from bot.store import Store
from bot.upstash import CountedRedis

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=2)
ANSWER = Answer(text="Because of Rayleigh scattering. 🌤️", made=NOON, model="m", tokens_in=3, tokens_out=5)
FOUND = Found(answer=ANSWER, cache="HIT")
SCHEDULE = Schedule(
    id="kolu-tane", team="T1", channel="C1", user="U1", query="Why?", zone="Europe/Berlin", cron="0 9 * * *"
)


async def claim(
    store: Store,
    token: str,
    *,
    now: datetime = NOON,
    made_after: datetime = NOON,
    recent: Answer | None = None,
) -> Claim:
    return await store.claim(
        "T1:run",
        token=token,
        key="key",
        made_after=made_after,
        recent=recent,
        schedule=("T1", SCHEDULE.id),
        now=now,
        lease=LEASE,
    )


async def land(store: Store, answer: Answer) -> None:
    assert await store.take_flight("key", token="f", made_after=answer.made, lease=LEASE) is None
    await store.land_flight("key", token="f", answer=answer)


async def test_a_run_is_claimed_by_one_at_a_time(store: Store) -> None:
    claims = await asyncio.gather(*(claim(store, f"{n}") for n in range(20)))
    assert sum(isinstance(each, Taken) for each in claims) == 1
    assert {each.left for each in claims if isinstance(each, Busy)} == {LEASE}


async def test_a_claim_whose_lease_has_ended_passes_to_the_next(store: Store) -> None:
    await claim(store, "dead")
    late = NOON + LEASE
    assert await claim(store, "alive", now=late) == Taken(found=None, parts=0, ts=None, unsettled_since=None)
    assert not await store.posting("T1:run", token="dead", found=FOUND, now=late)
    assert await store.posting("T1:run", token="alive", found=FOUND, now=late)


async def test_a_holder_whose_own_lease_has_ended_may_not_post(store: Store) -> None:
    await claim(store, "slow")
    assert not await store.posting("T1:run", token="slow", found=FOUND, now=NOON + LEASE)


async def test_a_posted_run_is_over_for_ever(store: Store) -> None:
    await claim(store, "a")
    await store.posted("T1:run", ts="1.0")
    await store.release("T1:run", token="a", certain=True)
    assert await claim(store, "b", now=NOON + timedelta(days=1)) == Over(reason="posted")


async def test_a_claim_brings_an_answer_that_is_fresh_enough_in_the_same_round_trip(
    store: Store, redis: CountedRedis
) -> None:
    await land(store, ANSWER)
    before = redis.requests
    taken = await claim(store, "a", made_after=NOON)
    assert isinstance(taken, Taken)
    assert taken.found == FOUND
    assert redis.requests == before + 1


async def test_a_claim_leaves_an_answer_that_is_too_old(store: Store) -> None:
    await land(store, ANSWER)
    taken = await claim(store, "a", made_after=NOON + timedelta(milliseconds=1))
    assert isinstance(taken, Taken)
    assert taken.found is None


async def test_what_was_being_posted_is_posted_on_even_if_a_newer_answer_is_there(store: Store) -> None:
    await claim(store, "a", recent=ANSWER)
    await store.part_posted("T1:run", parts=1, ts="1.0", now=NOON + timedelta(seconds=3))
    await land(store, Answer(text="newer", made=NOON + LEASE, model="m"))
    assert await claim(store, "b", now=NOON + LEASE, made_after=NOON + LEASE) == Taken(
        found=FOUND, parts=1, ts="1.0", unsettled_since=NOON + timedelta(seconds=3)
    )


async def test_a_run_given_back_in_doubt_is_to_be_settled_and_one_in_certainty_is_not(store: Store) -> None:
    await claim(store, "a", recent=ANSWER)
    await store.release("T1:run", token="a", certain=False)
    doubtful = await claim(store, "b")
    assert isinstance(doubtful, Taken)
    assert doubtful.unsettled_since == NOON
    await store.release("T1:run", token="b", certain=True)
    certain = await claim(store, "c")
    assert isinstance(certain, Taken)
    assert certain.unsettled_since is None


async def test_nobody_gives_back_what_another_holds(store: Store) -> None:
    await claim(store, "a")
    await store.release("T1:run", token="b", certain=True)
    assert isinstance(await claim(store, "c"), Busy)


async def test_a_deleted_or_paused_schedule_runs_no_more(store: Store, redis: CountedRedis) -> None:
    await store.add_schedule(SCHEDULE, now=NOON)
    await store.confirm_schedule(SCHEDULE)
    await redis.hset(f"precache:schedule:T1:{SCHEDULE.id}", "state", "paused")
    assert await claim(store, "a") == Over(reason="off")
    await store.forget_schedule("T1", SCHEDULE.id)
    assert await claim(store, "a") == Over(reason="off")


async def test_one_flight_at_a_time_and_those_who_wait_find_its_answer(store: Store) -> None:
    assert await store.take_flight("key", token="a", made_after=NOON, lease=LEASE) is None
    waiting = await store.take_flight("key", token="b", made_after=NOON, lease=LEASE)
    assert isinstance(waiting, Wait)
    assert timedelta() < waiting.left <= LEASE
    await store.land_flight("key", token="a", answer=ANSWER)
    assert await store.take_flight("key", token="b", made_after=NOON, lease=LEASE) == ANSWER


async def test_a_flight_that_fails_leaves_the_way_free(store: Store) -> None:
    await store.take_flight("key", token="a", made_after=NOON, lease=LEASE)
    await store.land_flight("key", token="a", answer=None)
    assert await store.take_flight("key", token="b", made_after=NOON, lease=LEASE) is None
    assert await store.find_answer("key") is None


async def test_an_older_answer_never_replaces_a_newer_one(store: Store) -> None:
    newer = Answer(text="newer", made=NOON + timedelta(seconds=1), model="m")
    await store.land_flight("key", token="b", answer=newer)
    await store.land_flight("key", token="a", answer=ANSWER)
    assert await store.find_answer("key") == newer
    assert await store.find_answer("key", made_after=NOON + timedelta(seconds=2)) is None


async def test_a_schedule_is_pending_until_it_is_confirmed_and_gone_once_it_is_forgotten(
    store: Store,
) -> None:
    assert await store.add_schedule(SCHEDULE, now=NOON)
    assert not await store.add_schedule(SCHEDULE, now=NOON), "the id is taken"
    assert await store.schedules("T1") == [SCHEDULE]
    assert await store.confirm_schedule(SCHEDULE)
    active = await store.schedule("T1", SCHEDULE.id)
    assert active is not None
    assert active.state == "active"
    await store.forget_schedule("T1", SCHEDULE.id)
    assert await store.schedule("T1", SCHEDULE.id) is None
    assert await store.schedules("T1") == []
    assert not await store.confirm_schedule(SCHEDULE), "what was deleted does not come back"


async def test_teams_do_not_see_each_other(store: Store) -> None:
    await store.add_schedule(SCHEDULE, now=NOON)
    assert await store.schedules("T2") == []
    assert await store.schedule("T2", SCHEDULE.id) is None


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
async def test_any_number_of_schedules_is_listed(store: Store, count: int) -> None:
    for n in range(count):
        await store.add_schedule(
            Schedule(id=f"n-{n:03}", team="T1", channel="C", user="U", query="q", zone="UTC", at=NOON),
            now=NOON,
        )
    assert [each.id for each in await store.schedules("T1")] == [f"n-{n:03}" for n in range(count)]


async def test_a_one_off_whose_record_has_run_out_leaves_the_list(store: Store, redis: CountedRedis) -> None:
    await store.add_schedule(SCHEDULE, now=NOON)
    await redis.delete(f"precache:schedule:T1:{SCHEDULE.id}")
    assert await store.schedules("T1") == []
    assert await redis.smembers("precache:schedules:T1") == []


async def test_every_key_ends_by_itself_but_those_of_recurring_schedules(
    store: Store, redis_raw: RawRedis
) -> None:
    await claim(store, "a", recent=ANSWER)
    await store.part_posted("T1:run", parts=1, ts="1.0", now=NOON)
    await store.claim(
        "T1:other",
        token="b",
        key="k",
        made_after=NOON,
        recent=None,
        schedule=None,
        now=NOON,
        lease=LEASE,
    )
    await store.posted("T1:other", ts="2.0")
    await land(store, ANSWER)
    await store.take_flight("other", token="a", made_after=NOON, lease=LEASE)
    await store.add_schedule(SCHEDULE, now=NOON)
    await store.add_schedule(
        Schedule(id="once", team="T1", channel="C", user="U", query="q", zone="UTC", at=NOON), now=NOON
    )
    await store.forget_schedule("T1", "gone")
    lasting = [key.decode() async for key in redis_raw.scan_iter() if await redis_raw.ttl(key) < 0]
    assert sorted(lasting) == ["precache:schedule:T1:kolu-tane", "precache:schedules:T1"]
