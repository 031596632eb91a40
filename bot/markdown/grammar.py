"""CommonMark with tables and strikethrough, and without its habit of dropping text.

Nesting too deep, cells too many, a link definition that nothing uses: all of it stays, as text.
"""

from __future__ import annotations

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock, blockquote, list_block, reference, table
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.token import Token

from bot.markdown.spans import add_spans

DEFINITION: Final = "definition"
"""Type of the token that a link definition leaves; `meta["label"]` is what a link to it has too."""
_DEEPEST_LIST: Final = 16
"""Nine lists in each other, two levels each: as many as Slack shows."""
_DEEPEST_QUOTE: Final = 5


def markdown_parser() -> MarkdownIt:
    # HTML is on for the sake of <br>; every other tag is shown as it was written.
    made = MarkdownIt("commonmark", {"html": True, "store_labels": True}).enable(["table", "strikethrough"])
    made.disable("html_block")
    rules = made.block.ruler
    rules.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
    rules.at(
        "blockquote",
        _no_deeper(blockquote, _DEEPEST_QUOTE),
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    rules.at("list", _no_deeper(list_block, _DEEPEST_LIST), {"alt": ["paragraph", "reference", "blockquote"]})
    rules.at("reference", _kept_reference)
    add_spans(made)
    return made


def _no_deeper(rule: RuleFuncBlockType, deepest: int) -> RuleFuncBlockType:
    """`rule` down to a level; past its own maximum markdown-it would skip to the end."""

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return state.level <= deepest and rule(state, start, end, silent)

    return bounded


def _whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    first = len(state.tokens)
    if not table(state, start, end, silent):
        return False
    cells: list[Token] = []
    for token in state.tokens[first:]:
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(token)
        elif token.type == "tr_close" and cells[0].map:
            given = escapedSplit(getLine(state, cells[0].map[0]).strip())
            given = given[not given[0] : len(given) - (not given[-1])]
            if len(given) > len(cells):
                for cell, content in zip(cells, _gather_cells(given, len(cells)), strict=True):
                    cell.content = content.strip()
    return True


def _gather_cells(given: list[str], count: int) -> list[str]:
    """`given` as `count` cells: code that a bar has cut is put together, else the last cell has the rest."""
    whole: list[str] = []
    for text in given:
        if whole and whole[-1].count("`") % 2:
            whole[-1] += "|" + text
        else:
            whole.append(text)
    return whole if len(whole) == count else [*given[: count - 1], "|".join(given[count - 1 :])]


def _kept_reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    known = len(state.env.get("references", ()))
    if not reference(state, start, end, silent):
        return False
    if not silent:
        token = state.push(DEFINITION, "", 0)
        labels = state.env["references"]
        token.meta["label"] = next(reversed(labels)) if len(labels) > known else None
        token.content = state.getLines(start, state.line, state.blkIndent, False).strip()
    return True
