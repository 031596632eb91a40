"""The unmodified `qstash` SDK and `Receiver` against the embedded QStash, or against a hosted one.

With QSTASH_CONTRACT_TOKEN set (and QSTASH_CONTRACT_URL if it is not the default region) what needs no
destination to call back runs against that account too.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from qstash import AsyncQStash, QStash, Receiver
from qstash.errors import QStashError
from qstash.log import LogState
from qstash.message import PublishResponse
from redis.asyncio import Redis
from starlette.responses import Response

from tests.scheduler.embedded.destination import Destination, open_destination
from tests.scheduler.embedded.running import Running, run_qstash
from tests.waiting import wait_until

NOWHERE = "https://example.com/precache-contract?a=b"
HOSTED = os.environ.get("QSTASH_CONTRACT_TOKEN")


class Client:
    """Either client of the SDK, with one way to call it."""

    def __init__(self, sdk: QStash | AsyncQStash) -> None:
        self.sdk = sdk

    async def __call__(self, operation: str, *args: Any, **options: Any) -> Any:
        """`message.publish` and the like."""
        api, _, method = operation.partition(".")
        call = getattr(getattr(self.sdk, api), method)
        if isinstance(self.sdk, AsyncQStash):
            return await call(*args, **options)
        return await asyncio.to_thread(call, *args, **options)

    async def aclose(self) -> None:
        """The SDK has no way to do this."""
        if isinstance(self.sdk, AsyncQStash):
            await self.sdk.http._client.aclose()  # noqa: SLF001
        else:
            self.sdk.http._client.close()  # noqa: SLF001


@asynccontextmanager
async def connect(kind: str, redis: Redis) -> AsyncIterator[tuple[Client, Running | None]]:
    make: type[QStash | AsyncQStash] = AsyncQStash if kind.endswith("async") else QStash
    if kind.startswith("hosted"):
        client = Client(make(HOSTED or "", base_url=os.environ.get("QSTASH_CONTRACT_URL"), retry=False))
        try:
            yield client, None
        finally:
            await client.aclose()
        return
    async with run_qstash(redis) as running:
        client = Client(make(running.credentials.token, base_url=running.url, retry=False))
        try:
            yield client, running
        finally:
            await client.aclose()


EMBEDDED = ["embedded sync", "embedded async"]
ANYWHERE = EMBEDDED + (["hosted sync", "hosted async"] if HOSTED else [])


@pytest_asyncio.fixture(params=ANYWHERE)
async def anywhere(request: pytest.FixtureRequest, redis_raw: Redis) -> AsyncIterator[Client]:
    """A client of a QStash that may be real: nothing here is ever delivered."""
    async with connect(request.param, redis_raw) as (client, _):
        yield client


@pytest_asyncio.fixture(params=EMBEDDED)
async def here(
    request: pytest.FixtureRequest, redis_raw: Redis
) -> AsyncIterator[tuple[Client, Running, Destination]]:
    """A client of the embedded QStash, and a destination."""
    async with open_destination() as destination, connect(request.param, redis_raw) as (client, running):
        assert running is not None
        yield client, running, destination


async def test_a_message_can_be_published_seen_and_cancelled(anywhere: Client) -> None:
    published = await anywhere(
        "message.publish_json",
        url=NOWHERE,
        body={"query": "Grüße"},
        headers={"X-A": "1"},
        delay="1h",
        retries=1,
        retry_delay="1000",
        callback="https://example.com/after",
        failure_callback="https://example.com/failed",
        label="contract",
        timeout="30s",
        flow_control={"key": "contract", "parallelism": 2, "rate": 3, "period": "1m"},
    )
    assert isinstance(published, PublishResponse)
    assert not published.deduplicated
    found = await anywhere("message.get", published.message_id)
    assert (found.message_id, found.url, found.method) == (published.message_id, NOWHERE, "POST")
    assert found.body == '{"query": "Gr\\u00fc\\u00dfe"}'
    assert found.headers["X-A"] == ["1"]
    assert found.headers["Content-Type"] == ["application/json"]
    assert (found.max_retries, found.retry_delay_expression) == (1, "1000")
    assert (found.callback, found.failure_callback) == (
        "https://example.com/after",
        "https://example.com/failed",
    )
    assert found.not_before - found.created_at == pytest.approx(3_600_000, abs=5_000)
    flow = found.flow_control
    assert (flow.key, flow.parallelism, flow.rate, flow.period) == ("contract", 2, 3, 60)
    assert found.label == "contract"
    await anywhere("message.cancel", published.message_id)
    with pytest.raises(QStashError, match="404"):
        await anywhere("message.get", published.message_id)


async def test_bytes_come_back_as_base64(anywhere: Client) -> None:
    published = await anywhere("message.publish", url=NOWHERE, body=b"\xff\xfe", delay=3600)
    found = await anywhere("message.get", published.message_id)
    assert (found.body, found.body_base64) == (None, "//4=")
    await anywhere("message.cancel", published.message_id)


async def test_a_duplicate_is_told_the_first_ones_id(anywhere: Client) -> None:
    once = {"url": NOWHERE, "delay": 3600, "deduplication_id": secrets.token_hex(8)}
    first = await anywhere("message.publish", body="x", **once)
    second = await anywhere("message.publish", body="y", **once)
    assert (second.message_id, second.deduplicated) == (first.message_id, True)
    await anywhere("message.cancel", first.message_id)


async def test_a_batch_is_answered_one_by_one_and_cancelled_together(anywhere: Client) -> None:
    answers = await anywhere(
        "message.batch_json", [{"url": NOWHERE, "body": number, "delay": 3600} for number in range(3)]
    )
    ids = [answer.message_id for answer in answers]
    assert len(set(ids)) == 3
    assert await anywhere("message.cancel_many", ids[:2]) == 2
    await anywhere("message.cancel", ids[2])


async def test_a_schedule_lives_its_life(anywhere: Client) -> None:
    name = f"contract-{secrets.token_hex(4)}"
    created = await anywhere(
        "schedule.create_json",
        destination=NOWHERE,
        cron="CRON_TZ=Europe/Berlin 0 9 * * 1-5",
        schedule_id=name,
        body={"query": "x"},
        retries=2,
        delay="10s",
        label="contract",
    )
    try:
        assert created == name
        found = await anywhere("schedule.get", name)
        assert (found.schedule_id, found.destination) == (name, NOWHERE)
        assert found.cron == "CRON_TZ=Europe/Berlin 0 9 * * 1-5"
        assert (found.body, found.method, found.retries, found.delay) == ('{"query": "x"}', "POST", 2, 10)
        assert not found.paused
        assert name in {schedule.schedule_id for schedule in await anywhere("schedule.list")}
        await anywhere("schedule.pause", name)
        assert (await anywhere("schedule.get", name)).paused
        await anywhere("schedule.resume", name)
        assert not (await anywhere("schedule.get", name)).paused
        await anywhere("schedule.create", destination=NOWHERE, cron="0 0 1 1 *", schedule_id=name, body="y")
        found = await anywhere("schedule.get", name)
        assert (found.cron, found.body, found.retries) == ("0 0 1 1 *", "y", 3)
    finally:
        await anywhere("schedule.delete", name)
    with pytest.raises(QStashError, match="404"):
        await anywhere("schedule.get", name)


@pytest.mark.parametrize("cron", ["* * * *", "99 * * * *"])
async def test_a_bad_cron_is_refused(anywhere: Client, cron: str) -> None:
    with pytest.raises(QStashError, match="400"):
        await anywhere("schedule.create", destination=NOWHERE, cron=cron)


async def test_keys_are_told(anywhere: Client) -> None:
    keys = await anywhere("signing_key.get")
    assert keys.current.startswith("sig_")
    assert keys.next.startswith("sig_")


async def test_a_bad_token_is_refused(anywhere: Client) -> None:
    anywhere.sdk.http._token = "Bearer wrong"  # noqa: SLF001 - the same client, so the same server
    with pytest.raises(QStashError, match="401"):
        await anywhere("signing_key.get")


async def test_a_delivery_carries_a_signature_that_the_receiver_accepts(
    here: tuple[Client, Running, Destination],
) -> None:
    client, _, destination = here
    keys = await client("signing_key.get")
    await client("message.publish_json", url=f"{destination.url}/a?b=c", body={"query": "Grüße"})
    (received,) = await wait_until(lambda: destination.received, "the delivery")
    Receiver(keys.current, keys.next).verify(
        signature=received.headers["upstash-signature"],
        body=received.body.decode(),
        url=f"{destination.url}/a?b=c",
    )


async def test_a_dead_letter_can_be_found_and_sent_again(here: tuple[Client, Running, Destination]) -> None:
    client, running, destination = here
    destination.answer = lambda _: Response("full", status_code=507)
    for number in range(3):
        await client("message.publish", url=f"{destination.url}/{number}", body="x", retries=0, label="l")

    async def dead() -> Any:
        found = (await client("dlq.list")).messages
        return found if len(found) == 3 else None

    letters = await wait_until(dead, "three dead letters")
    assert {letter.response_body for letter in letters} == {"full"}
    assert all(letter.response_status == 507 and letter.label == "l" for letter in letters)
    first = await client("dlq.list", count=2)
    rest = await client("dlq.list", cursor=first.cursor)
    told = [letter.dlq_id for letter in (*first.messages, *rest.messages)]
    assert told == [letter.dlq_id for letter in letters]
    assert rest.cursor is None
    by_url = await client("dlq.list", filter={"url": f"{destination.url}/1", "response_status": 507})
    (wanted,) = by_url.messages
    assert (await client("dlq.get", wanted.dlq_id)).message_id == wanted.message_id

    destination.answer = lambda _: 200
    answer = await running.http.post(
        f"/v2/dlq/retry/{wanted.dlq_id}", headers={"Upstash-Forward-X-Again": "yes"}
    )
    assert answer.status_code == 201
    await wait_until(lambda: len(destination.at("/1")) == 2, "the retry")
    again = destination.at("/1")[1]
    assert again.headers["upstash-message-id"] == answer.json()["messageId"] != wanted.message_id
    assert (again.body, again.headers["x-again"]) == (b"x", "yes")

    left = [letter.dlq_id for letter in letters if letter.dlq_id != wanted.dlq_id]
    assert await client("dlq.delete_many", []) == 0
    assert await client("dlq.delete_many", left[:1]) == 1
    await client("dlq.delete", left[1])
    assert (await client("dlq.list")).messages == []


async def test_all_dead_letters_can_be_sent_again_at_once(here: tuple[Client, Running, Destination]) -> None:
    client, running, _ = here
    await client("message.publish", url="http://127.0.0.1:1/a", body="x", retries=0)
    await client("message.publish", url="http://127.0.0.1:1/b", body="x", retries=0)

    async def dead() -> Any:
        return len((await client("dlq.list")).messages) == 2

    await wait_until(dead, "two dead letters")
    assert (await running.http.post("/v2/dlq/retry")).status_code == 400
    answer = await running.http.post("/v2/dlq/retry", json={"url": "http://127.0.0.1:1/a"})
    assert len(answer.json()["responses"]) == 1
    answer = await running.http.post("/v2/dlq/retry?all=true")
    assert len(answer.json()["responses"]) in (1, 2)  # the first may be a dead letter again by now


async def test_dead_letters_are_taken_page_by_page(here: tuple[Client, Running, Destination]) -> None:
    """The JavaScript SDK says `all` by a count alone, and asks again with the cursor until there is none."""
    client, running, destination = here
    destination.answer = lambda _: 500
    for number in range(3):
        await client("message.publish", url=f"{destination.url}/{number}", body="x", retries=0)

    async def dead() -> Any:
        found = (await client("dlq.list")).messages
        return [letter.dlq_id for letter in found] if len(found) == 3 else None

    latest, middle, earliest = await wait_until(dead, "three dead letters")
    destination.answer = lambda _: 200
    answer = (await running.http.post("/v2/dlq/retry?count=2")).json()
    assert (len(answer["responses"]), answer["cursor"]) == (2, middle)
    assert [letter.dlq_id for letter in (await client("dlq.list")).messages] == [earliest]
    assert (await running.http.delete(f"/v2/dlq?count=2&cursor={latest}")).json() == {"deleted": 1}
    assert (await client("dlq.list")).messages == []


@pytest.mark.parametrize("schedule", [False, True], ids=["message", "schedule"])
async def test_redacted_parts_are_delivered_and_never_shown(
    here: tuple[Client, Running, Destination], *, schedule: bool
) -> None:
    client, running, destination = here
    destination.answer = lambda received: 500 if received.path == "/" else 200
    options = {
        "body": "a secret",
        "headers": {"X-Key": "a key", "X-Open": "seen"},
        "retries": 0,
        "callback": f"{destination.url}/after",
        "redact": {"body": True, "header": ["X-Key"]},
    }
    if schedule:
        name = await client("schedule.create", destination=f"{destination.url}/", cron="* * * * *", **options)
        shown = [await client("schedule.get", name)]
        running.clock.forward(minutes=1)
    else:
        await client("message.publish", url=f"{destination.url}/", **options)
        shown = []

    async def dead() -> Any:
        return (await client("dlq.list")).messages

    shown += await wait_until(dead, "the dead letter")
    hashed = {text: f"REDACTED:{hashlib.sha256(text.encode()).hexdigest()}" for text in ("a secret", "a key")}
    for found in shown:
        assert (found.body, found.headers["X-Key"]) == (hashed["a secret"], [hashed["a key"]])
        assert found.headers["X-Open"] == ["seen"]
    await wait_until(lambda: destination.at("/after"), "the callback")
    (delivered,) = destination.at("/")
    assert (delivered.body, delivered.headers["x-key"]) == (b"a secret", "a key")
    report = json.loads(destination.at("/after")[0].body)
    assert base64.b64decode(report["sourceBody"]) == b"a secret"
    for path in ("/v2/logs", "/v2/dlq", "/v2/schedules"):
        text = (await running.http.get(path)).text
        assert "a secret" not in text, path
        assert "a key" not in text, path

    destination.answer = lambda _: 200
    await running.http.post("/v2/dlq/retry?all=true")
    await wait_until(lambda: len(destination.at("/")) == 2, "the retry")
    assert destination.at("/")[1].body == b"a secret"


async def test_a_callback_shows_nothing_that_its_message_does_not(
    here: tuple[Client, Running, Destination],
) -> None:
    client, _, destination = here
    await client(
        "message.publish",
        url=destination.url,
        body="a secret",
        callback=f"{destination.url}/after",
        callback_headers={"Upstash-Callback-Delay": "1h", "X-Key": "a key"},
        redact={"body": True, "header": True},
    )

    async def waiting() -> Any:
        logs = (await client("log.list", filter={"url": f"{destination.url}/after"})).logs
        return [await client("message.get", log.message_id) for log in logs]

    (found,) = await wait_until(waiting, "the callback")
    assert found.body.startswith("REDACTED:")
    assert found.headers["X-Key"][0].startswith("REDACTED:")


async def test_an_empty_body_is_delivered_empty(here: tuple[Client, Running, Destination]) -> None:
    client, running, destination = here
    published = await client("message.publish", url=f"{destination.url}/later", delay="1h")
    assert (await client("message.get", published.message_id)).body == ""
    await client("message.publish", url=f"{destination.url}/post")
    await client("message.publish", url=f"{destination.url}/get", method="GET")
    await client("message.batch", [{"url": f"{destination.url}/batch"}])
    null = {"destination": f"{destination.url}/null", "body": None}
    assert (await running.http.post("/v2/batch", json=[null])).status_code == 200
    await wait_until(lambda: len(destination.received) == 4, "four deliveries")
    receiver = Receiver(running.credentials.current, running.credentials.next)
    for received in destination.received:
        assert received.body == b""
        assert "content-type" not in received.headers, received.path
        length = received.headers.get("content-length")
        assert length == (None if received.method == "GET" else "0"), received.path
        receiver.verify(
            signature=received.headers["upstash-signature"],
            body="",
            url=f"{destination.url}{received.path}",
        )
    await client("schedule.create", destination=f"{destination.url}/schedule", cron="* * * * *")
    running.clock.forward(minutes=1)
    await wait_until(lambda: destination.at("/schedule"), "the schedule's delivery")
    assert destination.at("/schedule")[0].body == b""


async def test_logs_tell_what_happened(here: tuple[Client, Running, Destination]) -> None:
    client, _, destination = here
    destination.answer = lambda _: 500
    published = await client("message.publish", url=destination.url, body="x", retries=0, label="l")
    other = await client("message.publish", url=f"{destination.url}/other", body="x", delay=60)
    await client("message.cancel", other.message_id)

    async def failed() -> Any:
        return (await client("log.list", filter={"state": LogState.FAILED})).logs

    (last,) = await wait_until(failed, "the failure")
    assert (last.message_id, last.response_status, last.label) == (published.message_id, 500, "l")
    by_id = await client("log.list", filter={"message_id": published.message_id})
    assert [log.state.value for log in by_id.logs] == ["FAILED", "ERROR", "ACTIVE", "CREATED"]
    (cancelled,) = (await client("log.list", filter={"state": LogState.CANCELED})).logs
    assert cancelled.message_id == other.message_id
    seen, cursor = [], None
    while True:
        page = await client("log.list", count=2, cursor=cursor)
        seen += page.logs
        if (cursor := page.cursor) is None:
            break
    assert seen == (await client("log.list")).logs
    assert len(seen) == 6


async def test_rotation_moves_the_next_key_up(here: tuple[Client, Running, Destination]) -> None:
    client, _, _ = here
    before = await client("signing_key.get")
    after = await client("signing_key.rotate")
    assert after.current == before.next
    assert after == await client("signing_key.get")


async def test_flow_control_tells_what_waits(here: tuple[Client, Running, Destination]) -> None:
    client, _, destination = here
    flow = {"key": "k", "parallelism": 3, "rate": 10, "period": 60}
    await client("message.publish", url=destination.url, body="x", delay=3600, flow_control=flow)
    info = await client("flow_control.get", "k")
    assert (info.key, info.parallelism_max, info.rate_max, info.rate_period) == ("k", 3, 10, 60)
    assert info.wait_list_size == 1


async def test_flow_control_remembers_its_period_when_nothing_waits(
    here: tuple[Client, Running, Destination],
) -> None:
    client, running, destination = here
    flow = {"key": "k", "rate": 10, "period": "1h"}
    await client("message.publish", url=destination.url, body="x", flow_control=flow)

    async def delivered() -> Any:
        return (await client("log.list", filter={"state": LogState.DELIVERED})).logs

    await wait_until(delivered, "the delivery")
    info = await client("flow_control.get", "k")
    assert (info.rate_max, info.rate_count, info.rate_period, info.parallelism_max) == (10, 1, 3600, 0)
    assert info.rate_period_start == int(running.clock.now.timestamp())
    running.clock.forward(hours=1)
    info = await client("flow_control.get", "k")
    assert (info.rate_max, info.rate_count, info.rate_period) == (10, 0, 3600)


async def test_urls_and_queues_are_refused_in_words(here: tuple[Client, Running, Destination]) -> None:
    client, _, _ = here
    for operation, options in (
        ("message.publish", {"url_group": "group", "body": "x"}),
        ("message.enqueue", {"queue": "q", "url": NOWHERE, "body": "x"}),
    ):
        with pytest.raises(QStashError, match="not supported by the embedded QStash"):
            await client(operation, **options)
