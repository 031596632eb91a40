"""Shortcuts: from anywhere, or from a message's menu, as the app's manifest declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.calls.api_error import ApiError, refused
from bot.sandbox.deliveries.deliver import Deliver
from bot.sandbox.deliveries.outcome import Answered, Failed
from bot.sandbox.deliveries.payloads import channel_of, interaction
from bot.sandbox.messages.response_urls import Respond
from bot.sandbox.views.triggers import Triggers
from bot.sandbox.workspace.api_objects import message_json
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.workspace import Workspace


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
    deliver: Deliver
    respond: Respond
    triggers: Triggers
    declared: Mapping[str, Shortcut]

    async def choose(self, user: str, callback_id: str, channel: str, ts: str) -> Answered | Failed:
        workspace = self.workspace
        chosen = self.declared.get(callback_id)
        if chosen is None or not workspace.installed or workspace.users[user].home:
            raise refused("invalid_arguments", "callback_id: no such shortcut")
        about = {"callback_id": callback_id, "action_ts": self.live.next_ts()}
        if chosen.type == "global":
            payload = interaction("shortcut", user, workspace) | about
            payload["trigger_id"] = self.triggers.make(user)
            return await self.deliver.interaction(payload)
        message = workspace.message(channel, ts)
        if message is None or message.only_for or not workspace.sees(user, workspace.channels[channel]):
            raise ApiError("message_not_found")
        payload = interaction("message_action", user, workspace) | about
        payload |= {
            "trigger_id": self.triggers.make(user, channel=channel),
            "response_url": await self.respond.make_url(self.respond.context(user, channel, ts)),
            "message_ts": ts,
            "channel": channel_of(workspace.channels[channel]),
            "message": message_json(message, workspace),
        }
        return await self.deliver.interaction(payload)
