"""Shortcuts: from anywhere, or from a message's menu, as the app's manifest declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.acts.interactions import Interactions
from bot.sandbox.calls import ApiError, api_error
from bot.sandbox.deliveries import Answered, Failed, channel_of
from bot.sandbox.workspace import Live, Workspace, message_json


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """A shortcut as the app's manifest declares it."""

    type: Literal["global", "message"]
    name: str
    callback_id: str
    description: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Shortcuts:
    """Sends the app the shortcut that was chosen."""

    live: Live
    workspace: Workspace
    interactions: Interactions
    declared: Mapping[str, Shortcut]

    async def choose_shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Answered | Failed:
        workspace = self.workspace
        chosen = self.declared.get(callback_id)
        if chosen is None or not workspace.has_app or workspace.users[user].home:
            raise api_error("invalid_arguments", "callback_id: no such shortcut")
        about: dict[str, Any] = {"callback_id": callback_id, "action_ts": self.live.next_ts()}
        if chosen.type == "global":
            about["trigger_id"] = self.interactions.make_trigger(user)
            return await self.interactions.send_act("shortcut", user, about)
        message = workspace.find_message(channel, ts)
        if message is None or message.only_for or not workspace.can_see(user, workspace.channels[channel]):
            raise ApiError("message_not_found")
        about |= {
            "trigger_id": self.interactions.make_trigger(user, channel=channel),
            "response_url": await self.interactions.make_response_url(user, channel, ts),
            "message_ts": ts,
            "channel": channel_of(workspace.channels[channel]),
            "message": message_json(message, workspace),
        }
        return await self.interactions.send_act("message_action", user, about)
