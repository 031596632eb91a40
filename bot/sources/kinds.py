"""The kinds of sources, and what is done with sources of any kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeGuard

from bot.sources.channel import Channel
from bot.sources.file import File
from bot.sources.link import Link
from bot.sources.material import QUIET, Material, Piece, Unreadable
from bot.sources.quotation import Quotation
from bot.sources.source import (
    ChannelMembers,
    Everyone,
    Readers,
    ReadingContext,
    Source,
    SourceKind,
    SourceLabel,
    Wire,
)
from bot.sources.thread import Thread

MOST: Final = 5
"""Sources of one prompt."""

_ALL: Final[tuple[SourceKind, ...]] = (
    Link,
    File,
    Thread,
    Channel,
    Quotation,
)
KINDS: Final[Mapping[str, SourceKind]] = {kind.wire_type: kind for kind in _ALL}
"""By the `type` on the wire."""


@dataclass(frozen=True, kw_only=True)
class ForeignSource:
    """A source that another version has written, kept to the letter so that the two can run side by side.

    This version reads it as `known` if it differs from a source of ours only by fields that we do not know.
    """

    wire: Wire
    known: Source | None = None

    def __hash__(self) -> int:
        return hash(fingerprint_of(self))

    def encode(self) -> dict[str, Any]:
        return dict(self.wire)

    @property
    def is_readable(self) -> bool:
        return self.known is not None and self.known.is_readable

    @property
    def readers(self) -> Readers:
        """Of an unknown kind, the members of its channel, if it has one: this version reads nothing of it."""
        if self.known is not None:
            return self.known.readers
        channel = self.wire.get("channel")
        return ChannelMembers(channel=channel) if isinstance(channel, str) else Everyone()

    @property
    def label(self) -> SourceLabel:
        if self.known is not None:
            return self.known.label
        url = self.wire.get("url")
        return SourceLabel(kind="", url=url if isinstance(url, str) else None)

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        if self.known is None:
            raise ValueError("expected a source of a known kind")
        return await self.known.read_material(context)


def is_wire(value: object) -> TypeGuard[Wire]:
    """True of anything that has the form of a source, of any kind."""
    return isinstance(value, Mapping) and isinstance(value.get("type"), str)


def decode_source(wire: Wire) -> Source:
    """The source that has this form on the wire."""
    kind = KINDS.get(str(wire.get("type")))
    source = None if kind is None else kind.decode(wire)
    if source is None or source.encode() != wire:
        return ForeignSource(wire=wire, known=source)
    return source


def decode_sources(wires: Iterable[Wire]) -> tuple[Source, ...]:
    return tuple(decode_source(wire) for wire in wires)


def encode_sources(sources: Iterable[Source]) -> tuple[dict[str, Any], ...]:
    return tuple(source.encode() for source in sources)


def are_readable(sources: Sequence[Source]) -> bool:
    """True if each of them can be read here, and they are no more than one prompt may have."""
    return len(sources) <= MOST and all(source.is_readable for source in sources)


def is_talk(wires: Iterable[Wire]) -> bool:
    """True if these sources are those of a question in a thread, which goes on from what was said there."""
    return any(isinstance(source, Thread) and source.is_talk for source in decode_sources(wires))


def channels_read(sources: Iterable[Source]) -> tuple[str, ...]:
    """The channels in which one must be to read them all, each once."""
    readers = [source.readers for source in sources]
    return tuple(dict.fromkeys(who.channel for who in readers if isinstance(who, ChannelMembers)))


def distinct_sources(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Each source once, in the order in which they first come."""
    return tuple({fingerprint_of(source): source for source in sources}.values())


def same_sources(some: Iterable[Source], others: Iterable[Source]) -> bool:
    """True if they are the same, in any order."""
    return {*map(fingerprint_of, some)} == {*map(fingerprint_of, others)}


def fingerprint_of(source: Source) -> str:
    """The same for sources that are the same on the wire, whatever the order of their fields."""
    return json.dumps(source.encode(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


async def read_sources(sources: Sequence[Source], context: ReadingContext) -> Material | Unreadable:
    """Read them all; `Unreadable` if none of them says anything.

    Then it is the first that is at fault; if none is, nothing was there to read.
    Raises `SlackError` and `RedisUnavailable`.
    """
    outcomes = await asyncio.gather(
        *(source.read_material(context) for source in sources), return_exceptions=True
    )
    pieces: list[Piece] = []
    unread: list[Unreadable] = []
    for outcome in outcomes:
        match outcome:
            case Piece():
                pieces.append(replace(outcome, unread=()))
                unread += outcome.unread
            case Unreadable():
                unread.append(outcome)
            case BaseException():  # only now: whatever else was under way has ended
                raise outcome
    if pieces:
        return Material(pieces=tuple(pieces), unread=tuple(unread))
    return next((source for source in unread if source.problem not in QUIET), unread[0])
