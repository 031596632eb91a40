"""The doctor's questions: set-ups that are broken in one place, and what the operator is told to do."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import RedisUnavailable, SlackRefused, SlackUnavailable
from bot.server.checks.finding import Finding
from bot.server.checks.machine import check_folder, check_zone_data
from bot.server.checks.probes import ask_for_life
from bot.server.checks.slack_app import check_app_token, check_credentials, check_manifest, compare_manifest
from bot.server.connect.slack import EVENTS
from bot.server.diagnosis import diagnose_services
from bot.settings import Settings
from bot.slack import connect_slack
from bot.workspaces import SCOPES, OAuthApp
from tests.running import precache
from tests.signing import CURRENT_KEY, NEXT_KEY
from tests.stand_ins.openai import OpenAI, fails
from tests.stand_ins.qstash import TOKEN as QSTASH_TOKEN
from tests.stand_ins.qstash import QStash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import TOKEN, Arguments, Slack, refuses
from tests.waiting import wait_until

ROOT = Path(__file__).parents[3]
OTHER_KEY = "sig_of_another_account_0123456789"
SECRETS = (
    TOKEN,
    QSTASH_TOKEN,
    CURRENT_KEY,
    NEXT_KEY,
    OTHER_KEY,
    "sk-of-the-operator",
    "signing-secret-of-slack",
)
LONG = timedelta(seconds=40)
NOBODY = "http://127.0.0.1:9"
MODEL_VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "PRECACHE_MODEL", "PRECACHE_PRICES")


@dataclass(kw_only=True)
class SetUp:
    """An operator's variables, all right at first, and the services that they name."""

    environ: dict[str, str]
    qstash: QStash
    slack: Slack
    model: OpenAI
    redis: RawRedis
    stack: AsyncExitStack

    async def find(self, *, patience: timedelta = timedelta(seconds=0.3)) -> list[Finding]:
        settings = Settings.from_environ(self.environ)
        found = await diagnose_services(settings, patience=patience)
        assert not any(secret in repr(found) for secret in SECRETS)
        return found

    async def host(self, answer: Callable[[Request], Response]) -> str:
        """Serve this answer to everything, at the address that is returned."""

        async def endpoint(request: Request) -> Response:
            return answer(request)

        app = Starlette(routes=[Route("/{path:path}", endpoint, methods=["GET", "POST"])])
        return await self.stack.enter_async_context(serve(app))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest_asyncio.fixture
async def set_up(
    redis_raw: RawRedis, valkey_socket: Path, qstash: QStash, workspace: Slack, model: OpenAI, tmp_path: Path
) -> Any:
    port = free_port()
    environ = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}/precache",
        "PRECACHE_DATA": str(tmp_path / "data"),
        "REDIS_URL": f"unix://{valkey_socket}",
        "QSTASH_URL": qstash.url,
        "QSTASH_TOKEN": QSTASH_TOKEN,
        "QSTASH_CURRENT_SIGNING_KEY": CURRENT_KEY,
        "QSTASH_NEXT_SIGNING_KEY": NEXT_KEY,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": "signing-secret-of-slack",
        "SLACK_API_URL": workspace.url,
        "OPENAI_API_KEY": "sk-of-the-operator",
        "OPENAI_BASE_URL": model.url,
        "PRECACHE_MODEL": "openai:a",
        "PRECACHE_PRICES": "openai:a=1/2",
    }
    async with AsyncExitStack() as stack:
        yield SetUp(
            environ=environ, qstash=qstash, slack=workspace, model=model, redis=redis_raw, stack=stack
        )


def troubles(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.state not in ("fine", "unasked")]


async def test_a_set_up_that_is_right_is_found_so_before_the_first_start(set_up: SetUp) -> None:
    findings = await set_up.find()
    assert troubles(findings) == []
    assert {finding.what for finding in findings} == {
        *("Zone data", "Redis", "Process", "Address", "QStash", "Slack", "Slack app", "Model")
    }
    assert all(finding.detail for finding in findings if finding.state == "fine" and finding.what != "Slack")
    assert set_up.model.asked == {"a": 1}
    assert set_up.slack.posts == []


# One thing that is wrong


async def wrong_keys(set_up: SetUp) -> None:
    set_up.environ |= {"QSTASH_CURRENT_SIGNING_KEY": OTHER_KEY, "QSTASH_NEXT_SIGNING_KEY": OTHER_KEY}


async def wrong_qstash_token(set_up: SetUp) -> None:
    set_up.environ["QSTASH_TOKEN"] = "of-another-account"


async def silent_qstash(set_up: SetUp) -> None:
    set_up.environ["QSTASH_URL"] = NOBODY


async def clock_of_qstash(set_up: SetUp) -> None:
    set_up.qstash.off = timedelta(minutes=-10)


async def address_of_nobody(set_up: SetUp) -> None:
    set_up.environ["PUBLIC_URL"] = NOBODY


async def address_of_someone_else(set_up: SetUp) -> None:
    set_up.environ["PUBLIC_URL"] = await set_up.host(lambda _: PlainTextResponse("welcome"))


async def proxy_with_a_login(set_up: SetUp) -> None:
    def keep_robots_out(request: Request) -> Response:
        return PlainTextResponse("ok\n") if request.method == "GET" else PlainTextResponse("no", 403)

    set_up.environ["PUBLIC_URL"] = await set_up.host(keep_robots_out)


async def login_with_our_status(set_up: SetUp) -> None:
    set_up.environ["PUBLIC_URL"] = await set_up.host(lambda _: PlainTextResponse("who are you?", 401))


async def slack_alone_comes_to_someone_else(set_up: SetUp) -> None:
    await address_of_someone_else(set_up)
    for name in [name for name in set_up.environ if name.startswith("QSTASH_")]:
        del set_up.environ[name]


async def password_of_redis(set_up: SetUp) -> None:
    await set_up.redis.config_set("requirepass", "right")
    set_up.stack.push_async_callback(set_up.redis.config_set, "requirepass", "")
    for name in [name for name in set_up.environ if name.startswith("QSTASH_")]:
        del set_up.environ[name]  # what is embedded opens that Redis first


async def silent_model(set_up: SetUp) -> None:
    set_up.environ["OPENAI_BASE_URL"] = NOBODY


async def taken_port(set_up: SetUp) -> None:
    host = await set_up.host(lambda _: PlainTextResponse("welcome", 404))
    set_up.environ["PORT"] = host.rpartition(":")[2]


async def copy_that_is_not_ready(set_up: SetUp) -> None:
    host = await set_up.host(lambda _: PlainTextResponse("Slack: still being checked\n", 503))
    set_up.environ["PORT"] = host.rpartition(":")[2]


async def dead_redis(set_up: SetUp) -> None:
    set_up.environ["REDIS_URL"] = "redis://:pa55@127.0.0.1:9"


async def redis_that_evicts(set_up: SetUp) -> None:
    await set_up.redis.config_set("maxmemory-policy", "allkeys-lru")
    set_up.stack.push_async_callback(set_up.redis.config_set, "maxmemory-policy", "noeviction")


async def wrong_slack_token(set_up: SetUp) -> None:
    set_up.environ["SLACK_BOT_TOKEN"] = "xoxb-of-another-app"


async def missing_scopes(set_up: SetUp) -> None:
    async def lacks(slack: Slack, method: str, arguments: Arguments) -> Response:
        told = slack.do(method, arguments)
        return JSONResponse(told, headers={"x-oauth-scopes": ",".join(sorted(SCOPES)[1:])})

    set_up.slack.next["auth.test"].append(lacks)


async def slack_that_is_down(set_up: SetUp) -> None:
    set_up.slack.next["auth.test"].append(refuses("service_unavailable"))


async def wrong_model_key(set_up: SetUp) -> None:
    set_up.model.next.append(fails(401))


async def model_that_takes_no_such_answer(set_up: SetUp) -> None:
    set_up.model.next.append(fails(400, message="max_tokens is too large"))


async def missing_package(set_up: SetUp) -> None:
    set_up.environ |= {"PRECACHE_MODELS": "xai:grok", "XAI_API_KEY": "xai-key"}


async def missing_price(set_up: SetUp) -> None:
    set_up.environ["PRECACHE_PRICES"] = "openai:b=1/2"


async def folder_that_is_a_file(set_up: SetUp) -> None:
    set_up.environ["PRECACHE_DATA"] = __file__
    for name in MODEL_VARIABLES:
        del set_up.environ[name]


@pytest.mark.parametrize(
    ("break_it", "what", "state", "words"),
    [
        (wrong_keys, "QStash", "doubtful", "QSTASH_CURRENT_SIGNING_KEY and QSTASH_NEXT_SIGNING_KEY are not"),
        (wrong_qstash_token, "QStash", "refused", "QSTASH_TOKEN was not accepted"),
        (silent_qstash, "QStash", "unreached", "and at QSTASH_URL if it is set"),
        (clock_of_qstash, "QStash", "doubtful", "set the clock, for example with NTP"),
        (address_of_nobody, "Address", "unreached", "nothing listens there, as seen from this machine"),
        (address_of_nobody, "QStash", "unreached", "see that the internet reaches this process there"),
        (address_of_someone_else, "Address", "doubtful", "is not Precache (HTTP 200)"),
        (proxy_with_a_login, "Address", "doubtful", "(HTTP 403); lead that address to this process, without"),
        (login_with_our_status, "Address", "doubtful", "/api/announce is not Precache (HTTP 401)"),
        (
            slack_alone_comes_to_someone_else,
            "Address",
            "doubtful",
            "/slack/events is not Precache (HTTP 200)",
        ),
        (password_of_redis, "Redis", "refused", "wants another user or password"),
        (silent_model, "Model", "unreached", "and at OPENAI_BASE_URL if it is set"),
        (taken_port, "Process", "doubtful", "PORT: something that is not Precache listens at"),
        (copy_that_is_not_ready, "Process", "doubtful", "is not ready: Slack: still being checked"),
        (dead_redis, "Redis", "refused", "REDIS_URL: no Redis answers at 127.0.0.1:9"),
        (redis_that_evicts, "Redis", "doubtful", "set maxmemory-policy noeviction"),
        (wrong_slack_token, "Slack", "refused", "SLACK_BOT_TOKEN: Slack refuses it (invalid_auth)"),
        (missing_scopes, "Slack", "doubtful", f"the app lacks {min(SCOPES)}"),
        (slack_that_is_down, "Slack", "unreached", "Slack has not answered yet"),
        (wrong_model_key, "Model", "refused", "PRECACHE_MODEL: openai:a: HTTP 401"),
        (model_that_takes_no_such_answer, "Model", "refused", "PRECACHE_MODEL: openai:a: HTTP 400"),
        (missing_package, "Model", "refused", "PRECACHE_MODELS: xai needs the package langchain-xai"),
        (missing_price, "Prices", "doubtful", "PRECACHE_PRICES: no price for openai:a"),
        (folder_that_is_a_file, "Disk", "refused", "PRECACHE_DATA:"),
    ],
)
async def test_what_is_broken_is_named_with_what_to_do(
    set_up: SetUp, break_it: Callable[[SetUp], Any], what: str, state: str, words: str
) -> None:
    await break_it(set_up)
    found = await set_up.find()
    assert [
        finding
        for finding in found
        if (finding.what, finding.state) == (what, state) and words in finding.advice
    ], found
    for finding in found:
        is_fine = finding.state == "fine"
        assert is_fine is not bool(finding.advice), "what is not fine says what to do"


async def test_a_proxy_that_passes_on_what_slack_and_qstash_call_and_nothing_else_is_right(
    set_up: SetUp,
) -> None:
    def pass_on(request: Request) -> Response:
        if request.method == "POST" and request.url.path in ("/api/announce", "/slack/events"):
            return PlainTextResponse("not signed by Slack", 401)
        return PlainTextResponse("Not Found", 404)

    set_up.environ["PUBLIC_URL"] = await set_up.host(pass_on)
    address = next(finding for finding in await set_up.find() if finding.what == "Address")
    assert (address.state, address.detail) == ("fine", set_up.environ["PUBLIC_URL"])


async def test_traces_whose_packages_are_not_installed_are_told_before_the_start(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = NOBODY
    assert [finding for finding in await set_up.find() if finding.what == "Traces"] == []
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    (traces,) = [finding for finding in await set_up.find() if finding.what == "Traces"]
    assert traces.state == "refused"
    assert traces.advice.endswith("-m pip install --no-deps --require-hashes -r requirements-telemetry.lock")


async def test_the_copy_that_serves_takes_what_qstash_brings_and_the_doctor_judges_its_signature(
    set_up: SetUp, tmp_path: Path
) -> None:
    environ: dict[str, Any] = {**set_up.environ}
    async with precache(data=tmp_path, **environ) as bot:

        async def is_ready() -> bool:
            async with bot.http.get(f"{bot.url}/readyz") as response:
                return response.status == 200

        await wait_until(is_ready, "the copy is ready")
        findings = await set_up.find(patience=LONG)
        assert troubles(findings) == []
        process = next(finding for finding in findings if finding.what == "Process")
        assert process.detail.endswith(f"{bot.settings.own_url} is ready")
        await wrong_keys(set_up)
        (wrong,) = troubles(await set_up.find(patience=LONG))
    assert (wrong.what, wrong.state) == ("QStash", "doubtful")
    assert "QSTASH_CURRENT_SIGNING_KEY" in wrong.advice


# The Slack app, which tells of itself only to who may know


async def run_slack_app(stack: AsyncExitStack, answers: Mapping[str, Mapping[str, Any]]) -> str:
    async def endpoint(request: Request) -> Response:
        return JSONResponse({"ok": True, **answers.get(request.path_params["method"], {})})

    app = Starlette(routes=[Route("/api/{method}", endpoint, methods=["POST", "GET"])])
    return f"{await stack.enter_async_context(serve(app))}/api/"


OURS = "https://bot.example.com"
MANIFEST: dict[str, dict[str, Any]] = {
    "features": {"slash_commands": [{"command": "/precache", "url": f"{OURS}/slack/events"}]},
    "settings": {
        "event_subscriptions": {"bot_events": [*EVENTS], "request_url": f"{OURS}/slack/events"},
        "interactivity": {"is_enabled": True, "request_url": f"{OURS}/slack/events"},
    },
}


@pytest.mark.parametrize(
    ("answers", "state", "words"),
    [
        ({"apps.manifest.export": {"manifest": MANIFEST}}, "fine", ""),
        ({"apps.manifest.export": {"ok": False, "error": "invalid_auth"}}, "unasked", "SLACK_CONFIG_TOKEN"),
        (
            {"apps.manifest.export": {"manifest": None}},
            "doubtful",
            "is not subscribed to app_context_changed",
        ),
    ],
)
async def test_what_the_app_is_subscribed_to_is_compared(
    answers: Mapping[str, Any], state: str, words: str
) -> None:
    async with AsyncExitStack() as stack:
        url = await run_slack_app(stack, answers)
        async with connect_slack(token=TOKEN, api_url=url) as slack:
            found = await check_manifest(slack, config_token="xoxe-1", events=EVENTS, public_url=OURS)
            (unasked,) = await check_manifest(slack, config_token=None, events=EVENTS, public_url=OURS)
    assert found[0].state == state
    assert words in found[0].advice
    assert (unasked.state, "SLACK_CONFIG_TOKEN" in unasked.advice) == ("unasked", True)


def test_each_part_that_the_app_lacks_is_named() -> None:
    settings = MANIFEST["settings"]
    features = MANIFEST["features"]
    fewer = {**settings["event_subscriptions"], "bot_events": [*EVENTS[1:]]}
    elsewhere = {**settings["interactivity"], "request_url": "https://old.example.com/slack/events"}
    for manifest, words in (
        ({"features": features, "settings": {**settings, "event_subscriptions": fewer}}, EVENTS[0]),
        ({"settings": settings}, "it has no command /precache"),
        ({"features": features, "settings": {**settings, "interactivity": {}}}, "switch Interactivity on"),
        (
            {"features": features, "settings": {**settings, "interactivity": elsewhere}},
            f"under Interactivity it calls another address than {OURS}/slack/events",
        ),
    ):
        (finding,) = compare_manifest(manifest, events=EVENTS, public_url=OURS)
        assert words in finding.advice
    assert compare_manifest(MANIFEST, events=EVENTS, public_url=OURS) == []


@pytest.mark.parametrize(
    ("error", "state"),
    [("bad_client_secret", "refused"), ("invalid_client_id", "refused"), ("invalid_code", "fine")],
)
async def test_the_credentials_of_an_app_are_shown_to_slack_with_a_code_of_nobody(
    error: str, state: str
) -> None:
    app = OAuthApp(client_id="1.2", client_secret="s3cret", api_url="https://slack.com/api/", public_url=OURS)
    async with AsyncExitStack() as stack:
        url = await run_slack_app(stack, {"oauth.v2.access": {"ok": False, "error": error}})
        async with connect_slack(token="", api_url=url) as slack:
            (finding,) = await check_credentials(slack, app)
    assert finding.state == state
    assert "s3cret" not in finding.advice


@pytest.mark.parametrize(
    ("answer", "state"), [({}, "fine"), ({"ok": False, "error": "invalid_auth"}, "refused")]
)
async def test_a_token_of_socket_mode_is_tried_without_a_connection(answer: Any, state: str) -> None:
    async with AsyncExitStack() as stack:
        url = await run_slack_app(stack, {"apps.connections.open": answer})
        async with connect_slack(token=TOKEN, api_url=url) as slack:
            (finding,) = await check_app_token(slack, "xapp-1")
    assert finding.state == state


# The machine


def test_a_folder_without_room_is_told_with_what_is_free(tmp_path: Path) -> None:
    (finding,) = check_folder(tmp_path / "not" / "made", room=1 << 62)
    assert (finding.state, "MB are free" in finding.advice) == ("doubtful", True)
    assert not (tmp_path / "not").exists(), "nothing is made"
    (finding,) = check_folder(tmp_path, room=1)
    assert finding.state == "fine"


def test_zone_data_of_years_ago_is_told() -> None:
    from datetime import UTC, datetime

    from scheduler import ZONE_DATA_VERSION

    year = int(ZONE_DATA_VERSION[:4])
    (old,) = check_zone_data(now=datetime(year + 2, 1, 1, tzinfo=UTC))
    (new,) = check_zone_data(now=datetime(year + 1, 12, 31, tzinfo=UTC))
    assert (old.state, new.state) == ("doubtful", "fine")


# The command


async def run_doctor(environ: Mapping[str, str], *words: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "app.py"), "doctor", "--env", "/dev/null", *words),
        env={"PATH": "/usr/bin:/bin", **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_command_tells_all_in_a_table_and_ends_with_its_status(set_up: SetUp) -> None:
    status, out, err = await run_doctor({**set_up.environ, "PRECACHE_PRICES": ""})
    assert (status, err) == (0, ""), out
    assert "ok         QStash" in out
    assert out.splitlines()[-1].endswith("0 wrong, 1 to look at")
    without_model = {name: value for name, value in set_up.environ.items() if name not in MODEL_VARIABLES}
    status, out, err = await run_doctor({**without_model, "SLACK_BOT_TOKEN": "xoxb-of-another"}, "--json")
    assert (status, err) == (1, "")
    told = json.loads(out)
    assert not told["ok"]
    assert {"refused"} == {entry["state"] for entry in told["findings"] if entry["what"] == "Slack"}
    assert not any(secret in out for secret in (*SECRETS, "xoxb-of-another"))


async def test_settings_that_cannot_start_are_told_one_by_one() -> None:
    status, out, _ = await run_doctor({"PORT": "http", "QSTASH_TOKEN": "s3cret-of-mine", "LOG_LEVEL": "loud"})
    assert status == 1
    assert sum(line.startswith("WRONG") for line in out.splitlines()) == 3
    assert "s3cret" not in out


async def test_ready_tells_of_each_service_when_it_is_asked_to(set_up: SetUp, tmp_path: Path) -> None:
    environ: dict[str, Any] = {**set_up.environ}
    async with precache(data=tmp_path, **environ) as bot:

        async def ask() -> list[str]:
            async with bot.http.get(f"{bot.url}/readyz?verbose") as response:
                return (await response.text()).splitlines()

        async def tells_all() -> list[str] | None:
            lines = await ask()
            return lines if lines[0] == "ok" else None

        lines = await wait_until(tells_all, "the copy is ready")
        assert lines[1:] == [
            "Redis: answers",
            "QStash: answers",
            "Slack: answers",
            "Model: asked only when there is a question",
        ]
        asked = len(set_up.qstash.asked)
        await asyncio.gather(*(ask() for _ in range(20)))
        assert len(set_up.qstash.asked) <= asked + 1, "anyone may ask"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (None, "answers"),
        (SlackRefused("invalid_auth"), "answers"),
        (SlackUnavailable("down"), "does not answer as it should (SlackUnavailable)"),
        (RedisUnavailable("down"), "does not answer as it should (RedisUnavailable)"),
    ],
)
async def test_a_sign_of_life_is_told_in_a_word(error: Exception | None, word: str) -> None:
    async def probe() -> None:
        if error is not None:
            raise error

    assert await ask_for_life(probe) == word
    assert await ask_for_life(None) == "runs inside the process"


async def test_who_gives_none_is_not_waited_for() -> None:
    assert await ask_for_life(asyncio.Event().wait) == "no answer within 0.8 s"


async def test_what_keeps_everything_from_working_is_called_wrong_and_counted_so(set_up: SetUp) -> None:
    await address_of_someone_else(set_up)
    status, out, _ = await run_doctor(set_up.environ)
    assert status == 1
    assert "WRONG      Address" in out
    words = [line.partition(" ")[0] for line in out.splitlines()]
    assert f"{words.count('WRONG') + words.count('NO')} wrong" in out.splitlines()[-1]


async def test_a_name_that_is_misspelt_is_told_beside_the_one_that_is_missing_for_it(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text(f"SLACK_BOT_TOKEN={TOKEN}\nSLACK_SIGNIN_SECRET=0123456789abcdef\n")
    status, out, _ = await run_doctor({}, "--env", str(env))
    assert status == 1
    assert "WRONG      Settings  Slack: SLACK_BOT_TOKEN is set, but not SLACK_SIGNING_SECRET." in out
    assert "LOOK AT    Settings  SLACK_SIGNIN_SECRET: Precache knows no variable of this name" in out
    assert "0123456789abcdef" not in out
