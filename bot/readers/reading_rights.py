"""The rights of a person to read a source: what they could read without us, as Slack tells at this moment."""

from __future__ import annotations

import logging
from typing import Literal, assert_never

from bot.errors import SlackError, SlackRefused
from bot.slack import IS_ARCHIVED, NO_PLACE, Caller, Slack, is_channel_member
from bot.sources import ChannelMembers, Everyone, FileViewers, Readers

logger = logging.getLogger(__name__)

UnreadChannel = Literal["not_member", "not_in_channel", "archived", "refused", "untold"]
UnseenFile = Literal["not_shared", "untold"]


async def why_no_reader(slack: Slack, caller: Caller, readers: Readers) -> UnreadChannel | UnseenFile | None:
    """The reason why this person is not known to be one of the `readers`; None if they are."""
    match readers:
        case Everyone():
            return None
        case ChannelMembers(channel=channel):
            return await _why_unread(slack, caller, channel)
        case FileViewers(file=file):
            return await _why_unseen(slack, caller, file)
        case _:
            assert_never(readers)


async def _why_unread(slack: Slack, caller: Caller, channel: str) -> UnreadChannel | None:
    try:
        await slack.check_channel(channel)
        if channel == caller.channel or await is_channel_member(slack, channel, caller.user):
            return None
    except SlackError as exc:
        if isinstance(exc, SlackRefused) and exc.code in NO_PLACE:
            return "archived" if exc.code == IS_ARCHIVED else "not_in_channel"
        logger.warning("permissions.reader_not_checked: %s", exc)
        return "refused" if isinstance(exc, SlackRefused) else "untold"
    return "not_member"


async def _why_unseen(slack: Slack, caller: Caller, file: str) -> UnseenFile | None:
    try:
        shared = await slack.find_shared(file)
        if shared.user == caller.user:
            return None
        if shared.is_public and not await is_guest(slack, caller.user):
            return None
        for place in shared.places:
            if place == caller.channel or await is_channel_member(slack, place, caller.user):
                return None
    except SlackRefused:
        return "not_shared"
    except SlackError as exc:
        logger.warning("permissions.reader_not_checked: %s", exc)
        return "untold"
    return "not_shared"


async def is_guest(slack: Slack, user: str) -> bool:
    """True of a guest, and of someone of whom Slack says nothing. Raises `SlackUnavailable`."""
    try:
        return (await slack.user_profile(user)).is_guest
    except SlackRefused:
        return True
