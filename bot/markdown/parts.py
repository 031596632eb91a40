"""A model's Markdown as Slack messages: whole, readable, and inert.

Slack never parses any of it: Markdown is parsed once, here, and becomes rich text, in which a mention or a
broadcast would be an element of its own, and this module makes none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from markdown_it.token import Token

from bot.markdown.grammar import DEFINITION, markdown_parser
from bot.markdown.indents import deepen_items
from bot.markdown.inline import labels_used, printable, runs_of_line
from bot.markdown.links import link_addresses
from bot.markdown.rich_text import (
    DEEPEST,
    Cell,
    Chunk,
    Grid,
    Kind,
    Row,
    TextRun,
    chunk_weight,
    plain_message,
    render_blocks,
    spoken_text,
    text_width,
)
from bot.markdown.split import Gap, cut_runs, pack_messages, shows_nothing

_LONGEST: Final = 60_000
"""Characters that are parsed, so that time is bounded; a longer answer goes on as plain text."""
_WIDEST: Final = 40
"""Columns to which a cell is padded in a monospaced table."""
_HIGHEST_NUMBER: Final = 10_000
_LIMITS: Final = range(100, 3_801)

_TASK: Final = re.compile(r"\[([ xX])\]\s")
_INTERPRETED: Final = frozenset("<>&@#")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One message: blocks, and the same content as escaped text for screen readers and notifications."""

    text: str
    blocks: tuple[dict[str, Any], ...]


def to_parts(markdown: str, *, limit: int = 3_000, tables: bool = True) -> tuple[Part, ...]:
    """The messages that say `markdown`, at least one, each at most `limit` characters long.

    Without `tables` Slack's own are left out, which only messages take.
    """
    if limit not in _LIMITS:
        raise ValueError(
            f"limit: expected {_LIMITS.start:,} to {_LIMITS.stop - 1:,} characters, got {limit:,}"
        )
    reader = _Reader(limit=limit)
    reader.read_markdown(markdown)
    messages = [chunks for chunks in pack_messages(reader.chunks, limit=limit) if not shows_nothing(chunks)]
    if not messages:
        nothing = TextRun(text="(an empty answer)", style=frozenset({"italic"}))
        messages = [[Chunk(kind="section", block=0, gap=Gap.BLOCK, runs=(nothing,))]]
    return tuple(
        Part(text=plain_message(chunks), blocks=render_blocks(chunks, tables=tables)) for chunks in messages
    )


_PARSER: Final = markdown_parser()


class _Reader:
    """Turns the parser's tokens into chunks, remembering which lists and quotes are open."""

    def __init__(self, *, limit: int) -> None:
        self.chunks: list[Chunk] = []
        self._limit = limit
        self._block = 0
        self._lists: list[int | None] = []  # the number of the next item, or None for bullets
        self._quotes: list[int] = []  # how many lists were open when each quote began
        self._item: bool | None = None  # True: its mark is due; False: its text may go on
        self._heading: int | None = None
        self._after_heading = False
        self._rows: list[Row] = []
        self._aligns: list[str] = []
        self._cells: list[Cell] | None = None

    def read_markdown(self, markdown: str) -> None:
        text = markdown.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = printable(text)
        end = len(text)
        if end > _LONGEST:
            end = text.rfind("\n", 0, _LONGEST) + 1 or _LONGEST
        tokens = _PARSER.parse(deepen_items(text[:end]))
        used: set[str] | None = None
        for token in tokens:
            if token.level == 0 and token.nesting >= 0:
                self._block += 1
            if token.type == DEFINITION:
                used = labels_used(tokens) if used is None else used
                if token.meta["label"] not in used:
                    self._add_chunks("section", link_addresses(TextRun(text=token.content)))
            else:
                self._read_token(token)
        self._block += 1
        self._add_chunks("section", [TextRun(text=text[end:])])

    def _read_token(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._add_text(runs_of_line(token.children or []))
            case "fence" | "code_block":
                self._add_code(token.content)
            case "hr":
                self._add_rule()
            case "heading_open":
                self._heading = int(token.tag[1])
            case "heading_close":
                self._heading = None
            case "blockquote_open":
                self._item = self._item or None
                self._quotes.append(len(self._lists))
            case "blockquote_close":
                self._item = self._item or None
                self._quotes.pop()
            case "bullet_list_open" | "ordered_list_open":
                self._finish_item()
                start = token.attrs.get("start", 1)
                self._lists.append(int(start) if token.type == "ordered_list_open" else None)
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._item = True
            case "list_item_close":
                self._finish_item()
                self._item = None
                if (number := self._lists[-1]) is not None:
                    self._lists[-1] = number + 1
            case "table_open":
                self._finish_item()
                self._rows, self._aligns = [], []
            case "tr_open":
                self._cells = []
            case "th_open":
                self._aligns.append(str(token.attrs.get("style", "left")).removeprefix("text-align:"))
            case "tr_close":
                self._rows.append(tuple(self._cells or ()))
                self._cells = None
            case "table_close":
                self._add_table()

    def _add_text(self, runs: tuple[TextRun, ...]) -> None:
        if self._cells is not None:
            self._cells.append(runs)
        elif self._item:
            self._add_first_line(runs)
        elif self._heading is not None:
            self._add_heading(runs, self._heading)
        elif self._item is False and not self._in_quote():
            self._add_chunks("item", (TextRun(text="\n"), *runs), more=True)
        else:
            self._add_chunks("quote" if self._quotes else "section", runs)

    def _in_quote(self) -> bool:
        """True if a quote is the innermost thing open."""
        return bool(self._quotes) and self._quotes[-1] == len(self._lists)

    def _add_first_line(self, runs: tuple[TextRun, ...]) -> None:
        self._item = False
        if runs and (task := _TASK.match(runs[0].text)):
            box = "☐ " if task[1] == " " else "☑ "
            runs = (replace(runs[0], text=box + runs[0].text[task.end() :]), *runs[1:])
        number = self._lists[-1]
        if number is not None and not 1 <= number <= _HIGHEST_NUMBER:
            self._add_chunks(
                "section", (TextRun(text=f"{number}. "), *runs)
            )  # more than Slack's lists can count
        else:
            self._add_chunks("item", runs, number=number)

    def _finish_item(self) -> None:
        """Give an item that begins with something else than text its bullet or number."""
        if self._item:
            self._add_first_line(())
        self._item = None

    def _add_heading(self, runs: tuple[TextRun, ...], level: int) -> None:
        text = "".join(run.text for run in runs)
        short = len(text) <= min(150, self._limit // 4) and "\n" not in text and bool(text.strip())
        top = level <= 2 and not self._lists and not self._quotes
        # A header is not rich text, so Slack might interpret it: it gets nothing to interpret.
        if top and short and _INTERPRETED.isdisjoint(text) and not any(run.url or run.emoji for run in runs):
            self._add_chunks("header", [TextRun(text=text)])
        else:
            self._add_chunks("section", [replace(run, style=run.style | {"bold"}) for run in runs])

    def _add_code(self, text: str) -> None:
        self._finish_item()
        self._add_chunks("code", [TextRun(text=printable(text))])

    def _add_rule(self) -> None:
        self._finish_item()
        if self.chunks and self.chunks[-1].kind != "divider":
            self.chunks.append(Chunk(kind="divider", block=self._block, gap=self._take_gap()))

    def _add_table(self) -> None:
        widths = [
            min(_WIDEST, max(3, *(text_width(spoken_text(cell)) for cell in column)))
            for column in zip(*self._rows, strict=True)
        ]
        grid = Grid(
            header=self._rows[0],
            aligns=tuple(self._aligns),
            widths=tuple(widths),
            rows=len(self._rows),
        )
        rows = [
            Chunk(kind="row", block=self._block, gap=Gap.LINE, cells=row, grid=grid) for row in self._rows
        ]
        if (
            max(map(chunk_weight, rows)) > self._limit // 2
        ):  # such rows have to be cut, which only text can be
            text = "\n".join(" | ".join(spoken_text(cell) for cell in row) for row in self._rows)
            self._add_chunks("code", [TextRun(text=text)])
            return
        rows[0] = replace(rows[0], gap=self._take_gap())
        rows[1:2] = [replace(row, gap=Gap.HELD) for row in rows[1:2]]
        self.chunks += rows

    def _take_gap(self) -> int:
        """The gap before what comes next."""
        held, self._after_heading = self._after_heading, self._heading is not None
        if held:
            return Gap.HELD
        if self._heading is not None:
            return Gap.HEADING + self._heading
        if not self.chunks or self.chunks[-1].block != self._block:
            return Gap.BLOCK
        return Gap.ITEM + len(self._lists)

    def _add_chunks(
        self, kind: Kind, runs: Sequence[TextRun], *, more: bool = False, number: int | None = None
    ) -> None:
        if kind != "item" and not any(run.text.strip() for run in runs):
            return
        gap = self._take_gap()
        for part_gap, part in cut_runs(runs, self._limit // 4, code=kind == "code"):
            self.chunks.append(
                Chunk(
                    kind=kind,
                    block=self._block,
                    gap=part_gap or gap,
                    runs=part,
                    more=more or part_gap is not None,
                    indent=min(DEEPEST, max(0, len(self._lists) - 1)),
                    number=number,
                    quoted=bool(self._quotes),
                )
            )
