"""Access to the API, and its refusals."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from qstash.errors import DailyMessageLimitExceededError
from redis.asyncio import Redis
from starlette.responses import PlainTextResponse

from scheduler.embedded import LoopbackOnly, is_loopback, load_credentials
from tests.scheduler.embedded.destination import Destination
from tests.scheduler.embedded.running import Running, run_qstash
from tests.waiting import wait_until


async def publish(running: Running, url: str = "http://127.0.0.1:1/", **options: Any) -> httpx.Response:
    headers = {"Upstash-Delay": "1h", **options.pop("headers", {})}
    return await running.http.post(f"/v2/publish/{url}", headers=headers, **options)


async def test_credentials_are_random_and_stay(redis_raw: Redis) -> None:
    first = await load_credentials(redis_raw)
    assert await load_credentials(redis_raw) == first
    assert first.current.startswith("sig_")
    assert first.next.startswith("sig_")
    assert len(first.current) >= 36
    assert len({first.token, first.current, first.next}) == 3
    assert first.token not in repr(first)
    await redis_raw.flushall()
    assert await load_credentials(redis_raw) != first


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic eA==", "Bearer é"])
async def test_without_the_token_nothing_is_taken(
    running: Running, redis_raw: Redis, authorization: str
) -> None:
    answer = await publish(running, headers={"Authorization": authorization.encode()})
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid token"})
    assert not await redis_raw.exists("qstash:due")


@pytest.mark.parametrize("headers", [{"Host": "qstash.example.com"}, {"X-Forwarded-For": "203.0.113.9"}])
async def test_only_this_machine_may_ask(running: Running, headers: dict[str, str]) -> None:
    assert (await publish(running, headers=headers)).status_code == 403


async def guarded_status(*headers: tuple[str, str], http_version: str = "1.1") -> int:
    """The status of a request that reaches the guard with these headers."""
    told: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        told.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "http_version": http_version, "method": "GET", "path": "/", "headers": raw}
    await LoopbackOnly(PlainTextResponse("in"))(scope, receive, send)
    return int(told[0]["status"])


HERE = ("Host", "127.0.0.1:3000")


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Proto",
            "X-Forwarded-Port",
            "X-Forwarded",
        ),
        *("X-Forwarded-Server", "X-Forwarded-Prefix", "X-Real-IP", "Via", "True-Client-IP", "X-Client-IP"),
        *("CF-Connecting-IP", "CF-Ray", "Fly-Client-IP", "Fastly-Client-IP", "X-Envoy-External-Address"),
        *("X-Amzn-Trace-Id", "X-Azure-ClientIP", "X-Original-Host", "X-Original-URL", "CDN-Loop"),
        *("Tailscale-User-Login", "X-Cluster-Client-IP", "X-Appengine-User-IP", "DO-Connecting-IP"),
    ],
)
async def test_what_a_proxy_passes_on_is_refused(header: str) -> None:
    assert await guarded_status(HERE, (header, "anything")) == 403


async def test_a_proxy_that_speaks_an_old_protocol_is_refused_and_so_is_a_host_that_is_not_one() -> None:
    assert await guarded_status(HERE, http_version="1.0") == 403
    assert await guarded_status() == 403
    assert await guarded_status(HERE, HERE) == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:3000", 200),
        ("http://localhost:3000", 200),
        ("http://[::1]:3000", 200),
        ("https://bot.example.com", 403),
        ("http://127.0.0.1.example.com", 403),
        ("null", 403),
        ("http://[", 403),
        ("", 403),
    ],
)
async def test_a_page_from_elsewhere_may_not_ask(origin: str, status: int) -> None:
    assert await guarded_status(HERE, ("Origin", origin), ("User-Agent", "a browser")) == status


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LOCALHOST:3000", True),
        ("precache.localhost:3000", True),
        ("127.0.0.1:3000", True),
        ("127.9.9.9", True),
        ("[::1]:3000", True),
        ("[::1]", True),
        ("", False),
        ("10.0.0.1", False),
        ("192.168.1.5:3000", False),
        ("localhost.example.com", False),
        ("evil.com:127.0.0.1", False),
        ("[::1", True),
        ("2130706433", False),
    ],
)
def test_hosts_that_name_this_machine(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback


async def test_a_body_over_the_limit_is_refused(redis_raw: Redis) -> None:
    async with run_qstash(redis_raw, largest_message=1000) as running:
        assert (await publish(running, content=b"x" * 1000)).status_code == 201
        answer = await publish(running, content=b"x" * 1001)
    assert (answer.status_code, answer.json()) == (
        413,
        {"error": "the message is larger than 1000 bytes"},
    )


async def test_a_daily_limit_is_one_that_the_sdk_knows(redis_raw: Redis) -> None:
    async with run_qstash(redis_raw, max_messages_per_day=2) as running:
        for _ in range(2):
            await running.publish(url="http://127.0.0.1:1/", body="x", delay=60)
        with pytest.raises(DailyMessageLimitExceededError) as raised:
            await running.publish(url="http://127.0.0.1:1/", body="x", delay=60)
        assert (raised.value.limit, raised.value.remaining) == ("2", "0")
        running.clock.forward(days=1)
        await running.publish(url="http://127.0.0.1:1/", body="x", delay=60)


@pytest.mark.parametrize("path", ["/v2/messages/", "/v2/dlq/", "/v2/schedules/"])
async def test_an_empty_id_deletes_nothing(running: Running, path: str) -> None:
    published = (await publish(running)).json()["messageId"]
    answer = await running.http.delete(path)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert (await running.client.message.get(published)).message_id == published


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?lable=a", b""),
        ("", b"[]"),
        ("", b"{"),
        ("", b'{"messageIdz": ["a"]}'),
        ("", rb'{"\ud800": 1}'),
        ("?count=0", b""),
        ("?count=all", b""),
        ("?count=" + "9" * 5000, b""),
        ("?order=latestFirst", b""),
    ],
)
async def test_a_bulk_cancellation_that_is_not_understood_cancels_nothing(
    running: Running, query: str, body: bytes
) -> None:
    published = (await publish(running)).json()["messageId"]
    answer = await running.http.request("DELETE", f"/v2/messages{query}", content=body)
    assert answer.status_code == 400
    assert (await running.client.message.get(published)).message_id == published


async def test_a_cancellation_says_how_many_it_cancelled(running: Running) -> None:
    ids = [(await publish(running)).json()["messageId"] for _ in range(3)]
    answer = await running.http.delete(f"/v2/messages/{ids[0]}")
    assert (answer.status_code, answer.json()) == (202, {"cancelled": 1})
    answer = await running.http.delete("/v2/messages?count=1")
    assert (answer.status_code, answer.json()) == (202, {"cancelled": 2}), "a count leaves nothing behind"


@pytest.mark.parametrize(
    ("query", "cancelled"),
    [
        ("label=a,b", "a b"),
        ("label=a&label=c", "a c"),
        ("label=a,", "a"),
        ("label=,", ""),
        ("label=", ""),
        ("scheduleId=", ""),
        ("scheduleId=,", ""),
        ("flowControlKey=one,two", "c d"),
        ("flowControlKey=one", ""),
        ("url=http://127.0.0.1:1/a,http://127.0.0.1:1/b", "a b"),
        ("url=http://127.0.0.1:1/d,e", "d"),
    ],
)
async def test_a_filter_may_list_values_with_commas(running: Running, query: str, cancelled: str) -> None:
    flows = {"c": "two", "d": "one,two"}
    names = {}
    for name, path in {"a": "a", "b": "b", "c": "c", "d": "d,e"}.items():
        flow = {"Upstash-Flow-Control-Key": flows.get(name, "none"), "Upstash-Flow-Control-Value": "rate=1"}
        answer = await publish(running, f"http://127.0.0.1:1/{path}", headers={"Upstash-Label": name, **flow})
        names[answer.json()["messageId"]] = name
    await running.http.delete(f"/v2/messages?{query}")
    left = {names[message] for message in names if await is_pending(running, message)}
    assert sorted(set(names.values()) - left) == cancelled.split()


async def is_pending(running: Running, message: str) -> bool:
    return (await running.http.get(f"/v2/messages/{message}")).status_code == 200


async def test_a_bulk_cancellation_keeps_to_its_filter(running: Running) -> None:
    kept = (await publish(running, headers={"Upstash-Label": "b,c"})).json()["messageId"]
    await publish(running, headers={"Upstash-Label": "a,b"})
    await publish(running, "http://127.0.0.1:1/other", headers={"Upstash-Label": "a"})
    answer = await running.http.delete("/v2/messages?label=a&url=http://127.0.0.1:1/")
    assert answer.json() == {"cancelled": 1}
    answer = await running.http.request("DELETE", "/v2/messages", content=json.dumps({"label": ["a"]}))
    assert answer.json() == {"cancelled": 1}
    assert await running.client.message.cancel_many([]) == 0
    assert (await running.client.message.get(kept)).message_id == kept
    assert await running.client.message.cancel_all() == 1


@pytest.mark.parametrize(
    ("method", "path", "what"),
    [
        ("POST", "/v2/publish/my-group", "URL groups"),
        ("POST", "/v2/topics/my-group/endpoints", "URL groups"),
        ("POST", "/v2/enqueue/q/http://x.test/", "queues"),
        ("GET", "/v2/queues", "queues"),
        ("POST", "/v2/publish/api/llm", "an API"),
        ("POST", "/llm/v1/chat/completions", "LLM"),
        ("DELETE", "/v2/workflows/runs/wfr_1", "workflows"),
    ],
)
async def test_what_is_not_supported_says_so(running: Running, method: str, path: str, what: str) -> None:
    answer = await running.http.request(method, path)
    assert answer.status_code == 400
    assert what in answer.json()["error"]
    assert "not supported" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/messages/msg_none"),
        ("DELETE", "/v2/messages/msg_none"),
        ("GET", "/v2/dlq/dlq_none"),
        ("DELETE", "/v2/dlq/dlq_none"),
        ("POST", "/v2/dlq/retry/dlq_none"),
        ("GET", "/v2/schedules/none"),
        ("PATCH", "/v2/schedules/none/resume"),
        ("GET", "/v3"),
    ],
)
async def test_what_is_not_there_is_404(running: Running, method: str, path: str) -> None:
    answer = await running.http.request(method, path)
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


@pytest.mark.parametrize(
    "name", ["Upstash-Workflow-Init", "Upstash-Forward-Upstash-Workflow-RunId", "upstash-workflow-url"]
)
async def test_a_workflow_is_refused_in_so_many_words(running: Running, redis_raw: Redis, name: str) -> None:
    refusal = {"error": "Upstash Workflow is not supported by the embedded QStash"}
    answer = await publish(running, headers={name: "true"})
    assert (answer.status_code, answer.json()) == (400, refusal)
    message = {"destination": "http://127.0.0.1:1/", "headers": {name: "true"}}
    assert (await running.http.post("/v2/batch", json=[message])).json() == [refusal]
    headers = {"Upstash-Cron": "0 9 * * *", name: "true"}
    answer = await running.http.post("/v2/schedules/http://127.0.0.1:1/", headers=headers)
    assert (answer.status_code, answer.json()) == (400, refusal)
    assert not await redis_raw.exists("qstash:due", "qstash:schedules")


async def test_a_header_about_workflows_of_ones_own_is_forwarded(
    running: Running, destination: Destination
) -> None:
    await running.publish(url=destination.url, body="x", headers={"X-Workflow-Id": "7"})
    await wait_until(lambda: destination.received, "the delivery")
    assert destination.received[0].headers["x-workflow-id"] == "7"


async def test_a_batch_takes_what_it_can(running: Running, destination: Destination) -> None:
    good = {"destination": f"{destination.url}/ok", "headers": {"Upstash-Forward-X-A": "1"}, "body": "x"}
    bad: list[object] = [
        {"destination": "group"},
        {"destination": good["destination"], "queue": "q"},
        {"destination": good["destination"], "headers": {"Upstash-Retries": "many"}},
        {"destination": good["destination"], "headers": ["X"]},
        {"destination": good["destination"], "headers": {"Upstash-Forward-X": "a\r\nHost: b"}},
        {"destination": good["destination"], "headers": {"Upstash-Forward-X Y": "a"}},
        {"destination": good["destination"], "body": "\ud800"},
        {"destination": 7},
        "x",
    ]
    answer = await running.http.post("/v2/batch", content=json.dumps([*bad, good]))
    assert [list(told) for told in answer.json()] == [["error"]] * len(bad) + [["messageId"]]
    await wait_until(lambda: destination.at("/ok"), "the good one")
    assert (await running.http.post("/v2/batch", content=b"{}")).status_code == 400


@pytest.mark.parametrize("query", ["?cursor=x", "?cursor=1", "?count=-1", "?state=DELIVERED&colour=red"])
async def test_logs_refuse_what_they_do_not_understand(running: Running, query: str) -> None:
    assert (await running.http.get(f"/v2/logs{query}")).status_code == 400


async def test_a_schedule_may_be_paused_with_post_as_documented(running: Running) -> None:
    await running.client.schedule.create(destination="http://127.0.0.1:1/", cron="0 9 * * *", schedule_id="s")
    assert (await running.http.post("/v2/schedules/s/pause")).status_code == 200
    assert (await running.client.schedule.get("s")).paused
    assert (await running.http.post("/v2/schedules/s/resume")).status_code == 200
    assert not (await running.client.schedule.get("s")).paused
