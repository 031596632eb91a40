"""The pieces of an answer on its way from Markdown to Slack: runs of text, and chunks made of them.

An answer is a row of chunks, each small enough to move to another message, or with places at which it parts.
Runs and chunks are tuples, since a long answer has hundreds of them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple

Style = Literal["bold", "italic", "strike", "code"]
Kind = Literal["section", "header", "item", "quote", "code", "row", "divider"]
Parting = Literal["words", "lines"]
"""The places where a long text may come apart."""

_MOST_ROWS: Final = 100
_MOST_COLUMNS: Final = 20
_ALONE: Final = frozenset({"header", "row", "divider"})
"""Kinds that have a Slack block for themselves; all others are rich text."""
_MARKS: Final[dict[str, str]] = {"quote": "> ", "divider": "---"}
NO_STYLE: Final[frozenset[Style]] = frozenset()


class TextRun(NamedTuple):
    """Text of one style; with a URL, a link."""

    text: str
    style: frozenset[Style] = NO_STYLE
    url: str | None = None
    emoji: str | None = None
    """Its name, where the text is the code of one."""


Cell = tuple[TextRun, ...]
Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Grid:
    """Facts that the rows of a table share, and take along to another message."""

    header: Row
    aligns: tuple[str, ...]
    widths: tuple[int, ...]
    rows: int

    @property
    def fits_slack_table(self) -> bool:
        """True if Slack's own tables are large enough for it."""
        return self.rows <= _MOST_ROWS and len(self.aligns) <= _MOST_COLUMNS


class Chunk(NamedTuple):
    """The smallest part of an answer that is looked at by itself when it is put into messages."""

    kind: Kind
    block: int
    """Chunks of one number stand together."""
    gap: int
    """The cost of a message that begins here; see `split.Gap`."""
    weight: int
    """The most that it can add to the characters of its message's blocks or of its plain text."""
    runs: tuple[TextRun, ...] = ()
    said: str = ""
    """The same for people who hear it."""
    more: bool = False
    """Goes on where the chunk before it was cut."""
    parting: Parting | None = None
    """Set if a message may end inside it, which is of one run then."""
    indent: int = 0
    number: int | None = None
    quoted: bool = False
    cells: Row = ()
    grid: Grid | None = None

    def shares_block(self, other: Chunk) -> bool:
        """True if both stand in the same Slack block."""
        if self.block != other.block or self.grid is not other.grid:
            return False
        return self.kind == other.kind or not (self.kind in _ALONE or other.kind in _ALONE)


def text_weight(text: str) -> int:
    """Characters of `text` once escaped."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def said_weight(kind: Kind, said: str) -> int:
    """Characters of what a chunk says, once escaped, with the sign before each further line of a quote."""
    weight = text_weight(said)
    return weight + text_weight(_MARKS[kind]) * said.count("\n") if kind == "quote" else weight


def runs_weight(kind: Kind, runs: Sequence[TextRun], said: str) -> int:
    """Characters of `runs`, which say `said`, once escaped; each link has its own address."""
    if len(runs) < 2 or len([run for run in runs if run.url]) < 2:
        return said_weight(kind, said)
    return sum(said_weight(kind, spoken_text((run,))) for run in runs)


@lru_cache
def mark_weight(kind: Kind, *, indent: int, number: int | None) -> int:
    """Characters of what stands before a chunk, and of the line's end."""
    return text_weight(line_mark(kind, indent, number)) + 2


def row_weight(cells: Row, grid: Grid) -> int:
    """Characters of a row in whichever form the table gets."""
    padded = zip(cells, grid.widths, strict=True)
    row = sum(3 + max(text_weight(spoken_text(cell)), width) for cell, width in padded)
    return 2 * row if cells is grid.header else row  # a header may be underlined


def line_mark(kind: Kind, indent: int, number: int | None) -> str:
    """The sign that stands before a line in plain text, or in its place."""
    if kind == "item":
        return "  " * indent + (f"{number}. " if number else "• ")
    return _MARKS.get(kind, "")


def merge_runs(runs: Sequence[TextRun]) -> list[TextRun]:
    """`runs` with neighbours alike made one."""
    if len(runs) < 2:
        return list(runs)
    merged: list[TextRun] = []
    texts: list[str] = []
    last: TextRun | None = None
    for run in runs:
        if last is not None and (run.style, run.url, run.emoji) == (last.style, last.url, None):
            texts.append(run.text)
            continue
        if len(texts) > 1 and last is not None:
            merged[-1] = last._replace(text="".join(texts))
        merged.append(run)
        last, texts = (run, [run.text]) if run.emoji is None else (None, [])
    if len(texts) > 1 and last is not None:
        merged[-1] = last._replace(text="".join(texts))
    return merged


def spoken_text(runs: Sequence[TextRun]) -> str:
    """The text of `runs`, each link followed by where it leads unless it says so itself."""
    if len(runs) == 1 and not runs[0].url:
        return runs[0].text
    words = []
    for at, run in enumerate(runs):
        words.append(run.text)
        if run.url is None:
            continue
        ends = at + 1 == len(runs) or runs[at + 1].url != run.url
        if ends and run.url not in (run.text, f"mailto:{run.text}"):
            words.append(f" ({run.url})")
    return "".join(words)


def text_width(text: str) -> int:
    """The width of `text` in a monospaced font."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
