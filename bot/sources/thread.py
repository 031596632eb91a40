"""A thread in a Slack channel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Self

from bot.errors import SlackRefused
from bot.slack import Slack, read_thread
from bot.sources.conversation import (
    CHANNEL_ID,
    counts_as_said,
    has_words,
    keep_newest,
    left_out_note,
    run_of_message,
    said_at,
    unreadable_conversation,
)
from bot.sources.material import Piece, Unreadable, Window
from bot.sources.source import ChannelMembers, ReadingContext, SourceLabel, Wire

_TS: Final = re.compile(r"\d{1,15}\.\d{6}", re.ASCII)
_DATED_TS: Final = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A thread, by its first message; a message without replies is one too."""

    wire_type: ClassVar[str] = "thread"

    channel: str
    ts: str

    @classmethod
    def decode(cls, wire: Wire) -> Self | None:
        channel, ts = wire.get("channel"), wire.get("ts")
        return cls(channel=channel, ts=ts) if isinstance(channel, str) and isinstance(ts, str) else None

    def encode(self) -> dict[str, Any]:
        return {"type": self.wire_type, "channel": self.channel, "ts": self.ts}

    @property
    def is_readable(self) -> bool:
        return bool(CHANNEL_ID.fullmatch(self.channel) and _TS.fullmatch(self.ts))

    @property
    def readers(self) -> ChannelMembers:
        return ChannelMembers(channel=self.channel)

    @property
    def label(self) -> SourceLabel:
        began = datetime.fromtimestamp(float(self.ts), UTC) if _DATED_TS.fullmatch(self.ts) else None
        return SourceLabel(kind=self.wire_type, channel=self.channel, began=began)

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        """Its first message and its newest replies."""
        slack, name = await context.slack(), f"a thread in <#{self.channel}>"
        try:
            said = await read_thread(slack, self.channel, self.ts)
        except SlackRefused as exc:
            return unreadable_conversation(exc, name)
        root = next((message for message in said.messages if message["ts"] == self.ts), None)
        if root is not None and root.get("subtype") == "tombstone":
            root = None
        me = await slack.own_id()
        run = None if root is None else run_of_message(root, me=me)
        counted = [
            message
            for message in said.messages
            if message is root or counts_as_said(message, me=me, besides=run)
        ]
        found = [message for message in counted if message is root or has_words(message)]
        if not found:
            return Unreadable(problem="wordless" if counted else "gone", name=name)
        kept, text = await keep_newest(slack, found, zone=context.zone, first=0 if root is None else 1)
        left_out = left_out_note(len(found) - len(kept), wordless=len(counted) - len(found))
        if root is None:
            left_out = f"{left_out} (The first message was deleted.)".strip()
        if said.has_more:
            left_out = (
                f"{left_out} (The thread may go on: messages after the last one here are left out.)".strip()
            )
        link = await self._permalink(slack)
        return Piece(
            title="A thread in a Slack channel, oldest message first",
            name=f"<{link}|a thread> in <#{self.channel}>" if link else name,
            text=text,
            window=Window(since=said_at(kept[0]), until=said_at(kept[-1])),
            left_out=left_out,
        )

    async def _permalink(self, slack: Slack) -> str | None:
        try:
            return await slack.permalink(self.channel, self.ts)
        except SlackRefused:  # deleted a moment ago
            return None
