"""The users.*, usergroups.*, reactions.* and auth.* methods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.calls import ApiError, Arguments
from bot.sandbox.web_api.channels import channel_for_bot
from bot.sandbox.web_api.paging import take_page
from bot.sandbox.workspace import Edited, Live, Workspace, user_json


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """The people here, the bot itself, and their reactions to messages."""

    live: Live
    workspace: Workspace

    async def auth_test(self, arguments: Arguments) -> dict[str, Any]:
        team = self.workspace.team
        return {
            "url": f"{self.workspace.url}/",
            "team": team.name,
            "user": self.workspace.users[team.bot_user].name,
            "team_id": team.id,
            "user_id": team.bot_user,
            "bot_id": team.bot,
            "is_enterprise_install": False,
        }

    async def user_info(self, arguments: Arguments) -> dict[str, Any]:
        user = self.workspace.users.get(arguments.required_text("user"))
        if user is None:
            raise ApiError("user_not_found")
        told = user_json(user, self.live.now(), self.workspace)
        if arguments.flag("include_locale") and user.locale:
            told["locale"] = user.locale
        return {"user": told}

    async def list_users(self, arguments: Arguments) -> dict[str, Any]:
        users, cursor = take_page(list(self.workspace.users.values()), arguments)
        now = self.live.now()
        return {
            "members": [user_json(user, now, self.workspace) for user in users],
            "cache_ts": int(now.timestamp()),
            **cursor,
        }

    async def list_groups(self, arguments: Arguments) -> dict[str, Any]:
        workspace = self.workspace
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
        named = arguments.required_text("usergroup")
        for group in self.workspace.team.groups:
            if group.id == named:
                return {"users": [user for user in group.users if not self.workspace.users[user].deleted]}
        raise ApiError("no_such_subteam")

    async def add_reaction(self, arguments: Arguments) -> dict[str, Any]:
        name, ts = arguments.required_text("name").strip(":"), arguments.required_text("timestamp")
        channel = channel_for_bot(self.workspace, arguments.required_text("channel"))
        if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
            raise ApiError("invalid_name")
        if channel.is_archived:
            raise ApiError("is_archived")

        def add_to_message(workspace: Workspace) -> Sequence[Edited]:
            message = workspace.find_message(channel.id, ts)
            if message is None or message.only_for is not None:
                raise ApiError("message_not_found")
            users = message.reactions.get(name, ())
            if self.workspace.bot in users:
                raise ApiError("already_reacted")
            return [
                Edited(replace(message, reactions={**message.reactions, name: (*users, self.workspace.bot)}))
            ]

        await self.live.change(add_to_message)
        return {}
