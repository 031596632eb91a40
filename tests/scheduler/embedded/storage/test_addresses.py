"""The app that hosts the QStash comes back at another address, and everything that was published finds it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from qstash import Receiver
from redis.asyncio import Redis

from scheduler import Job, Publisher
from scheduler.embedded.storage import move_url
from tests.scheduler.embedded.destination import Destination, Received, open_destination
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.stand_ins.qstash import list_schedules
from tests.waiting import wait_until

FORMER = "http://127.0.0.1:9/api/announce"
JOB = Job(query="Why?", schedule="kolu-tane", cron="0 9 * * *", zone="UTC")


async def gone(redis: Redis, clock: Clock, url: str = FORMER) -> None:
    """An app was there once, and is no more."""
    async with run_qstash(redis, clock, own_url=url):
        pass


def check(running: Running, url: str, delivery: Received) -> None:
    """It is signed for this address."""
    keys = running.credentials
    Receiver(current_signing_key=keys.current, next_signing_key=keys.next).verify(
        body=delivery.body.decode(), signature=delivery.headers["upstash-signature"], url=url
    )


async def test_what_was_published_to_a_former_address_arrives_at_the_present_one(redis_raw: Redis) -> None:
    clock = Clock(datetime.now(UTC) - timedelta(minutes=2))
    async with run_qstash(redis_raw, clock, own_url=FORMER) as before:
        await before.publish(url=FORMER, body="late", delay="2m")
        await before.client.schedule.create(destination=FORMER, cron="* * * * *", body="again")
    clock.forward(minutes=2)
    async with open_destination() as destination:
        own = f"{destination.url}/api/announce"
        async with run_qstash(redis_raw, clock, own_url=own) as after:
            await wait_until(lambda: len(destination.received) == 2, "both deliveries")
            assert {delivery.body for delivery in destination.received} == {b"late", b"again"}
            for delivery in destination.at("/api/announce"):
                check(after, own, delivery)
            assert len(destination.at("/api/announce")) == 2


async def test_so_do_the_news_that_it_failed(redis_raw: Redis) -> None:
    clock = Clock()
    await gone(redis_raw, clock)
    async with open_destination() as destination:
        destination.answer = lambda request: 500 if request.path == "/api/announce" else 200
        own = f"{destination.url}/api/announce"
        async with run_qstash(redis_raw, clock, own_url=own) as after:
            await after.publish(url=FORMER, body="no", retries=0, failure_callback=f"{FORMER}/failed")
            await wait_until(lambda: destination.at("/api/announce/failed"), "the failure callback")
            (told,) = destination.at("/api/announce/failed")
            check(after, f"{own}/failed", told)
            assert json.loads(told.body)["url"] == FORMER, "as it was published"


async def test_of_two_apps_each_delivers_to_itself_and_the_last_one_to_all(redis_raw: Redis) -> None:
    clock = Clock(datetime.now(UTC) - timedelta(minutes=2))
    async with open_destination() as first, open_destination() as second:
        ours = f"{second.url}/api/announce"
        async with run_qstash(redis_raw, clock, own_url=ours) as staying:
            async with run_qstash(redis_raw, clock, own_url=f"{first.url}/api/announce") as leaving:
                await leaving.publish(url=f"{first.url}/api/announce", body="late", delay="2m")
            clock.forward(minutes=2)
            await wait_until(lambda: second.received, "the delivery")
            check(staying, ours, second.received[0])
            assert first.received == []


async def test_a_publisher_knows_its_schedules_again_after_a_move(redis_raw: Redis) -> None:
    clock = Clock()
    async with (
        run_qstash(redis_raw, clock, own_url=FORMER) as before,
        Publisher.connect(
            token=before.credentials.token, base_url=before.url, announce_url=FORMER
        ) as publisher,
    ):
        await publisher.put_schedule(JOB, "0 9 * * *")
        await before.client.schedule.create(destination="http://127.0.0.1:8/other", cron="0 9 * * *")
    own = "http://127.0.0.1:10/api/announce"
    async with (
        run_qstash(redis_raw, clock, own_url=own) as after,
        Publisher.connect(token=after.credentials.token, base_url=after.url, announce_url=own) as publisher,
    ):
        (found,) = await list_schedules(publisher)
        assert (found.id, found.destination) == ("kolu-tane", own)
        shown = await after.client.schedule.get("kolu-tane")
        assert (shown.destination, shown.failure_callback) == (own, f"{own}/failed")


async def test_an_address_that_was_never_ours_is_left_alone(
    redis_raw: Redis, destination: Destination
) -> None:
    async with run_qstash(redis_raw, own_url=FORMER) as running:
        await running.publish(url=f"{destination.url}/api/announce", body="theirs")
        await wait_until(lambda: destination.received, "the delivery")
        check(running, f"{destination.url}/api/announce", destination.received[0])


@pytest.mark.parametrize(
    ("url", "now"),
    [
        (FORMER, "http://new/a"),
        (f"{FORMER}/failed", "http://new/a/failed"),
        (f"{FORMER}?again=1", "http://new/a?again=1"),
        (f"{FORMER}ment", f"{FORMER}ment"),
        ("http://127.0.0.1:90/api/announce", "http://127.0.0.1:90/api/announce"),
        ("http://new/a", "http://new/a"),
        ("https://example.com/?to=" + FORMER, "https://example.com/?to=" + FORMER),
    ],
)
def test_only_a_former_address_and_what_is_below_it_moves(url: str, now: str) -> None:
    assert move_url(url, [FORMER, "http://new/a"], "http://new/a") == now
