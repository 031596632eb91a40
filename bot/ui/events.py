"""What happens around schedules: a channel closes, the bot is removed from it, a person leaves.

Their recurring schedules are paused, not deleted, for all of it can be undone; whoever needs to know is told
once, by whichever delivery did the pausing. A new name of a channel changes nothing: we keep ids.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError
from bot.schedules import Schedule, Schedules
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)


class Events:
    """Hears what happens in a workspace."""

    def __init__(self, *, schedules: Schedules, workspaces: Workspaces, background: Background) -> None:
        self._schedules = schedules
        self._workspaces = workspaces
        self._background = background

    def register(self, app: AsyncApp) -> None:
        for name in ("channel_archive", "channel_deleted", "group_archive", "group_deleted"):
            app.event(name)(self.closed)
        for name in ("channel_left", "group_left"):
            app.event(name)(self.left)
        app.event("user_change")(self.user_change)

    async def closed(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Nobody writes there any more."""
        self._background.start(self.lost(_team(context), str(event["channel"]), gone=True), name="closed")

    async def left(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """The bot was removed."""
        self._background.start(self.lost(_team(context), str(event["channel"]), gone=False), name="left")

    async def user_change(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Of all that changes in a profile, only its end matters here."""
        user = event.get("user") or {}
        if user.get("deleted") and not user.get("is_bot"):
            name = str(user.get("real_name") or user.get("name") or "")
            self._background.start(self.gone(_team(context), str(user["id"]), name), name="gone")

    async def lost(self, team: str, channel: str, *, gone: bool) -> None:
        """Pause what posts to a channel that is `gone`, or that the bot is not in any more."""
        paused = await self._schedules.pause_all(team, lambda each: each.channel == channel)
        for owner, theirs in _by(paused, lambda each: each.user):
            await self._tell(team, owner, replies.channel_closed(theirs, gone=gone))

    async def gone(self, team: str, user: str, name: str) -> None:
        """Pause what belongs to someone who has left.

        Their owner reads nothing here any more: the channels that miss the posts are told.
        """
        paused = await self._schedules.pause_all(team, lambda each: each.user == user)
        for channel, there in _by(paused, lambda each: each.channel):
            await self._tell(team, channel, replies.owner_gone(there, name=name))

    async def _tell(self, team: str, whom: str, text: str) -> None:
        """A person, or everyone in a channel: Slack takes either as the place of a message."""
        try:
            await (await self._workspaces.slack(team)).tell(whom, text)
        except BotError as exc:
            logger.warning("event.not_told: %s", exc)


def _team(context: AsyncBoltContext) -> str:
    return context.team_id or context.enterprise_id or ""


def _by(schedules: list[Schedule], key: Callable[[Schedule], str]) -> list[tuple[str, list[Schedule]]]:
    ordered = sorted(schedules, key=lambda each: (key(each), each.id))
    return [(name, list(group)) for name, group in groupby(ordered, key)]
