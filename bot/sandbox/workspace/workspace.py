"""The workspace as a value, and the effect of each change.

Nothing here waits or talks to anyone. Changes are made by building one, storing it, and applying it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.workspace.changes import (
    Change,
    ChannelChanged,
    Deleted,
    Edited,
    FileKept,
    HomePublished,
    InstallationChanged,
    Posted,
    UserChanged,
)
from bot.sandbox.workspace.records import Channel, File, Installation, Message, Team, User


@dataclass(kw_only=True, eq=False)
class Workspace:
    """The present state; `apply_change` is the only way to change it."""

    team: Team
    url: str = ""
    """The address it is served at, without a slash at its end."""
    installation: Installation | None = field(default=None, init=False)
    homes: dict[str, Mapping[str, Any]] = field(default_factory=dict, init=False)
    users: dict[str, User] = field(default_factory=dict, init=False)
    channels: dict[str, Channel] = field(default_factory=dict, init=False)
    files: dict[str, File] = field(default_factory=dict, init=False)
    _messages: dict[str, dict[str, Message]] = field(default_factory=dict, init=False)
    _replies: dict[tuple[str, str], set[str]] = field(default_factory=dict, init=False)
    _last_ts: int = field(default=0, init=False)

    @property
    def bot(self) -> str:
        """The bot's user id."""
        return self.team.bot_user

    def apply_change(self, change: Change) -> None:
        match change:
            case Posted(message) | Edited(message):
                self._messages.setdefault(message.channel, {})[message.ts] = message
                if message.is_reply and message.thread_ts and message.only_for is None:
                    self._replies.setdefault((message.channel, message.thread_ts), set()).add(message.ts)
                self._last_ts = max(self._last_ts, _to_micros(message.ts))
            case Deleted(message):
                self.forget_message(message.channel, message.ts)
            case ChannelChanged(channel):
                self.channels[channel.id] = channel
            case UserChanged(user):
                self.users[user.id] = user
            case InstallationChanged(installation):
                self.installation = installation
            case HomePublished(user=whose, view=view):
                self.homes[whose] = view
            case FileKept(file):
                self.files[file.id] = file

    @property
    def has_app(self) -> bool:
        return self.installation is not None and not self.installation.revoked

    def can_see(self, user: str, channel: Channel) -> bool:
        """Asks if the channel exists for this person: for guests and strangers, only where they are in it."""
        person = self.users[user]
        return user in channel or (channel.visible_to(user) and not person.home and not person.is_guest)

    def forget_message(self, channel: str, ts: str) -> None:
        message = self._messages.get(channel, {}).pop(ts, None)
        if message is not None and message.thread_ts:
            self._replies.get((channel, message.thread_ts), set()).discard(ts)

    def shares_of(self, file: str) -> list[Message]:
        """The messages that everybody in their channels sees the file in, oldest first."""
        found = [
            message
            for messages in self._messages.values()
            for message in messages.values()
            if file in message.files and message.only_for is None
        ]
        return sorted(found, key=lambda message: message.ts)

    def file_for_bot(self, file: str) -> File | None:
        """The file, if the bot made it or is where it was shared."""
        found = self.files.get(file)
        if found is None or found.user == self.bot:
            return found
        is_where_bot_is = any(self.bot in self.channels[message.channel] for message in self.shares_of(file))
        return found if is_where_bot_is else None

    def next_ts(self, now_micros: int) -> str:
        """A time stamp no message has yet, later than every one before it."""
        self._last_ts = max(now_micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def find_message(self, channel: str, ts: str) -> Message | None:
        return self._messages.get(channel, {}).get(ts)

    def all_messages(self, channel: str) -> list[Message]:
        """Everything in a channel, oldest first, replies and ephemeral messages included."""
        return sorted(self._messages.get(channel, {}).values(), key=lambda message: message.ts)

    def channel_history(self, channel: str) -> list[Message]:
        """The messages in the channel itself for everyone, newest first."""
        return [
            message
            for message in reversed(self.all_messages(channel))
            if message.only_for is None and (not message.is_reply or message.subtype == "thread_broadcast")
        ]

    def thread_replies(self, channel: str, thread_ts: str) -> list[Message]:
        """The replies in a thread, oldest first, without its parent."""
        return [self._messages[channel][ts] for ts in sorted(self._replies.get((channel, thread_ts), ()))]

    def direct_channel(self, user: str) -> Channel | None:
        """The direct messages between this person and the bot."""
        return next(
            (
                channel
                for channel in self.channels.values()
                if channel.is_im and user in channel and self.bot in channel
            ),
            None,
        )

    def channel_named(self, name: str) -> Channel | None:
        return next(
            (channel for channel in self.channels.values() if channel.name == name and not channel.is_im),
            None,
        )

    def human_ids(self) -> list[str]:
        return [human.id for human in self.humans()]

    def humans(self) -> Iterator[User]:
        return (user for user in self.users.values() if not user.is_bot and not user.deleted)


def _to_micros(ts: str) -> int:
    seconds, _, micros = ts.partition(".")
    return int(seconds) * 1_000_000 + int(micros)
