"""Rich text in Slack's own shapes, where no character that a model writes has a meaning of its own.

An answer is a row of chunks, each small enough to move to another message. `render_blocks` puts neighbours
together into blocks again; `plain_message` says the same for people who hear the message or read it in a
notification.
Shapes: docs.slack.dev/reference/block-kit/blocks/rich-text-block and table-block.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any, Final, Literal

Block = dict[str, Any]
Style = Literal["bold", "italic", "strike", "code"]
Kind = Literal["section", "header", "item", "quote", "code", "row", "divider"]

DEEPEST: Final = 8
"""Slack's last level of indentation."""
_MOST_ROWS: Final = 100
_MOST_COLUMNS: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRun:
    """Text of one style; with a URL, a link."""

    text: str
    style: frozenset[Style] = frozenset()
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """The smallest part of an answer that may begin a message."""

    kind: Kind
    block: int
    """Chunks of one number stand together."""
    gap: int
    """The cost of a message that begins here; see `split.Gap`."""
    runs: tuple[TextRun, ...] = ()
    more: bool = False
    """Goes on where the chunk before it was cut."""
    indent: int = 0
    number: int | None = None
    quoted: bool = False
    cells: Row = ()
    grid: Grid | None = None

    @property
    def slack_block(self) -> tuple[int, Kind | None, Grid | None]:
        """Equal for neighbours that share a Slack block."""
        return self.block, self.kind if self.kind in ("header", "row", "divider") else None, self.grid


def text_weight(text: str) -> int:
    """Characters of `text` once escaped."""
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))


def chunk_weight(chunk: Chunk) -> int:
    """The most that a chunk can add to the characters of its message's blocks or of its plain text."""
    if chunk.grid is not None:
        cells = zip(chunk.cells, chunk.grid.widths, strict=True)
        row = sum(3 + max(text_weight(spoken_text(cell)), width) for cell, width in cells)
        return 2 * row if chunk.cells is chunk.grid.header else row  # a header may be underlined
    runs = sum(text_weight(spoken_text((run,))) for run in chunk.runs)
    return runs if chunk.more else runs + text_weight(_chunk_mark(chunk)) + 2


def merge_runs(runs: Sequence[TextRun]) -> list[TextRun]:
    """`runs` with neighbours alike made one."""
    if len(runs) < 2:
        return list(runs)
    return [
        run
        for emoji, group in groupby(runs, key=lambda run: run.emoji is not None)
        for run in (group if emoji else _merged(group))
    ]


def _merged(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    for (style, url), alike in groupby(runs, key=lambda run: (run.style, run.url)):
        yield TextRun(text="".join(run.text for run in alike), style=style, url=url)


def spoken_text(runs: Sequence[TextRun]) -> str:
    """The text of `runs`, each link followed by where it leads unless it says so itself."""
    words = []
    for at, run in enumerate(runs):
        words.append(run.text)
        ends = at + 1 == len(runs) or runs[at + 1].url != run.url
        if run.url and ends and run.url not in (run.text, f"mailto:{run.text}"):
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


def plain_message(chunks: Iterable[Chunk]) -> str:
    """The same as the blocks of `render_blocks`, as text in which nothing is live."""
    blocks = []
    for (_, _, grid), group in groupby(chunks, key=lambda chunk: chunk.slack_block):
        if grid is not None:
            lines = [" | ".join(_cell_text(cell) for cell in row) for row in _rows_with_header(grid, group)]
        else:
            lines = [
                _chunk_mark(first) + spoken_text(runs).strip("\n") for first, runs in _join_chunks(group)
            ]
        blocks.append("\n".join(lines))
    return escape("\n\n".join(blocks).strip("\n"), quote=False)


def render_blocks(chunks: Iterable[Chunk], *, tables: bool = True) -> tuple[Block, ...]:
    """Slack's blocks for one message: none of them empty, and one table at most, as Slack has it.

    Without `tables` all are monospaced text.
    """
    blocks: list[Block] = []
    tabled = not tables
    for (_, kind, grid), group in groupby(chunks, key=lambda chunk: chunk.slack_block):
        if grid is not None:
            rows = _rows_with_header(grid, group)
            native = grid.fits_slack_table and not tabled
            tabled = tabled or native
            blocks.append(
                _table_block(grid, rows) if native else _rich_block([_monospaced_table(grid, rows)])
            )
        elif kind == "divider":
            blocks.append({"type": "divider"})
        elif kind == "header":
            text = "".join(run.text for chunk in group for run in chunk.runs)
            blocks.append({"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}})
        elif elements := _rich_elements(group):
            blocks.append(_rich_block(elements))
    return tuple(blocks)


def _join_chunks(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, list[TextRun]]]:
    """Chunks of one block, those put together again that were cut."""
    first: Chunk | None = None
    runs: list[TextRun] = []
    for chunk in chunks:
        if first is not None and chunk.more:
            runs.extend(chunk.runs)
            continue
        if first is not None:
            yield first, runs
        first, runs = chunk, list(chunk.runs)
    if first is not None:
        yield first, runs


def _chunk_mark(chunk: Chunk) -> str:
    """The sign that stands before a chunk in plain text, or in its place."""
    if chunk.more:
        return ""
    if chunk.kind == "item":
        return "  " * chunk.indent + (f"{chunk.number}. " if chunk.number else "• ")
    return {"quote": "> ", "divider": "---"}.get(chunk.kind, "")


def _rich_block(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": elements}


def _rich_elements(chunks: Iterable[Chunk]) -> list[Block]:
    elements: list[Block] = []
    following: object = None  # what the next item must be to stand in the same list
    for first, runs in _join_chunks(chunks):
        inline = _inline_elements(runs)
        border = {"border": 1} if first.quoted else {}
        if first.kind == "item" and not first.more:
            section = {"type": "rich_text_section", "elements": inline or [{"type": "text", "text": " "}]}
            here = (first.indent, first.quoted, first.number)
            if here == following:
                elements[-1]["elements"].append(section)
            else:
                elements.append(
                    {"type": "rich_text_list", **_list_style(first), **border, "elements": [section]}
                )
            following = (first.indent, first.quoted, first.number and first.number + 1)
        elif inline:
            following = None
            if first.kind == "code":
                elements.append({"type": "rich_text_preformatted", "elements": inline, **border})
            else:
                kind = "rich_text_quote" if first.kind == "quote" else "rich_text_section"
                elements.append({"type": kind, "elements": inline})
    return elements


def _list_style(first: Chunk) -> Block:
    if first.number is None:
        return {"style": "bullet", "indent": first.indent}
    return {"style": "ordered", "indent": first.indent, "offset": first.number - 1}


def _inline_elements(runs: Sequence[TextRun]) -> list[Block]:
    """The elements of a line; none where there is nothing to see, which Slack would refuse."""
    if not any(run.text.strip() for run in runs):
        return []
    elements = [_run_element(run) for run in merge_runs(runs) if run.text]
    while elements[0]["type"] != "emoji" and not (text := elements[0]["text"].lstrip("\n")):
        del elements[0]
    if elements[0]["type"] != "emoji":
        elements[0]["text"] = text
    while elements[-1]["type"] != "emoji" and not (text := elements[-1]["text"].rstrip("\n")):
        del elements[-1]
    if elements[-1]["type"] != "emoji":
        elements[-1]["text"] = text
    return elements


def _run_element(run: TextRun) -> Block:
    if run.emoji is not None:
        return {"type": "emoji", "name": run.emoji}
    element: Block = {"type": "text", "text": run.text}
    if run.url:
        element = {"type": "link", "url": run.url, "text": run.text}
    if run.style:
        element["style"] = dict.fromkeys(sorted(run.style), True)
    return element


def _rows_with_header(grid: Grid, chunks: Iterable[Chunk]) -> list[Row]:
    rows = [chunk.cells for chunk in chunks]
    return rows if rows[0] is grid.header else [grid.header, *rows]


def _table_block(grid: Grid, rows: Iterable[Row]) -> Block:
    empty = [{"type": "text", "text": " "}]
    return {
        "type": "table",
        "column_settings": [{"align": align, "is_wrapped": True} for align in grid.aligns],
        "rows": [
            [
                _rich_block([{"type": "rich_text_section", "elements": _inline_elements(cell) or empty}])
                for cell in row
            ]
            for row in rows
        ],
    }


def _cell_text(cell: Cell) -> str:
    return spoken_text(cell).replace("\n", " ")


def _monospaced_table(grid: Grid, rows: Sequence[Row]) -> Block:
    lines = [[_cell_text(cell) for cell in row] for row in rows]
    lines.insert(1, ["-" * width for width in grid.widths])
    text = "\n".join(
        " | ".join(
            _pad_cell(cell, width, align)
            for cell, width, align in zip(line, grid.widths, grid.aligns, strict=True)
        ).rstrip()
        for line in lines
    )
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}


def _pad_cell(text: str, width: int, align: str) -> str:
    missing = max(0, width - text_width(text))
    before = {"left": 0, "center": missing // 2, "right": missing}[align]
    return " " * before + text + " " * (missing - before)
