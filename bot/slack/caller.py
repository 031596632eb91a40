"""The person who asks for something, and where; a value that comes with everything people do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Caller:
    """No channel where there is none, as in the App Home."""

    team: str
    user: str
    channel: str | None
    thread: str | None = None
    """The first message of the thread they are in."""


def is_direct(channel: str | None) -> bool:
    """True of a conversation of two."""
    return channel is not None and channel.startswith("D")
