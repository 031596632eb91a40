"""Permissions, as Slack says who is who and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

import pytest
import pytest_asyncio
from starlette.responses import JSONResponse

from bot.errors import SlackUnavailable
from bot.schedules.permissions import Permissions
from bot.schedules.policy import Policy
from bot.schedules.refusals import CannotRead, MembershipUntold, NotMember, Pointless
from bot.schedules.schedule import Schedule
from bot.slack import connect_slack
from bot.slack.caller import Caller
from bot.sources import Channel, File
from tests.stand_ins.slack_channel import TOKEN, Behaviour, Slack, fails, refuses

MINE = Schedule(
    id="kolu-tane", team="T1", channel="C1", user="U1", query="Why?", zone="UTC", cron="0 9 * * *"
)
ELSEWHERE = Caller(team="T1", user="U1", channel="C2")


def tells(**told: Any) -> Behaviour:
    async def behave(_: Slack, __: str, ___: Any) -> JSONResponse:
        return JSONResponse({"ok": True, **told})

    return behave


@pytest_asyncio.fixture
async def permissions(workspace: Slack) -> AsyncIterator[Permissions]:
    async with connect_slack(token=TOKEN, api_url=workspace.url) as slack:

        async def slack_of(_: str) -> Any:
            return slack

        yield Permissions(slack_of=slack_of, policy=Policy())


@pytest.mark.parametrize(
    ("user", "members", "problem"),
    [
        ({}, ["U1", "U2"], None),
        ({}, ["U1"], "not_there"),
        ({"deleted": True}, ["U2"], "no_person"),
        ({"is_bot": True}, ["U2"], "no_person"),
        ({"id": "USLACKBOT"}, ["U2"], "no_person"),
        ({"is_restricted": True}, ["U2"], "guest"),
        ({"is_ultra_restricted": True}, ["U2"], "guest"),
        ({"is_stranger": True}, ["U2"], "guest"),
    ],
)
async def test_a_schedule_is_given_only_to_full_members_who_are_in_its_channel(
    workspace: Slack,
    permissions: Permissions,
    user: dict[str, Any],
    members: list[str],
    problem: str | None,
) -> None:
    workspace.next["users.info"].append(tells(user={"id": "U2", "real_name": "Two", **user}))
    workspace.next["conversations.info"].append(tells(channel={"is_member": True}))
    workspace.next["conversations.members"].append(tells(members=members))
    refused = await permissions.cannot_own(MINE, "U2")
    assert (refused.problem if isinstance(refused, Pointless) else refused) == problem


@pytest.mark.parametrize(
    ("answer", "is_refused"),
    [(fails, False), (refuses("fatal_error"), False), (refuses("missing_scope"), True)],
)
@pytest.mark.parametrize("method", ["conversations.info", "conversations.members"])
async def test_nobody_schedules_in_another_channel_while_slack_does_not_tell_who_is_there(
    workspace: Slack, permissions: Permissions, method: str, answer: Behaviour, is_refused: bool
) -> None:
    untold = MembershipUntold(channel="C1", is_refused=is_refused)
    workspace.next[method].append(answer)
    assert await permissions.cannot_post(ELSEWHERE, "C1") == untold
    workspace.next["users.info"].append(tells(user={"id": "U2", "real_name": "Two"}))
    workspace.next[method].append(answer)
    assert await permissions.cannot_own(MINE, "U2") == untold
    workspace.next[method].append(answer)
    here = replace(ELSEWHERE, channel="C1")  # where they type, they are
    assert await permissions.cannot_post(here, "C1") is None


@pytest.mark.parametrize(
    ("code", "is_told"),
    [
        ("missing_scope", False),
        ("not_in_channel", True),
        ("channel_not_found", True),
        ("token_revoked", True),
    ],
)
async def test_a_private_channel_is_shut_or_not_only_where_slack_tells(
    workspace: Slack, permissions: Permissions, code: str, is_told: bool
) -> None:
    workspace.next["conversations.info"].append(tells(channel={"is_private": True}))
    workspace.next["conversations.members"].append(refuses(code))
    if is_told:  # of what the bot cannot reach either, nothing has to be hidden
        assert not await permissions.is_shut("C1", ELSEWHERE)
        return
    with pytest.raises(SlackUnavailable):
        await permissions.is_shut("C1", ELSEWHERE)


@pytest.mark.parametrize(
    ("channel", "members", "sees"),
    [
        ({"is_private": True}, ["U2"], False),
        ({"is_private": True}, ["U1"], True),
        ({"is_private": False}, ["U2"], True),
    ],
)
async def test_an_owner_elsewhere_sees_a_private_channels_schedule_only_while_they_are_in_it(
    workspace: Slack, permissions: Permissions, channel: dict[str, Any], members: list[str], sees: bool
) -> None:
    workspace.next["conversations.info"].append(tells(channel=channel))
    workspace.next["conversations.members"].append(tells(members=members))
    workspace.next["users.info"].append(tells(user={"id": "U1"}))
    assert await permissions.may_see(ELSEWHERE, MINE) is sees


async def test_nothing_is_shown_while_slack_does_not_tell_who_is_there(
    workspace: Slack, permissions: Permissions
) -> None:
    workspace.next["conversations.info"].append(fails)
    with pytest.raises(SlackUnavailable):
        await permissions.may_see(ELSEWHERE, MINE)


async def test_one_call_tells_of_many_channels_and_direct_messages_need_none(
    workspace: Slack, permissions: Permissions
) -> None:
    workspace.next["users.conversations"].append(tells(channels=[{"id": f"C{n}"} for n in range(9)]))
    assert await permissions.shut_among({"D1", *(f"C{n}" for n in range(9))}, ELSEWHERE) == frozenset()
    assert workspace.requests.total() == 1


async def test_what_slack_does_not_tell_of_one_channel_it_tells_of_the_others(
    workspace: Slack, permissions: Permissions
) -> None:
    asked: list[str] = []

    async def tells_of_all_but_one(_: Slack, __: str, arguments: Any) -> JSONResponse:
        asked.append(arguments["channel"])
        told = {"ok": False, "error": "fatal_error"} if arguments["channel"] == "C3" else {"ok": True}
        return JSONResponse(told | {"channel": {"is_private": arguments["channel"] == "C4"}})

    workspace.next["conversations.info"].extend([tells_of_all_but_one] * 9)
    workspace.next["conversations.members"].append(tells(members=["U2"]))
    channels = {"D1", "C1", "C2", "C3", "C4"}
    shut, untold = await permissions.shut_or_untold(channels, ELSEWHERE, among={"C1"})
    assert (shut, untold) == (frozenset({"C4"}), frozenset({"C3"}))
    assert {*asked} == {"C2", "C3", "C4"}
    assert workspace.requests["users.conversations"] == 0, "the person who asks has had that told"


GUESTS: Final = ({"is_restricted": True}, {"is_ultra_restricted": True}, {"is_stranger": True})
"""Of several channels, of one, and of another company."""


@pytest.mark.parametrize("kind", GUESTS, ids=lambda kind: next(iter(kind)))
async def test_a_guest_may_only_do_where_they_are_what_others_may(
    workspace: Slack, permissions: Permissions, kind: dict[str, Any]
) -> None:
    """As the README tells it: in its order."""
    workspace.next["users.info"].append(tells(user={"id": "U1", "real_name": "One", **kind}))
    public = tells(channel={"is_member": True, "is_private": False})
    here, there = replace(ELSEWHERE, channel="C1"), ELSEWHERE

    # Where they are, they ask, schedule, have that read, and see and run what is scheduled there.
    workspace.next["conversations.info"].extend([public] * 2)
    assert await permissions.cannot_ask(here, "C1") is None
    assert await permissions.cannot_post(here, "C1") is None
    assert await permissions.cannot_read(here, [Channel(channel="C1", hours=24)]) is None
    assert await permissions.may_see(here, replace(MINE, user="U2"))
    # They change what is theirs, and nothing else.
    assert await permissions.may_change(here, MINE)
    assert not await permissions.may_change(here, replace(MINE, user="U2"))
    # A public channel without them is closed to them: to post to, to read, to see what of theirs is there.
    workspace.next["conversations.info"].extend([public] * 3)
    workspace.next["conversations.members"].extend([tells(members=["U2"])] * 3)
    assert await permissions.cannot_post(there, "C1") == NotMember(channel="C1")
    unread = await permissions.cannot_read(there, [Channel(channel="C1", hours=24)])
    assert unread == CannotRead(channel="C1", problem="not_member")
    assert not await permissions.may_see(there, MINE)
    # So is a public file that was shared in such a channel alone.
    public_file = tells(file={"user": "U2", "is_public": True, "channels": ["C1"]})
    workspace.next["files.info"].extend([public_file] * 2)
    workspace.next["conversations.members"].extend([tells(members=["U2"]), tells(members=["U1"])])
    unseen = await permissions.cannot_read(there, [File(file="F1")])
    assert unseen == CannotRead(channel=None, problem="not_shared")
    assert await permissions.cannot_read(there, [File(file="F1")]) is None
    # When they are taken out of a channel, what they scheduled for it or from it pauses.
    workspace.next["conversations.info"].append(public)
    workspace.next["conversations.members"].append(tells(members=["U2"]))
    assert await permissions.shut_among({"C1"}, replace(here, channel=None)) == {"C1"}
    # Nobody gives them a schedule, and none of them is an admin.
    refused = await permissions.cannot_own(MINE, "U1")
    assert isinstance(refused, Pointless)
    assert refused.problem == "guest"
    assert not await permissions.is_admin(here)


async def test_a_full_member_reads_public_channels_and_files_from_anywhere(
    workspace: Slack, permissions: Permissions
) -> None:
    workspace.next["conversations.info"].append(tells(channel={"is_private": False}))
    assert await permissions.may_see(ELSEWHERE, MINE)
    workspace.next["files.info"].append(tells(file={"user": "U2", "is_public": True}))
    assert await permissions.cannot_read(ELSEWHERE, [File(file="F1")]) is None
    assert workspace.requests["conversations.members"] == 0
