"""The records a workspace is made of: people, channels, messages, files, and the app that is in it."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The identity of a workspace, and of the app in it."""

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
    locale: str = ""
    """Told only to those who ask for it; "" is not told at all."""
    is_bot: bool = False
    is_admin: bool = False
    is_guest: bool = False
    """In some channels only, as they were invited."""
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

    def other_member(self, user: str) -> str | None:
        """The other person in direct messages with `user`."""
        return next((member for member in self.members if member != user), None) if self.is_im else None


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
    attachments: tuple[Mapping[str, Any], ...] = ()
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


@dataclass(frozen=True, kw_only=True)
class Installation:
    """The app in this workspace, now or earlier: its token, its scopes, and the person who let it in."""

    token: str
    scopes: str
    by: str
    revoked: bool = False
