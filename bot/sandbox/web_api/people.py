"""The users.*, reactions.* and auth.* methods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.sandbox.live import Live
from bot.sandbox.shapes import user_json
from bot.sandbox.web_api.arguments import ApiError, Arguments
from bot.sandbox.web_api.chat import channel_for_bot
from bot.sandbox.web_api.conversations import page
from bot.sandbox.workspace import BOT, BOT_USER, TEAM, TEAM_NAME, Edited, Workspace


class People:
    """Who is here, who is asking, and what they think of a message."""

    def __init__(self, live: Live, own_url: str) -> None:
        self._live = live
        self._own_url = own_url

    async def auth_test(self, arguments: Arguments) -> dict[str, Any]:
        return {
            "url": f"{self._own_url}/",
            "team": TEAM_NAME,
            "user": self._live.workspace.users[BOT_USER].name,
            "team_id": TEAM,
            "user_id": BOT_USER,
            "bot_id": BOT,
            "is_enterprise_install": False,
        }

    async def info(self, arguments: Arguments) -> dict[str, Any]:
        user = self._live.workspace.users.get(arguments.required("user"))
        if user is None:
            raise ApiError("user_not_found")
        return {"user": user_json(user, self._live.now())}

    async def list(self, arguments: Arguments) -> dict[str, Any]:
        users, cursor = page(list(self._live.workspace.users.values()), arguments)
        now = self._live.now()
        return {
            "members": [user_json(user, now) for user in users],
            "cache_ts": int(now.timestamp()),
            **cursor,
        }

    async def add_reaction(self, arguments: Arguments) -> dict[str, Any]:
        name, ts = arguments.required("name").strip(":"), arguments.required("timestamp")
        channel = channel_for_bot(self._live.workspace, arguments.required("channel"))
        if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
            raise ApiError("invalid_name")
        if channel.is_archived:
            raise ApiError("is_archived")

        def decide(workspace: Workspace) -> Sequence[Edited]:
            message = workspace.message(channel.id, ts)
            if message is None or message.only_for is not None:
                raise ApiError("message_not_found")
            users = message.reactions.get(name, ())
            if BOT_USER in users:
                raise ApiError("already_reacted")
            return [Edited(replace(message, reactions={**message.reactions, name: (*users, BOT_USER)}))]

        await self._live.change(decide)
        return {}
