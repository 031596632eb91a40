"""A file that was shared in Slack."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from bot.fetch import is_recording
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
        return await context.files.read_file(await context.slack(), self.file, context.senses)


def attached_files(event: Mapping[str, Any]) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """The files of a message that can be read, as sources, and the names of those that cannot."""
    found: dict[str, File] = {}
    left_out: list[str] = []
    files = event.get("files")
    for file in files if isinstance(files, list) else ():
        if not isinstance(file, dict):
            continue
        mime, file_id = str(file.get("mimetype") or ""), str(file.get("id") or "")
        if file_id and (mime.startswith(("text/", "image/", "application/pdf")) or is_recording(mime)):
            found[file_id] = File(file=file_id)
        else:
            unnamed = "a deleted file" if file.get("mode") == "tombstone" else "a file without a name"
            left_out.append(str(file.get("name") or unnamed))
    return tuple(found.values()), tuple(left_out)
