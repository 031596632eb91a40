"""Rich text in Slack's own shapes, where no character that a model writes has a meaning of its own.

`render_blocks` puts neighbouring chunks together into blocks again; `plain_message` says the same for people
who hear the message or read it in a notification.
Shapes: docs.slack.dev/reference/block-kit/blocks/rich-text-block and table-block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Any

from bot.markdown.chunks import (
    Cell,
    Chunk,
    Grid,
    Row,
    TextRun,
    line_mark,
    merge_runs,
    spoken_text,
    text_width,
)
from bot.markdown.data_table import data_table_block, is_data_table

Block = dict[str, Any]


def plain_message(groups: Iterable[Sequence[Chunk]]) -> str:
    """The same as the blocks of `render_blocks`, as text in which nothing is live."""
    blocks = []
    for chunks in groups:
        grid = chunks[0].grid
        if grid is not None:
            lines = [" | ".join(_cell_text(cell) for cell in row) for row in _rows_with_header(grid, chunks)]
        else:
            lines = [_marked_text(first, said.strip("\n")) for first, _, said in _join_chunks(chunks)]
        blocks.append("\n".join(lines))
    return escape("\n\n".join(blocks).strip("\n"), quote=False)


def render_blocks(groups: Iterable[Sequence[Chunk]], *, tables: bool = True) -> tuple[Block, ...]:
    """Slack's blocks for one message: none of them empty, and one table at most, as Slack has it.

    Without `tables` all are monospaced text.
    """
    blocks: list[Block] = []
    tabled = not tables
    for chunks in groups:
        grid, kind = chunks[0].grid, chunks[0].kind
        if grid is not None:
            rows = _rows_with_header(grid, chunks)
            native = grid.fits_slack_table and not tabled
            tabled = tabled or native
            blocks.append(
                _table_block(grid, rows) if native else _rich_block([_monospaced_table(grid, rows)])
            )
        elif kind == "divider":
            blocks.append({"type": "divider"})
        elif kind == "header":
            text = "".join(run.text for chunk in chunks for run in chunk.runs)
            blocks.append({"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}})
        elif elements := _rich_elements(chunks):
            blocks.append(_rich_block(elements))
    return tuple(blocks)


def group_chunks(chunks: Sequence[Chunk]) -> list[Sequence[Chunk]]:
    """The chunks of each Slack block."""
    starts = [at for at in range(1, len(chunks)) if not chunks[at].shares_block(chunks[at - 1])]
    return [chunks[start:end] for start, end in zip([0, *starts], [*starts, len(chunks)], strict=True)]


def _join_chunks(chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, Sequence[TextRun], str]]:
    """Chunks of one block with their runs and how they are spoken, those put together again that were cut."""
    start = 0
    while start < len(chunks):
        first, end = chunks[start], start + 1
        while end < len(chunks) and chunks[end].more:
            end += 1
        if end == start + 1:
            yield first, first.runs, first.said
        else:
            runs = [run for chunk in chunks[start:end] for run in chunk.runs]
            yield first, runs, spoken_text(runs)
        start = end


def _marked_text(chunk: Chunk, said: str) -> str:
    """Plain text with the sign of its kind before it, or in its place; in a quote, before each line."""
    mark = line_mark(chunk.kind, chunk.indent, chunk.number)
    if chunk.kind == "quote":
        return mark + said.replace("\n", f"\n{mark}")
    return said if chunk.more else mark + said


def _rich_block(elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": elements}


def _rich_elements(chunks: Sequence[Chunk]) -> list[Block]:
    elements: list[Block] = []
    following: object = None  # what the next item must be to stand in the same list
    for first, runs, _ in _join_chunks(chunks):
        inline = _inline_elements(runs)
        if first.kind == "item" and not first.more:
            section = {"type": "rich_text_section", "elements": inline or [{"type": "text", "text": " "}]}
            number = first.number
            if (first.indent, first.quoted, number) == following:
                elements[-1]["elements"].append(section)
            else:
                border = {"border": 1} if first.quoted else {}
                elements.append(
                    {"type": "rich_text_list", **_list_style(first), **border, "elements": [section]}
                )
            following = (first.indent, first.quoted, number and number + 1)
        elif inline:
            following = None
            if first.kind == "code":
                border = {"border": 1} if first.quoted else {}
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
    if not any(run.text and not run.text.isspace() for run in runs):
        return []
    elements = [_run_element(run) for run in merge_runs(runs) if run.text]
    _strip_newlines(elements, 0, str.lstrip)
    _strip_newlines(elements, -1, str.rstrip)
    return elements


def _strip_newlines(elements: list[Block], end: int, strip: Callable[[str, str], str]) -> None:
    """Take empty lines away from one end."""
    while "text" in elements[end]:
        if text := strip(elements[end]["text"], "\n"):
            elements[end]["text"] = text
            return
        del elements[end]


def _run_element(run: TextRun) -> Block:
    text, style, url, emoji = run
    if emoji is not None:
        return {"type": "emoji", "name": emoji}
    element: Block = {"type": "text", "text": text} if not url else {"type": "link", "url": url, "text": text}
    if style:
        element["style"] = dict.fromkeys(sorted(style), True)
    return element


def _rows_with_header(grid: Grid, chunks: Iterable[Chunk]) -> list[Row]:
    rows = [chunk.cells for chunk in chunks]
    return rows if rows[0] is grid.header else [grid.header, *rows]


def _table_block(grid: Grid, rows: Sequence[Row]) -> Block:
    if is_data_table(rows):
        return data_table_block(rows, rich_cell=_rich_cell)
    return {
        "type": "table",
        "column_settings": [{"align": align, "is_wrapped": True} for align in grid.aligns],
        "rows": [[_rich_cell(cell) for cell in row] for row in rows],
    }


def _rich_cell(cell: Cell) -> Block:
    empty = [{"type": "text", "text": " "}]
    return _rich_block([{"type": "rich_text_section", "elements": _inline_elements(cell) or empty}])


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
