"""Channels, their history and their people, as the bot may see them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.sandbox.workspace import user_json
from scheduler import ZoneInfo
from tests.bot.sandbox.town import (
    ADA,
    ADAS_DM,
    ATTIC,
    BOT,
    GENERAL,
    GRACE,
    LEADS,
    METADATA,
    NEWS,
    PARTNERS,
    RANDOM,
    Town,
    error,
    new_workspace,
)


async def ids(town: Town, **arguments: Any) -> list[str]:
    listed = await town.slack.conversations_list(**arguments)
    return [channel["id"] for channel in listed["channels"]]


async def test_the_bot_sees_public_channels_and_its_own_private_ones(town: Town) -> None:
    assert await ids(town) == [ATTIC, GENERAL, NEWS, PARTNERS, RANDOM]
    assert await ids(town, exclude_archived=True) == [GENERAL, NEWS, PARTNERS, RANDOM]
    assert await ids(town, types="private_channel") == []
    assert await ids(town, types="im") == [ADAS_DM, "D0GRACE0001"]
    await town.do("invite", user=ADA, channel=LEADS)
    assert await ids(town, types="private_channel,im") == [LEADS, ADAS_DM, "D0GRACE0001"]
    mine = (await town.slack.users_conversations())["channels"]
    assert [channel["id"] for channel in mine] == [ATTIC, GENERAL, NEWS, PARTNERS]
    assert await error(town.slack.conversations_list(types="rooms")) == "invalid_types"


async def test_lists_come_in_pages(town: Town) -> None:
    found, cursor = [], ""
    for _ in range(3):
        listed = await town.slack.conversations_list(limit=2, cursor=cursor)
        found += [channel["id"] for channel in listed["channels"]]
        if not (cursor := listed["response_metadata"]["next_cursor"]):
            break
    assert found == [ATTIC, GENERAL, NEWS, PARTNERS, RANDOM]
    assert await error(town.slack.conversations_list(cursor="made up")) == "invalid_cursor"
    assert await error(town.slack.conversations_list(limit=0)) == "invalid_limit"


async def test_a_channel_says_whether_the_bot_is_in_it(town: Town) -> None:
    assert (await town.slack.conversations_info(channel=GENERAL))["channel"]["is_member"] is True
    assert (await town.slack.conversations_info(channel=RANDOM))["channel"]["is_member"] is False
    assert (await town.slack.conversations_info(channel=ATTIC))["channel"]["is_archived"] is True
    assert (await town.slack.conversations_info(channel=ADAS_DM))["channel"]["user"] == ADA
    assert await error(town.slack.conversations_info(channel=LEADS)) == "channel_not_found"
    assert (await town.slack.conversations_members(channel=GENERAL))["members"] == [ADA, GRACE, BOT]


async def test_joining_and_leaving_change_where_the_bot_may_post(town: Town) -> None:
    assert await error(town.slack.chat_postMessage(channel=RANDOM, text="hi")) == "not_in_channel"
    assert (await town.slack.conversations_join(channel=RANDOM))["channel"]["is_member"] is True
    await town.slack.chat_postMessage(channel=RANDOM, text="hi")
    assert (await town.slack.conversations_join(channel=RANDOM))["warning"] == "already_in_channel"
    await town.slack.conversations_leave(channel=RANDOM)
    assert await error(town.slack.chat_postMessage(channel=RANDOM, text="hi")) == "not_in_channel"
    assert (await town.slack.conversations_leave(channel=RANDOM))["not_in_channel"] is True


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("conversations.join", {"channel": ATTIC}, "is_archived"),
        ("conversations.join", {"channel": ADAS_DM}, "method_not_supported_for_channel_type"),
        ("conversations.join", {"channel": LEADS}, "channel_not_found"),
        ("conversations.leave", {"channel": GENERAL}, "cant_leave_general"),
        ("conversations.leave", {"channel": ADAS_DM}, "method_not_supported_for_channel_type"),
        ("conversations.archive", {"channel": GENERAL}, "cant_archive_general"),
        ("conversations.archive", {"channel": ATTIC}, "already_archived"),
        ("conversations.archive", {"channel": RANDOM}, "not_in_channel"),
        ("conversations.invite", {"channel": NEWS, "users": "U0NOBODY001"}, "user_not_found"),
        ("conversations.invite", {"channel": NEWS, "users": ADA}, "already_in_channel"),
        ("conversations.invite", {"channel": NEWS, "users": BOT}, "cant_invite_self"),
        ("conversations.invite", {"channel": RANDOM, "users": ADA}, "not_in_channel"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NOBODY001"}, "user_not_found"),
        ("conversations.open", {"users": BOT}, "cannot_dm_bot"),
        ("conversations.open", {"channel": GENERAL}, "channel_not_found"),
        ("conversations.history", {"channel": RANDOM}, "not_in_channel"),
        ("conversations.history", {"channel": LEADS}, "channel_not_found"),
        ("conversations.history", {"channel": GENERAL, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": GENERAL, "inclusive": "maybe"}, "invalid_arguments"),
        ("conversations.replies", {"channel": GENERAL, "ts": "1.000000"}, "thread_not_found"),
        ("users.info", {"user": "U0NOBODY001"}, "user_not_found"),
        ("reactions.add", {"channel": GENERAL, "timestamp": "1.0", "name": "eyes"}, "message_not_found"),
        ("reactions.add", {"channel": GENERAL, "timestamp": "1.0", "name": "no emoji"}, "invalid_name"),
    ],
)
async def test_what_slack_would_not_do_has_its_code(
    town: Town, method: str, arguments: dict[str, str], code: str
) -> None:
    status, _, answer = await town.raw(method, **arguments)
    assert (status, answer["error"]) == (200, code)


async def test_an_archived_channel_takes_no_more_messages(town: Town) -> None:
    await town.slack.conversations_archive(channel=NEWS)
    assert await error(town.slack.chat_postMessage(channel=NEWS, text="hi")) == "is_archived"
    assert (await town.type("hi", channel=NEWS))["error"] == "is_archived"
    await town.do("archive", user=ADA, channel=NEWS, archived=False)
    assert (await town.type("hi", channel=NEWS))["ok"]


async def test_history_is_newest_first_between_two_moments(town: Town) -> None:
    ts = [(await town.type(str(number)))["ts"] for number in range(5)]

    async def texts(**arguments: Any) -> list[str]:
        history = await town.slack.conversations_history(channel=GENERAL, **arguments)
        return [message["text"] for message in history["messages"]]

    assert await texts() == ["4", "3", "2", "1", "0"]
    assert await texts(oldest=ts[1], latest=ts[3]) == ["2"]
    assert await texts(oldest=ts[1], latest=ts[3], inclusive=True) == ["3", "2", "1"]
    assert await texts(latest=ts[2], inclusive=True, limit=1) == ["2"]
    first = await town.slack.conversations_history(channel=GENERAL, limit=3)
    assert first["has_more"] is True
    assert await texts(limit=3, cursor=first["response_metadata"]["next_cursor"]) == ["1", "0"]


async def test_metadata_is_given_only_to_those_who_ask_for_it(town: Town) -> None:
    ts = (await town.slack.chat_postMessage(channel=GENERAL, text="hi", metadata=METADATA))["ts"]
    history = await town.slack.conversations_history(channel=GENERAL)
    assert "metadata" not in history["messages"][0]
    history = await town.slack.conversations_history(channel=GENERAL, include_all_metadata=True)
    assert history["messages"][0]["metadata"] == METADATA
    thread = await town.slack.conversations_replies(channel=GENERAL, ts=ts, include_all_metadata=True)
    assert thread["messages"][0]["metadata"] == METADATA


async def test_opening_direct_messages_gives_their_channel(town: Town) -> None:
    assert (await town.slack.conversations_open(users=[ADA]))["channel"] == {"id": ADAS_DM}
    opened = await town.slack.conversations_open(users=[ADA], return_im=True)
    assert opened["channel"]["user"] == ADA


@pytest.mark.parametrize(
    ("user", "at", "offset", "label"),
    [
        (ADA, datetime(2027, 1, 15, 12, tzinfo=UTC), 3600, "Central European Time"),
        (ADA, datetime(2027, 7, 15, 12, tzinfo=UTC), 7200, "Central European Summer Time"),
        (GRACE, datetime(2027, 1, 15, 12, tzinfo=UTC), -18000, "Eastern Standard Time"),
        (GRACE, datetime(2027, 7, 15, 12, tzinfo=UTC), -14400, "Eastern Daylight Time"),
        (BOT, datetime(2027, 7, 15, 12, tzinfo=UTC), 0, "Coordinated Universal Time"),
    ],
)
def test_a_profile_follows_daylight_saving(user: str, at: datetime, offset: int, label: str) -> None:
    workspace = new_workspace()
    profile = user_json(workspace.users[user], at, workspace)
    assert (profile["tz_offset"], profile["tz_label"]) == (offset, label)


async def test_the_client_reads_people_and_their_zones(town: Town) -> None:
    profile = (await town.slack.users_info(user=GRACE))["user"]
    assert (profile["name"], profile["is_bot"], profile["team_id"]) == ("grace", False, "T0PRECACHE1")
    assert ZoneInfo(profile["tz"]).key == "America/New_York"
    assert len((await town.slack.users_list(limit=2))["members"]) == 2


async def test_the_bot_knows_itself(town: Town) -> None:
    me = await town.slack.auth_test()
    assert (me["user_id"], me["bot_id"], me["team_id"]) == (BOT, "B0PRECACHE1", "T0PRECACHE1")
    assert me["url"] == f"{town.url}/"
