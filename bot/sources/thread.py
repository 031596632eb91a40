"""A thread in a Slack channel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Self

from bot.errors import SlackRefused
from bot.slack import Slack, is_direct, read_thread
from bot.sources.conversation import (
    CHANNEL_ID,
    Message,
    counts_as_said,
    has_words,
    is_same_question,
    is_talk,
    keep_newest,
    left_out_note,
    look_at_posted,
    run_of_message,
    said_at,
    unreadable_conversation,
)
from bot.sources.material import Piece, Unreadable, Window
from bot.sources.source import ChannelMembers, ReadingContext, SourceLabel, Wire

_TS: Final = re.compile(r"\d{1,15}\.\d{6}", re.ASCII)
_MOST_SENT: Final = 2
"""Pictures of a talk that go with what is asked in it, the newest ones: it is likely about them."""
_DATED_TS: Final = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A thread, by its first message; a message without replies is one too."""

    wire_type: ClassVar[str] = "thread"

    channel: str
    ts: str
    before: str | None = None
    """The message that asks in it: what was said until then is read, the bot's own answers included."""
    about: str | None = None
    """The answer of the bot's that is asked about; without it, the first message, or the newest answer."""

    @classmethod
    def decode(cls, wire: Wire) -> Self | None:
        channel, ts, before, about = map(wire.get, ("channel", "ts", "before", "about"))
        if not (isinstance(channel, str) and isinstance(ts, str)):
            return None
        if not (isinstance(before, str | None) and isinstance(about, str | None)):
            return None
        return cls(channel=channel, ts=ts, before=before, about=about)

    def encode(self) -> dict[str, Any]:
        talk = {"before": self.before, "about": self.about}
        set_ones = {name: value for name, value in talk.items() if value is not None}
        return {"type": self.wire_type, "channel": self.channel, "ts": self.ts, **set_ones}

    @property
    def is_readable(self) -> bool:
        moments = [moment for moment in (self.before, self.about) if moment is not None]
        dated = all(map(_DATED_TS.fullmatch, moments))
        return bool(CHANNEL_ID.fullmatch(self.channel) and _TS.fullmatch(self.ts) and dated)

    @property
    def is_talk(self) -> bool:
        """True if somebody asks in it, and goes on from what was said."""
        return self.before is not None

    @property
    def readers(self) -> ChannelMembers:
        return ChannelMembers(channel=self.channel)

    @property
    def label(self) -> SourceLabel:
        began = datetime.fromtimestamp(float(self.ts), UTC) if _DATED_TS.fullmatch(self.ts) else None
        return SourceLabel(kind=self.wire_type, channel=self.channel, began=began)

    @property
    def _place(self) -> str:
        """The channel, in mrkdwn; direct messages have no name."""
        return "in direct messages" if is_direct(self.channel) else f"in <#{self.channel}>"

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        """Its first message and its newest replies."""
        slack, name = await context.slack(), f"a thread {self._place}"
        try:
            said = await read_thread(slack, self.channel, self.ts, before=self.before)
        except SlackRefused as exc:
            return unreadable_conversation(exc, name)
        root = next((message for message in said.messages if message["ts"] == self.ts), None)
        if root is not None and root.get("subtype") == "tombstone":
            root = None
        counted = [message for message in said.messages if message is root]
        me = await slack.own_id()
        counted += self._counted_replies(said.messages, root, me=me, asked=context.asked)
        found = [message for message in counted if message is root or has_words(message)]
        if not found:
            return Unreadable(problem="wordless" if counted else "gone", name=name)
        kept, text = await keep_newest(slack, found, zone=context.zone, first=0 if root is None else 1)
        left_out = left_out_note(len(found) - len(kept), wordless=len(counted) - len(found))
        if root is None:
            left_out = f"{left_out} (The first message was deleted.)".strip()
        if said.has_more and (said.is_long or self.before is not None):
            left_out = f"{left_out} (It is a long thread: other messages are left out.)".strip()
        elif said.has_more:
            left_out = (
                f"{left_out} (The thread may go on: messages after the last one here are left out.)".strip()
            )
        most_sent = _MOST_SENT if self.is_talk else 0
        pictures = await look_at_posted(slack, kept, context, most_sent=most_sent)
        link = await self._find_permalink(slack)
        return Piece(
            title="A thread in a Slack channel, oldest message first",
            name=f"<{link}|a thread> {self._place}" if link else name,
            text=text + pictures.text,
            window=Window(since=said_at(kept[0]), until=said_at(kept[-1])),
            left_out=f"{left_out} {pictures.left_out}".strip(),
            unread=pictures.unread,
            pictures=pictures.sent,
            about=self._run_asked_about(said.messages, me=me) if self.is_talk else "",
        )

    def _run_asked_about(self, messages: Sequence[Message], *, me: str) -> str:
        """The run of the answer that is asked about: the one that is named, the root, or the newest."""
        before = float(self.before or 0)
        answers = {
            str(message["ts"]): run
            for message in messages
            if float(message["ts"]) < before and (run := run_of_message(message, me=me)) is not None
        }
        newest = max(answers, key=float, default="")
        found = [answers[ts] for ts in (self.about, self.ts, newest) if ts in answers]
        return found[0] if found else ""

    def _counted_replies(
        self, messages: Sequence[Message], root: Message | None, *, me: str, asked: str
    ) -> list[Message]:
        """The replies that are read; of a talk with the bot, those before the message that asks.

        What was `asked` before, word for word, is left out with its answers: whoever asks it again shares
        them.
        """
        replies = [message for message in messages if message is not root and message["ts"] != self.ts]
        if self.before is None:
            run = None if root is None else run_of_message(root, me=me)
            return [message for message in replies if counts_as_said(message, me=me, besides=run)]
        replies = [
            message
            for message in replies
            if float(message["ts"]) < float(self.before) and not is_same_question(message, asked, me=me)
        ]
        answers = [float(message["ts"]) for message in replies if run_of_message(message, me=me)]
        newest = max(answers, default=0.0)
        return [message for message in replies if is_talk(message, me=me, newest_answer=newest)]

    async def _find_permalink(self, slack: Slack) -> str | None:
        try:
            return await slack.get_permalink(self.channel, self.ts)
        except SlackRefused:  # deleted a moment ago
            return None
