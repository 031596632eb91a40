"""Schedules fire at their slots, each slot once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from qstash.errors import QStashError
from qstash.schedule import ScheduleState
from redis.asyncio import Redis

from scheduler.cron import Cron
from scheduler.embedded.storage import GRACE, slot_to_fire
from tests.scheduler.embedded.destination import Destination
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.waiting import wait_until

BEFORE_NINE = datetime(2027, 1, 15, 7, 59, 50, tzinfo=UTC)
"""Ten seconds before nine in Berlin, a Friday."""


async def test_a_schedule_fires_at_each_slot_of_its_zone(redis_raw: Redis, destination: Destination) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock) as running:
        await running.client.schedule.create(
            destination=f"{destination.url}/path?a=b",
            cron="CRON_TZ=Europe/Berlin 0 9 * * 1-5",
            schedule_id="weekdays",
            body="good morning",
            headers={"X-A": "b"},
        )
        clock.forward(seconds=10)
        (first,) = await wait_until(lambda: destination.received, "Friday's delivery")
        assert first.path == "/path?a=b"
        assert first.body == b"good morning"
        assert first.headers["x-a"] == "b"
        assert first.headers["upstash-schedule-id"] == "weekdays"
        monday = BEFORE_NINE + timedelta(days=3, seconds=10)

        async def succeeded() -> Any:
            states = (await running.client.schedule.get("weekdays")).last_schedule_states
            return states == {first.headers["upstash-message-id"]: ScheduleState.SUCCESS}

        await wait_until(succeeded, "the schedule to know")
        found = await running.client.schedule.get("weekdays")
        assert found.next_schedule_time == monday.timestamp() * 1000
        assert found.last_schedule_time == clock.now.timestamp() * 1000
        clock.forward(days=3)
        await wait_until(lambda: len(destination.received) == 2, "Monday's delivery")


async def test_what_is_no_cron_is_refused_without_advice_on_what_to_type(redis_raw: Redis) -> None:
    async with run_qstash(redis_raw, Clock(BEFORE_NINE)) as running:
        with pytest.raises(
            QStashError, match=r"invalid cron expression: .*\(minute from 0 to 59\)"
        ) as refused:
            await running.client.schedule.create(destination="https://example.com", cron="x 9 * * *")
    assert "0 9 * * 1-5" not in str(refused.value)


async def test_two_engines_fire_each_slot_once(redis_raw: Redis, destination: Destination) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock) as running, run_qstash(redis_raw, clock):
        for number in range(10):
            await running.client.schedule.create(
                destination=f"{destination.url}/{number}", cron="* * * * *", body="x"
            )
        for minute in range(1, 4):
            clock.forward(minutes=1)
            await wait_until(partial(has, destination, 10 * minute), f"minute {minute}")
            # Or else the clock would outrun the leases of what is under way.
            await wait_until(settled(redis_raw), "all to be settled")
    assert len(destination.received) == 30


def settled(redis: Redis) -> Callable[[], Awaitable[bool]]:
    async def is_settled() -> bool:
        return not await redis.exists("qstash:due")

    return is_settled


def has(destination: Destination, count: int) -> bool:
    return len(destination.received) >= count


async def test_a_paused_schedule_skips_and_makes_up_for_nothing(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock) as running:
        await running.client.schedule.create(
            destination=f"{destination.url}/paused", cron="* * * * *", schedule_id="p"
        )
        await running.client.schedule.create(destination=f"{destination.url}/other", cron="* * * * *")
        await running.client.schedule.pause("p")
        assert (await running.client.schedule.get("p")).paused
        clock.forward(minutes=1)
        await wait_until(lambda: destination.at("/other"), "the schedule that is not paused")
        await running.client.schedule.resume("p")
        assert not (await running.client.schedule.get("p")).paused
        assert not destination.at("/paused")
        clock.forward(minutes=1)
        await wait_until(lambda: destination.at("/paused"), "the schedule that was resumed")
        assert len(destination.at("/paused")) == 1


async def test_an_edit_replaces_it_in_place_and_a_paused_one_stays_paused(running: Running) -> None:
    create = running.client.schedule.create
    await create(destination="http://127.0.0.1:1/a", cron="0 9 * * *", schedule_id="s", body="one")
    created = (await running.client.schedule.get("s")).created_at
    await running.client.schedule.pause("s")
    running.clock.forward(seconds=5)
    await create(destination="http://127.0.0.1:1/b", cron="0 10 * * *", schedule_id="s", body="two")
    (found,) = await running.client.schedule.list()
    assert (found.destination, found.cron, found.body) == ("http://127.0.0.1:1/b", "0 10 * * *", "two")
    assert found.created_at == created
    assert found.paused


async def test_a_deleted_schedule_is_gone(running: Running) -> None:
    await running.client.schedule.create(destination="http://127.0.0.1:1/", cron="0 9 * * *", schedule_id="s")
    await running.client.schedule.delete("s")
    assert await running.client.schedule.list() == []
    for call in (running.client.schedule.get, running.client.schedule.pause, running.client.schedule.delete):
        with pytest.raises(QStashError, match="404"):
            await call("s")


async def test_a_schedule_with_a_delay_shifts_its_messages(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock) as running:
        await running.client.schedule.create(
            destination=f"{destination.url}/late", cron="0 * * * *", delay="30s"
        )
        await running.client.schedule.create(destination=f"{destination.url}/sharp", cron="0 * * * *")
        clock.forward(seconds=10)
        await wait_until(lambda: destination.at("/sharp"), "the one without a delay")
        assert not destination.at("/late")
        clock.forward(seconds=30)
        await wait_until(lambda: destination.at("/late"), "the one with a delay")


async def test_after_a_downtime_only_the_last_slot_is_made_up_for(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock, deliver=False) as running:
        for cron in ("* * * * *", "0 9 * * *"):
            await running.client.schedule.create(
                destination=f"{destination.url}/{cron[0]}", cron=f"CRON_TZ=Europe/Berlin {cron}"
            )
    clock.forward(hours=1)
    async with run_qstash(redis_raw, clock):
        await wait_until(lambda: destination.at("/*"), "the minute's last slot")
        clock.forward(minutes=1)
        await wait_until(lambda: len(destination.at("/*")) == 2, "the minute after")
    assert not destination.at("/0")


@pytest.mark.parametrize(
    ("cron", "late", "fires"),
    [
        ("0 9 * * *", timedelta(), True),
        ("0 9 * * *", GRACE, True),
        ("0 9 * * *", GRACE + timedelta(seconds=1), False),
        ("* * * * *", timedelta(days=30, seconds=30), True),
    ],
)
def test_a_slot_is_fired_within_its_grace(cron: str, late: timedelta, fires: bool) -> None:
    at = datetime(2027, 1, 15, 9, tzinfo=UTC) + late
    assert (slot_to_fire(Cron.parse(cron), at) is not None) == fires


@pytest.mark.parametrize(
    ("cron", "schedule_id"),
    [("* * * *", "s"), ("61 * * * *", "s"), ("CRON_TZ=Mars/Base * * * * *", "s"), ("* * * * *", "a b")],
)
async def test_what_cannot_be_a_schedule_is_refused(running: Running, cron: str, schedule_id: str) -> None:
    with pytest.raises(QStashError, match="400"):
        await running.client.schedule.create(
            destination="http://127.0.0.1:1/", cron=cron, schedule_id=schedule_id
        )


async def test_a_quota_of_schedules_counts_new_ones_only(redis_raw: Redis) -> None:
    async with run_qstash(redis_raw, max_schedules=1) as running:
        create = running.client.schedule.create
        await create(destination="http://127.0.0.1:1/", cron="0 9 * * *", schedule_id="a")
        await create(destination="http://127.0.0.1:1/", cron="0 8 * * *", schedule_id="a")
        with pytest.raises(QStashError, match="412"):
            await create(destination="http://127.0.0.1:1/", cron="0 9 * * *", schedule_id="b")
