"""Messages that are published at the same time, over real HTTP: their requests, and the fate of each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
import pytest_asyncio
from aiohttp import web

from scheduler.errors import DailyLimit, PublishError, Refused, Unreachable
from scheduler.job import Job
from scheduler.qstash.publish import Publisher
from tests.stand_ins.qstash import TOKEN, Fault, QStash, healthy, lose_the_answer, reply, run_qstash, stall
from tests.waiting import wait_until

T = TypeVar("T")

URL = "https://precache.example/api/announce"
AT = datetime(2027, 1, 15, 9, tzinfo=UTC)
JOBS = {
    "post": Job(query="Was gibt’s Neues? 🌅", id="run-1", team="T1", channel="C1"),
    "warm": Job(query='Say "no\\yes"', kind="warm", team="Tüftler"),
    "later": Job(query="What is new?", id="run-3", team="T1", channel="C2", at=AT),
}


@pytest_asyncio.fixture
async def server() -> AsyncIterator[QStash]:
    async with run_qstash() as running:
        yield running


@pytest_asyncio.fixture
async def publisher(server: QStash) -> AsyncIterator[Publisher]:
    async with Publisher.connect(token=TOKEN, base_url=server.url, announce_url=URL) as connected:
        yield connected


def warm(text: str = "q", **fields: Any) -> Job:
    return Job(query=text, kind="warm", **fields)


def start(publisher: Publisher, *names: str) -> list[asyncio.Task[str]]:
    """Publish a message of each name, all at once."""
    return [
        asyncio.create_task(publisher.publish_job(warm(name), deduplication_id=name), name=name)
        for name in names
    ]


async def fates(tasks: Sequence[Awaitable[T]]) -> list[T | BaseException]:
    return await asyncio.gather(*tasks, return_exceptions=True)


def requests(server: QStash) -> list[str]:
    return [asked.path.split("/")[2] for asked in server.asked]


def sent_in(batch: bytes) -> list[str]:
    return [message["headers"]["Upstash-Deduplication-Id"] for message in json.loads(batch)]


async def test_the_first_goes_alone_and_what_comes_meanwhile_together(
    server: QStash, publisher: Publisher
) -> None:
    ids = await fates(start(publisher, "a", "b", "c", "d"))
    assert requests(server) == ["publish", "batch"]
    assert sent_in(server.asked[1].body) == ["b", "c", "d"]
    assert ids == [server.messages[name] for name in "abcd"]
    await publisher.publish_job(warm(), deduplication_id="e")
    assert requests(server)[2:] == ["publish"]


async def test_two_at_once_take_two_plain_requests(server: QStash, publisher: Publisher) -> None:
    await fates(start(publisher, "a", "b"))
    assert requests(server) == ["publish", "publish"]


async def test_a_message_is_the_same_in_a_batch_as_alone(server: QStash, publisher: Publisher) -> None:
    at = {"later": AT}
    for name, job in JOBS.items():
        await publisher.publish_job(job, deduplication_id=name, at=at.get(name))
    alone = server.asked[:]
    await asyncio.gather(
        publisher.publish_job(warm(), deduplication_id="first"),
        *(publisher.publish_job(job, deduplication_id=name, at=at.get(name)) for name, job in JOBS.items()),
    )
    together = json.loads(server.asked[-1].body)
    assert len(alone) == len(together) == len(JOBS)
    for single, message in zip(alone, together, strict=True):
        assert single.path == f"/v2/publish/{message['destination']}"
        assert single.body == message["body"].encode()
        assert message["queue"] is None
        headers = {name.lower(): value for name, value in message["headers"].items()}
        assert headers == {
            name: value
            for name, value in single.headers.items()
            if name.startswith("upstash-") or name == "content-type"
        }


async def test_a_stalled_request_holds_nobody_up(server: QStash) -> None:
    async with Publisher.connect(
        token=TOKEN, base_url=server.url, announce_url=URL, timeout=timedelta(seconds=1)
    ) as publisher:
        server.faults = [stall]
        first, *others = start(publisher, "a", "b", "c")
        await asyncio.gather(*others)
        assert not first.done()
        await first
    assert requests(server) == ["publish", "batch", "publish"]


async def test_each_gets_its_own_answer(server: QStash, publisher: Publisher) -> None:
    answers = [{"messageId": "msg_b"}, {"error": "invalid destination"}, {"error": "try later"}, None]
    server.faults = [
        healthy,
        reply(200, json.dumps(answers)),
        reply(400, {"error": "invalid destination"}),
        healthy,
        healthy,
    ]
    a, b, c, d, e = await fates(start(publisher, *"abcde"))
    assert (a, b) == ("msg_1", "msg_b")
    assert isinstance(c, Refused)
    assert "cannot deliver to PUBLIC_URL" in str(c)
    assert (d, e) == (server.messages["d"], server.messages["e"])
    assert requests(server) == ["publish", "batch", "publish", "publish", "publish"]


ALL_ALIKE: dict[str, tuple[Fault, type[PublishError]]] = {
    "daily limit": (reply(429, {"error": "quota"}, RateLimit_Limit="1000"), DailyLimit),
    "burst limit": (reply(429, {"error": "slow"}, Burst_RateLimit_Limit="100"), Unreachable),
}


@pytest.mark.parametrize(("fault", "error"), ALL_ALIKE.values(), ids=ALL_ALIKE)
async def test_a_limit_ends_them_all_with_no_further_request(
    server: QStash, publisher: Publisher, fault: Fault, error: type[PublishError]
) -> None:
    server.faults = [healthy, fault]
    first, *others = await fates(start(publisher, *"abc"))
    assert first == "msg_1"
    assert [type(other) for other in others] == [error, error]
    assert requests(server) == ["publish", "batch"]


ALONE: dict[str, Fault] = {
    "a lost answer": lose_the_answer,
    "a server error": reply(500, {"error": "oops"}),
    "a proxy's limit": reply(413, "<h1>Too large</h1>"),
    "bad request": reply(400, {"error": "invalid batch"}),
    "no batches": reply(404, {"error": "not found"}),
    "HTML and 200": reply(200, "<h1>Welcome</h1>"),
    "an object": reply(200, {"messageId": "msg_1"}),
    "too few answers": reply(200, '[{"messageId": "msg_1"}]'),
    "too many answers": reply(200, json.dumps([{"messageId": "msg_1"}] * 3)),
    "ids that are none": reply(200, '[{"messageId": 1}, ["msg_1"]]'),
}


@pytest.mark.parametrize("fault", ALONE.values(), ids=ALONE)
async def test_where_a_batch_fails_each_goes_once_more_alone(
    server: QStash, publisher: Publisher, fault: Fault
) -> None:
    server.faults = [healthy, fault]
    ids = await fates(start(publisher, *"abc"))
    assert ids == [server.messages[name] for name in "abc"]
    assert len(server.waiting) == 3
    assert requests(server) == ["publish", "batch", "publish", "publish"]


async def test_no_message_is_tried_a_third_time(server: QStash, publisher: Publisher) -> None:
    bad = reply(502, "<h1>Bad gateway</h1>")
    server.faults = [healthy, bad, bad, bad]
    first, *others = await fates(start(publisher, *"abc"))
    assert first == "msg_1"
    assert all(isinstance(other, Unreachable) for other in others)
    assert len(server.asked) == 4


async def test_one_that_is_cancelled_while_it_waits_is_not_sent(server: QStash, publisher: Publisher) -> None:
    a, b, c, d = tasks = start(publisher, *"abcd")
    await asyncio.sleep(0)
    c.cancel()
    await fates(tasks)
    assert c.cancelled()
    assert (a.result(), b.result(), d.result()) == ("msg_1", server.messages["b"], server.messages["d"])
    assert sent_in(server.asked[1].body) == ["b", "d"]


@pytest.mark.parametrize("cancelled", ["a", "c"])
async def test_one_that_is_cancelled_on_its_way_harms_no_other(
    server: QStash, publisher: Publisher, cancelled: str
) -> None:
    release = asyncio.Event()

    async def hold(qstash: QStash, request: web.Request) -> web.StreamResponse:
        await release.wait()
        return await qstash.take(request)

    server.faults = [hold, hold]
    tasks = {task.get_name(): task for task in start(publisher, *"abcd")}
    await wait_until(lambda: len(server.asked) == 2, "the batch is on its way beside the first")
    tasks[cancelled].cancel()
    release.set()
    await fates(list(tasks.values()))
    assert tasks.pop(cancelled).cancelled()
    assert {name: task.result() for name, task in tasks.items()} == {
        name: server.messages[name] for name in tasks
    }


async def test_a_crowd_takes_batches_of_fifty(server: QStash, publisher: Publisher) -> None:
    names = [f"run-{number}" for number in range(1 + 50 + 50 + 1)]
    ids = await fates(start(publisher, *names))
    assert ids == [server.messages[name] for name in names]
    assert sorted(requests(server)) == ["batch", "batch", "publish", "publish"]


async def test_large_messages_share_fewer_and_a_huge_one_goes_alone(
    server: QStash, publisher: Publisher
) -> None:
    kilobytes = [1, 100, 100, 100, 300, 10, 10]
    await fates(
        [
            publisher.publish_job(
                warm(sources=({"type": "document", "text": "\N{SUNRISE}" * (256 * size)},)),
                deduplication_id=f"run-{number}",
            )
            for number, size in enumerate(kilobytes)
        ]
    )
    assert sorted(requests(server)) == ["batch", "batch", "publish", "publish", "publish"]
    assert len(server.waiting) == len(kilobytes)
    assert all(len(asked.body) < 1_000_000 for asked in server.asked)
