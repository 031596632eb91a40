"""Posting, editing and deleting through Slack's own client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.bot.sandbox.town import (
    ADA,
    ADAS_DM,
    ATTIC,
    BOT,
    BUTTONS,
    GENERAL,
    GRACE,
    LEADS,
    METADATA,
    NEWS,
    RANDOM,
    TOKEN,
    Town,
    error,
)


def metadata(payload: object) -> Mapping[str, Any]:
    return {"metadata": {"event_type": "x", "event_payload": payload}}


def sections(count: int, length: int) -> list[dict[str, Any]]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}}] * count


async def test_a_post_is_seen_on_the_page_and_in_the_history(town: Town) -> None:
    posted = await town.slack.chat_postMessage(channel=GENERAL, text="Good *morning*", metadata=METADATA)
    assert posted["channel"] == GENERAL
    assert posted["message"]["text"] == "Good *morning*"
    assert posted.headers["x-oauth-scopes"].startswith("app_mentions:read")
    (seen,) = await town.sees(user=GRACE)
    assert (seen["ts"], seen["text"], seen["user"], seen["metadata"]) == (
        posted["ts"],
        "Good *morning*",
        BOT,
        METADATA,
    )
    (said,) = (await town.slack.conversations_history(channel=GENERAL))["messages"]
    assert (said["ts"], said["bot_id"]) == (posted["ts"], "B0PRECACHE1")


async def test_a_user_id_opens_the_direct_messages(town: Town) -> None:
    assert (await town.slack.chat_postMessage(channel=ADA, text="psst"))["channel"] == ADAS_DM
    assert ADAS_DM not in (await town.state(GRACE))["messages"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"channel": "C0NOWHERE01"}, "channel_not_found"),
        ({"channel": LEADS}, "channel_not_found"),
        ({"channel": BOT}, "channel_not_found"),
        ({"channel": RANDOM}, "not_in_channel"),
        ({"channel": ATTIC}, "is_archived"),
        ({"channel": ""}, "invalid_arguments"),
        ({"text": ""}, "no_text"),
        ({"text": " \n"}, "no_text"),
        ({"text": ["no", "text"]}, "invalid_arguments"),
        ({"blocks": [{"type": "input"}]}, "invalid_blocks"),
        ({"blocks": "[{"}, "invalid_blocks_format"),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2700}}] * 5},
            "msg_blocks_too_long",
        ),
        ({"thread_ts": "1700000000.000100"}, "thread_not_found"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x", "event_payload": {}, "more": 1}}, "invalid_metadata_format"),
        ({"metadata": "not json"}, "invalid_metadata_format"),
        (
            {"metadata": {"event_type": "x", "event_payload": {"a": {"b": {"c": 1}}}}},
            "invalid_metadata_schema",
        ),
        ({"metadata": {"event_type": "x", "event_payload": {"a": "x" * 8_000}}}, "metadata_too_large"),
        ({"text": "hi", "markdown_text": "hi"}, "markdown_text_conflict"),
        ({"text": "", "markdown_text": "x" * 12_001}, "msg_too_long"),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_a_post_slack_would_refuse_is_refused_with_its_code(
    town: Town, arguments: Mapping[str, Any], code: str
) -> None:
    status, _, answer = await town.raw("chat.postMessage", **{"channel": GENERAL, "text": "hi", **arguments})
    assert (status, answer["ok"], answer["error"]) == (200, False, code)
    assert await town.sees() == []


async def test_invalid_blocks_say_where(town: Town) -> None:
    _, _, answer = await town.raw("chat.postMessage", channel=GENERAL, blocks=[{"type": "section"}])
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must have at least one of: text, fields [json-pointer:/blocks/0]"
    ]


async def test_text_above_40_000_characters_is_cut_off(town: Town) -> None:
    posted = await town.slack.chat_postMessage(channel=GENERAL, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000


async def test_the_limit_on_all_blocks_together_can_be_reached(town: Town) -> None:
    assert (await town.slack.chat_postMessage(channel=GENERAL, text="x", blocks=sections(5, 2640)))["ok"]


@pytest.mark.parametrize(
    ("headers", "data", "code"),
    [
        ({}, {}, "not_authed"),
        ({"authorization": "Bearer wrong"}, {}, "invalid_auth"),
        ({}, {"token": "wrong"}, "invalid_auth"),
        ({}, {"token": TOKEN}, None),
        ({"authorization": f"bearer {TOKEN}"}, {}, None),
    ],
)
async def test_a_call_needs_the_bots_token(
    town: Town, headers: Mapping[str, str], data: Mapping[str, str], code: str | None
) -> None:
    async with town.http.post(f"{town.url}/sandbox/api/auth.test", headers=headers, data=data) as answer:
        assert answer.status == 200
        assert (await answer.json()).get("error") == code


async def test_forms_queries_and_json_say_the_same(town: Town) -> None:
    url, headers = f"{town.url}/sandbox/api/chat.postMessage", {"authorization": f"Bearer {TOKEN}"}
    said = {"channel": GENERAL, "text": "hi", "blocks": '[{"type": "divider"}]'}
    for kind in ("data", "params", "json"):
        async with town.http.post(url, headers=headers, **{kind: said}) as answer:  # type: ignore[arg-type]  # by name
            assert (await answer.json())["message"]["blocks"][0]["type"] == "divider"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b'{"text": "\\ud800"}', "application/json", "invalid_json"),
        (b"\xff", "application/json", "invalid_json"),
        (b"hi", "text/plain", "invalid_post_type"),
    ],
)
async def test_a_body_that_is_none_is_refused(town: Town, body: bytes, kind: str, code: str) -> None:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": kind}
    url = f"{town.url}/sandbox/api/chat.postMessage"
    async with town.http.post(url, data=body, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]) == (200, code)


async def test_methods_slack_does_not_have_are_unknown(town: Town) -> None:
    assert await error(town.slack.api_call("views.shut")) == "unknown_method"


async def test_a_channel_takes_a_burst_and_then_one_message_a_second(town: Town) -> None:
    for _ in range(5):
        await town.slack.chat_postMessage(channel=GENERAL, text="hi")
    status, headers, answer = await town.raw("chat.postMessage", channel=GENERAL, text="one too many")
    assert (status, headers["retry-after"], answer["error"]) == (429, "1", "ratelimited")
    await town.slack.chat_postMessage(channel=NEWS, text="elsewhere is free")
    town.clock.ahead = timedelta(seconds=1)
    await town.slack.chat_postMessage(channel=GENERAL, text="hi")
    assert len(await town.sees()) == 6


async def test_an_ephemeral_message_is_for_one_person_and_not_in_the_history(town: Town) -> None:
    await town.slack.chat_postEphemeral(channel=GENERAL, user=ADA, text="only you <!channel>")
    (seen,) = await town.sees()
    assert (seen["ephemeral"], seen["notified"]) == (True, [])
    assert await town.sees(user=GRACE) == []
    assert (await town.slack.conversations_history(channel=GENERAL))["messages"] == []
    assert (
        await error(town.slack.chat_postEphemeral(channel=GENERAL, user="U0NOBODY001", text="hi"))
        == "user_not_in_channel"
    )


async def test_an_edit_replaces_the_text_and_keeps_what_it_does_not_name(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="old", blocks=BUTTONS, metadata=METADATA))[
        "ts"
    ]
    edited = await town.slack.chat_update(channel=GENERAL, ts=ts, text="new <!here>")
    assert edited["text"] == "new <!here>"
    (seen,) = await town.sees()
    assert (seen["text"], seen["edited"], seen["blocks"], seen["metadata"], seen["notified"]) == (
        "new <!here>",
        True,
        BUTTONS,
        METADATA,
        ["here"],
    )
    await town.slack.chat_update(channel=GENERAL, ts=ts, text="bare", blocks=[])
    assert (await town.sees())[0]["blocks"] == []


async def test_only_its_own_messages_are_the_bots_to_change(town: Town) -> None:
    ts = (await town.type("mine"))["ts"]
    assert await error(town.slack.chat_update(channel=GENERAL, ts=ts, text="x")) == "cant_update_message"
    assert await error(town.slack.chat_delete(channel=GENERAL, ts=ts)) == "cant_delete_message"
    gone = "1700000000.000100"
    assert await error(town.slack.chat_update(channel=GENERAL, ts=gone, text="x")) == "message_not_found"
    assert await error(town.slack.chat_delete(channel=GENERAL, ts=gone)) == "message_not_found"


async def test_an_edited_text_is_limited_to_4_000_bytes(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="hi"))["ts"]
    await town.slack.chat_update(channel=GENERAL, ts=ts, text="x" * 4_000)
    assert await error(town.slack.chat_update(channel=GENERAL, ts=ts, text="é" * 2_001)) == "msg_too_long"


async def test_a_deleted_message_is_gone(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="oops"))["ts"]
    await town.slack.chat_delete(channel=GENERAL, ts=ts)
    assert await town.sees() == []


async def test_replies_stand_in_the_thread_and_count_at_its_parent(town: Town) -> None:
    parent = (await town.slack.chat_postMessage(channel=GENERAL, text="parent"))["ts"]
    reply = (await town.slack.chat_postMessage(channel=GENERAL, text="reply", thread_ts=parent))["ts"]
    (alone,) = (await town.slack.conversations_history(channel=GENERAL))["messages"]
    assert (alone["ts"], alone["reply_count"], alone["latest_reply"]) == (parent, 1, reply)
    thread = (await town.slack.conversations_replies(channel=GENERAL, ts=parent))["messages"]
    assert [message["ts"] for message in thread] == [parent, reply]
    assert thread[1]["thread_ts"] == parent
    assert [message["reply_count"] for message in await town.sees()] == [1, 0]
    assert (
        await error(town.slack.chat_postMessage(channel=GENERAL, text="hi", thread_ts=reply))
        == "thread_not_found"
    )


async def test_a_permalink_opens_the_page_at_the_message(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="here"))["ts"]
    link = (await town.slack.chat_getPermalink(channel=GENERAL, message_ts=ts))["permalink"]
    async with town.http.get(link, allow_redirects=False) as answer:
        assert answer.headers["location"] == f"/#{GENERAL}/{ts}"
    assert (
        await error(town.slack.chat_getPermalink(channel=GENERAL, message_ts="1.000000"))
        == "message_not_found"
    )


async def test_a_reaction_is_shown_once(town: Town) -> None:
    ts = (await town.type("nice"))["ts"]
    await town.slack.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
    assert (await town.sees())[0]["reactions"] == [{"name": "eyes", "count": 1, "users": [BOT]}]
    again = town.slack.reactions_add(channel=GENERAL, timestamp=ts, name="eyes")
    assert await error(again) == "already_reacted"
