"""Tells if a person may read what was posted in a channel; Slack is asked each time.

Nothing is shown on a guess: where Slack does not tell, nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bot.errors import SlackRefused
from bot.slack import Slack, is_channel_member, is_direct

May = Literal["yes", "no", "gone", "refused"]
"""They may; they may not; they are no active person of the workspace; Slack refuses to tell."""


@dataclass(frozen=True, kw_only=True)
class ReadingPlace:
    """The answer, and the first of the channels that the person may read, if there is one."""

    may: May
    channel: str = ""


async def find_readable(slack: Slack, user: str, channels: Iterable[str], *, direct: str) -> ReadingPlace:
    """Find a channel that this person may read; `direct` is their conversation with the app.

    Members may read a public channel, a guest only one that they are in. Raises `SlackUnavailable`.
    """
    try:
        person = await slack.user_profile(user)
    except SlackRefused as exc:
        return ReadingPlace(may="gone" if exc.code in _NOBODY else "refused")
    if person.is_gone:
        return ReadingPlace(may="gone")
    is_refused = False
    for channel in channels:
        if is_direct(channel):
            if channel == direct:
                return ReadingPlace(may="yes", channel=channel)
            continue
        try:
            if not person.is_guest and not await slack.is_private(channel):
                return ReadingPlace(may="yes", channel=channel)
            if await is_channel_member(slack, channel, user):
                return ReadingPlace(may="yes", channel=channel)
        except SlackRefused:
            is_refused = True
    return ReadingPlace(may="refused" if is_refused else "no")


_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
