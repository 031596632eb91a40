"""Messages to QStash, over real HTTP, and their fate when QStash says no, nothing, or nonsense."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import qstash
from qstash.http import BASE_URL

from scheduler.errors import DailyLimit, NotFound, PublishError, QuotaReached, Refused, Unreachable
from scheduler.job import Job
from scheduler.qstash.publish import Publisher, Scheduled
from scheduler.qstash.publish_errors import translate_error
from scheduler.qstash.transport import open_client
from tests.stand_ins.qstash import (
    TOKEN,
    Fault,
    QStash,
    list_schedules,
    lose_the_answer,
    reply,
    run_qstash,
    stall,
)

URL = "https://precache.example/api/announce"
CRON = "CRON_TZ=Europe/Berlin 0 9 * * 1-5"
ONE_OFF = Job(query="Was gibt’s Neues?", id="run-1", team="Tüftler", channel="C1")
WEEKDAYS = Job(query="What is new?", schedule="s-1", cron="0 9 * * 1-5", zone="Europe/Berlin", channel="C1")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[QStash]:
    async with run_qstash() as running:
        yield running


@pytest_asyncio.fixture
async def publisher(server: QStash) -> AsyncIterator[Publisher]:
    async with Publisher.connect(token=TOKEN, base_url=server.url, announce_url=URL) as connected:
        yield connected


def upstash(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.startswith("upstash-")}


# What is sent


async def test_a_job_goes_out_now(server: QStash, publisher: Publisher) -> None:
    assert await publisher.publish_job(ONE_OFF, deduplication_id="run-1") == "msg_1"
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/v2/publish/{URL}")
    assert asked.body == ONE_OFF.encode()
    assert asked.headers["content-type"] == "application/json"
    assert upstash(asked.headers) == {
        "upstash-deduplication-id": "run-1",
        "upstash-retries": "2",
        "upstash-retry-delay": "10000 * pow(6, retried)",
        "upstash-timeout": "180s",
        "upstash-failure-callback": URL + "/failed",
        "upstash-label": "precache",  # a header takes no letter of Tüftler
    }


async def test_the_announce_url_is_passed_on_to_the_letter(server: QStash) -> None:
    url = "https://precache.example/%7Ebot//api/announce"
    async with Publisher.connect(token=TOKEN, base_url=server.url + "/", announce_url=url) as publisher:
        await publisher.publish_job(ONE_OFF, deduplication_id="run-1")
    assert server.asked[0].path == f"/v2/publish/{url}"


async def test_a_job_waits_for_its_time_and_is_never_early(server: QStash, publisher: Publisher) -> None:
    at = datetime(2027, 1, 15, 9, 0, 0, 1, tzinfo=UTC)
    await publisher.publish_job(ONE_OFF, deduplication_id="run-1", at=at)
    assert server.asked[0].headers["upstash-not-before"] == str(int(at.timestamp()) + 1)


async def test_nobody_is_told_of_a_failed_warm_up(server: QStash, publisher: Publisher) -> None:
    await publisher.publish_job(Job(query="q", kind="warm"), deduplication_id="s-1.warm")
    assert "upstash-failure-callback" not in server.asked[0].headers


async def test_a_schedule_goes_out_whole_under_its_own_id(server: QStash, publisher: Publisher) -> None:
    assert await publisher.put_schedule(WEEKDAYS, CRON) == "s-1"
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/v2/schedules/{URL}")
    assert asked.body == WEEKDAYS.encode()
    assert upstash(asked.headers) == {
        "upstash-cron": CRON,
        "upstash-schedule-id": "s-1",
        "upstash-retries": "3",
        "upstash-retry-delay": "10000 * pow(6, retried)",
        "upstash-timeout": "180s",
        "upstash-failure-callback": URL + "/failed",
        "upstash-label": "precache,C1",
    }


async def test_schedules_of_others_in_the_same_account_are_left_alone(
    server: QStash, publisher: Publisher
) -> None:
    created = datetime(2026, 12, 1, tzinfo=UTC)
    common = {"cron": CRON, "createdAt": int(created.timestamp() * 1000), "method": "POST", "retries": 3}
    server.schedules = [
        {
            **common,
            "scheduleId": "s-1",
            "destination": URL,
            "nextScheduleTime": 1_800_000_000_000,
            "body": WEEKDAYS.encode().decode(),
        },
        {**common, "scheduleId": "s-2", "destination": URL, "isPaused": True, "body": "no job"},
        {**common, "scheduleId": "s-3", "destination": "https://elsewhere.example/api/announce"},
    ]
    assert await list_schedules(publisher) == [
        Scheduled(
            id="s-1",
            cron=CRON,
            paused=False,
            next_run=datetime(2027, 1, 15, 8, tzinfo=UTC),
            destination=URL,
            created=created,
            job=WEEKDAYS,
        ),
        Scheduled(
            id="s-2", cron=CRON, paused=True, next_run=None, destination=URL, created=created, job=None
        ),
    ]


async def test_pause_resume_delete_and_cancel(server: QStash, publisher: Publisher) -> None:
    await publisher.pause_schedule("s-1")
    await publisher.resume_schedule("s-1")
    await publisher.delete_schedule("s-1")
    assert await publisher.cancel_message("msg_1")
    assert [(asked.method, asked.path) for asked in server.asked] == [
        ("PATCH", "/v2/schedules/s-1/pause"),
        ("PATCH", "/v2/schedules/s-1/resume"),
        ("DELETE", "/v2/schedules/s-1"),
        ("DELETE", "/v2/messages/msg_1"),
    ]


async def test_what_is_gone_already_is_deleted_but_cannot_be_taken_back(
    server: QStash, publisher: Publisher
) -> None:
    gone = reply(404, {"error": "not found"})
    server.faults = [gone, gone, gone]
    await publisher.delete_schedule("s-1")
    assert not await publisher.cancel_message("msg_1")
    with pytest.raises(NotFound):
        await publisher.pause_schedule("s-1")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "a?b", "a\n", "a\r\nX: y", "ü", "..%2f"])
async def test_an_id_that_could_mean_something_else_is_not_sent(
    server: QStash, publisher: Publisher, name: str
) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: publisher.cancel_message(name),
        lambda: publisher.delete_schedule(name),
        lambda: publisher.pause_schedule(name),
        lambda: publisher.resume_schedule(name),
        lambda: publisher.publish_job(ONE_OFF, deduplication_id=name),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="id: expected letters"):
            await call()
    assert server.asked == []


async def test_a_schedule_needs_an_id_and_a_cron_in_ascii(server: QStash, publisher: Publisher) -> None:
    with pytest.raises(ValueError, match="id: expected"):
        await publisher.put_schedule(ONE_OFF, CRON)
    with pytest.raises(ValueError, match="cron: expected"):
        await publisher.put_schedule(WEEKDAYS, "0 9 * * *\r\nUpstash-Forward-X: y")
    assert server.asked == []


async def test_connections_are_kept(server: QStash, publisher: Publisher) -> None:
    for number in range(5):
        await publisher.publish_job(ONE_OFF, deduplication_id=f"run-{number}")
    assert len({asked.peer for asked in server.asked}) == 1


# What comes back

ANSWERS: dict[str, tuple[Fault, type[PublishError], int]] = {
    "schedule quota": (reply(412, {"error": "quota exceeded"}), QuotaReached, 1),
    "daily limit": (reply(429, {"error": "quota"}, RateLimit_Limit="1000"), DailyLimit, 1),
    "burst limit": (reply(429, {"error": "slow"}, Burst_RateLimit_Limit="100"), Unreachable, 1),
    "token": (reply(401, {"error": "unauthorized"}), Refused, 1),
    "token, in HTML": (reply(401, "<h1>no</h1>"), Refused, 1),
    "token, in Latin-1": (reply(401, b"caf\xe9"), Refused, 1),
    "bad request": (reply(400, {"error": "invalid destination"}), Refused, 1),
    "not found": (reply(404, {"error": "not found"}), NotFound, 1),
    "a proxy's 404": (reply(404, "<h1>Not found</h1>"), Unreachable, 2),
    "a proxy's 403": (reply(403, '["no"]'), Unreachable, 2),
    "a server error": (reply(500, {"error": "oops"}), Unreachable, 2),
    "a bad gateway": (reply(502, "<h1>Bad gateway</h1>"), Unreachable, 2),
    "a redirect": (reply(302, "", Location="/login"), Unreachable, 2),
    "HTML and 200": (reply(200, "<h1>Welcome</h1>"), Unreachable, 2),
    "nothing and 200": (reply(200, ""), Unreachable, 2),
    "no id": (reply(200, {"ok": True}), Unreachable, 2),
    "a string": (reply(200, '"msg_1"'), Unreachable, 2),
    "a lie about gzip": (reply(200, "plain", Content_Encoding="gzip"), Unreachable, 2),
    "a lost answer": (lose_the_answer, Unreachable, 2),
}


@pytest.mark.parametrize(("fault", "error", "requests"), ANSWERS.values(), ids=ANSWERS)
async def test_answers(
    server: QStash, publisher: Publisher, fault: Fault, error: type[PublishError], requests: int
) -> None:
    server.faults = [fault, fault]
    with pytest.raises(PublishError) as raised:
        await publisher.publish_job(ONE_OFF, deduplication_id="run-1")
    assert type(raised.value) is error
    assert len(server.asked) == requests
    assert TOKEN not in str(raised.value)
    assert ONE_OFF.query not in str(raised.value)


async def test_a_lost_answer_costs_one_message_and_not_two(server: QStash, publisher: Publisher) -> None:
    server.faults = [lose_the_answer]
    assert await publisher.publish_job(ONE_OFF, deduplication_id="run-1") == "msg_1"
    assert [asked.headers["upstash-deduplication-id"] for asked in server.asked] == ["run-1", "run-1"]
    assert server.messages == {"run-1": "msg_1"}


async def test_a_schedule_whose_answer_is_lost_is_sent_again_under_the_same_id(
    server: QStash, publisher: Publisher
) -> None:
    server.faults = [lose_the_answer]
    assert await publisher.put_schedule(WEEKDAYS, CRON) == "s-1"
    assert [asked.headers["upstash-schedule-id"] for asked in server.asked] == ["s-1", "s-1"]


async def test_a_stalled_qstash_gets_a_second_try_within_the_time_out(server: QStash) -> None:
    async with Publisher.connect(
        token=TOKEN, base_url=server.url, announce_url=URL, timeout=timedelta(seconds=0.6)
    ) as publisher:
        server.faults = [stall]
        assert await publisher.publish_job(ONE_OFF, deduplication_id="run-1") == "msg_1"
        server.faults = [stall, stall]
        with pytest.raises(Unreachable, match="did not answer in time"):
            await publisher.publish_job(ONE_OFF, deduplication_id="run-2")
    assert len(server.asked) == 4


async def test_no_qstash_at_all_is_unreachable() -> None:
    async with run_qstash() as gone:
        pass
    async with Publisher.connect(token=TOKEN, base_url=gone.url, announce_url=URL) as publisher:
        with pytest.raises(Unreachable, match="no connection"):
            await list_schedules(publisher)


async def test_a_burst_says_how_long_to_wait(server: QStash, publisher: Publisher) -> None:
    server.faults = [reply(429, {"error": "slow"}, Burst_RateLimit_Limit="100")]
    with pytest.raises(Unreachable) as raised:
        await list_schedules(publisher)
    assert raised.value.after == timedelta(seconds=1)


async def test_a_list_of_schedules_that_is_none_is_not_an_empty_one(
    server: QStash, publisher: Publisher
) -> None:
    bodies: list[str | dict[str, Any]] = [{"schedules": []}, '[{"scheduleId": "s-1"}]', '["s-1"]', "null"]
    whole = {
        "scheduleId": "s-1",
        "destination": URL,
        "cron": CRON,
        "createdAt": 1,
        "method": "POST",
        "retries": 3,
    }
    bodies.append(json.dumps([{**whole, "nextScheduleTime": 10**400}]))
    for body in bodies:
        server.faults = [reply(200, body), reply(200, body)]
        with pytest.raises(Unreachable):
            await list_schedules(publisher)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "endpoint resolves to a loopback address",
            ": it cannot deliver to PUBLIC_URL; see what that leads to",
        ),
        ("invalid cron expression '* hunter2'", ": it does not take the cron"),
        ("maximum message size exceeded: hunter2", ": the message is too large for the plan"),
        ("Upstash-Retry-Delay: hunter2", ": it does not take one of the headers"),
        ("hunter2", ""),
    ],
)
async def test_what_qstash_says_is_searched_for_advice_and_not_repeated(
    publisher: Publisher, server: QStash, said: str, told: str
) -> None:
    server.faults = [reply(400, {"error": said})]
    with pytest.raises(Refused) as raised:
        await list_schedules(publisher)
    assert str(raised.value) == f"QStash refused the request with status 400{told}"


async def test_the_wrong_token_is_named_and_not_shown(server: QStash) -> None:
    async with Publisher.connect(token="hunter2", base_url=server.url, announce_url=URL) as publisher:
        with pytest.raises(Refused, match="QSTASH_TOKEN was not accepted") as raised:
            await list_schedules(publisher)
    assert "hunter2" not in str(raised.value)


# The seams


def exceptions_of(package: Any) -> set[type[Exception]]:
    modules = [
        importlib.import_module(module.name) for module in pkgutil.walk_packages(package.__path__, "qstash.")
    ]
    return {
        found
        for module in modules
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Exception) and found.__module__.startswith("qstash")
    }


def test_every_exception_of_the_client_is_translated() -> None:
    found = exceptions_of(qstash)
    assert {kind.__name__ for kind in found} >= {"QStashError", "RateLimitExceededError"}
    for kind in found:
        assert isinstance(translate_error(kind.__new__(kind)), PublishError), kind


@pytest.mark.parametrize(
    "exc",
    [
        aiohttp.ServerDisconnectedError(),
        aiohttp.ClientPayloadError(),
        aiohttp.InvalidURL("x"),
        aiohttp.ServerTimeoutError(),
        ConnectionResetError(),
        TimeoutError(),
        json.JSONDecodeError("x", "", 0),
        KeyError("messageId"),
    ],
    ids=lambda exc: type(exc).__name__,
)
def test_whatever_the_transport_raises_means_unreachable(exc: Exception) -> None:
    assert isinstance(translate_error(exc), Unreachable)


def test_an_error_of_our_own_is_not_passed_off_as_qstash() -> None:
    assert translate_error(AssertionError()) is None
    assert translate_error(RuntimeError()) is None


async def test_the_client_has_the_place_where_the_transport_goes(server: QStash) -> None:
    unchanged = qstash.AsyncQStash(TOKEN)
    assert type(unchanged.http._client).__module__.startswith("httpx")  # noqa: SLF001 — the seam itself
    await unchanged.http._client.aclose()  # noqa: SLF001 — as above
    async with open_client(TOKEN, base_url=server.url, try_timeout=timedelta(seconds=2)) as client:
        await client.message.publish(url=URL, deduplication_id="a")
        await client.schedule.list()
        assert vars(client).keys() <= vars(unchanged).keys()
        assert vars(client.http).keys() == vars(unchanged.http).keys()
    assert ["aiohttp" in asked.headers["user-agent"] for asked in server.asked] == [True, True]


async def test_the_client_does_not_look_into_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QSTASH_URL", "http://127.0.0.1:1")
    async with open_client(TOKEN, base_url=None, try_timeout=timedelta(seconds=2)) as client:
        assert client.http._base_url == BASE_URL  # noqa: SLF001 — nothing public tells


@pytest.mark.parametrize("token", ["", " ", "hunter2\n", "hunter2 ü"])
async def test_a_token_that_is_no_header_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(ValueError, match="token: expected printable ASCII characters"):
        async with Publisher.connect(token=token, base_url="http://127.0.0.1:1", announce_url=URL):
            pass


@pytest.mark.parametrize(
    "url", ["", "precache.example", "ftp://x", URL + "?a=b", URL + "#a", "https://ü.example", URL + " "]
)
async def test_an_announce_url_that_would_not_survive_a_path_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="announce_url: expected"):
        async with Publisher.connect(token=TOKEN, base_url="http://127.0.0.1:1", announce_url=url):
            pass
