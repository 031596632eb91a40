"""Looking up who is where in a workspace: people by name, the members of channels and user groups."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from bot.slack.calls import read_call, read_pages
from bot.slack.client import Slack
from bot.slack.person import person_of

_PAGES: Final = 5
_MANY: Final = 50
_LARGE_PAGE: Final = 1_000
"""The most entries that Slack gives on a page of members or people."""


@dataclass(frozen=True, kw_only=True)
class NamedChannel:
    """A channel that was found by its name."""

    id: str
    is_archived: bool


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A channel or other conversation, as far as it tells who reads there."""

    id: str
    is_closed: bool
    """One has to be invited: a private channel, a group conversation, a direct message."""
    is_shared: bool
    """People of another organisation or workspace are there, or have been invited."""
    person: str | None = None
    """The one person in a direct message with the bot."""


async def describe_conversation(slack: Slack, channel: str) -> Conversation:
    """Ask Slack what a conversation is now. Raises `SlackError`.

    https://docs.slack.dev/reference/objects/conversation-object
    """
    told = (await read_call(slack.client.conversations_info(channel=channel))).get("channel") or {}
    is_direct = bool(told.get("is_im"))
    return Conversation(
        id=channel,
        is_closed=is_direct or bool(told.get("is_private") or told.get("is_mpim") or told.get("is_group")),
        is_shared=any(told.get(sign) for sign in _SIGNS_OF_SHARING),
        person=str(told["user"]) if is_direct and told.get("user") else None,
    )


_SIGNS_OF_SHARING: Final = (
    "is_shared",
    "is_ext_shared",
    "is_org_shared",
    "is_pending_ext_shared",
    "pending_shared",
    "pending_connected_team_ids",
)


async def list_members(slack: Slack, channel: str, *, most: int) -> frozenset[str] | None:
    """All who are in a conversation, apps included; None if they are more than `most`, a multiple of 1,000.

    Raises `SlackError`.
    """
    found: set[str] = set()
    more = False
    calls = read_pages(
        slack.client.conversations_members, most=most // _LARGE_PAGE, channel=channel, limit=_LARGE_PAGE
    )
    async with aclosing(calls) as listed:
        async for page in listed:
            found.update(map(str, page.told.get("members") or ()))
            more = page.more
    return None if more else frozenset(found)


async def list_guests(slack: Slack, *, most: int) -> frozenset[str] | None:
    """All guests and strangers of a workspace; None if it has more than `most` people, a multiple of 1,000.

    Raises `SlackError`.
    """
    found: set[str] = set()
    more, team = False, await slack.own_team()
    calls = read_pages(
        slack.client.users_list, most=most // _LARGE_PAGE, limit=_LARGE_PAGE, **slack.list_arguments
    )
    async with aclosing(calls) as listed:
        async for page in listed:
            people = page.told.get("members") or ()
            found.update(str(user["id"]) for user in people if person_of(user).seen_from(team).is_guest)
            more = page.more
    return None if more else frozenset(found)


async def find_person(slack: Slack, name: str) -> str | None:
    """The id of the one whose handle or full name is `name`, among the first ten thousand people."""
    wanted = name.casefold()
    async with aclosing(read_pages(slack.client.users_list, most=_MANY, **slack.list_arguments)) as found:
        async for page in found:
            for member in page.told.get("members") or ():
                profile = member.get("profile") or {}
                names = (member.get("name"), member.get("real_name"), profile.get("display_name"))
                if any(known and known.casefold() == wanted for known in names):
                    return str(member["id"])
    return None


async def find_direct_channel(slack: Slack, user: str) -> str | None:
    """The conversation of the bot with someone, among the first ten thousand that it has."""
    listed = read_pages(slack.client.users_conversations, most=_MANY, types="im", **slack.list_arguments)
    async with aclosing(listed):
        async for page in listed:
            for found in page.told.get("channels") or ():
                if found.get("user") == user:
                    return str(found["id"])
    return None


async def is_channel_member(slack: Slack, channel: str, user: str) -> bool:
    """True if someone is in a channel.

    After ten thousand of its members that are others, it is looked for among the channels they are in.
    """
    more = False
    async with aclosing(
        read_pages(slack.client.conversations_members, most=_MANY, channel=channel)
    ) as members:
        async for page in members:
            if user in (page.told.get("members") or ()):
                return True
            more = page.more
    if not more:
        return False
    async with aclosing(_list_channels(slack, user, most=_MANY)) as channels:
        async for found in channels:
            if found["id"] == channel:
                return True
    return False


async def channels_of_person(slack: Slack, user: str) -> frozenset[str]:
    """The first thousand channels that someone is in, as far as the bot may see them."""
    return frozenset([str(found["id"]) async for found in _list_channels(slack, user)])


async def find_channel(slack: Slack, name: str, *, user: str) -> NamedChannel | None:
    """The one of those that is called `name`; an archived one where no other has the name."""
    archived = None
    async with aclosing(_list_channels(slack, user, archived=True)) as channels:
        async for found in channels:
            if str(found.get("name") or "").casefold() == name.casefold():
                named = NamedChannel(id=str(found["id"]), is_archived=bool(found.get("is_archived")))
                if not named.is_archived:
                    return named
                archived = archived or named
    return archived


async def members_of_group(slack: Slack, group: str) -> tuple[str, ...]:
    """The ids of the people in a user group, in Slack's order. Raises `SlackError`."""
    reply = await read_call(slack.client.usergroups_users_list(usergroup=group, **slack.list_arguments))
    return tuple(str(user) for user in reply.get("users") or ())


async def is_in_any_group(slack: Slack, user: str, groups: Iterable[str]) -> bool:
    """True if someone is in one of these user groups."""
    for group in groups:
        reply = await read_call(slack.client.usergroups_users_list(usergroup=group, **slack.list_arguments))
        if user in (reply.get("users") or ()):
            return True
    return False


async def _list_channels(
    slack: Slack, user: str, *, most: int = _PAGES, archived: bool = False
) -> AsyncGenerator[Mapping[str, Any]]:
    listed = read_pages(
        slack.client.users_conversations,
        most=most,
        user=user,
        types="public_channel,private_channel",
        exclude_archived=not archived,
        **slack.list_arguments,
    )
    async with aclosing(listed):
        async for page in listed:
            for found in page.told.get("channels") or ():
                yield found
