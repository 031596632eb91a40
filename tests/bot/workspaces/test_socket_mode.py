"""Deliveries over a WebSocket: acknowledged, taken by the same listeners, and kept up through trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.workspaces.socket_mode import NotConnected, open_socket_mode
from tests.stand_ins.slack import APP_TOKEN, Slack, slack
from tests.waiting import wait_until

SOON = timedelta(milliseconds=500)
COMMAND = {"command": "/precache", "text": "explain the payload", "team_id": "T1", "user_id": "U1"}


@pytest_asyncio.fixture
async def stand_in() -> AsyncIterator[Slack]:
    async with slack() as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def typed() -> list[str]:
    """The texts that came with the commands."""
    return []


@pytest.fixture
def app(typed: list[str]) -> AsyncApp:
    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1")

    async def precache(ack: AsyncAck, command: Mapping[str, Any]) -> None:
        await ack()
        typed.append(command["text"])

    bolt = AsyncApp(
        client=AsyncWebClient(), authorize=authorize, signing_secret="-", logger=logging.getLogger("quiet")
    )
    bolt.command("/precache")(precache)
    return bolt


def connected(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession, *, token: str = APP_TOKEN
) -> AbstractAsyncContextManager[None]:
    return open_socket_mode(app, app_token=token, api_url=stand_in.api_url, session=http, ping=SOON)


async def test_a_command_is_acknowledged_and_taken(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession, typed: list[str]
) -> None:
    async with connected(app, stand_in, http):
        await stand_in.send("slash_commands", COMMAND)
        await wait_until(lambda: stand_in.acknowledged, "an acknowledgement")
        await wait_until(lambda: typed, "the command")
    assert stand_in.acknowledged == [{"envelope_id": "e-1"}]
    assert typed == ["explain the payload"]
    assert stand_in.sockets[0].closed, "Slack is told that we have gone"


async def test_what_nobody_listens_to_is_acknowledged_too(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession
) -> None:
    event = {"type": "event_callback", "team_id": "T1", "event": {"type": "star_added", "user": "U1"}}
    async with connected(app, stand_in, http):
        await stand_in.send("events_api", event, envelope="e-2")
        await wait_until(lambda: stand_in.acknowledged, "an acknowledgement")
    assert stand_in.acknowledged == [{"envelope_id": "e-2"}]


@pytest.mark.parametrize("cause", ["Slack refreshes it", "it breaks"])
async def test_a_connection_that_ends_is_made_again(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession, typed: list[str], cause: str
) -> None:
    async with connected(app, stand_in, http):
        await wait_until(lambda: stand_in.sockets, "a connection")
        if cause == "it breaks":
            await stand_in.sockets[0].close()
        else:
            await stand_in.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
        await wait_until(lambda: len(stand_in.sockets) == 2, "another connection")
        await stand_in.send("slash_commands", COMMAND)
        await wait_until(lambda: typed, "the command")


async def test_each_try_comes_with_a_ticket_of_its_own(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(app, stand_in, http):
        await wait_until(lambda: stand_in.sockets, "a connection")
        stand_in.refuse_sockets = 2
        await stand_in.sockets[0].close()
        await wait_until(lambda: len(stand_in.sockets) == 2, "another connection")
    assert not [record for record in caplog.records if "ticket=t" in record.getMessage() or record.exc_info]
    assert "ticket=…" in caplog.text, "the refusals were told"


async def test_a_start_with_a_token_that_is_not_taken_says_so(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(NotConnected, match=r"SLACK_APP_TOKEN \(invalid_auth\)") as caught:
        async with connected(app, stand_in, http, token="xapp-somebody-elses"):
            pass
    assert "somebody" not in str(caught.value)


async def test_a_start_without_slack_says_so(
    app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession
) -> None:
    stand_in.url = "http://127.0.0.1:9"
    with pytest.raises(NotConnected, match="cannot be reached"):
        async with connected(app, stand_in, http):
            pass


async def test_nothing_is_left_running(app: AsyncApp, stand_in: Slack, http: aiohttp.ClientSession) -> None:
    before = asyncio.all_tasks()
    async with connected(app, stand_in, http):
        assert {task for task in asyncio.all_tasks() - before if "slack" in repr(task)}
    assert not {task for task in asyncio.all_tasks() - before if "slack_sdk" in repr(task)}


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [
        ({"ok": False, "error": "invalid_auth"}, True),
        ({"ok": False, "error": "missing_scope"}, True),
        ({"ok": False, "error": "internal_error"}, False),
        ({"ok": False}, False),
    ],
)
async def test_a_slack_that_may_say_yes_later_has_not_refused(
    app: AsyncApp,
    stand_in: Slack,
    http: aiohttp.ClientSession,
    answer: dict[str, Any],
    is_refused: bool,
) -> None:
    stand_in.link_answer = answer
    with pytest.raises(NotConnected) as caught:
        async with connected(app, stand_in, http):
            pass
    assert caught.value.is_refused is is_refused
