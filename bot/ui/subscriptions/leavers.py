"""A subscriber leaves a channel: its posts are not sent to them any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.background import Background
from bot.replies.subscriptions import copies_left
from bot.subscriptions import Subscriptions
from bot.workspaces import Telling, Workspaces


@dataclass(frozen=True, kw_only=True)
class Leavers:
    """Hears of people who leave channels; each copy is checked all the same, for events get lost."""

    subscriptions: Subscriptions
    workspaces: Workspaces = field(repr=False)
    background: Background = field(repr=False)

    def register(self, app: AsyncApp) -> None:
        app.event("member_left_channel")(self.on_member_left)

    async def on_member_left(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Someone has left a channel that the bot is in, or was removed from it."""
        team = context.team_id or context.enterprise_id or ""
        leaving = self.end_in_channel(team, str(event["user"]), str(event["channel"]))
        self.background.start_task(leaving, name="member_left")

    async def end_in_channel(self, team: str, user: str, channel: str) -> None:
        """End what they were sent from there, and say so."""
        ended = await self.subscriptions.end_in_channel(team, user, channel)
        if not ended:
            return
        told = copies_left([subscription for subscription, _ in ended], channel=channel)

        async def tell() -> None:
            await (await self.workspaces.slack_of(team)).tell_person(user, told)

        await Telling(background=self.background).tell_surely(tell, name="member_left")
