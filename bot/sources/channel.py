"""A Slack channel over a window of time: what was said in the channel itself, not in its threads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar, Final, Self

from bot.errors import SlackRefused
from bot.slack import read_history
from bot.sources.conversation import (
    CHANNEL_ID,
    MESSAGES,
    counts_as_said,
    has_words,
    keep_newest,
    left_out_note,
    look_at_posted,
    said_at,
    unreadable_conversation,
)
from bot.sources.material import Piece, Unreadable, Window
from bot.sources.source import ChannelMembers, ReadingContext, SourceLabel, Wire

LONGEST_WINDOW: Final = 31 * 24
"""Hours of a channel."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """The messages of a channel."""

    wire_type: ClassVar[str] = "channel"

    channel: str
    """Its id."""
    hours: int | None = None
    """The last so many; None since it was last read."""

    @classmethod
    def decode(cls, wire: Wire) -> Self | None:
        channel, hours = wire.get("channel"), wire.get("hours")
        if not isinstance(channel, str) or ("hours" in wire and type(hours) is not int):
            return None
        return cls(channel=channel, hours=hours)

    def encode(self) -> dict[str, Any]:
        hours = {} if self.hours is None else {"hours": self.hours}
        return {"type": self.wire_type, "channel": self.channel, **hours}

    @property
    def is_readable(self) -> bool:
        fits = self.hours is None or 0 < self.hours <= LONGEST_WINDOW
        return fits and CHANNEL_ID.fullmatch(self.channel) is not None

    @property
    def readers(self) -> ChannelMembers:
        return ChannelMembers(channel=self.channel)

    @property
    def label(self) -> SourceLabel:
        return SourceLabel(kind=self.wire_type, channel=self.channel, hours=self.hours)

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        window, name = self._window_at(context), f"<#{self.channel}>"
        slack = await context.slack()
        try:
            said = await read_history(
                slack, self.channel, window.since, most=MESSAGES + 1, in_part=not context.comes_back
            )
        except SlackRefused as exc:
            return unreadable_conversation(exc, name)
        me = await slack.own_id()
        # What came while we were asking is the next window's, which would tell it again.
        counted = [
            message
            for message in said.messages
            if said_at(message) <= window.until and counts_as_said(message, me=me)
        ]
        found = [message for message in counted if has_words(message)]
        if not found:
            return Unreadable(problem="wordless" if counted else "empty", name=name)
        kept, text = await keep_newest(slack, found, zone=context.zone)
        older, wordless = len(found) - len(kept), len(counted) - len(found)
        left_out = left_out_note(older, more=said.has_more, wordless=wordless)
        if older or said.has_more:
            window = replace(window, since=said_at(kept[0]))
        pictures = await look_at_posted(slack, kept, context)
        has_replies = any(message.get("reply_count") for message in kept)
        return Piece(
            title="Messages of a Slack channel, oldest first, without the replies in their threads",
            name=f"{name} (without the replies in threads)" if has_replies else name,
            text=text + pictures.text,
            window=window,
            left_out=f"{left_out} {pictures.left_out}".strip(),
            unread=pictures.unread,
        )

    def _window_at(self, context: ReadingContext) -> Window:
        earliest = context.now - timedelta(hours=LONGEST_WINDOW)
        if self.hours is None:
            return Window(since=max(context.since, earliest), until=context.now)
        return Window(since=context.now - timedelta(hours=self.hours), until=context.now)
