"""From an acknowledged message to a settled one."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from qstash import Receiver
from redis.asyncio import Redis
from starlette.responses import Response

from tests.scheduler.embedded.destination import Destination, Received
from tests.scheduler.embedded.running import Clock, Running, run_qstash
from tests.waiting import wait_until


async def states(running: Running) -> list[str]:
    """The states in the logs, the earliest first; the entries of one attempt are in their order."""
    answer = await running.http.get("/v2/logs")
    return [entry["state"] for entry in reversed(answer.json()["logs"])]


def settled(redis: Redis) -> Callable[[], Any]:
    """Nothing is pending."""
    return left(redis, 0)


def left(redis: Redis, wanted: int) -> Callable[[], Any]:
    """So many messages are pending."""

    async def count() -> bool:
        return await redis.zcard("qstash:due") == wanted

    return count


def retried(redis: Redis, times: int) -> Callable[[], Any]:
    """The only message waits for this retry."""

    async def check() -> bool:
        keys = [key async for key in redis.scan_iter("qstash:message:*")]
        return bool(keys) and await redis.hmget(keys[0], ["retried", "token"]) == [str(times).encode(), None]

    return check


def received(destination: Destination, count: int) -> Callable[[], bool]:
    """So many deliveries came."""
    return lambda: len(destination.received) >= count


def leased_until(redis: Redis) -> Callable[[], Any]:
    """The only message's place in time."""

    async def score() -> float:
        found: Any = await redis.zrange("qstash:due", 0, 0, withscores=True)
        return float(found[0][1])

    return score


async def test_a_message_arrives_as_it_was_sent_and_signed(
    running: Running, destination: Destination
) -> None:
    url = f"{destination.url}//a/b%20c;d?x=1&y=%2F&z=http://q//"
    body = "Grüße 🌍".encode()
    published = await running.publish(
        url=url, body=body, content_type="text/plain", headers={"X-Trace": "abc"}, method="PUT"
    )
    (delivery,) = await wait_until(lambda: destination.received, "a delivery")
    assert destination.url + delivery.path == url
    assert delivery.method == "PUT"
    assert delivery.body == body
    assert delivery.headers["content-type"] == "text/plain"
    assert delivery.headers["x-trace"] == "abc"
    assert delivery.headers["user-agent"] == "Upstash-QStash"
    assert delivery.headers["upstash-message-id"] == published.message_id
    assert delivery.headers["upstash-retried"] == "0"
    assert not any("label" in name or "forward" in name for name in delivery.headers)
    Receiver(running.credentials.current, running.credentials.next).verify(
        signature=delivery.headers["upstash-signature"], body=delivery.body.decode(), url=url
    )


async def test_what_is_delivered_is_gone_and_leaves_a_log(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    await running.publish(url=destination.url, body="x")
    await wait_until(settled(redis_raw), "the message to be settled")
    assert await states(running) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert not [key async for key in redis_raw.scan_iter("qstash:message:*")]


async def test_only_what_was_acknowledged_lives_without_an_end(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    destination.answer = lambda received: 500 if "fail" in received.path else 200
    await running.publish(url=f"{destination.url}/fail", body="x", retries=0)
    await running.publish(
        url=f"{destination.url}/ok",
        body="x",
        deduplication_id="once",
        flow_control={"key": "k", "rate": 5, "parallelism": 5},
    )
    await running.publish(url=f"{destination.url}/later", body="x", delay=60)
    await running.client.schedule.create(destination=destination.url, cron="0 9 * * *")
    await wait_until(received(destination, 2), "both deliveries")
    await wait_until(left(redis_raw, 1), "both to be settled")
    endless = {key async for key in redis_raw.scan_iter("*") if await redis_raw.ttl(key) == -1}
    assert {key.rpartition(b":")[0] or key for key in endless} == {
        b"qstash",
        b"qstash:message",
        b"qstash:schedule",
    }
    assert {key for key in endless if key.count(b":") == 1} == {
        b"qstash:credentials",
        b"qstash:due",
        b"qstash:schedules",
    }


async def test_a_delay_is_kept(running: Running, destination: Destination) -> None:
    await running.publish(url=f"{destination.url}/later", body="x", delay="1m")
    await running.publish(url=f"{destination.url}/now", body="x")
    await wait_until(lambda: destination.at("/now"), "the message without a delay")
    running.clock.forward(seconds=59)
    await running.publish(url=f"{destination.url}/between", body="x")
    await wait_until(lambda: destination.at("/between"), "a message that came later")
    assert not destination.at("/later")
    running.clock.forward(seconds=1)
    await wait_until(lambda: destination.at("/later"), "the delayed message")


async def test_a_moment_beats_a_delay(running: Running, destination: Destination) -> None:
    at = int(running.clock.now.timestamp()) + 10
    published = await running.publish(url=destination.url, body="x", delay="1h", not_before=at)
    assert (await running.client.message.get(published.message_id)).not_before == at * 1000
    running.clock.forward(seconds=10)
    await wait_until(lambda: destination.received, "the delivery")


async def test_the_alarm_rings_without_a_beat(redis_raw: Redis, destination: Destination) -> None:
    clock = Clock()
    async with run_qstash(redis_raw, clock, heartbeat=timedelta(hours=1)) as running:
        await running.publish(url=destination.url, body="x", delay=1)
        clock.forward(seconds=0.9)
        await running.publish(url=destination.url, body="y", delay=60)
        clock.forward(seconds=0.2)
        await wait_until(lambda: destination.received, "the delivery")


async def test_failures_are_tried_again_with_growing_waits_and_then_given_up(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    destination.answer = lambda _: 500
    await running.publish(url=destination.url, body="x", retries=2)
    await wait_until(received(destination, 1), "the first attempt")
    for attempt, wait in ((2, 13), (3, 149)):
        await wait_until(retried(redis_raw, attempt - 1), "the retry to be planned")
        running.clock.forward(seconds=wait)
        await wait_until(received(destination, attempt), f"attempt {attempt}")
    await wait_until(settled(redis_raw), "the message to be given up")
    assert [delivery.headers["upstash-retried"] for delivery in destination.received] == ["0", "1", "2"]
    assert len({delivery.headers["upstash-message-id"] for delivery in destination.received}) == 1
    (dead,) = (await running.client.dlq.list()).messages
    assert (dead.response_status, dead.body, dead.max_retries) == (500, "x", 2)
    log = await states(running)
    assert log == ["CREATED", *["ACTIVE", "ERROR", "RETRY"] * 2, "ACTIVE", "ERROR", "FAILED"]


async def test_the_default_is_three_retries(running: Running, destination: Destination) -> None:
    published = await running.publish(url=destination.url, body="x", delay=60)
    assert (await running.client.message.get(published.message_id)).max_retries == 3


async def test_retry_after_is_kept(running: Running, destination: Destination, redis_raw: Redis) -> None:
    answers = [Response(status_code=429, headers={"Retry-After": "600"}), Response()]
    destination.answer = lambda _: answers.pop(0)
    await running.publish(url=destination.url, body="x")
    await wait_until(retried(redis_raw, 1), "the retry to be planned")
    assert await leased_until(redis_raw)() == int(running.clock.now.timestamp() * 1000) + 600_000
    running.clock.forward(seconds=600)
    await wait_until(received(destination, 2), "the retry")


async def test_a_delay_expression_is_kept(running: Running, destination: Destination) -> None:
    destination.answer = lambda received: 200 if received.headers["upstash-retried"] == "2" else 503
    await running.publish(url=destination.url, body="x", retry_delay="retried * 0")
    await wait_until(received(destination, 3), "three attempts at one moment")


async def test_489_is_final(running: Running, destination: Destination, redis_raw: Redis) -> None:
    destination.answer = lambda _: Response(
        "no such channel", status_code=489, headers={"Upstash-NonRetryable-Error": "true"}
    )
    await running.publish(url=destination.url, body="x")
    await wait_until(settled(redis_raw), "the message to be given up")
    assert len(destination.received) == 1
    (dead,) = (await running.client.dlq.list()).messages
    assert (dead.response_status, dead.response_body) == (489, "no such channel")


async def test_a_destination_that_is_slow_is_cut_off(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    destination.gate.clear()
    await running.http.post(
        f"/v2/publish/{destination.url}", headers={"Upstash-Timeout": "50ms", "Upstash-Retries": "0"}
    )
    await wait_until(settled(redis_raw), "the message to be given up")
    answer = await running.http.get("/v2/dlq")
    assert answer.json()["messages"][0]["responseStatus"] == 0
    assert "no answer within 0.05 s" in answer.json()["messages"][0]["responseBody"]


async def test_a_destination_that_is_not_there_is_an_error_like_any_other(
    running: Running, redis_raw: Redis
) -> None:
    await running.publish(url="http://127.0.0.1:1/", body="x", retries=0)
    await wait_until(settled(redis_raw), "the message to be given up")
    (dead,) = (await running.client.dlq.list()).messages
    assert dead.response_status == 0


async def test_a_redirect_is_not_followed(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    destination.answer = lambda _: Response(status_code=307, headers={"Location": "/elsewhere"})
    await running.publish(url=destination.url, body="x", retries=0)
    await wait_until(settled(redis_raw), "the message to be given up")
    assert not destination.at("/elsewhere")


async def test_callbacks_follow_every_attempt_and_the_failure_callback_only_the_last(
    running: Running, destination: Destination
) -> None:
    destination.answer = lambda received: Response(
        "sorry" if received.path == "/work" else "", status_code=500 if received.path == "/work" else 200
    )
    published = await running.publish(
        url=f"{destination.url}/work",
        body="question",
        retries=1,
        retry_delay="0",
        callback=f"{destination.url}/after?each=1",
        callback_headers={"X-For": "callback"},
        failure_callback=f"{destination.url}/failed",
    )
    await wait_until(lambda: len(destination.at("/after?each=1")) == 2, "a callback for each attempt")
    (failed,) = await wait_until(lambda: destination.at("/failed"), "the failure callback")
    first, second = (json.loads(report.body) for report in destination.at("/after?each=1"))
    assert {first["retried"], second["retried"]} == {0, 1}
    assert destination.at("/after?each=1")[0].headers["x-for"] == "callback"
    told = json.loads(failed.body)
    assert base64.b64decode(told.pop("body")) == b"sorry"
    assert base64.b64decode(told.pop("sourceBody")) == b"question"
    assert told["dlqId"] == (await running.client.dlq.list()).messages[0].dlq_id
    assert told["status"] == 500
    assert told["maxRetries"] == told["retried"] == 1
    assert told["sourceMessageId"] == published.message_id
    assert told["url"] == f"{destination.url}/work"
    assert int(told["createdAt"]) == int(running.clock.now.timestamp() * 1000)
    assert failed.headers["content-type"] == "application/json"
    Receiver(running.credentials.current, running.credentials.next).verify(
        signature=failed.headers["upstash-signature"],
        body=failed.body.decode(),
        url=f"{destination.url}/failed",
    )


async def test_a_success_has_a_callback_and_no_failure_callback(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    await running.publish(
        url=f"{destination.url}/work",
        body="x",
        callback=f"{destination.url}/after",
        failure_callback=f"{destination.url}/failed",
    )
    (after,) = await wait_until(lambda: destination.at("/after"), "the callback")
    assert json.loads(after.body)["status"] == 200
    await wait_until(settled(redis_raw), "everything to be settled")
    assert not destination.at("/failed")


@pytest.mark.parametrize("limit", [1, 3])
async def test_parallelism_lets_only_so_many_through_at_once(
    running: Running, destination: Destination, limit: int
) -> None:
    destination.gate.clear()
    for number in range(6):
        await running.publish(
            url=f"{destination.url}/{number}", body="x", flow_control={"key": "k", "parallelism": limit}
        )
    await wait_until(lambda: destination.waiting == limit, "as many as may be under way")
    info = await running.client.flow_control.get("k")
    assert (info.parallelism_max, info.parallelism_count, info.wait_list_size) == (limit, limit, 6 - limit)
    destination.gate.set()
    await wait_until(received(destination, 6), "all of them")
    assert destination.most_at_once == limit


async def test_a_rate_spreads_messages_over_periods(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    for _ in range(5):
        await running.publish(
            url=destination.url, body="x", flow_control={"key": "k", "rate": 2, "period": "1m"}
        )
    for total in (2, 4, 5):
        await wait_until(left(redis_raw, 5 - total), f"{total} in all")
        assert len(destination.received) == total
        running.clock.forward(minutes=1)


async def test_two_messages_with_one_deduplication_id_are_one(
    running: Running, destination: Destination
) -> None:
    async def publish(**options: Any) -> tuple[str, bool]:
        published = await running.publish(url=destination.url, **options)
        return published.message_id, published.deduplicated

    first = await publish(body="x", deduplication_id="a")
    assert await publish(body="y", deduplication_id="a") == (first[0], True)
    assert (await publish(body="x", deduplication_id="b"))[1] is False
    content = await publish(body="z", content_based_deduplication=True)
    assert await publish(body="z", content_based_deduplication=True) == (content[0], True)
    assert (await publish(body="z", content_based_deduplication=True, headers={"A": "b"}))[1] is False
    await wait_until(received(destination, 4), "each once")


async def test_a_cancelled_message_never_arrives(running: Running, destination: Destination) -> None:
    published = await running.publish(url=f"{destination.url}/not", body="x", delay=10)
    await running.client.message.cancel(published.message_id)
    await running.publish(url=f"{destination.url}/after", body="x", delay=11)
    running.clock.forward(seconds=11)
    await wait_until(lambda: destination.at("/after"), "a later message")
    assert not destination.at("/not")
    assert [log.state.value for log in (await running.client.log.list()).logs].count("CANCELED") == 1


async def test_a_message_that_is_cancelled_under_way_is_not_tried_again(
    running: Running, destination: Destination, redis_raw: Redis
) -> None:
    destination.answer = lambda delivery: 200 if delivery.path == "/after" else 500
    destination.gate.clear()
    published = await running.publish(url=destination.url, body="x", retry_delay="0")
    await wait_until(lambda: destination.waiting, "the delivery to be under way")
    await running.client.message.cancel(published.message_id)
    destination.gate.set()
    await running.publish(url=f"{destination.url}/after", body="x")
    await wait_until(lambda: destination.at("/after"), "a later message")
    await wait_until(settled(redis_raw), "nothing to be left")
    assert len(destination.at("/")) == 1


async def test_no_more_than_so_many_deliveries_run_at_once(
    redis_raw: Redis, destination: Destination
) -> None:
    destination.gate.clear()
    async with run_qstash(redis_raw, concurrency=3) as running:
        for _ in range(7):
            await running.publish(url=destination.url, body="x")
        await wait_until(lambda: destination.waiting == 3, "three to be under way")
        destination.gate.set()
        await wait_until(received(destination, 7), "all of them")
    assert destination.most_at_once == 3


async def test_what_is_under_way_at_the_end_is_given_back_at_once(
    redis_raw: Redis, destination: Destination
) -> None:
    clock = Clock()
    destination.gate.clear()
    async with run_qstash(redis_raw, clock) as running:
        await running.publish(url=destination.url, body="x")
        await wait_until(lambda: destination.waiting, "the delivery to be under way")
    destination.gate.set()
    async with run_qstash(redis_raw, clock):
        await wait_until(received(destination, 2), "the second attempt")
        await wait_until(settled(redis_raw), "the message to be settled")
    assert (
        destination.received[0].headers["upstash-message-id"]
        == (destination.received[1].headers["upstash-message-id"])
    )


async def test_a_slow_delivery_keeps_its_lease(redis_raw: Redis, destination: Destination) -> None:
    """The lease is renewed on the wall clock, and the test's clock runs past the first one."""
    clock = Clock()
    destination.gate.clear()
    async with run_qstash(redis_raw, clock, lease=timedelta(seconds=0.3)) as running:
        await running.publish(url=destination.url, body="x")
        await wait_until(lambda: destination.waiting, "the delivery to be under way")
        place = leased_until(redis_raw)
        until = await place()
        clock.forward(seconds=0.2)

        async def renewed() -> Any:
            return await place() > until

        await wait_until(renewed, "the lease to be renewed")
        clock.forward(seconds=0.2)
        destination.gate.set()
        await wait_until(settled(redis_raw), "the message to be settled")
    assert len(destination.received) == 1


async def test_two_engines_deliver_each_message_once(redis_raw: Redis, destination: Destination) -> None:
    clock = Clock()
    async with run_qstash(redis_raw, clock) as first, run_qstash(redis_raw, clock) as second:
        publishing = (
            running.client.message.publish(url=f"{destination.url}/{name}/{number}", body="x")
            for name, running in (("a", first), ("b", second))
            for number in range(40)
        )
        await asyncio.gather(*publishing)
        await wait_until(settled(redis_raw), "all to be settled")
    assert len(destination.received) == len({delivery.path for delivery in destination.received}) == 80


async def test_rotated_keys_sign_the_next_delivery(running: Running, destination: Destination) -> None:
    before = running.credentials
    rotated = await running.client.signing_key.rotate()
    assert rotated.current == before.next
    assert (await running.client.signing_key.get()).next == rotated.next != before.next
    await running.publish(url=destination.url, body="x")
    (delivery,) = await wait_until(lambda: destination.received, "the delivery")
    verify(delivery, Receiver(rotated.current, rotated.current), f"{destination.url}/")
    # Who has not heard of the rotation yet still accepts it, by its next key.
    verify(delivery, Receiver(before.current, before.next), f"{destination.url}/")


def verify(delivery: Received, receiver: Receiver, url: str) -> None:
    receiver.verify(
        signature=delivery.headers["upstash-signature"], body=delivery.body.decode(), url=url.rstrip("/")
    )
