"""Quotations that a person sends along with a question: a forwarded message, a pasted table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from bot.sources.material import Piece
from bot.sources.source import Everyone, ReadingContext, SourceLabel, Wire

LONGEST_QUOTATION: Final = 8_000
"""Characters; a job carries them all."""
_CUT: Final = "… (cut off)"


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """Its words, as plain text, so that nothing has to be read again."""

    wire_type: ClassVar[str] = "quotation"

    text: str

    @classmethod
    def of_words(cls, words: str) -> Self:
        """`words`, cut where they are too long."""
        if len(words) > LONGEST_QUOTATION:
            words = words[: LONGEST_QUOTATION - len(_CUT)].rstrip() + _CUT
        return cls(text=words)

    @classmethod
    def decode(cls, wire: Wire) -> Self | None:
        text = wire.get("text")
        return cls(text=text) if isinstance(text, str) else None

    def encode(self) -> dict[str, Any]:
        return {"type": self.wire_type, "text": self.text}

    @property
    def is_readable(self) -> bool:
        return bool(self.text.strip()) and len(self.text) <= LONGEST_QUOTATION

    @property
    def readers(self) -> Everyone:
        return Everyone()

    @property
    def label(self) -> SourceLabel:
        return SourceLabel(kind=self.wire_type)

    async def read_material(self, context: ReadingContext) -> Piece:
        return Piece(
            title="What was sent along with the question: forwarded messages and tables",
            name="what was sent along",
            text=self.text,
            left_out="(The end is left out.)" if self.text.endswith(_CUT) else "",
        )
