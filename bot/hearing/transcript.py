"""The transcript of a recording: text with times; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from bot.documents import Document, as_document
from bot.storage import RecordKind

_HEARD: Final = RecordKind(name="heard", version=1)

NOT_ENGLISH: Final = "not english"
"""The language of what the demo recogniser does not know."""
PARAGRAPH: Final = 30.0
"""Seconds, after which a sentence's end begins a new paragraph."""

_SENTENCE: Final = re.compile(r"[.!?…。！？]['\"”’)]*\s*\Z")
_MARKS: Final = re.compile(r"[\W_]*")
_MUSIC: Final = re.compile(r"\W*[\[(*♪♫][^\])]*[\])*♪♫]\W*")
"""The words that recognisers write for music: `[Music]`, `(applause)`."""
_LONGEST_MUSIC: Final = 60


@dataclass(frozen=True, kw_only=True)
class Line:
    """Some words, and when they begin: seconds from the beginning."""

    start: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The words of one stretch of a recording."""

    lines: tuple[Line, ...]
    language: str = ""
    """Its name, as the recogniser has it."""

    @classmethod
    def of_lines(cls, lines: Iterable[tuple[float, str]], *, language: str = "") -> Self:
        """The lines that have words."""
        told = ((max(start, 0.0), " ".join(text.split())) for start, text in lines)
        return cls(
            lines=tuple(Line(start=start, text=text) for start, text in told if not _is_wordless(text)),
            language=language,
        )

    def encode(self) -> str:
        lines = [[round(line.start, 2), line.text] for line in self.lines]
        return _HEARD.write_record({"lines": lines, "language": self.language})

    @classmethod
    def decode(cls, text: str) -> Self:
        _, raw = _HEARD.read_record(text)
        lines = tuple(Line(start=float(start), text=str(said)) for start, said in raw["lines"])
        return cls(lines=lines, language=str(raw["language"]))


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """All that is said in a recording."""

    seconds: float
    heard: tuple[Heard, ...]
    broken_off: bool = False

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are spoken in it, in the order in which they come."""
        return tuple(dict.fromkeys(part.language for part in self.heard if part.language and part.lines))

    def as_document(self, title: str = "") -> Document | None:
        """Its text, paragraph by paragraph, each with its time; None where nothing is said."""
        text = text_with_times([line for part in self.heard for line in part.lines])
        made = as_document("recording", title=title, text=text, cut=self.broken_off)
        return made if isinstance(made, Document) else None


def _is_wordless(text: str) -> bool:
    """True of marks alone, `♪`, and of what stands for music."""
    return bool(_MARKS.fullmatch(text)) or (len(text) <= _LONGEST_MUSIC and bool(_MUSIC.fullmatch(text)))


def text_with_times(lines: Sequence[Line]) -> str:
    """`12:40 …`, with a gap between two paragraphs, where a text that is too long is divided."""
    paragraphs: list[list[Line]] = []
    for line in lines:
        last = paragraphs[-1] if paragraphs else []
        is_long = bool(last) and line.start - last[0].start >= PARAGRAPH
        if last and not (is_long and _SENTENCE.search(last[-1].text)) and not _is_much(last):
            last.append(line)
        else:
            paragraphs.append([line])
    return "\n\n".join(
        f"{clock_time(lines[0].start)} {' '.join(line.text for line in lines)}" for lines in paragraphs
    )


def _is_much(lines: Sequence[Line]) -> bool:
    """True of a paragraph without an end: a recogniser that writes no full stops, say."""
    return lines[-1].start - lines[0].start >= 3 * PARAGRAPH


def clock_time(seconds: float) -> str:
    """`0:07`, `12:40`, `1:02:40`, as players show it."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
