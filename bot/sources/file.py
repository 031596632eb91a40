"""A file that was shared in Slack."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from bot.sources.material import Piece, Unreadable
from bot.sources.source import FileViewers, ReadingContext, SourceLabel, Wire

_FILE: Final = re.compile(r"F[A-Z0-9]{2,30}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class File:
    """A shared file."""

    wire_type: ClassVar[str] = "file"

    file: str
    """Its id."""

    @classmethod
    def decode(cls, wire: Wire) -> Self | None:
        file = wire.get("file")
        return cls(file=file) if isinstance(file, str) else None

    def encode(self) -> dict[str, Any]:
        return {"type": self.wire_type, "file": self.file}

    @property
    def is_readable(self) -> bool:
        return _FILE.fullmatch(self.file) is not None

    @property
    def readers(self) -> FileViewers:
        return FileViewers(file=self.file)

    @property
    def label(self) -> SourceLabel:
        return SourceLabel(kind=self.wire_type)

    async def read_material(self, context: ReadingContext) -> Piece | Unreadable:
        return await context.files.read_file(await context.slack(), self.file)
