"""The chat.* methods: posting, changing and deleting, as far as Slack lets the bot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bot.sandbox.calls import ApiError, Arguments
from bot.sandbox.files import check_pictures
from bot.sandbox.messages import Content, find_notified, read_content, read_metadata
from bot.sandbox.web_api.channels import channel_for_bot
from bot.sandbox.web_api.pace import Pace
from bot.sandbox.workspace import Channel, Deleted, Edited, Live, Message, Workspace, message_json

UPDATE_BYTES: Final = 4_000
"""An edited text's limit is a harder one than a new one's, and counts bytes."""


def _read_changes(arguments: Arguments, content: Content) -> dict[str, Any]:
    """The fields an update replaces: blocks and metadata stay where they are not given."""
    changes: dict[str, Any] = {"text": content.text}
    if "blocks" in arguments.values or "markdown_text" in arguments.values:
        changes["blocks"] = content.blocks
    if "metadata" in arguments.values:
        changes["metadata"] = read_metadata(arguments)
    return changes


@dataclass(frozen=True, kw_only=True, eq=False)
class Chat:
    """Posting, changing and deleting as the bot."""

    live: Live
    workspace: Workspace
    _pace: Pace = field(default_factory=Pace, init=False)

    def _postable_channel(self, arguments: Arguments) -> Channel:
        """The channel of a post, if the bot may post there."""
        named = arguments.required_text("channel")
        channel = channel_for_bot(self.workspace, named)
        if channel.is_archived:
            raise ApiError("is_archived")
        if self.workspace.bot not in channel:
            raise ApiError("not_in_channel")
        return channel

    def _read_thread(self, arguments: Arguments, channel: Channel) -> str | None:
        if not (thread_ts := arguments.optional_text("thread_ts")):
            return None
        parent = self.workspace.find_message(channel.id, thread_ts)
        if parent is None or parent.is_reply or parent.only_for is not None:
            raise ApiError("thread_not_found")
        return thread_ts

    def _read_content(self, arguments: Arguments) -> Content:
        content = read_content(arguments)
        check_pictures(content.blocks, self.workspace, self.live.now())
        return content

    def _take_turn(self, channel: Channel) -> None:
        if seconds := self._pace.seconds_to_wait(channel.id, self.live.now()):
            raise ApiError("ratelimited", retry_after=seconds)

    async def post_message(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._postable_channel(arguments)
        message = await self._post_content(arguments, channel)
        return {
            "channel": channel.id,
            "ts": message.ts,
            "message": message_json(message, self.workspace, metadata=True),
        }

    async def post_ephemeral(self, arguments: Arguments) -> dict[str, Any]:
        channel, user = self._postable_channel(arguments), arguments.required_text("user")
        if user not in channel:
            raise ApiError("user_not_in_channel")
        message = await self._post_content(arguments, channel, only_for=user)
        return {"message_ts": message.ts}

    async def _post_content(
        self, arguments: Arguments, channel: Channel, *, only_for: str | None = None
    ) -> Message:
        content = self._read_content(arguments)
        metadata = None if only_for else read_metadata(arguments)
        thread_ts = self._read_thread(arguments, channel)
        self._take_turn(channel)
        is_broadcast = thread_ts and not only_for and arguments.flag("reply_broadcast")
        return await self.live.post_message(
            content.as_message(
                by=self.workspace.bot,
                ts=self.live.next_ts(),
                channel=channel.id,
                thread_ts=thread_ts,
                only_for=only_for,
                metadata=metadata,
                subtype="thread_broadcast" if is_broadcast else None,
            )
        )

    async def update_message(self, arguments: Arguments) -> dict[str, Any]:
        channel, ts = self._postable_channel(arguments), arguments.required_text("ts")
        self._own_message(channel, ts, "cant_update_message")
        if len((arguments.optional_text("text") or "").encode()) > UPDATE_BYTES:
            raise ApiError("msg_too_long")
        changes = _read_changes(arguments, self._read_content(arguments))

        def edit_message(workspace: Workspace) -> Sequence[Edited]:
            message = workspace.find_message(channel.id, ts)
            if message is None:
                raise ApiError("message_not_found")
            edited = replace(message, edited_ts=self.live.next_ts(), **changes)
            return [Edited(replace(edited, notified=find_notified(edited.text, edited.blocks)))]

        await self.live.change(edit_message)
        message = self._own_message(channel, ts, "cant_update_message")
        return {
            "channel": channel.id,
            "ts": ts,
            "text": message.text,
            "message": message_json(message, self.workspace, metadata=True),
        }

    async def delete_message(self, arguments: Arguments) -> dict[str, Any]:
        channel, ts = self._postable_channel(arguments), arguments.required_text("ts")
        message = self._own_message(channel, ts, "cant_delete_message")
        await self.live.commit(Deleted(message))
        return {"channel": channel.id, "ts": ts}

    def _own_message(self, channel: Channel, ts: str, otherwise: str) -> Message:
        message = self.workspace.find_message(channel.id, ts)
        if message is None or message.only_for is not None:
            raise ApiError("message_not_found")
        if message.user != self.workspace.bot:
            raise ApiError(otherwise)
        return message

    async def get_permalink(self, arguments: Arguments) -> dict[str, Any]:
        channel = channel_for_bot(self.workspace, arguments.required_text("channel"))
        message = self.workspace.find_message(channel.id, ts := arguments.required_text("message_ts"))
        if message is None or message.only_for is not None:
            raise ApiError("message_not_found")
        link = f"{self.workspace.url}/archives/{channel.id}/p{ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return {"channel": channel.id, "permalink": link}
