"""A job's way out and back: our publisher, a QStash, real HTTP, our receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scheduler.embedded import Credentials, EmbeddedQStash, load_credentials
from scheduler.errors import NotFound, QuotaReached
from scheduler.job import Job
from scheduler.qstash.publish import Publisher
from scheduler.receive import Delivery, Done, Drop, Failure, Receiver, Retry, Verdict, read_body, to_http
from tests.stand_ins.qstash import list_schedules
from tests.stand_ins.serve import serve

T = TypeVar("T")

CRON = "CRON_TZ=Europe/Berlin 0 9 * * 1-5"
ONE_OFF = Job(
    query="Was gibt’s Neues? 🌅", id="run-1", team="Tüftler", channel="C1", lead=timedelta(minutes=5)
)


def weekdays(schedule: str) -> Job:
    return Job(query="What is new?", schedule=schedule, cron="0 9 * * 1-5", zone="Europe/Berlin")


@dataclass(kw_only=True)
class Road:
    """Both ends, and what arrived at ours."""

    publisher: Publisher
    verdicts: list[Verdict] = field(default_factory=list)
    """Given in turn, then `Done`."""
    deliveries: asyncio.Queue[Delivery] = field(default_factory=asyncio.Queue)
    failures: asyncio.Queue[Failure] = field(default_factory=asyncio.Queue)


async def arrival(queue: asyncio.Queue[T]) -> T:
    async with asyncio.timeout(60):
        return await queue.get()


@asynccontextmanager
async def build(redis: Redis, credentials: Credentials) -> AsyncIterator[Road]:
    async def announce(request: Request) -> Response:
        body = await read_body(request.stream(), length=request.headers.get("content-length"))
        road.deliveries.put_nowait(receiver.open_delivery(request.headers, body, now=datetime.now(UTC)))
        return answer(road.verdicts.pop(0) if road.verdicts else Done(text="An answer."))

    async def failed(request: Request) -> Response:
        body = await read_body(request.stream(), length=request.headers.get("content-length"))
        road.failures.put_nowait(receiver.open_failure(request.headers, body, now=datetime.now(UTC)))
        return answer(Done(text=""))

    def answer(verdict: Verdict) -> Response:
        status, headers, body = to_http(verdict)
        return Response(body, status, headers)

    routes = [
        Route("/api/announce", announce, methods=["POST"]),
        Route("/api/announce/failed", failed, methods=["POST"]),
    ]
    embedded = EmbeddedQStash(redis, credentials, max_schedules=2)
    async with serve(Starlette(routes=routes)) as ours, serve(embedded.app) as theirs:
        url = f"{ours}/api/announce"
        receiver = Receiver(current_key=credentials.current, next_key=credentials.next, url=url)
        async with (
            Publisher.connect(token=credentials.token, base_url=theirs, announce_url=url) as publisher,
            embedded.running(),
        ):
            road = Road(publisher=publisher)
            yield road


@pytest_asyncio.fixture
async def road(redis_raw: Redis) -> AsyncIterator[Road]:
    async with build(redis_raw, await load_credentials(redis_raw)) as built:
        yield built


async def test_what_is_published_arrives_as_it_was_and_is_opened(road: Road) -> None:
    message = await road.publisher.publish_job(ONE_OFF, deduplication_id="run-1")
    delivery = await arrival(road.deliveries)
    assert delivery.job == ONE_OFF
    assert (delivery.body, delivery.retried, delivery.message_id) == (ONE_OFF.encode(), 0, message)


async def test_what_is_published_twice_arrives_once(road: Road) -> None:
    first = await road.publisher.publish_job(ONE_OFF, deduplication_id="run-1")
    assert await road.publisher.publish_job(ONE_OFF, deduplication_id="run-1") == first
    await road.publisher.publish_job(Job(query="The next one"), deduplication_id="run-2")
    assert {(await arrival(road.deliveries)).job.query for _ in range(2)} == {ONE_OFF.query, "The next one"}
    assert road.deliveries.empty()


async def test_what_is_published_at_once_arrives_message_by_message(road: Road) -> None:
    jobs = [ONE_OFF, *(replace(ONE_OFF, query=f"{number} Köche") for number in range(4))]
    names = ["run-1", "run-2", "run-3", "run-3", "run-4"]
    ids = await asyncio.gather(
        *(
            road.publisher.publish_job(job, deduplication_id=name)
            for job, name in zip(jobs, names, strict=True)
        )
    )
    assert (len(set(ids)), ids[2]) == (4, ids[3])
    arrived = [await arrival(road.deliveries) for _ in range(4)]
    assert {delivery.message_id for delivery in arrived} == set(ids)
    assert {delivery.body for delivery in arrived} == {job.encode() for job in jobs if job is not jobs[3]}


async def test_a_retry_comes_back_after_the_time_that_was_asked_for(road: Road) -> None:
    road.verdicts = [Retry(after=timedelta(seconds=1), reason="busy")]
    await road.publisher.publish_job(ONE_OFF, deduplication_id="run-1")
    assert [(await arrival(road.deliveries)).retried for _ in range(2)] == [0, 1]


async def test_a_dropped_job_is_not_tried_again_and_its_failure_is_told(road: Road) -> None:
    road.verdicts = [Drop(reason="channel_not_found")]
    await road.publisher.publish_job(ONE_OFF, deduplication_id="run-1")
    failure = await arrival(road.failures)
    assert failure.job == ONE_OFF
    assert (failure.status, failure.retried) == (489, 0)
    assert road.deliveries.qsize() == 1


async def test_a_delayed_job_can_be_taken_back_once(road: Road) -> None:
    at = datetime.now(UTC) + timedelta(days=1)
    message = await road.publisher.publish_job(ONE_OFF, deduplication_id="run-1", at=at)
    assert await road.publisher.cancel_message(message)
    assert not await road.publisher.cancel_message(message)


async def test_the_life_of_a_schedule(road: Road) -> None:
    publisher = road.publisher
    assert await publisher.put_schedule(weekdays("s-1"), CRON) == "s-1"
    (listed,) = await list_schedules(publisher)
    assert (listed.id, listed.cron, listed.paused) == ("s-1", CRON, False)
    assert listed.next_run
    assert listed.next_run > datetime.now(UTC)

    await publisher.put_schedule(weekdays("s-1"), "CRON_TZ=Asia/Tokyo 30 8 * * *")
    assert [schedule.cron for schedule in await list_schedules(publisher)] == [
        "CRON_TZ=Asia/Tokyo 30 8 * * *"
    ]

    await publisher.pause_schedule("s-1")
    assert [schedule.paused for schedule in await list_schedules(publisher)] == [True]
    await publisher.resume_schedule("s-1")
    assert [schedule.paused for schedule in await list_schedules(publisher)] == [False]

    await publisher.delete_schedule("s-1")
    await publisher.delete_schedule("s-1")
    assert await list_schedules(publisher) == []
    with pytest.raises(NotFound):
        await publisher.pause_schedule("s-1")


async def test_one_schedule_too_many_is_named(road: Road) -> None:
    await road.publisher.put_schedule(weekdays("s-1"), CRON)
    await road.publisher.put_schedule(weekdays("s-2"), CRON)
    with pytest.raises(QuotaReached):
        await road.publisher.put_schedule(weekdays("s-3"), CRON)
    await road.publisher.put_schedule(weekdays("s-2"), "0 10 * * *")  # replacing one takes no more room
