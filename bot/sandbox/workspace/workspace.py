"""The workspace as a value: people, channels, messages, and what a change to one of them means.

Nothing here waits or talks to anyone. Changes are made by building one, storing it, and applying it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

APP: Final = "A0PRECACHE1"
SLACKBOT: Final = "USLACKBOT"


@dataclass(frozen=True, kw_only=True)
class Group:
    """A user group, which `<!subteam^S…>` mentions."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Team:
    """What tells a workspace from another, and who the app is in it."""

    id: str
    name: str
    domain: str
    bot: str
    bot_user: str
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, kw_only=True)
class User:
    id: str
    name: str
    real_name: str
    color: str
    tz: str = ""
    is_bot: bool = False
    is_admin: bool = False
    deleted: bool = False
    home: str = ""
    """The workspace of a stranger, who is here by Slack Connect."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A channel or, with `is_im`, the direct messages between a person and the bot."""

    id: str
    name: str
    created: int
    creator: str
    members: tuple[str, ...]
    is_private: bool = False
    is_im: bool = False
    is_archived: bool = False
    is_general: bool = False
    is_ext_shared: bool = False
    topic: str = ""

    def __contains__(self, user: str) -> bool:
        return user in self.members

    def visible_to(self, user: str) -> bool:
        return user in self.members or not self.is_private

    @property
    def kind(self) -> str:
        """As events call it."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    def other(self, user: str) -> str | None:
        """Whom `user` talks to here, in direct messages."""
        return next((each for each in self.members if each != user), None) if self.is_im else None


@dataclass(frozen=True, kw_only=True)
class File:
    """A file without its bytes, which only the journal holds; `ready` is when Slack has processed it."""

    id: str
    name: str
    title: str
    mime: str
    size: int
    user: str
    created: float
    ready: float
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message with Slack's escaped text; `only_for` makes it ephemeral, `files` are ids."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    thread_ts: str | None = None
    only_for: str | None = None
    edited_ts: str | None = None
    metadata: Mapping[str, Any] | None = None
    mrkdwn: bool = True
    subtype: str | None = None
    notified: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    reactions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def visible_to(self, user: str) -> bool:
        return self.only_for in (None, user)


@dataclass(frozen=True)
class Posted:
    message: Message


@dataclass(frozen=True)
class Edited:
    """Same place, other content: new text, another reaction."""

    message: Message


@dataclass(frozen=True)
class Deleted:
    message: Message


@dataclass(frozen=True)
class ChannelChanged:
    channel: Channel


@dataclass(frozen=True)
class UserChanged:
    user: User


@dataclass(frozen=True, kw_only=True)
class Installation:
    """That the app is here, or was: whose consent it has, and the token that says so."""

    token: str
    scopes: str
    by: str
    revoked: bool = False


@dataclass(frozen=True)
class InstallationChanged:
    installation: Installation


@dataclass(frozen=True, kw_only=True)
class HomePublished:
    """The app's Home for one person."""

    user: str
    view: Mapping[str, Any]


@dataclass(frozen=True)
class FileKept:
    """A file whose upload is complete, with its bytes where it is new."""

    file: File
    content: bytes | None = None


Change = (
    Posted | Edited | Deleted | ChannelChanged | UserChanged | InstallationChanged | HomePublished | FileKept
)


class Workspace:
    """What is so now; `apply` is the only way to change it."""

    def __init__(self, team: Team, url: str = "") -> None:
        self.team = team
        self.url = url
        """Where it is served, without a slash at its end."""
        self.bot = team.bot_user
        self.installation: Installation | None = None
        self.homes: dict[str, Mapping[str, Any]] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self._messages: dict[str, dict[str, Message]] = {}
        self._replies: dict[tuple[str, str], set[str]] = {}
        self._last_ts = 0

    def apply(self, change: Change) -> None:
        match change:
            case Posted(message) | Edited(message):
                self._messages.setdefault(message.channel, {})[message.ts] = message
                if message.is_reply and message.thread_ts and message.only_for is None:
                    self._replies.setdefault((message.channel, message.thread_ts), set()).add(message.ts)
                self._last_ts = max(self._last_ts, _micros(message.ts))
            case Deleted(message):
                self.forget(message.channel, message.ts)
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
    def installed(self) -> bool:
        return self.installation is not None and not self.installation.revoked

    def sees(self, user: str, channel: Channel) -> bool:
        """Whether the channel exists for this person; for strangers, only where they are members."""
        return user in channel or (channel.visible_to(user) and not self.users[user].home)

    def forget(self, channel: str, ts: str) -> None:
        message = self._messages.get(channel, {}).pop(ts, None)
        if message is not None and message.thread_ts:
            self._replies.get((channel, message.thread_ts), set()).discard(ts)

    def shares(self, file: str) -> list[Message]:
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
        return found if any(self.bot in self.channels[each.channel] for each in self.shares(file)) else None

    def next_ts(self, now_micros: int) -> str:
        """A time stamp no message has yet, later than every one before it."""
        self._last_ts = max(now_micros, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def message(self, channel: str, ts: str) -> Message | None:
        return self._messages.get(channel, {}).get(ts)

    def messages(self, channel: str) -> list[Message]:
        """Everything in a channel, oldest first, replies and ephemeral messages included."""
        return sorted(self._messages.get(channel, {}).values(), key=lambda message: message.ts)

    def history(self, channel: str) -> list[Message]:
        """What stands in the channel itself for everyone, newest first."""
        return [
            message
            for message in reversed(self.messages(channel))
            if message.only_for is None and (not message.is_reply or message.subtype == "thread_broadcast")
        ]

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """The replies in a thread, oldest first, without its parent."""
        return [self._messages[channel][ts] for ts in sorted(self._replies.get((channel, thread_ts), ()))]

    def direct(self, user: str) -> Channel | None:
        """The direct messages between this person and the bot."""
        return next(
            (each for each in self.channels.values() if each.is_im and user in each and self.bot in each),
            None,
        )

    def named(self, name: str) -> Channel | None:
        return next((each for each in self.channels.values() if each.name == name and not each.is_im), None)

    def humans(self) -> Iterator[User]:
        return (user for user in self.users.values() if not user.is_bot and not user.deleted)


def _micros(ts: str) -> int:
    seconds, _, micros = ts.partition(".")
    return int(seconds) * 1_000_000 + int(micros)
