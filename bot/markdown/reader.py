"""Markdown as chunks: the parser finds the blocks, and each line is read once.

Lines that hold nothing special are read by `simple_lines.py`, all others by the parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markdown_it.rules_core import StateCore, inline, normalize, text_join
from markdown_it.token import Token

from bot.markdown.chunks import (
    Cell,
    Chunk,
    Grid,
    Kind,
    Row,
    TextRun,
    mark_weight,
    row_weight,
    runs_weight,
    spoken_text,
    text_weight,
    text_width,
)
from bot.markdown.grammar import DEFINITION, markdown_parser
from bot.markdown.indents import deepen_items
from bot.markdown.inline import labels_used, runs_of_line, show_controls
from bot.markdown.links import link_addresses
from bot.markdown.simple_lines import simple_runs
from bot.markdown.split import Gap, cut_runs

_LONGEST: Final = 60_000
"""Characters that are parsed, so that time is bounded; a longer answer goes on as plain text."""
_WIDEST: Final = 40
"""Columns to which a cell is padded in a monospaced table."""
_DEEPEST: Final = 8
"""Slack's last level of indentation."""
_HIGHEST_NUMBER: Final = 10_000

_TASK: Final = re.compile(r"\[([ xX])\]\s")
_INTERPRETED: Final = frozenset("<>&@#")
_PARSER: Final = markdown_parser()


_WITHOUT_EFFECT: Final = frozenset(
    {"paragraph_open", "paragraph_close", "thead_open", "thead_close", "tbody_open", "tbody_close"}
    | {"th_close", "td_open", "td_close"}
)


class _Parsed:
    """Markdown whose blocks are known, and whose lines are read one by one."""

    def __init__(self, text: str) -> None:
        self._state = StateCore(text, _PARSER, {}, [])
        if "\r" in text:
            normalize(self._state)
        self.tokens = self._state.tokens
        _PARSER.block.parse(self._state.src, _PARSER, self._state.env, self.tokens)

    def runs_of(self, token: Token) -> tuple[TextRun, ...]:
        """The runs of a line; the parser reads only what is more than simple."""
        runs = None if token.children else simple_runs(token.content)
        return runs_of_line(self._children_of(token)) if runs is None else runs

    def find_labels_used(self) -> set[str]:
        """The labels of the definitions that links and images refer to, anywhere in it."""
        lines = [token for token in self.tokens if token.type == "inline" and "[" in token.content]
        for line in lines:
            self._children_of(line)
        return labels_used(lines)

    def _children_of(self, token: Token) -> list[Token]:
        if not token.children:
            state = StateCore(token.content, _PARSER, self._state.env, [token])
            inline(state)
            text_join(state)
        return token.children or []


class Reader:
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
        text = _clean_text(markdown)
        end = len(text)
        if end > _LONGEST:
            end = text.rfind("\n", 0, _LONGEST) + 1 or _LONGEST
        parsed = _Parsed(deepen_items(text[:end]))
        used: set[str] | None = None
        for token in parsed.tokens:
            kind = token.type
            if token.level == 0 and token.nesting >= 0:
                self._block += 1
            if kind == "inline":
                self._add_text(parsed.runs_of(token))
            elif kind in _WITHOUT_EFFECT:
                continue
            elif kind == DEFINITION:
                used = parsed.find_labels_used() if used is None else used
                if token.meta["label"] not in used:
                    self._add_chunks("section", link_addresses(TextRun(text=token.content)))
            else:
                self._read_token(token)
        self._block += 1
        self._add_chunks("section", (TextRun(text=text[end:]),))

    def _read_token(self, token: Token) -> None:
        match token.type:
            case "list_item_open":
                self._item = True
            case "list_item_close":
                self._finish_item()
                self._item = None
                if (number := self._lists[-1]) is not None:
                    self._lists[-1] = number + 1
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
            runs = (runs[0]._replace(text=box + runs[0].text[task.end() :]), *runs[1:])
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
            self._add_chunks("section", [run._replace(style=run.style | {"bold"}) for run in runs])

    def _add_code(self, text: str) -> None:
        self._finish_item()
        self._add_chunks("code", [TextRun(text=show_controls(text))])

    def _add_rule(self) -> None:
        self._finish_item()
        if self.chunks and self.chunks[-1].kind != "divider":
            weight = mark_weight("divider", indent=0, number=None)
            self.chunks.append(Chunk(kind="divider", block=self._block, gap=self._take_gap(), weight=weight))

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
            Chunk("row", self._block, Gap.LINE, row_weight(row, grid), cells=row, grid=grid)
            for row in self._rows
        ]
        if max(row.weight for row in rows) > self._limit // 2:  # they have to be cut, which only text can be
            text = "\n".join(" | ".join(spoken_text(cell) for cell in row) for row in self._rows)
            self._add_chunks("code", [TextRun(text=text)])
            return
        rows[0] = rows[0]._replace(gap=self._take_gap())
        rows[1:2] = [row._replace(gap=Gap.HELD) for row in rows[1:2]]
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
        said = spoken_text(runs)
        if kind != "item" and (not said or said.isspace()):
            return
        gap = self._take_gap()
        indent = min(_DEEPEST, max(0, len(self._lists) - 1))
        mark = mark_weight(kind, indent=indent, number=number)
        size = self._limit // 4
        whole = len(said) <= size and text_weight(said) <= size
        cut = ((None, tuple(runs), None),) if whole else cut_runs(runs, size, code=kind == "code")
        for part_gap, part, parting in cut:
            goes_on = more or part_gap is not None
            part_said = said if whole else spoken_text(part)
            self.chunks.append(
                Chunk(
                    kind,
                    self._block,
                    part_gap or gap,
                    runs_weight(kind, part, part_said) + (mark if kind == "quote" or not goes_on else 0),
                    part,
                    part_said,
                    goes_on,
                    parting,
                    indent,
                    number,
                    bool(self._quotes),
                )
            )


def _clean_text(text: str) -> str:
    """Text that the parser and Slack take, whatever a model has written."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return show_controls(text)
