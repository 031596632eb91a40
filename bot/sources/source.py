"""A source as a value: its form on the wire, its readers, its label, and its reading.

The rest of the bot asks a source, and never looks at its kind: that is how a new kind stays one file here and
one line of `KINDS`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from bot.sources.material import Piece, Unreadable

if TYPE_CHECKING:  # a start reads records of sources, and no source
    from bot.hearing import Senses
    from bot.slack import Slack
    from bot.sources.file_reader import FileReader
    from bot.sources.link_reader import LinkReader

Wire = Mapping[str, Any]
"""A source as a job, a schedule's record and the composer's modal carry it; see docs/jobs.md."""


@dataclass(frozen=True, kw_only=True)
class Everyone:
    """The readers of what is public."""


@dataclass(frozen=True, kw_only=True)
class ChannelMembers:
    """The members of a channel."""

    channel: str


@dataclass(frozen=True, kw_only=True)
class FileViewers:
    """The person who shared a file, and the members of the channels where it was shared."""

    file: str


Readers = Everyone | ChannelMembers | FileViewers


@dataclass(frozen=True, kw_only=True)
class SourceLabel:
    """The facts that tell a source from others; `bot.replies` puts them into words."""

    kind: str
    """One word, such as "thread"."""
    url: str | None = None
    channel: str | None = None
    """Its id."""
    hours: int | None = None
    """So much of a channel; None since the last run."""
    began: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ReadingContext:
    """The place and the moment of a reading, and all that can read."""

    slack: Callable[[], Awaitable[Slack]]
    links: LinkReader
    files: FileReader
    senses: Senses
    team: str
    now: datetime
    zone: str
    """The zone in which times are written."""
    since: datetime
    """The beginning of the window of feeds, and of channels that do not say how long."""
    asked: str = ""
    """The fingerprint of the question, where it is the same whenever it is asked; see `Thread`."""
    comes_back: bool = False
    """True for a slot, which QStash brings again: what Slack does not give now can be read a little later."""


class Source(Protocol):
    """Something that a prompt reads."""

    @property
    def is_readable(self) -> bool:
        """True if its fields are what its reading needs: a link that can be followed, an id."""

    @property
    def readers(self) -> Readers:
        """The people who may read it, and so may have it read."""

    @property
    def label(self) -> SourceLabel: ...

    def encode(self) -> dict[str, Any]:
        """Its form on the wire."""

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        """Read it, if `is_readable`. Raises `SlackError` and `RedisUnavailable`."""


class SourceKind(Protocol):
    """A class of sources."""

    @property
    def wire_type(self) -> str:
        """Its `type` on the wire."""

    def decode(self, wire: Wire) -> Source | None:
        """The source that has this form; None for what has a field missing, or of another type."""
