"""A link: to a page, a feed, a PDF, plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from bot.fetch import parse_link
from bot.sources.material import Piece, Unreadable
from bot.sources.source import Everyone, ReadingContext, SourceLabel, Wire


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link, as it was typed."""

    wire_type: ClassVar[str] = "link"

    url: str

    @classmethod
    def decode(cls, wire: Wire) -> Self | None:
        url = wire.get("url")
        return cls(url=url) if isinstance(url, str) else None

    def encode(self) -> dict[str, Any]:
        return {"type": self.wire_type, "url": self.url}

    @property
    def is_readable(self) -> bool:
        return parse_link(self.url) is not None

    @property
    def readers(self) -> Everyone:
        return Everyone()

    @property
    def label(self) -> SourceLabel:
        return SourceLabel(kind=self.wire_type, url=self.url)

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        """Of a feed, only what is new."""
        return await context.links.read_link(
            self.url,
            context.senses,
            team=context.team,
            since=context.since,
            until=context.now,
            zone=context.zone,
        )
