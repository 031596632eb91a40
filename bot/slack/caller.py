"""The person who asks for something, and where; a value that comes with everything people do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One thing that someone has asked for; what is begun again under the same id is done once."""

    id: str
    at: datetime
    is_again: bool = False
    """The process that began it is lost, and nobody knows how far it came."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """No channel where there is none, as in the App Home."""

    team: str
    user: str
    channel: str | None
    thread: str | None = None
    """The first message of the thread they are in."""
    said: str | None = field(default=None, compare=False)
    """The `ts` of the message in which they ask; None for what is no message."""
    wish: Wish | None = field(default=None, compare=False)
    """What they ask for just now; None where only something is shown."""

    @property
    def asks_again(self) -> bool:
        """True if what they ask for was begun before, and may be done already."""
        return self.wish is not None and self.wish.is_again

    def in_thread(self, thread: str | None) -> Self:
        """The same person, answered in this thread."""
        return replace(self, thread=thread)

    def asked_at(self, now: datetime) -> datetime:
        """The moment of their wish, however often it is begun; `now` where there is none."""
        return now if self.wish is None else self.wish.at


def is_direct(channel: str | None) -> bool:
    """True of a conversation of two."""
    return channel is not None and channel.startswith("D")
