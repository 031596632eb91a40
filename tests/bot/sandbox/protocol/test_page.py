"""The page's protocol, and who may use it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis
from starlette.responses import Response

from bot.sandbox.protocol import Streams
from bot.sandbox.protocol.streams import BEHIND
from bot.sandbox.workspace import FIRST, Edited, Journal, Live, Message, Workspace
from tests.bot.sandbox.town import ADA, ADAS_DM, ATTIC, BOT, BUTTONS, GENERAL, GRACE, RANDOM, Town


class Stream:
    """An open page's server-sent events."""

    def __init__(self, lines: aiohttp.StreamReader) -> None:
        self._lines = lines

    async def next(self) -> dict[str, Any]:
        while True:
            line = (await self._lines.readline()).decode()
            if line.startswith("data: "):
                event: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return event


@asynccontextmanager
async def stream(town: Town, user: str = ADA) -> AsyncIterator[Stream]:
    async with town.http.get(f"{town.url}/sandbox/stream", params={"user": user}) as answer:
        assert answer.content_type == "text/event-stream"
        opened = Stream(answer.content)
        assert (await opened.next())["type"] == "reload"
        yield opened


async def test_the_state_is_what_this_person_may_see(town: Town) -> None:
    state = await town.state()
    assert state["me"] == ADA
    assert [(channel["name"], channel["bot_in"]) for channel in state["channels"]] == [
        ("general", True),
        ("news", True),
        ("partners", True),
        ("random", False),
        ("leads", False),
        ("attic", True),
        ("", True),
    ]
    assert state["channels"][-1] | {"with": BOT, "is_im": True, "id": ADAS_DM} == state["channels"][-1]
    assert [user["name"] for user in state["users"] if not user["is_bot"]] == ["ada", "grace", "rosalind"]
    assert state["commands"] == [
        {"command": "/precache", "description": "Ask, or schedule a prompt", "usage_hint": "[prompt]"}
    ]
    assert (await town.state("nobody"))["me"] == ADA


async def test_an_open_page_sees_what_happens(town: Town) -> None:
    async with stream(town) as page:
        before = (await town.state())["version"]
        ts = (await town.slack.chat_postMessage(channel=GENERAL, text="hi"))["ts"]
        event = await page.next()
        assert (event["type"], event["message"]["text"]) == ("message", "hi")
        assert event["version"] > before
        await town.slack.chat_update(channel=GENERAL, ts=ts, text="hello")
        event = await page.next()
        assert (event["type"], event["message"]["text"], event["message"]["edited"]) == (
            "changed",
            "hello",
            True,
        )
        await town.type("a reply", thread_ts=ts)
        assert (await page.next())["message"]["thread_ts"] == ts
        event = await page.next()
        assert (event["type"], event["message"]["reply_count"]) == ("changed", 1)
        await town.slack.chat_delete(channel=GENERAL, ts=ts)
        event = await page.next()
        assert (event["type"], event["channel"], event["ts"]) == ("deleted", GENERAL, ts)
        await town.do("invite", user=ADA, channel=RANDOM)
        event = await page.next()
        assert (event["type"], event["channel"]["bot_in"]) == ("channel", True)


async def test_a_page_sees_nothing_that_is_for_others(town: Town) -> None:
    async with stream(town, GRACE) as page:
        await town.slack.chat_postEphemeral(channel=GENERAL, user=ADA, text="for Ada")
        await town.slack.chat_postMessage(channel=ADA, text="for Ada too")
        await town.do("channels", user=ADA, name="secret", is_private=True)
        await town.type("for all")
        assert (await page.next())["message"]["text"] == "for all"


async def test_a_page_that_falls_behind_starts_over(redis_raw: Redis) -> None:
    live = Live(journal=Journal(redis_raw), workspace=Workspace(team=FIRST))
    await live.load_workspace()
    streams = Streams(workspace=live.workspace, version=1)
    listening = streams.listen_as(ADA)
    await anext(listening)
    nap = Edited(Message(ts=live.next_ts(), channel=GENERAL, user=ADA, text="zzz"))
    for _ in range(BEHIND + 1):
        streams.show_change(nap)
    assert '"type": "reload"' in await anext(listening)
    streams.show_change(nap)
    assert '"type": "changed"' in await anext(listening)
    await listening.aclose()


async def test_streams_end_when_the_sandbox_hangs_up(town: Town) -> None:
    async with town.http.get(f"{town.url}/sandbox/stream", params={"user": ADA}) as answer:
        await answer.content.readline()
        town.sandbox.hang_up()
        await answer.read()


async def test_a_message_is_escaped_and_its_mentions_come_alive(town: Town) -> None:
    await town.type("@grace is 1 < 2? @here")
    (message,) = await town.sees()
    assert message["text"] == f"<@{GRACE}> is 1 &lt; 2? <!here>"
    assert sorted(message["notified"]) == sorted([GRACE, "here"])
    assert (message["user"], message["bot"]) == (ADA, False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"channel": "C0NOWHERE01"}, "channel_not_found"),
        ({"channel": "D0GRACE0001"}, "channel_not_found"),
        ({"channel": ATTIC}, "is_archived"),
        ({"user": "U0NOBODY001"}, "user_not_found"),
        ({"user": BOT}, "user_not_found"),
        ({"text": "  "}, "no_text"),
        ({"text": "x" * 12_001}, "msg_too_long"),
        ({"thread_ts": "1.000000"}, "message_not_found"),
    ],
)
async def test_what_cannot_be_said_is_refused(town: Town, body: dict[str, str], code: str) -> None:
    answer = await town.do("send", **{"user": ADA, "channel": GENERAL, "text": "hi", **body})
    assert (answer["status"], answer["error"]) == (400, code)


async def test_a_new_channel_is_there_for_all_and_the_bot_comes_when_invited(town: Town) -> None:
    made = (await town.do("channels", user=ADA, name="#plans"))["channel"]
    assert (made["name"], made["bot_in"]) == ("plans", False)
    assert made["id"] in (await town.state(GRACE))["messages"]
    assert (await town.do("channels", user=ADA, name="plans"))["error"] == "name_taken"
    assert (await town.do("channels", user=ADA, name="Big Plans"))["error"] == "invalid_name"
    await town.do("invite", user=GRACE, channel=made["id"])
    assert (await town.slack.chat_postMessage(channel=made["id"], text="hi"))["ok"]


async def test_a_private_channel_is_its_makers_alone(town: Town) -> None:
    made = (await town.do("channels", user=GRACE, name="plot", is_private=True))["channel"]
    assert made["id"] not in (await town.state(ADA))["messages"]
    assert (await town.do("invite", user=ADA, channel=made["id"]))["error"] == "channel_not_found"
    assert (await town.type("hi", channel=made["id"], user=GRACE))["ok"]


async def click(town: Town, ts: str, **body: Any) -> dict[str, Any]:
    place = {"user": ADA, "channel": GENERAL, "message_ts": ts, "block_id": "row", "action_id": "go"}
    return await town.do("act", **{**place, **body})


async def test_a_click_reaches_the_app_as_block_actions(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="Sure?", blocks=BUTTONS))["ts"]
    assert (await click(town, ts, value="forged"))["ok"]
    (payload,) = town.app.received
    assert (payload["type"], payload["user"]["id"], payload["channel"]["id"]) == (
        "block_actions",
        ADA,
        GENERAL,
    )
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": GENERAL,
        "is_ephemeral": False,
    }
    assert payload["message"]["ts"] == ts
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["type"]) == ("go", "row", "button")
    assert "value" not in action


async def test_a_choice_is_one_of_those_offered(town: Town) -> None:
    choices = [{"text": {"type": "plain_text", "text": text}, "value": text} for text in ("daily", "weekly")]
    menu = {"type": "static_select", "action_id": "go", "options": choices}
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": choices}
    day = {"type": "datepicker", "action_id": "day"}
    rows = [{"type": "actions", "block_id": "row", "elements": [menu, boxes, day]}]
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="When?", blocks=rows))["ts"]
    await click(town, ts, selected="weekly")
    payload = town.app.received[-1]
    assert payload["actions"][0]["selected_option"]["value"] == "weekly"
    assert payload["state"]["values"]["row"]["go"]["selected_option"]["value"] == "weekly"
    await click(town, ts, action_id="boxes", selected=["daily", "weekly"])
    assert len(town.app.received[-1]["actions"][0]["selected_options"]) == 2
    await click(town, ts, action_id="day", selected="2027-01-15")
    assert town.app.received[-1]["actions"][0]["selected_date"] == "2027-01-15"
    for wrong in ({"selected": "hourly"}, {"action_id": "boxes", "selected": "daily"}, {"action_id": "day"}):
        assert (await click(town, ts, **wrong))["error"] == "invalid_arguments"


async def test_a_click_that_the_app_does_not_take_says_so(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="Sure?", blocks=BUTTONS))["ts"]
    town.app.answers.append(Response(status_code=404))
    answer = await click(town, ts)
    assert (answer["status"], answer["ok"], answer["error"]) == (200, False, "dispatch_failed")


async def test_only_what_a_person_sees_can_be_clicked(town: Town) -> None:
    posted = await town.slack.chat_postEphemeral(channel=GENERAL, user=ADA, text="Sure?", blocks=BUTTONS)
    ts = posted["message_ts"]
    assert (await click(town, ts, user=GRACE))["error"] == "message_not_found"
    assert (await click(town, ts, action_id="other"))["error"] == "invalid_arguments"
    assert (await click(town, ts))["ok"]
    assert town.app.received[0]["container"]["is_ephemeral"] is True
    assert "message" not in town.app.received[0]


@pytest.mark.parametrize("path", ["/", "/sandbox/state", "/sandbox/api/api.test", "/sandbox/page.js"])
@pytest.mark.parametrize("host", ["evil.example", "192.0.2.7:3000", "127.0.0.1.evil.example"])
async def test_nothing_is_served_under_another_name(town: Town, path: str, host: str) -> None:
    async with town.http.get(f"{town.url}{path}", headers={"host": host}) as answer:
        assert answer.status == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_another_sites_form_cannot_type_for_a_person(town: Town, kind: str) -> None:
    body = json.dumps({"user": ADA, "channel": GENERAL, "text": "hi"})
    async with town.http.post(
        f"{town.url}/sandbox/send", data=body, headers={"content-type": kind}
    ) as answer:
        assert answer.status == 415
    assert await town.sees() == []


@pytest.mark.parametrize("name", ["..%2fprotocol.py", "seed.py", "..%2fcommands.py", "nothing.js"])
async def test_only_the_pages_own_files_are_served(town: Town, name: str) -> None:
    async with town.http.get(f"{town.url}/sandbox/{name}") as answer:
        assert answer.status == 404
