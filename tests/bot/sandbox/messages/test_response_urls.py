"""response_url: five uses in half an hour, ephemeral unless told otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from redis.asyncio import Redis
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.bot.sandbox.town import ADA, GENERAL, GRACE, RANDOM, Town, open_town

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "v1"}
ROW = [{"type": "actions", "block_id": "row", "elements": [BUTTON]}]


async def command_url(town: Town, channel: str = GENERAL) -> str:
    await town.type("/precache hi", channel=channel)
    return str(town.app.received[-1]["response_url"])


async def click_url(town: Town, ts: str) -> str:
    assert (await town.do("act", user=ADA, channel=GENERAL, message_ts=ts, block_id="row", action_id="go"))[
        "ok"
    ]
    return str(town.app.received[-1]["response_url"])


async def send(town: Town, url: str, **body: Any) -> tuple[int, str]:
    async with town.http.post(url, json=body) as answer:
        return answer.status, await answer.text()


async def test_the_sdk_webhook_client_answers_a_command_where_the_bot_may_not_post(town: Town) -> None:
    url = await command_url(town, RANDOM)
    answer = await AsyncWebhookClient(url, session=town.http).send(text="Only you", response_type="ephemeral")
    assert (answer.status_code, answer.body) == (200, "ok")
    (message,) = await town.sees(RANDOM)
    assert (message["text"], message["ephemeral"]) == ("Only you", True)
    assert await town.sees(RANDOM, user=GRACE) == []


async def test_in_channel_is_for_everyone(town: Town) -> None:
    await send(town, await command_url(town), text="All", response_type="in_channel")
    assert [message["text"] for message in await town.sees(user=GRACE)] == ["All"]


async def test_the_sixth_use_is_one_too_many(town: Town) -> None:
    url = await command_url(town)
    answers = [await send(town, url, text=str(number)) for number in range(6)]
    assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
    assert len(await town.sees()) == 5


async def test_a_url_older_than_half_an_hour_has_expired(town: Town) -> None:
    url = await command_url(town)
    town.clock.ahead = timedelta(minutes=29, seconds=50)
    assert await send(town, url, text="just in time") == (200, "ok")
    town.clock.ahead = timedelta(minutes=30, seconds=10)
    assert await send(town, url, text="too late") == (404, "expired_url")


async def test_a_made_up_url_is_refused(town: Town) -> None:
    assert await send(town, f"{town.url}/sandbox/respond/T0PRECACHE1/guess", text="hi") == (
        404,
        "expired_url",
    )


async def test_uses_are_counted_across_a_restart(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as town:
        url = await command_url(town)
        for _ in range(5):
            await send(town, url, text="hi")
    async with open_town(redis_raw) as town:
        url = url.replace(url[: url.index("/sandbox")], town.url)
        assert await send(town, url, text="again") == (404, "used_url")


async def test_a_click_may_replace_the_message_it_came_from(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="Before", blocks=ROW))["ts"]
    await send(town, await click_url(town, ts), text="After", replace_original=True)
    (message,) = await town.sees(user=GRACE)
    assert (message["ts"], message["text"], message["blocks"], message["edited"]) == (ts, "After", [], True)


async def test_a_replaced_ephemeral_message_stays_ephemeral(town: Town) -> None:
    posted = await town.slack.chat_postEphemeral(channel=GENERAL, user=ADA, text="Preview", blocks=ROW)
    url = await click_url(town, posted["message_ts"])
    await send(town, url, text="Saved <!channel>", replace_original=True, response_type="in_channel")
    (message,) = await town.sees()
    assert (message["text"], message["ephemeral"], message["notified"]) == ("Saved <!channel>", True, [])
    assert await town.sees(user=GRACE) == []


async def test_a_click_may_delete_the_message_it_came_from(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="Before", blocks=ROW))["ts"]
    await send(town, await click_url(town, ts), delete_original=True)
    assert await town.sees() == []


async def test_without_flags_a_click_is_answered_by_a_new_message(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="Before", blocks=ROW))["ts"]
    url = await click_url(town, ts)
    await send(town, url, text="New", response_type="in_channel", thread_ts=ts)
    assert [(message["text"], message.get("thread_ts")) for message in await town.sees()] == [
        ("Before", None),
        ("New", ts),
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"blocks": [{"type": "input"}]}, "invalid_blocks"),
        ({"text": "hi", "response_type": "everywhere"}, "invalid_payload"),
    ],
)
async def test_what_cannot_be_shown_is_refused_and_costs_no_use(
    town: Town, body: dict[str, Any], error: str
) -> None:
    url = await command_url(town)
    for _ in range(6):
        assert await send(town, url, **body) == (400, error)
    assert await send(town, url, text="hi") == (200, "ok")
