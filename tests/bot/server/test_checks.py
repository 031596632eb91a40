"""The questions of a start: what each service says, and what the operator is told to do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse, Response

from bot.errors import RedisUnavailable, SlackRefused
from bot.model import Models, ModelSettings, ModelsSettings
from bot.model.packages import PACKAGES
from bot.server.checks.finding import Finding, doubtful_finding, fine_finding, unreached_finding
from bot.server.checks.models import check_keys, find_missing_packages
from bot.server.checks.readiness import Readiness
from bot.server.checks.redis import check_redis, explain_silence
from bot.server.checks.round_trip import RoundTrip
from bot.server.checks.slack import check_reach, check_slack, compare_clocks, compare_scopes
from bot.server.connect import real_time
from bot.server.intake.seldom import Seldom
from bot.slack import connect_slack
from bot.storage import CountedRedis, rest_redis, socket_redis
from bot.workspaces import SCOPES
from scheduler import Done, Publisher, Receiver
from tests.signing import CURRENT_KEY, NEXT_KEY, sign
from tests.stand_ins.openai import OpenAI, fails
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.slack_channel import TOKEN, Behaviour, Slack, refuses
from tests.stand_ins.upstash import upstash

NOBODY = "http://127.0.0.1:9"
ANNOUNCE = "https://bot.example.com/api/announce"
CHECK_URL = f"{ANNOUNCE}/check"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """The state of each finding, and the beginning of what is said."""
    return [(finding.state, finding.advice[:60]) for finding in findings]


# Redis


@pytest.mark.parametrize(
    ("set_up", "words"),
    [
        ({}, []),
        (
            {"maxmemory-policy": "allkeys-lru"},
            ["maxmemory-policy allkeys-lru", "set maxmemory-policy noevict"],
        ),
        ({"maxmemory-policy": "volatile-ttl", "maxmemory": "100mb"}, ["maxmemory-policy volatile-ttl"]),
        ({"appendonly": "no", "save": ""}, ["writes nothing to disk", "set appendonly yes"]),
        ({"appendonly": "no", "save": "3600 1"}, []),
        (
            {"appendonly": "no", "save": "", "maxmemory-policy": "allkeys-random"},
            ["allkeys-random", "to disk"],
        ),
    ],
)
async def test_a_redis_that_loses_things_is_named_with_what_to_set(
    redis: CountedRedis, redis_raw: RawRedis, set_up: dict[str, str], words: list[str]
) -> None:
    before = {name: str((await redis_raw.config_get(name))[name]) for name in set_up}
    try:
        for name, value in set_up.items():
            await redis_raw.config_set(name, value)
        findings = await check_redis(redis, variable="REDIS_URL", place="db.example.com")
    finally:
        for name, value in before.items():
            await redis_raw.config_set(name, value)
    said = " ".join(finding.advice for finding in findings)
    assert {finding.state for finding in findings} == ({"doubtful"} if words else {"fine"})
    assert all(word in said for word in words)
    assert all(finding.advice.startswith("REDIS_URL: ") for finding in findings if finding.advice)


async def test_a_redis_that_keeps_its_set_up_to_itself_is_not_judged(valkey_socket: Path) -> None:
    async with upstash(valkey_socket) as rest, rest_redis(rest.url, rest.token) as redis:
        rest.fails = "CONFIG"
        assert await check_redis(redis, variable="UPSTASH_REDIS_REST_URL", place=rest.url) == [
            fine_finding("Redis")
        ]


@pytest.mark.parametrize(
    ("url", "state", "words"),
    [
        ("redis://:pa55@127.0.0.1:9", "refused", "REDIS_URL: no Redis answers at here; start it"),
        ("redis://:pa55@no-such-name.invalid", "refused", "REDIS_URL: the name in here does not resolve"),
        ("unix:///no/such/socket", "refused", "REDIS_URL: no Redis answers at here"),
    ],
)
async def test_a_redis_that_is_nowhere_is_refused(url: str, state: str, words: str) -> None:
    async with socket_redis(url) as redis:
        (finding,) = await check_redis(redis, variable="REDIS_URL", place="here")
    assert finding.state == state
    assert words in finding.advice
    assert "pa55" not in finding.advice


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://no-such-name.invalid", "the name in https://no-such-name.invalid does not resolve"),
        (NOBODY, f"no Redis answers at {NOBODY}; start it, or set another address"),
    ],
)
async def test_a_rest_redis_that_is_nowhere_is_refused_like_one_with_a_socket(url: str, words: str) -> None:
    async with rest_redis(url, "pa55") as redis:
        (finding,) = await check_redis(redis, variable="UPSTASH_REDIS_REST_URL", place=url)
    assert finding.state == "refused"
    assert finding.advice.startswith(f"UPSTASH_REDIS_REST_URL: {words}")


async def test_another_password_is_refused_and_silence_is_not(
    valkey_socket: Path, redis_raw: RawRedis
) -> None:
    await redis_raw.config_set("requirepass", "right")
    try:
        async with socket_redis(f"unix://:wrong@{valkey_socket}") as redis:
            (finding,) = await check_redis(redis, variable="REDIS_URL", place="here")
    finally:
        await redis_raw.config_set("requirepass", "")
    assert (finding.state, finding.advice) == (
        "refused",
        "REDIS_URL: the Redis at here wants another user or password",
    )
    async with upstash(valkey_socket) as rest, rest_redis(rest.url, "wrong") as redis:
        (finding,) = await check_redis(redis, variable="UPSTASH_REDIS_REST_URL", place="there")
        assert (finding.state, finding.advice.rpartition(" ")[2]) == ("refused", "UPSTASH_REDIS_REST_TOKEN")
    for passing in (
        "Redis answered HTTP 503",
        "Redis answered LOADING",
        "Redis did not answer: TimeoutError",
    ):
        finding = explain_silence(RedisUnavailable(passing), variable="REDIS_URL", place="here")
        assert finding.state == "unreached"
        assert not finding.blocks, "/readyz asks Redis itself"


# Slack


def slack_says(*, scopes: str | None = None, date: datetime | None = None) -> Behaviour:
    """An answer with the headers that are looked at."""

    async def behave(_: Slack, __: str, ___: Mapping[str, Any]) -> Response:
        headers = {"x-oauth-scopes": scopes} if scopes is not None else {}
        if date is not None:
            headers["date"] = format_datetime(date, usegmt=True)
        return JSONResponse({"ok": True}, headers=headers)

    return behave


@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "token_revoked", "not_authed"])
async def test_a_token_that_slack_refuses_is_named(workspace: Slack, code: str) -> None:
    workspace.next["auth.test"].append(refuses(code))
    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack:
        (finding,) = await check_slack(slack, now=real_time)
    assert finding.state == "refused"
    assert finding.advice.startswith(f"SLACK_BOT_TOKEN: Slack refuses it ({code}); copy it again")


async def test_a_slack_that_says_something_else_may_heal(workspace: Slack) -> None:
    workspace.next["auth.test"].append(refuses("unknown_method"))
    for url in (workspace.url, workspace.url.replace("/api/", "/away/"), f"{NOBODY}/api/"):
        async with connect_slack(token=TOKEN, api_url=url) as slack:
            for check in (check_slack, check_reach):
                (finding,) = await check(slack, now=real_time)
                assert finding.state == "unreached"


async def test_what_the_token_may_not_do_is_named_with_the_way_to_it(workspace: Slack) -> None:
    granted = ",".join(scope for scope in SCOPES if scope not in ("files:read", "im:history"))
    workspace.next["auth.test"].append(slack_says(scopes=granted))
    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack:
        (finding,) = await check_slack(slack, now=real_time)
    assert finding.state == "doubtful"
    assert "lacks files:read, im:history; add what manifest.yml names" in finding.advice
    assert "reinstall the app" in finding.advice


async def test_a_scope_that_is_missing_later_is_named_too(workspace: Slack) -> None:
    async def lacks(_: Slack, __: str, ___: Mapping[str, Any]) -> Response:
        return JSONResponse(
            {"ok": False, "error": "missing_scope", "needed": "users:read", "provided": "commands"}
        )

    workspace.next["users.info"].append(lacks)
    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack:
        with pytest.raises(
            SlackRefused, match="needs the scope users:read: add it, and reinstall"
        ) as refusal:
            await slack.user_profile("U1")
    assert refusal.value.code == "missing_scope"


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (",".join(SCOPES), ""),
        (", ".join((*SCOPES, "reactions:write")), ""),
        (None, ""),
        (",".join(SCOPES[1:]), SCOPES[0]),
        ("", ", ".join(sorted(SCOPES))),
    ],
)
def test_scopes_are_compared_with_those_of_the_manifest(granted: str | None, missing: str) -> None:
    said = " ".join(finding.advice for finding in compare_scopes(granted))
    assert (f"lacks {missing};" in said) is bool(missing)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, ""),
        (59, ""),
        (-59, ""),
        (400, "400 s ahead of Slack's"),
        (-400, "400 s behind Slack's"),
        (90_000, "90000 s ahead of Slack's"),
    ],
)
def test_a_clock_that_is_off_is_told_with_how_far(ahead: int, words: str) -> None:
    headers = {"date": format_datetime(NOON, usegmt=True)}
    findings = compare_clocks(headers, now=NOON + timedelta(seconds=ahead))
    assert [finding.state for finding in findings] == (["doubtful"] if words else [])
    assert all(words in finding.advice for finding in findings)
    assert compare_clocks({}, now=NOON) == compare_clocks({"date": "soon"}, now=NOON) == []


# QStash


@pytest_asyncio.fixture
async def trip(redis: CountedRedis, qstash: QStash) -> AsyncIterator[RoundTrip]:
    """One whose message QStash takes to an address where nobody is."""
    async with Publisher.connect(
        token=QSTASH_TOKEN, base_url=qstash.url, announce_url=f"{NOBODY}/api/announce"
    ) as publisher:
        yield round_trip(publisher, redis)


def round_trip(publisher: Publisher, redis: CountedRedis, *, key: str = CURRENT_KEY) -> RoundTrip:
    return RoundTrip(
        publisher=publisher,
        receiver=Receiver(current_key=key, next_key=NEXT_KEY, url=ANNOUNCE),
        redis=redis,
        check_url=CHECK_URL,
        now=real_time,
        patience=timedelta(seconds=0.2),
    )


async def test_a_token_that_qstash_refuses_is_asked_about_once(redis: CountedRedis) -> None:
    async with (
        run_qstash() as qstash,
        Publisher.connect(token="wrong", base_url=qstash.url, announce_url=ANNOUNCE) as publisher,
    ):
        (finding,) = await round_trip(publisher, redis).send_message()
        assert len(qstash.asked) == 1
    assert finding.state == "refused"
    assert "QSTASH_TOKEN was not accepted" in finding.advice


async def test_a_qstash_that_is_away_may_heal(redis: CountedRedis) -> None:
    async with Publisher.connect(token="any", base_url=NOBODY, announce_url=ANNOUNCE) as publisher:
        trip = round_trip(publisher, redis)
        (finding,) = await trip.send_message()
        assert finding.state == "unreached"
        assert "QSTASH_URL" in finding.advice
        assert await trip.wait_for_return() == [unreached_finding("QStash", "")], "the reason is told once"


async def test_a_message_that_does_not_come_back_is_told_with_its_address(trip: RoundTrip) -> None:
    await trip.send_message()
    (finding,) = await trip.wait_for_return()
    assert finding.state == "unreached"
    assert CHECK_URL in finding.advice
    assert not finding.blocks, "what is before this process may send it nothing until it is ready"


@pytest.mark.parametrize(
    ("key", "state"), [(CURRENT_KEY, "fine"), ("sig_of_another_account_0123456789", "doubtful")]
)
async def test_what_came_to_another_copy_is_judged_by_the_keys_of_its_sender(
    trip: RoundTrip, qstash: QStash, redis: CountedRedis, key: str, state: str
) -> None:
    async with Publisher.connect(token=QSTASH_TOKEN, base_url=qstash.url, announce_url=ANNOUNCE) as publisher:
        other = round_trip(publisher, redis, key=key)
        await trip.send_message()
        body = next(asked.body for asked in qstash.asked)
        headers = {"upstash-signature": sign(body, CHECK_URL, key, now=datetime.now(UTC))}
        assert isinstance(await other.take_message(headers, body), Done)
        assert await other.take_message({"upstash-signature": "x.y.z"}, body) is None
    await trip._look_in_redis()  # noqa: SLF001 - what it does each second
    (finding,) = await trip.wait_for_return()
    assert finding.state == state
    assert finding.blocks is (state == "doubtful")


# Models


def test_the_packages_are_those_that_langchain_would_import() -> None:
    from langchain.chat_models import base

    listed = {name: entry[0].partition(".")[0] for name, entry in base._BUILTIN_PROVIDERS.items()}  # noqa: SLF001
    assert listed == PACKAGES


def test_each_missing_package_is_told_once_with_the_variable_that_needs_it() -> None:
    models = ModelsSettings(
        usual=ModelSettings(name="openai:gpt"),
        others=(ModelSettings(name="xai:a"), ModelSettings(name="xai:b")),
        fallbacks=(ModelSettings(name="grok:c"),),
    )
    assert told(find_missing_packages(models)) == [
        ("refused", "PRECACHE_MODELS: xai needs the package langchain-xai, which "),
        ("refused", "PRECACHE_FALLBACKS: LangChain knows no provider of this name"),
    ]


async def test_a_key_that_is_not_taken_is_found_before_the_first_question(model: OpenAI) -> None:
    settings = ModelsSettings(
        usual=ModelSettings(name="openai:a", api_key="sk-pa55", base_url=model.url),
        fallbacks=(ModelSettings(name="openai:b", api_key="sk-pa55", base_url=model.url),),
    )
    models = Models.of_settings(settings)
    try:
        assert await check_keys(models, settings) == [fine_finding("Model")]
        model.next.extend([fails(401), fails(503)])
        assert told(await check_keys(models, settings)) == [
            ("refused", "PRECACHE_MODEL: openai:a: HTTP 401, the provider did not acc"),
            ("unreached", "PRECACHE_FALLBACKS: openai:b: HTTP 503; try again, or look a"),
        ]
        assert model.asked == {"a": 2, "b": 2}, "nobody else is asked for one that fails"
    finally:
        await models.aclose()


# Readiness


def test_a_process_is_ready_when_everything_was_looked_at_and_nothing_keeps_it() -> None:
    readiness = Readiness()
    assert readiness.reasons() == []
    for _ in range(2):
        readiness.begin_check("QStash")
    readiness.end_check("token", "QStash", [fine_finding("QStash")])
    assert readiness.reasons() == ["QStash: still being checked"]
    readiness.end_check("return", "QStash", [doubtful_finding("QStash", "other keys", blocks=True)])
    assert readiness.reasons() == ["QStash: other keys"]
    readiness.replace_findings("return", [unreached_finding("QStash", "not yet")])
    assert readiness.reasons() == []
    assert readiness.unreached == {"QStash"}


def test_a_warning_comes_once_in_ten_minutes_with_the_number_of_the_others() -> None:
    moment = [0.0]
    seldom = Seldom(clock=lambda: moment[0])
    assert [seldom.count_kept_back("secret") for _ in range(3)] == [0, None, None]
    assert seldom.count_kept_back("clock") == 0, "another kind has a warning of its own"
    moment[0] = 601
    assert seldom.count_kept_back("secret") == 2
    assert seldom.count_kept_back("secret") is None
