"""Socket Mode: what the app gets over its own connection instead of HTTP, and what it must answer there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from bot.sandbox.deliveries import Answered, Failed
from tests.bot.sandbox.town import ADA, BUTTONS, GENERAL, Town, error, open_town

APP_TOKEN = "xapp-1-town"


@pytest_asyncio.fixture
async def town(redis_raw: Redis) -> AsyncIterator[Town]:
    async with open_town(redis_raw, app_token=APP_TOKEN, patience=1) as opened:
        yield opened


async def address(town: Town) -> str:
    return str((await town.slack.apps_connections_open(app_token=APP_TOKEN))["url"])


@asynccontextmanager
async def connected(town: Town) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with town.http.ws_connect(await address(town)) as socket:
        hello = await socket.receive_json(timeout=5)
        assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", "A0PRECACHE1")
        yield socket


@asynccontextmanager
async def answering(town: Town, *answers: dict[str, Any]) -> AsyncIterator[list[dict[str, Any]]]:
    """An app that acknowledges each envelope, with these payloads first; gives what came."""

    came: list[dict[str, Any]] = []
    left = list(answers)
    async with connected(town) as socket:

        async def listen() -> None:
            async for message in socket:
                envelope = message.json()
                came.append(envelope)
                payload = {"payload": left.pop(0)} if left else {}
                await socket.send_json({"envelope_id": envelope["envelope_id"], **payload})

        listening = asyncio.create_task(listen())
        try:
            yield came
        finally:
            listening.cancel()


async def test_a_command_comes_in_an_envelope_and_its_acknowledgement_is_shown(town: Town) -> None:
    async with answering(town, {"text": "on it"}) as came:
        await town.type("/precache what's new?")
        (envelope,) = came
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["text"] == "what's new?"
        assert [message["text"] for message in await town.sees()] == ["on it"]
    assert town.app.received == []


async def test_clicks_and_events_come_the_same_way(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="x", blocks=BUTTONS))["ts"]
    async with answering(town) as came:
        await town.do("act", user=ADA, channel=GENERAL, message_ts=ts, block_id="row", action_id="go")
        assert isinstance(await town.sandbox.deliver_event({"type": "app_home_opened"}), Answered)
        click, event = came
        assert (click["type"], click["payload"]["type"]) == ("interactive", "block_actions")
        assert (event["type"], event["payload"]["type"]) == ("events_api", "event_callback")
        assert (event["accepts_response_payload"], event["retry_attempt"]) == (False, 0)


async def test_what_is_not_acknowledged_in_time_failed(town: Town) -> None:
    async with connected(town):
        await town.type("/precache hi")
    assert "operation_timeout" in (await town.sees())[0]["text"]


async def test_a_connection_that_breaks_fails_what_waits_on_it(redis_raw: Redis) -> None:
    async with open_town(redis_raw, app_token=APP_TOKEN, patience=30) as town:
        async with connected(town) as socket:
            typing = asyncio.create_task(town.type("/precache hi"))
            await socket.receive_json(timeout=5)
            await socket.close()
            await typing
        assert "dispatch_failed" in (await town.sees())[0]["text"]


async def test_each_delivery_goes_to_one_of_the_connections(town: Town) -> None:
    async with answering(town) as one, answering(town) as other:
        for _ in range(4):
            await town.type("/precache hi")
        assert (len(one), len(other)) == (2, 2)


async def test_when_the_last_connection_is_gone_deliveries_are_posted_again(town: Town) -> None:
    async with answering(town):
        await town.type("/precache one")
    await town.type("/precache two")
    assert [command["text"] for command in town.app.received] == ["two"]


async def test_slack_asks_for_a_new_connection_before_it_ends_the_old_one(town: Town) -> None:
    async with connected(town) as old:
        await town.sandbox.refresh_sockets()
        assert (await old.receive_json(timeout=5))["reason"] == "refresh_requested"
        async with answering(town) as came:
            await town.type("/precache hi")
            assert len(came) == 1


async def test_an_eleventh_connection_is_one_too_many(town: Town) -> None:
    sockets = [await town.http.ws_connect(await address(town)) for _ in range(11)]
    for socket in sockets[:10]:
        assert (await socket.receive_json(timeout=5))["type"] == "hello"
    assert (await sockets[10].receive_json(timeout=5))["reason"] == "too_many_websockets"
    for socket in sockets:
        await socket.close()


async def test_an_address_is_good_for_one_connection(town: Town) -> None:
    url = await address(town)
    async with town.http.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await town.http.ws_connect(url)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await town.http.ws_connect(await address(town), headers={"host": "evil.example"})


async def test_only_the_apps_own_token_opens_connections(town: Town) -> None:
    slack = town.slack
    assert await error(slack.apps_connections_open(app_token="xapp-guess")) == "invalid_auth"
    assert await error(slack.apps_connections_open(app_token="xoxb-town")) == "not_allowed_token_type"
    slack.token = APP_TOKEN
    assert await error(slack.auth_test()) == "not_allowed_token_type"


async def test_an_event_nobody_took_comes_again_with_its_number(redis_raw: Redis) -> None:
    async with (
        open_town(redis_raw, app_token=APP_TOKEN, patience=0.2, retries=[0]) as town,
        connected(town) as socket,
    ):
        outcome = await town.sandbox.deliver_event({"type": "app_home_opened"})
        assert outcome == Failed(error="operation_timeout", reason="timeout")
        first, second = await socket.receive_json(timeout=5), await socket.receive_json(timeout=5)
        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert second["retry_reason"] == "timeout"
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
