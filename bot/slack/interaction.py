"""The person behind a click, and the place of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_bolt.async_app import AsyncBoltContext

from bot.slack.caller import Caller

AGAIN: Final = "compose_again"
"""A button in a message: opens the composer with the form that its value names, or an empty one."""

JOIN: Final = "join_channel"
"""A button in a message: has the bot join the channel, and do what its value keeps."""


WISH: Final = "wish"
"""The `Wish` in Bolt's context, if what was sent is one."""


def caller_of(body: Mapping[str, Any], context: AsyncBoltContext, *, channel: str | None) -> Caller:
    """The person who clicked; the team has installed the bot, also for people of other workspaces."""
    user = body["user"]
    team = context.team_id or user.get("team_id") or ""
    return Caller(team=team, user=user["id"], channel=channel, wish=context.get(WISH))
