"""The App Home: published for one person, opened, clicked; and shortcuts, which need no place at all."""

from __future__ import annotations

from typing import Any

import pytest
from redis.asyncio import Redis

from tests.bot.sandbox.town import (
    ADA,
    ADAS_DM,
    BOT,
    GENERAL,
    GRACE,
    LEADS,
    ROSALIND,
    Town,
    error,
    open_town,
)
from tests.waiting import wait_until

PLAIN = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "run", "value": "s1"}
HOME = {"type": "home", "blocks": [{"type": "actions", "block_id": "row", "elements": [BUTTON]}]}


async def test_a_home_is_for_one_person_and_stays(redis_raw: Redis) -> None:
    async with open_town(redis_raw) as town:
        assert (await town.state())["home"] is None
        published = (await town.slack.views_publish(user_id=ADA, view=HOME))["view"]
        assert (published["type"], published["bot_id"]) == ("home", "B0PRECACHE1")
    async with open_town(redis_raw) as again:
        home = (await again.state())["home"]
        assert (home["id"], home["hash"]) == (published["id"], published["hash"])
        assert home["blocks"][0]["elements"] == [BUTTON]
        assert (await again.state(GRACE))["home"] is None


async def test_a_home_changes_only_for_who_knows_its_latest(town: Town) -> None:
    first = (await town.slack.views_publish(user_id=ADA, view=HOME))["view"]
    second = (await town.slack.views_publish(user_id=ADA, view=HOME, hash=first["hash"]))["view"]
    assert (second["id"], second["hash"] != first["hash"]) == (first["id"], True)
    stale = town.slack.views_publish(user_id=ADA, view=HOME, hash=first["hash"])
    assert await error(stale) == "hash_conflict"


@pytest.mark.parametrize("user", [BOT, "U0NOBODY", ROSALIND])
async def test_a_home_needs_someone_to_be_for(town: Town, user: str) -> None:
    assert await error(town.slack.views_publish(user_id=user, view=HOME)) in (
        "invalid_arguments",
        "not_enabled",
    )


async def test_a_modal_is_no_home(town: Town) -> None:
    view = {**HOME, "type": "modal", "title": PLAIN}
    assert await error(town.slack.views_publish(user_id=ADA, view=view)) == "invalid_arguments"


async def test_the_app_hears_that_its_home_was_opened(redis_raw: Redis) -> None:
    async with open_town(redis_raw, subscriptions=["app_home_opened"]) as town:
        for tab in ("home", "messages"):
            await town.do("home", user=ADA, tab=tab)
            await wait_until(lambda: town.app.received, "the event")
            event = town.app.received.pop()["event"]
            assert (event["type"], event["user"], event["channel"]) == ("app_home_opened", ADA, ADAS_DM)
            assert (event["tab"], "view" in event) == (tab, False)
        await town.slack.views_publish(user_id=ADA, view=HOME)
        await town.do("home", user=ADA, tab="home")
        await wait_until(lambda: town.app.received, "the event")
        assert town.app.received[0]["event"]["view"]["blocks"] == HOME["blocks"]


async def test_a_click_in_the_home_carries_the_view(town: Town) -> None:
    view = (await town.slack.views_publish(user_id=ADA, view=HOME))["view"]
    click = {"user": ADA, "view_id": view["id"], "block_id": "row", "action_id": "run"}
    assert (await town.do("act", **click))["ok"]
    sent = town.app.received[-1]
    assert (sent["view"]["type"], sent["view"]["id"]) == ("home", view["id"])
    assert sent["actions"][0]["value"] == "s1"
    modal = {"type": "modal", "title": PLAIN, "blocks": [{"type": "divider"}]}
    await town.slack.views_open(trigger_id=sent["trigger_id"], view=modal)
    assert len((await town.state())["views"]) == 1
    assert (await town.do("act", **{**click, "user": GRACE}))["status"] == 400


async def test_a_global_shortcut_opens_a_modal_and_nothing_else(town: Town) -> None:
    assert (await town.do("shortcut", user=ADA, callback_id="compose"))["ok"]
    sent = town.app.received[-1]
    assert (sent["type"], sent["callback_id"], sent["user"]["id"]) == ("shortcut", "compose", ADA)
    assert not {"response_url", "channel", "message"} & set(sent)
    modal = {"type": "modal", "title": PLAIN, "blocks": [{"type": "divider"}]}
    await town.slack.views_open(trigger_id=sent["trigger_id"], view=modal)


async def test_a_message_shortcut_carries_the_message(town: Town) -> None:
    ts = (await town.type("long story"))["ts"]
    await town.do("shortcut", user=GRACE, callback_id="summarise", channel=GENERAL, message_ts=ts)
    sent = town.app.received[-1]
    assert (sent["type"], sent["callback_id"], sent["message_ts"]) == ("message_action", "summarise", ts)
    assert (sent["message"]["text"], sent["channel"]["id"]) == ("long story", GENERAL)
    async with town.http.post(sent["response_url"], json={"text": "short"}) as said:
        assert said.status == 200
    assert [message["text"] for message in await town.sees(user=GRACE)] == ["long story", "short"]


@pytest.mark.parametrize(
    "chosen",
    [
        {"callback_id": "made_up"},
        {"callback_id": "summarise", "channel": GENERAL, "message_ts": "1.2"},
        {"callback_id": "summarise", "channel": LEADS, "message_ts": ""},
        {"callback_id": "summarise", "channel": "C0NOWHERE", "message_ts": "1.2"},
    ],
)
async def test_only_declared_shortcuts_and_real_messages_can_be_chosen(
    town: Town, chosen: dict[str, Any]
) -> None:
    assert (await town.do("shortcut", user=ADA, **chosen))["status"] == 400
    assert town.app.received == []


async def test_the_page_shows_the_shortcuts_there_are(town: Town) -> None:
    declared = (await town.state())["shortcuts"]
    assert [(shortcut["type"], shortcut["callback_id"]) for shortcut in declared] == [
        ("global", "compose"),
        ("message", "summarise"),
    ]
    assert (await town.state(ROSALIND))["shortcuts"] == []
