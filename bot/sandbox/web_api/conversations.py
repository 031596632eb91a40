"""The conversations.* methods, as the bot may use them: what it cannot see does not exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.calls import ApiError, Arguments, api_error
from bot.sandbox.web_api.channels import channel_for_bot
from bot.sandbox.web_api.paging import take_page
from bot.sandbox.workspace import Channel, Membership, Message, Workspace, channel_json, message_json

_TYPES: Final = frozenset({"public_channel", "private_channel", "im", "mpim"})


def _channel_type(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversations:
    """Channels, their members and what was said in them."""

    workspace: Workspace
    membership: Membership

    def _read_channel(self, arguments: Arguments) -> Channel:
        return channel_for_bot(self.workspace, arguments.required_text("channel"))

    def _as_json(self, channel: Channel) -> dict[str, Any]:
        return channel_json(channel, self.workspace)

    async def list_all(self, arguments: Arguments) -> dict[str, Any]:
        return self._list_channels(arguments, lambda channel: channel.visible_to(self.workspace.bot))

    async def users_conversations(self, arguments: Arguments) -> dict[str, Any]:
        user = arguments.optional_text("user") or self.workspace.bot
        if user not in self.workspace.users:
            raise ApiError("user_not_found")
        return self._list_channels(
            arguments, lambda channel: user in channel and channel.visible_to(self.workspace.bot)
        )

    def _list_channels(self, arguments: Arguments, wanted: Callable[[Channel], bool]) -> dict[str, Any]:
        types = set((arguments.optional_text("types") or "public_channel").replace(" ", "").split(","))
        if not types <= _TYPES:
            raise ApiError("invalid_types")
        without_archived = arguments.flag("exclude_archived")
        found = [
            channel
            for channel in sorted(self.workspace.channels.values(), key=lambda found: found.id)
            if _channel_type(channel) in types
            and wanted(channel)
            and not (without_archived and channel.is_archived)
        ]
        shown, cursor = take_page(found, arguments)
        return {"channels": [self._as_json(channel) for channel in shown], **cursor}

    async def channel_info(self, arguments: Arguments) -> dict[str, Any]:
        return {"channel": self._as_json(self._read_channel(arguments))}

    async def list_members(self, arguments: Arguments) -> dict[str, Any]:
        shown, cursor = take_page(self._read_channel(arguments).members, arguments)
        return {"members": [*shown], **cursor}

    async def channel_history(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._joined_channel(arguments)
        found = _messages_between(self.workspace.channel_history(channel.id), arguments)
        return {**self._page_of_messages(found, arguments), "pin_count": 0}

    async def thread_replies(self, arguments: Arguments) -> dict[str, Any]:
        channel, ts = self._joined_channel(arguments), arguments.required_text("ts")
        parent = self.workspace.find_message(channel.id, ts)
        if parent is None or parent.only_for is not None:
            raise ApiError("thread_not_found")
        found = [parent, *_messages_between(self.workspace.thread_replies(channel.id, ts), arguments)]
        return self._page_of_messages(found, arguments)

    def _joined_channel(self, arguments: Arguments) -> Channel:
        if self.workspace.bot not in (channel := self._read_channel(arguments)):
            raise ApiError("not_in_channel")
        return channel

    def _page_of_messages(self, found: Sequence[Message], arguments: Arguments) -> dict[str, Any]:
        shown, cursor = take_page(found, arguments)
        metadata = arguments.flag("include_all_metadata")
        more = bool(cursor["response_metadata"]["next_cursor"])
        return {
            "messages": [message_json(message, self.workspace, metadata=metadata) for message in shown],
            "has_more": more,
            **(cursor if more else {}),
        }

    async def join_channel(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._read_channel(arguments)
        if channel.is_private:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.is_archived:
            raise ApiError("is_archived")
        if self.workspace.bot in channel:
            return {"channel": self._as_json(channel), "warning": "already_in_channel"}
        return {"channel": self._as_json(await self.membership.add_members(channel.id, self.workspace.bot))}

    async def invite_users(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._changeable_channel(arguments)
        users = arguments.required_text("users").split(",")
        for user in users:
            if user not in self.workspace.users:
                raise ApiError("user_not_found")
            if user == self.workspace.bot:
                raise ApiError("cant_invite_self")
            if user in channel:
                raise ApiError("already_in_channel")
        return {"channel": self._as_json(await self.membership.add_members(channel.id, *users))}

    async def leave_channel(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._read_channel(arguments)
        if channel.is_im:
            raise ApiError("method_not_supported_for_channel_type")
        if channel.is_general:
            raise ApiError("cant_leave_general")
        if self.workspace.bot not in channel:
            return {"not_in_channel": True}
        await self.membership.remove_member(channel.id, self.workspace.bot)
        return {}

    async def archive_channel(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._read_channel(arguments)
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

    def _changeable_channel(self, arguments: Arguments) -> Channel:
        channel = self._read_channel(arguments)
        if channel.is_im:
            raise ApiError("method_not_supported_for_channel_type")
        if self.workspace.bot not in channel:
            raise ApiError("not_in_channel")
        if channel.is_archived:
            raise ApiError("is_archived")
        return channel

    async def open_direct(self, arguments: Arguments) -> dict[str, Any]:
        if named := arguments.optional_text("channel"):
            channel = self.workspace.channels.get(named)
            if channel is None or not channel.is_im:
                raise ApiError("channel_not_found")
        else:
            users = (arguments.optional_text("users") or "").split(",")
            if users == [""]:
                raise ApiError("users_list_not_supplied")
            if len(users) > 1:
                raise api_error("invalid_arguments", "group messages are not part of this workspace")
            if (user := self.workspace.users.get(users[0])) is None:
                raise ApiError("user_not_found")
            if user.deleted:
                raise ApiError("user_disabled")
            if (direct := self.workspace.direct_channel(users[0])) is None or users[0] == self.workspace.bot:
                raise ApiError("cannot_dm_bot")
            channel = direct
        shown = self._as_json(channel) if arguments.flag("return_im") else {"id": channel.id}
        return {"channel": shown, "no_op": True, "already_open": True}


def _messages_between(messages: Sequence[Message], arguments: Arguments) -> Sequence[Message]:
    """Those between `oldest` and `latest`; the ends themselves only with `inclusive`."""
    oldest, latest = _read_ts(arguments, "oldest", 0.0), _read_ts(arguments, "latest", float("inf"))
    inclusive = arguments.flag("inclusive")
    return [
        message
        for message in messages
        if oldest < (at := float(message.ts)) < latest or (inclusive and at in (oldest, latest))
    ]


def _read_ts(arguments: Arguments, name: str, default: float) -> float:
    text = arguments.optional_text(name)
    try:
        return float(text) if text and text != "now" else default
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None
