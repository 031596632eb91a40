"""The door that Slack knocks at: what it signed is handled once, and anything else costs nothing."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.async_app import AsyncAck
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.routing import Route

from bot.errors import NotInstalled
from bot.replies.commands import not_installed
from bot.server.slack_endpoint import make_bolt_app, make_slack_endpoint
from bot.slack import Slack, connect_slack
from bot.workspaces import OneWorkspace
from tests.stand_ins.serve import serve

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
COMMAND = {
    "command": "/precache",
    "text": "a harmless prompt",
    "team_id": "T0PRECACHE1",
    "channel_id": "C0GENERAL01",
    "channel_name": "general",
    "user_id": "U0ADA000001",
    "user_name": "ada",
    "response_url": "http://127.0.0.1:9/",
    "trigger_id": "1.2.abc",
}
CLICK = {
    "type": "block_actions",
    "team": {"id": "T0PRECACHE1"},
    "user": {"id": "U0ADA000001"},
    "actions": [{"action_id": "refresh", "block_id": "row", "type": "button", "value": "the payload"}],
}
BODY_MARK = "Qx7-only-in-a-body"


@dataclass(frozen=True, kw_only=True)
class Answered:
    status: int
    text: str


@dataclass(kw_only=True)
class Front:
    """The endpoint, served; and what came through it."""

    http: aiohttp.ClientSession
    url: str
    commands: list[Mapping[str, Any]] = field(default_factory=list)
    clicks: list[Mapping[str, Any]] = field(default_factory=list)
    turned_away: list[str] = field(default_factory=list)

    async def post(
        self, body: bytes | BytesIO | AsyncIterator[bytes], headers: Mapping[str, str]
    ) -> Answered:
        async with self.http.post(self.url, data=body, headers=headers) as response:
            return Answered(status=response.status, text=await response.text())

    async def signed(self, body: str, kind: str = FORM, **headers: str) -> Answered:
        """As Slack sends it."""
        return await self.post(body.encode(), signed(body, kind) | headers)

    async def type(self, **fields: str) -> Answered:
        return await self.signed(urlencode(COMMAND | fields))

    @property
    def called(self) -> int:
        return len(self.commands) + len(self.clicks)


def signed(body: str, kind: str = FORM, *, at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """The headers that Slack's own library makes for `body`."""
    timestamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {"Content-Type": kind, "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


@asynccontextmanager
async def open_front() -> AsyncIterator[Front]:
    # Nothing listens where Slack should be: to answer, it must not be asked.
    async with connect_slack(token="xoxb-front", api_url="http://127.0.0.1:9/api/") as slack:
        app = make_bolt_app(OneWorkspace(slack), slack.client)
        turned_away: list[str] = []
        endpoint = make_slack_endpoint(app, signing_secret=SECRET, count_turned_away=turned_away.append)
        served = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
        connector = aiohttp.TCPConnector(limit=0)
        async with serve(served) as url, aiohttp.ClientSession(connector=connector) as http:
            front = Front(http=http, url=f"{url}/slack/events", turned_away=turned_away)

            async def command(ack: AsyncAck, command: Mapping[str, Any]) -> None:
                front.commands.append(command)
                await ack()

            async def click(ack: AsyncAck, action: Mapping[str, Any]) -> None:
                front.clicks.append(action)
                await ack()

            app.command("/precache")(command)
            app.action("refresh")(click)
            yield front


@pytest_asyncio.fixture
async def front() -> AsyncIterator[Front]:
    async with open_front() as opened:
        yield opened


# What is ours


async def test_a_command_is_handled_once_and_acknowledged(front: Front) -> None:
    answered = await front.type(text="every day at 9 Good morning")
    assert answered == Answered(status=200, text="")
    assert [command["text"] for command in front.commands] == ["every day at 9 Good morning"]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "explain the payload"},
        {"text": "payload"},
        {"text": "payload=1&payload=2"},
        {"text": "%70ayload p%61yload"},
        {"text": "payload", "channel_name": "payload-team"},
        {"channel_name": "payload-team"},
        {"user_name": "payload"},
        {"team_domain": "payload"},
        {"text": "größer & „schöner“ = 100 % + 日本語 🙂"},
        {"text": ""},
    ],
)
async def test_no_word_of_anyones_turns_a_command_into_something_else(
    front: Front, fields: dict[str, str]
) -> None:
    assert (await front.type(**fields)).status == 200
    (command,) = front.commands
    assert {name: command[name] for name in fields} == fields


async def test_a_click_is_still_a_click(front: Front) -> None:
    answered = await front.signed(urlencode({"payload": json.dumps(CLICK)}))
    assert answered == Answered(status=200, text="")
    assert [click["value"] for click in front.clicks] == ["the payload"]


async def test_slack_may_check_the_address(front: Front) -> None:
    challenge = {"type": "url_verification", "challenge": "a-challenge", "token": "old"}
    answered = await front.signed(json.dumps(challenge), JSON)
    assert (answered.status, json.loads(answered.text)) == (200, {"challenge": "a-challenge"})
    assert await front.signed("ssl_check=1&token=old") == Answered(status=200, text="")
    assert front.called == 0


async def test_headers_that_are_not_signed_choose_no_listener(front: Front) -> None:
    body = urlencode(COMMAND)
    for name in ("command", "nothing"):
        headers = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": name}
        assert (await front.post(body.encode(), signed(body) | headers)).status == 200
    assert len(front.commands) == 2


async def test_two_hundred_commands_at_once_are_all_acknowledged_and_handled(front: Front) -> None:
    answered = await asyncio.gather(*(front.type(text=f"prompt {n}") for n in range(200)))
    assert [response.status for response in answered] == [200] * 200
    assert sorted(command["text"] for command in front.commands) == sorted(f"prompt {n}" for n in range(200))


# What is not

GENUINE = urlencode(COMMAND | {"text": BODY_MARK})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(GENUINE, secret="somebody-elses-secret"),
        signed(GENUINE + "&text=tampered"),
        signed(GENUINE, at=time.time() - 4_000),
        signed(GENUINE, at=time.time() + 4_000),
        signed(GENUINE, at=0),
        signed(GENUINE) | {"X-Slack-Signature": ""},
        signed(GENUINE) | {"X-Slack-Signature": "v0="},
        signed(GENUINE) | {"X-Slack-Signature": "v1=" + signed(GENUINE)["X-Slack-Signature"][3:]},
        signed(GENUINE) | {"X-Slack-Signature": signed(GENUINE)["X-Slack-Signature"].upper()},
        signed(GENUINE) | {"X-Slack-Signature": "v0=é"},
        *(
            signed(GENUINE) | {"X-Slack-Request-Timestamp": timestamp}
            for timestamp in ("", "now", "NaN", f"{time.time():.2f}", "-1", "1e9", "٣", "9" * 5000, "0x10")
        ),
        {name: value for name, value in signed(GENUINE).items() if name != "X-Slack-Signature"},
        {name: value for name, value in signed(GENUINE).items() if name != "X-Slack-Request-Timestamp"},
    ],
)
async def test_what_slack_did_not_sign_just_now_is_turned_away(
    front: Front, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert await front.post(GENUINE.encode(), {"Content-Type": FORM} | headers) == Answered(
        status=401, text="not signed by Slack"
    )
    assert front.called == 0
    assert BODY_MARK not in caplog.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b""),
        (FORM, b"ssl_check=1"),
        (FORM, b"\xff\xfe"),
        (FORM, b"payload={"),
        (JSON, b'{"type": "url_verification", "challenge": "x"}'),
        (JSON, b'{"type":'),
        (JSON, b"[]"),
        ("", b"\0"),
    ],
)
async def test_nothing_is_parsed_for_anyone_who_did_not_sign(front: Front, kind: str, body: bytes) -> None:
    assert (await front.post(body, {"Content-Type": kind})).status == 401


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, ""),
        (FORM, "   "),
        (FORM, "a=b"),
        (FORM, f"payload={BODY_MARK}"),
        (FORM, "payload="),
        (FORM, "payload=[]"),
        (FORM, "payload=5"),
        (FORM, "payload=null"),
        (FORM, "payload=" + "[" * 100_000),
        (FORM, "{"),
        (JSON, ""),
        (JSON, "{"),
        (JSON, f'["{BODY_MARK}"]'),
        (JSON, "null"),
        (JSON, "5"),
        (JSON, "{}"),
        (JSON, '{"a": 1}'),
        (JSON, '{"a":' * 100_000),
        (JSON, f'{{"type": "event_callback", "authorizations": ["{BODY_MARK}"]}}'),
        (JSON, f'{{"type": "event_callback", "event": "{BODY_MARK}"}}'),
        *(
            (FORM, "payload=" + quote(f'{{"type": "block_actions"{rest}}}'))
            for rest in (
                "",
                ', "actions": []',
                ', "actions": {}',
                ', "actions": [5]',
                ', "actions": [{"type": "button"}]',
            )
        ),
        *(
            (FORM, "payload=" + quote(json.dumps({**CLICK, name: odd})))
            for name, odd in (
                *(("user", []), ("user", {"id": ["U1"]})),
                *(("team", {"id": 5}), ("channel", True), ("channel", {"id": "\ud800"})),
            )
        ),
        (JSON, '{"type": "event_callback", "team_id": 5, "event": {"type": "message"}}'),
        (JSON, '{"type": "event_callback", "event": {"type": "app_home_opened", "user": ["U1"]}}'),
        ("text/plain", GENUINE),
        ("", GENUINE),
    ],
)
async def test_signed_nonsense_is_a_bad_request_and_is_not_repeated(
    front: Front, kind: str, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert await front.signed(body, kind) == Answered(status=400, text="expected what Slack sends")
    assert front.called == 0
    assert BODY_MARK not in caplog.text


async def test_bytes_that_are_no_text_are_a_bad_request_even_when_they_are_signed(front: Front) -> None:
    body, timestamp = b"command=%2Fprecache&text=\xff\xfe", str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    headers = {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={mac.hexdigest()}"}
    assert (await front.post(body, {"Content-Type": FORM} | headers)).status == 400
    assert front.called == 0


async def test_a_body_that_no_slack_would_send_is_not_read_to_its_end(front: Front) -> None:
    body = urlencode(COMMAND | {"text": "x" * 2_000_000})
    assert (await front.post(BytesIO(body.encode()), signed(body))).status == 413

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536].encode()

    assert (await front.post(chunks(), signed(body))).status == 413
    assert front.called == 0


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (CLICK | {"actions": [{"action_id": BODY_MARK}]}, "block_actions"),
        ({"type": "view_submission", "view": {"id": BODY_MARK}}, "view_submission"),
        ({"type": "shortcut", "callback_id": BODY_MARK}, "shortcut"),
        (
            {"type": "event_callback", "event": {"type": "app_home_opened", "user": BODY_MARK}},
            "app_home_opened",
        ),
        ({"type": "event_callback", "event": {"text": BODY_MARK}}, "unknown"),
        ({"type": "app_rate_limited", "team_id": BODY_MARK}, "app_rate_limited"),
        ({"type": f"{BODY_MARK}\nforged=line"}, "unknown"),
        ({"type": [BODY_MARK]}, "unknown"),
    ],
)
@pytest.mark.parametrize("kind", [FORM, JSON, "application/json; charset=utf-8"])
async def test_what_nobody_listens_to_is_taken_and_only_its_type_is_told(
    front: Front, kind: str, body: dict[str, Any], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sent = urlencode({"payload": json.dumps(body)}) if kind == FORM else f" {json.dumps(body)}"
    assert await front.signed(sent, kind) == Answered(status=200, text="")
    assert front.called == 0
    assert f"slack.ignored type={name}" in caplog.text.splitlines()[-1]
    assert BODY_MARK not in caplog.text


async def test_a_command_of_another_name_is_told_to_the_person_who_typed_it(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answered = await front.type(command="/other", text=BODY_MARK)
    assert answered.status == 404, "Slack then says that the command failed"
    assert front.called == 0
    assert BODY_MARK not in caplog.text


async def test_only_a_post_is_taken(front: Front) -> None:
    for method in ("GET", "PUT", "DELETE"):
        async with front.http.request(method, front.url) as response:
            assert response.status == 405


# What the operator reads


@pytest.mark.parametrize(
    ("headers", "reason", "words"),
    [
        ({"secret": "another-signing-secret"}, "secret", "a signature does not fit SLACK_SIGNING_SECRET"),
        ({"at": time.time() - 400}, "clock", "behind the clock of this machine; set the clock"),
        ({"at": time.time() + 4_000}, "clock", "ahead of the clock of this machine; set the clock"),
    ],
)
async def test_a_wrong_secret_and_a_wrong_clock_are_told_once_and_counted(
    front: Front,
    headers: dict[str, Any],
    reason: str,
    words: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        assert (await front.post(GENUINE.encode(), signed(GENUINE, **headers))).status == 401
    (line,) = (record for record in caplog.records if record.name.startswith("bot."))
    assert line.levelno == logging.WARNING
    assert words in line.getMessage()
    assert front.turned_away == [reason] * 3
    assert BODY_MARK not in caplog.text
    assert SECRET not in caplog.text


async def test_what_bears_no_signature_is_counted_and_not_told(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert (await front.post(b"", {})).status == 401
    assert (
        await front.post(b"x", {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "none"})
    ).status == 401
    assert front.turned_away == ["unsigned"] * 2
    assert not [record for record in caplog.records if record.name.startswith("bot.")]


class Nowhere(OneWorkspace):
    """The workspaces of an app that nobody has installed."""

    async def slack_of(self, team: str) -> Slack:
        raise NotInstalled(team)


async def test_a_workspace_that_has_not_installed_it_is_one_line_and_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with connect_slack(token="xoxb-front", api_url="http://127.0.0.1:9/api/") as slack:
        app = make_bolt_app(Nowhere(slack), slack.client)
        endpoint = make_slack_endpoint(app, signing_secret=SECRET)
        served = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
        async with serve(served) as url, aiohttp.ClientSession() as http:
            front = Front(http=http, url=f"{url}/slack/events")
            event = {"type": "app_mention", "text": "hello", "user": "U1", "channel": "C1"}
            body = json.dumps({"type": "event_callback", "team_id": COMMAND["team_id"], "event": event})
            assert {(await front.signed(body, JSON)).status for _ in range(3)} == {200}
    (line,) = (record for record in caplog.records if record.name.startswith(("bot.", "slack_bolt")))
    assert line.levelno == logging.INFO
    assert line.getMessage() == f"slack.not_installed team={COMMAND['team_id']}"


async def test_who_has_not_installed_it_is_told_whatever_becomes_of_the_response_url() -> None:
    """Slack shows what a command is answered with; nobody listens at the address."""
    address = {"response_url": "http://127.0.0.1:9/"}
    async with connect_slack(token="xoxb-front", api_url="http://127.0.0.1:9/api/") as slack:
        endpoint = make_slack_endpoint(make_bolt_app(Nowhere(slack), slack.client), signing_secret=SECRET)
        served = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
        async with serve(served) as url, aiohttp.ClientSession() as http:
            front = Front(http=http, url=f"{url}/slack/events")
            typed = await front.type(**address)
            assert (typed.status, typed.text) == (200, not_installed())
            for place in (address, {"response_url": 5}):
                clicked = await front.signed(urlencode({"payload": json.dumps({**CLICK, **place})}))
                assert clicked.status == 200
