"""The conversations.* methods, as the bot may use them: what it cannot see does not exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.calls.api_error import ApiError, refused
from bot.sandbox.calls.arguments import Arguments
from bot.sandbox.web_api.channels import channel_for_bot
from bot.sandbox.web_api.paging import page
from bot.sandbox.workspace.api_objects import channel_json, message_json
from bot.sandbox.workspace.membership import Membership
from bot.sandbox.workspace.records import Channel, Message
from bot.sandbox.workspace.workspace import Workspace

_TYPES: Final = frozenset({"public_channel", "private_channel", "im", "mpim"})


def _type(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversations:
    """Channels, their members and what was said in them."""

    workspace: Workspace
    membership: Membership

    def _channel(self, arguments: Arguments) -> Channel:
        return channel_for_bot(self.workspace, arguments.required("channel"))

    def _json(self, channel: Channel) -> dict[str, Any]:
        return channel_json(channel, self.workspace)

    async def list(self, arguments: Arguments) -> dict[str, Any]:
        return self._listed(arguments, lambda channel: channel.visible_to(self.workspace.bot))

    async def users_conversations(self, arguments: Arguments) -> dict[str, Any]:
        user = arguments.text("user") or self.workspace.bot
        if user not in self.workspace.users:
            raise ApiError("user_not_found")
        return self._listed(
            arguments, lambda channel: user in channel and channel.visible_to(self.workspace.bot)
        )

    def _listed(self, arguments: Arguments, wanted: Callable[[Channel], bool]) -> dict[str, Any]:
        types = set((arguments.text("types") or "public_channel").replace(" ", "").split(","))
        if not types <= _TYPES:
            raise ApiError("invalid_types")
        without_archived = arguments.flag("exclude_archived")
        found = [
            channel
            for channel in sorted(self.workspace.channels.values(), key=lambda each: each.id)
            if _type(channel) in types and wanted(channel) and not (without_archived and channel.is_archived)
        ]
        shown, cursor = page(found, arguments)
        return {"channels": [self._json(channel) for channel in shown], **cursor}

    async def info(self, arguments: Arguments) -> dict[str, Any]:
        return {"channel": self._json(self._channel(arguments))}

    async def members(self, arguments: Arguments) -> dict[str, Any]:
        shown, cursor = page(self._channel(arguments).members, arguments)
        return {"members": [*shown], **cursor}

    async def history(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._member(arguments)
        found = _between(self.workspace.history(channel.id), arguments)
        return {**self._shown(found, arguments), "pin_count": 0}

    async def replies(self, arguments: Arguments) -> dict[str, Any]:
        channel, ts = self._member(arguments), arguments.required("ts")
        parent = self.workspace.message(channel.id, ts)
        if parent is None or parent.only_for is not None:
            raise ApiError("thread_not_found")
        found = [parent, *_between(self.workspace.replies(channel.id, ts), arguments)]
        return self._shown(found, arguments)

    def _member(self, arguments: Arguments) -> Channel:
        if self.workspace.bot not in (channel := self._channel(arguments)):
            raise ApiError("not_in_channel")
        return channel

    def _shown(self, found: Sequence[Message], arguments: Arguments) -> dict[str, Any]:
        shown, cursor = page(found, arguments)
        metadata = arguments.flag("include_all_metadata")
        more = bool(cursor["response_metadata"]["next_cursor"])
        return {
            "messages": [message_json(message, self.workspace, metadata=metadata) for message in shown],
            "has_more": more,
            **(cursor if more else {}),
        }

    async def join(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        if channel.is_private:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise ApiError("is_archived")
        if self.workspace.bot in channel:
            return {"channel": self._json(channel), "warning": "already_in_channel"}
        return {"channel": self._json(await self.membership.add_members(channel.id, self.workspace.bot))}

    async def invite(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._changeable(arguments)
        users = arguments.required("users").split(",")
        for user in users:
            if user not in self.workspace.users:
                raise ApiError("user_not_found")
            if user == self.workspace.bot:
                raise ApiError("cant_invite_self")
            if user in channel:
                raise ApiError("already_in_channel")
        return {"channel": self._json(await self.membership.add_members(channel.id, *users))}

    async def leave(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        if channel.is_im:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.is_general:
            raise ApiError("cant_leave_general")
        if self.workspace.bot not in channel:
            return {"not_in_channel": True}
        await self.membership.remove_member(channel.id, self.workspace.bot)
        return {}

    async def archive(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._channel(arguments)
        if channel.is_im:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise ApiError("already_archived")
        if channel.is_general:
            raise ApiError("cant_archive_general")
        if self.workspace.bot not in channel:
            raise ApiError("not_in_channel")
        await self.membership.set_archived(channel.id, archived=True)
        return {}

    def _changeable(self, arguments: Arguments) -> Channel:
        channel = self._channel(arguments)
        if channel.is_im:
            raise ApiError("method_not_supported_for_channel_type")
        if self.workspace.bot not in channel:
            raise ApiError("not_in_channel")
        if channel.is_archived:
            raise ApiError("is_archived")
        return channel

    async def open(self, arguments: Arguments) -> dict[str, Any]:
        if named := arguments.text("channel"):
            channel = self.workspace.channels.get(named)
            if channel is None or not channel.is_im:
                raise ApiError("channel_not_found")
        else:
            users = (arguments.text("users") or "").split(",")
            if users == [""]:
                raise ApiError("users_list_not_supplied")
            if len(users) > 1:
                raise refused("invalid_arguments", "group messages are not part of this workspace")
            if (user := self.workspace.users.get(users[0])) is None:
                raise ApiError("user_not_found")
            if user.deleted:
                raise ApiError("user_disabled")
            if (direct := self.workspace.direct(users[0])) is None or users[0] == self.workspace.bot:
                raise ApiError("cannot_dm_bot")
            channel = direct
        shown = self._json(channel) if arguments.flag("return_im") else {"id": channel.id}
        return {"channel": shown, "no_op": True, "already_open": True}


def _between(messages: Sequence[Message], arguments: Arguments) -> Sequence[Message]:
    """Those between `oldest` and `latest`; the ends themselves only with `inclusive`."""
    oldest, latest = _moment(arguments, "oldest", 0.0), _moment(arguments, "latest", float("inf"))
    inclusive = arguments.flag("inclusive")
    return [
        message
        for message in messages
        if oldest < (at := float(message.ts)) < latest or (inclusive and at in (oldest, latest))
    ]


def _moment(arguments: Arguments, name: str, default: float) -> float:
    text = arguments.text(name)
    try:
        return float(text) if text and text != "now" else default
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None
