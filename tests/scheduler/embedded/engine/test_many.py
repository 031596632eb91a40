"""Many schedules, many that are due together, many deliveries that wait: counted, never timed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from scheduler.embedded.engine.deliver import count_lanes
from scheduler.embedded.storage import Message, ScheduleStore
from tests.scheduler.embedded.destination import Destination
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.waiting import wait_until

BEFORE_NINE = datetime(2027, 1, 15, 8, 59, 50, tzinfo=UTC)
MANY = 300


async def fill(redis: Redis, number: int, *, url: str, cron: str = "0 9 * * *") -> None:
    message = Message(url=url, created=BEFORE_NINE, not_before=BEFORE_NINE)
    store = ScheduleStore(redis=redis)
    await asyncio.gather(
        *(
            store.put_schedule(f"s-{n}", cron=cron, message=message, body=b"x", now=BEFORE_NINE)
            for n in range(number)
        )
    )


async def round_trips(redis: Redis) -> int:
    """Valkey reads once for each, however many commands it holds."""
    return int((await redis.info("stats"))["total_reads_processed"])


def settled(redis: Redis) -> Callable[[], Awaitable[bool]]:
    """Nothing is pending: only then may the clock outrun the leases."""

    async def is_settled() -> bool:
        return not await redis.exists("qstash:due")

    return is_settled


async def test_what_is_due_together_is_fired_and_begun_in_batches(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock(BEFORE_NINE)
    await fill(redis_raw, MANY, url=destination.url)
    destination.gate.clear()
    async with run_qstash(redis_raw, clock, heartbeat=timedelta(hours=1)) as running:
        before = await round_trips(redis_raw)
        clock.forward(seconds=10)
        await running.client.schedule.create(destination=destination.url, cron="0 20 * * *")  # wakes it
        await wait_until(lambda: destination.waiting, "the first delivery")
        pending = await redis_raw.zcard("qstash:due")
        assert pending < MANY, "the first deliveries leave before the last slot is published"

        async def published() -> bool:
            return await redis_raw.zcard("qstash:due") == MANY

        await wait_until(published, "every slot to be published")
        assert destination.most_at_once < MANY
        destination.gate.set()
        await wait_until(settled(redis_raw), "all to be settled")
        assert await round_trips(redis_raw) - before < 3 * MANY
    assert Counter(delivery.headers["upstash-schedule-id"] for delivery in destination.received) == {
        f"s-{n}": 1 for n in range(MANY)
    }


async def test_a_list_is_read_by_the_page_and_comes_whole(redis_raw: Redis) -> None:
    async with run_qstash(redis_raw, Clock(BEFORE_NINE), deliver=False) as running:
        assert await running.client.schedule.list() == []
        await fill(redis_raw, MANY, url="http://127.0.0.1:1/")
        before = await round_trips(redis_raw)
        found = await running.client.schedule.list()
        assert await round_trips(redis_raw) - before < MANY / 10
    assert sorted(schedule.schedule_id for schedule in found) == sorted(f"s-{n}" for n in range(MANY))


async def test_a_busy_channel_leaves_lanes_to_the_others(redis_raw: Redis, destination: Destination) -> None:
    destination.gate.clear()
    async with run_qstash(redis_raw, concurrency=20) as running:
        await publish(running, 40, destination, label="precache,C1")
        await wait_until(lambda: destination.waiting == 16, "its share of the lanes to be taken")
        await publish(running, 3, destination, label="precache,C2")
        await wait_until(lambda: len(destination.at("/C2")) == 3, "those of the other one")
        assert len(destination.at("/C1")) == 16
        destination.gate.set()
        await wait_until(lambda: len(destination.received) == 43, "all of them")


async def test_a_lane_that_gets_free_goes_to_the_channel_with_the_fewest(
    redis_raw: Redis, destination: Destination
) -> None:
    destination.gate.clear()
    async with run_qstash(redis_raw, concurrency=2) as running:
        await publish(running, 9, destination, label="precache,C1")
        await wait_until(lambda: destination.waiting == 2, "both lanes to be taken")
        await publish(running, 2, destination, label="precache,C2")
        destination.gate.set()
        await wait_until(lambda: len(destination.received) == 11, "all of them")
    order = [delivery.path for delivery in destination.received]
    assert order.index("/C2") <= 4, order
    assert order[-1] == "/C1"


async def test_a_flow_control_key_is_a_group_of_its_own(redis_raw: Redis, destination: Destination) -> None:
    destination.gate.clear()
    async with run_qstash(redis_raw, concurrency=20) as running:
        flow = {"key": "busy", "parallelism": "30"}
        await publish(running, 30, destination, label="C1", flow_control=flow)
        await wait_until(lambda: destination.waiting == 16, "its share of the lanes to be taken")
        await publish(running, 1, destination, label="C1")
        await wait_until(lambda: destination.waiting == 17, "the one without the key")
        destination.gate.set()
        await wait_until(lambda: len(destination.received) == 31, "all of them")


async def test_a_message_that_waits_for_a_lane_can_be_cancelled(
    redis_raw: Redis, destination: Destination
) -> None:
    destination.gate.clear()
    async with run_qstash(redis_raw, concurrency=1) as running:
        await publish(running, 1, destination, label="first")
        await wait_until(lambda: destination.waiting, "the lane to be taken")
        await publish(running, 2, destination, label="cancelled")
        await publish(running, 1, destination, label="last")

        async def ready() -> Any:
            return await redis_raw.zcard(f"qstash:ready:cancelled {destination.url}/cancelled") == 2

        await wait_until(ready, "them to wait for the lane")
        answer = await running.http.delete("/v2/messages?label=cancelled")
        assert answer.json() == {"cancelled": 2}
        destination.gate.set()
        await wait_until(lambda: destination.at("/last"), "the last one")
    assert not destination.at("/cancelled")
    assert await redis_raw.keys("qstash:ready:*") == []


async def test_slots_are_published_in_time_even_if_no_delivery_can_begin(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock(BEFORE_NINE)
    destination.gate.clear()
    async with run_qstash(redis_raw, clock, concurrency=1) as running:
        await publish(running, 1, destination, label="slow")
        await wait_until(lambda: destination.waiting, "the lane to be taken")
        await running.client.schedule.create(
            destination=f"{destination.url}/nine", cron="0 9 * * *", schedule_id="nine"
        )
        clock.forward(seconds=10)

        async def published() -> Any:
            return (await running.client.schedule.get("nine")).last_schedule_states

        await wait_until(published, "the slot to be published")
        assert not destination.at("/nine")
        destination.gate.set()
        await wait_until(lambda: destination.at("/nine"), "its delivery")


async def test_an_edit_that_keeps_the_times_loses_no_slot_that_is_due(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock, deliver=False) as running:
        create = running.client.schedule.create
        for name in ("kept", "moved"):
            await create(destination=destination.url, cron="0 9 * * *", schedule_id=name, body="old")
        clock.forward(seconds=20)
        await create(destination=destination.url, cron="0 9 * * *", schedule_id="kept", body="new")
        await create(destination=destination.url, cron="1 9 * * *", schedule_id="moved", body="new")
    async with run_qstash(redis_raw, clock):
        await wait_until(lambda: destination.received, "the slot of nine")
        await wait_until(settled(redis_raw), "it to be settled")
        clock.forward(minutes=1)
        await wait_until(lambda: len(destination.received) == 2, "the slot of a minute after")
    assert [delivery.headers["upstash-schedule-id"] for delivery in destination.received] == ["kept", "moved"]
    assert destination.received[0].body == b"new"


async def test_a_cron_that_nobody_can_read_holds_no_other_up_and_comes_at_its_own_slots_later(
    redis_raw: Redis, destination: Destination, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(BEFORE_NINE)
    async with run_qstash(redis_raw, clock) as running:
        for name in ("broken", "whole"):
            await running.client.schedule.create(
                destination=f"{destination.url}/{name}", cron="0 9 * * *", schedule_id=name
            )
        await redis_raw.hset("qstash:schedule:broken", "cron", "CRON_TZ=Mars/Base 0 9 * * *")
        clock.forward(seconds=10)
        await wait_until(lambda: destination.at("/whole"), "the other one")
        assert not destination.at("/broken")
        assert any("qstash.unreadable_cron schedule=broken" in message for message in caplog.messages)
        await redis_raw.hset("qstash:schedule:broken", "cron", "30 11 * * *")
        clock.forward(hours=1)

        async def is_read() -> bool:
            next_slot = (await running.client.schedule.get("broken")).next_schedule_time
            return next_slot == (BEFORE_NINE + timedelta(hours=2, minutes=30, seconds=10)).timestamp() * 1_000

        await wait_until(is_read, "it to be read, at a moment that is none of its slots")
        await wait_until(settled(redis_raw), "nothing to be pending")
        assert not destination.at("/broken")
        clock.forward(hours=1, minutes=30)
        await wait_until(lambda: destination.at("/broken"), "its slot")


def test_there_are_many_lanes_but_never_more_than_there_may_be_sockets() -> None:
    assert 16 <= count_lanes() <= 256


async def publish(
    running: Running, number: int, destination: Destination, *, label: str, **options: Any
) -> None:
    path = label.rpartition(",")[2]
    for _ in range(number):
        await running.publish(url=f"{destination.url}/{path}", body="x", label=label, **options)
