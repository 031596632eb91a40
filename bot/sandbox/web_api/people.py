"""The users.*, usergroups.*, reactions.* and auth.* methods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.sandbox.calls.api_error import ApiError
from bot.sandbox.calls.arguments import Arguments
from bot.sandbox.web_api.channels import channel_for_bot
from bot.sandbox.web_api.paging import page
from bot.sandbox.workspace.api_objects import user_json
from bot.sandbox.workspace.changes import Edited
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.workspace import Workspace


class People:
    """Who is here, who is asking, and what they think of a message."""

    def __init__(self, live: Live, own_url: str) -> None:
        self._live = live
        self._own_url = own_url

    async def auth_test(self, arguments: Arguments) -> dict[str, Any]:
        team = self._live.workspace.team
        return {
            "url": f"{self._own_url}/",
            "team": team.name,
            "user": self._live.workspace.users[team.bot_user].name,
            "team_id": team.id,
            "user_id": team.bot_user,
            "bot_id": team.bot,
            "is_enterprise_install": False,
        }

    async def info(self, arguments: Arguments) -> dict[str, Any]:
        user = self._live.workspace.users.get(arguments.required("user"))
        if user is None:
            raise ApiError("user_not_found")
        return {"user": user_json(user, self._live.now(), self._live.workspace)}

    async def list(self, arguments: Arguments) -> dict[str, Any]:
        users, cursor = page(list(self._live.workspace.users.values()), arguments)
        now = self._live.now()
        return {
            "members": [user_json(user, now, self._live.workspace) for user in users],
            "cache_ts": int(now.timestamp()),
            **cursor,
        }

    async def groups(self, arguments: Arguments) -> dict[str, Any]:
        workspace = self._live.workspace
        with_users = arguments.flag("include_users")
        return {
            "usergroups": [
                {
                    "id": group.id,
                    "team_id": workspace.team.id,
                    "is_usergroup": True,
                    "name": group.name,
                    "handle": group.handle,
                    "description": "",
                    "date_delete": 0,
                    "user_count": len(group.users),
                    **({"users": [*group.users]} if with_users else {}),
                }
                for group in workspace.team.groups
            ]
        }

    async def group_users(self, arguments: Arguments) -> dict[str, Any]:
        named = arguments.required("usergroup")
        for group in self._live.workspace.team.groups:
            if group.id == named:
                return {
                    "users": [user for user in group.users if not self._live.workspace.users[user].deleted]
                }
        raise ApiError("no_such_subteam")

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
            if self._live.workspace.bot in users:
                raise ApiError("already_reacted")
            return [
                Edited(
                    replace(
                        message, reactions={**message.reactions, name: (*users, self._live.workspace.bot)}
                    )
                )
            ]

        await self._live.change(decide)
        return {}
