"""The chat.* methods: what may be posted where, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.sandbox.block_kit import blocks as block_kit
from bot.sandbox.calls.arguments import ApiError, Arguments, refused
from bot.sandbox.messages.mentions import notified
from bot.sandbox.web_api.files import check_pictures
from bot.sandbox.web_api.pace import Pace
from bot.sandbox.workspace.api_objects import message_json
from bot.sandbox.workspace.live import Live
from bot.sandbox.workspace.workspace import Channel, Deleted, Edited, Message, Workspace

TEXT_KEPT: Final = 40_000
"""Characters of a post's text; Slack cuts off the rest."""
UPDATE_BYTES: Final = 4_000
"""An edited text's limit is a harder one than a new one's, and counts bytes."""
METADATA_CHARACTERS: Final = 8_000
"""A limit exists and is not documented: this one is a guess on the strict side."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a message says, checked."""

    text: str
    blocks: tuple[Mapping[str, Any], ...]
    mrkdwn: bool
    notified: tuple[str, ...]

    def as_message(
        self,
        *,
        by: str,
        ts: str,
        channel: str,
        thread_ts: str | None,
        only_for: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        subtype: str | None = None,
    ) -> Message:
        """The bot's message that says this; an ephemeral one notifies nobody."""
        return Message(
            ts=ts,
            channel=channel,
            user=by,
            text=self.text,
            blocks=self.blocks,
            mrkdwn=self.mrkdwn,
            notified=() if only_for else self.notified,
            thread_ts=thread_ts,
            only_for=only_for,
            metadata=metadata,
            subtype=subtype,
        )


def read_content(arguments: Arguments) -> Content:
    """The content of a message, or the error Slack gives for it; nothing at all is `no_text`."""
    text = arguments.text("text") or ""
    markdown = arguments.text("markdown_text")
    given = arguments.parsed("blocks", "invalid_blocks_format")
    if markdown is not None:
        if text or given:
            raise ApiError("markdown_text_conflict")
        given = [{"type": "markdown", "text": markdown}]
        if len(markdown) > block_kit.MOST_MARKDOWN:
            raise ApiError("msg_too_long")
    blocks = read_blocks(given)
    if not text.strip() and not blocks:
        raise ApiError("no_text")
    text = text[:TEXT_KEPT]
    link_names = arguments.flag("link_names") or arguments.text("parse") == "full"
    return Content(
        text=text,
        blocks=blocks,
        mrkdwn=arguments.flag("mrkdwn", True),
        notified=notified(text, blocks, link_names=link_names),
    )


def read_blocks(given: Any) -> tuple[Mapping[str, Any], ...]:
    if given is None:
        return ()
    if problems := block_kit.problems(given):
        error = refused("invalid_blocks", *problems)
        error.extra["errors"] = problems
        raise error
    if block_kit.characters(given) > block_kit.MOST_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    return block_kit.named(given)


def read_metadata(arguments: Arguments) -> Mapping[str, Any] | None:
    metadata: Mapping[str, Any] | None = arguments.parsed("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    match metadata:
        case {"event_type": str() as event_type, "event_payload": dict() as payload, **rest} if (
            event_type and not rest
        ):
            if not all(_flat(value) for value in payload.values()):
                raise ApiError("invalid_metadata_schema")
        case _:
            raise ApiError("invalid_metadata_format")
    if len(str(metadata)) > METADATA_CHARACTERS:
        raise ApiError("metadata_too_large")
    return metadata


def _flat(value: object, depth: int = 0) -> bool:
    """A scalar, a flat object, or a list of either."""
    match value:
        case dict():
            return depth < 2 and all(_scalar(each) for each in value.values())
        case list():
            return depth == 0 and all(_flat(each, depth + 1) for each in value)
    return _scalar(value)


def _scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _altered(arguments: Arguments, content: Content) -> dict[str, Any]:
    """The fields an update replaces: blocks and metadata stay where they are not given."""
    changes: dict[str, Any] = {"text": content.text}
    if "blocks" in arguments.values or "markdown_text" in arguments.values:
        changes["blocks"] = content.blocks
    if "metadata" in arguments.values:
        changes["metadata"] = read_metadata(arguments)
    return changes


class Chat:
    """Posting, changing and deleting as the bot."""

    def __init__(self, live: Live, own_url: str) -> None:
        self._live = live
        self._own_url = own_url
        self._pace = Pace()

    def _place(self, arguments: Arguments) -> Channel:
        """Where a post goes, if the bot may post there."""
        named = arguments.required("channel")
        channel = channel_for_bot(self._live.workspace, named)
        if channel.is_archived:
            raise ApiError("is_archived")
        if self._live.workspace.bot not in channel:
            raise ApiError("not_in_channel")
        return channel

    def _thread(self, arguments: Arguments, channel: Channel) -> str | None:
        if not (thread_ts := arguments.text("thread_ts")):
            return None
        parent = self._live.workspace.message(channel.id, thread_ts)
        if parent is None or parent.is_reply or parent.only_for is not None:
            raise ApiError("thread_not_found")
        return thread_ts

    def _content(self, arguments: Arguments) -> Content:
        content = read_content(arguments)
        check_pictures(content.blocks, self._live)
        return content

    def _take_turn(self, channel: Channel) -> None:
        if seconds := self._pace.wait(channel.id, self._live.now()):
            raise ApiError("ratelimited", retry_after=seconds)

    async def post_message(self, arguments: Arguments) -> dict[str, Any]:
        channel = self._place(arguments)
        content, metadata = self._content(arguments), read_metadata(arguments)
        thread_ts = self._thread(arguments, channel)
        self._take_turn(channel)
        message = await self._live.post(
            content.as_message(
                by=self._live.workspace.bot,
                ts=self._live.next_ts(),
                channel=channel.id,
                thread_ts=thread_ts,
                metadata=metadata,
                subtype="thread_broadcast" if thread_ts and arguments.flag("reply_broadcast") else None,
            )
        )
        return {
            "channel": channel.id,
            "ts": message.ts,
            "message": message_json(message, self._live.workspace, metadata=True),
        }

    async def post_ephemeral(self, arguments: Arguments) -> dict[str, Any]:
        channel, user = self._place(arguments), arguments.required("user")
        if user not in channel:
            raise ApiError("user_not_in_channel")
        content, thread_ts = self._content(arguments), self._thread(arguments, channel)
        self._take_turn(channel)
        message = await self._live.post(
            content.as_message(
                by=self._live.workspace.bot,
                ts=self._live.next_ts(),
                channel=channel.id,
                thread_ts=thread_ts,
                only_for=user,
            )
        )
        return {"message_ts": message.ts}

    async def update(self, arguments: Arguments) -> dict[str, Any]:
        channel, ts = self._place(arguments), arguments.required("ts")
        self._own(channel, ts, "cant_update_message")
        if len((arguments.text("text") or "").encode()) > UPDATE_BYTES:
            raise ApiError("msg_too_long")
        changes = _altered(arguments, self._content(arguments))

        def decide(workspace: Workspace) -> Sequence[Edited]:
            message = workspace.message(channel.id, ts)
            if message is None:
                raise ApiError("message_not_found")
            edited = replace(message, edited_ts=self._live.next_ts(), **changes)
            return [Edited(replace(edited, notified=notified(edited.text, edited.blocks)))]

        await self._live.change(decide)
        message = self._own(channel, ts, "cant_update_message")
        return {
            "channel": channel.id,
            "ts": ts,
            "text": message.text,
            "message": message_json(message, self._live.workspace, metadata=True),
        }

    async def delete(self, arguments: Arguments) -> dict[str, Any]:
        channel, ts = self._place(arguments), arguments.required("ts")
        message = self._own(channel, ts, "cant_delete_message")
        await self._live.commit(Deleted(message))
        return {"channel": channel.id, "ts": ts}

    def _own(self, channel: Channel, ts: str, otherwise: str) -> Message:
        message = self._live.workspace.message(channel.id, ts)
        if message is None or message.only_for is not None:
            raise ApiError("message_not_found")
        if message.user != self._live.workspace.bot:
            raise ApiError(otherwise)
        return message

    async def get_permalink(self, arguments: Arguments) -> dict[str, Any]:
        channel = channel_for_bot(self._live.workspace, arguments.required("channel"))
        message = self._live.workspace.message(channel.id, ts := arguments.required("message_ts"))
        if message is None or message.only_for is not None:
            raise ApiError("message_not_found")
        link = f"{self._own_url}/archives/{channel.id}/p{ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return {"channel": channel.id, "permalink": link}


def channel_for_bot(workspace: Workspace, named: str) -> Channel:
    """The channel with this id, or the direct messages with this person; unknown where the bot cannot see."""
    channel = workspace.channels.get(named) or workspace.direct(named)
    if channel is None or not channel.visible_to(workspace.bot) or named == workspace.bot:
        raise ApiError("channel_not_found")
    return channel
