"""The changes of a workspace, each as a value that can be stored, applied and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.workspace.records import Channel, File, Installation, Message, User


@dataclass(frozen=True)
class _MessageChanged:
    message: Message


class Posted(_MessageChanged):
    """It is new."""


class Edited(_MessageChanged):
    """Same place, other content: new text, another reaction."""


class Deleted(_MessageChanged):
    """It is gone."""


@dataclass(frozen=True)
class ChannelChanged:
    channel: Channel


@dataclass(frozen=True)
class UserChanged:
    user: User


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
