"""Blocks that not every client and workspace takes, and what says the same where they are refused."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

Block = Mapping[str, Any]
_NEW: Final = frozenset({"context_actions", "data_table", "data_visualization"})


THUMBS_REFUSED_FOR: Final = timedelta(hours=1)


@dataclass
class KeptRefusals:
    """Remembers for an hour that a workspace takes no thumbs, so that not each post is sent twice."""

    _until: float = field(default=0.0, init=False)

    def has_refused_thumbs(self) -> bool:
        return time.monotonic() < self._until

    def note_refused_thumbs(self) -> None:
        self._until = time.monotonic() + THUMBS_REFUSED_FOR.total_seconds()


def has_only_thumbs_as_new(blocks: Sequence[Block]) -> bool:
    """True if thumbs alone can be why Slack refused them, and took what `without_new_blocks` made of them."""
    return _NEW.intersection(str(block.get("type")) for block in blocks) == {"context_actions"}


def without_thumbs(blocks: Sequence[Block]) -> list[Block]:
    """The same with plain buttons for thumbs."""
    kept: list[Block] = []
    for block in blocks:
        kept += _plain_buttons(block) if block.get("type") == "context_actions" else [block]
    return kept


def without_new_blocks(blocks: Sequence[Block]) -> list[Block] | None:
    """The same with a plain table for a table of data, plain buttons for thumbs, and without charts.

    None where there is none of these. A chart's numbers stand in the text beside it. A message has room for
    one plain table.
    """
    kinds = [block.get("type") for block in blocks]
    if not _NEW.intersection(kinds):
        return None
    tabled = "table" in kinds
    kept: list[Block] = []
    for block in blocks:
        match block.get("type"):
            case "data_visualization":
                continue
            case "context_actions":
                kept += _plain_buttons(block)
            case "data_table" if tabled:
                kept.append(_monospaced_table(block))
            case "data_table":
                tabled = True
                kept.append({"type": "table", "rows": [list(map(_table_cell, row)) for row in block["rows"]]})
            case _:
                kept.append(block)
    return kept


def _plain_buttons(block: Block) -> list[Block]:
    """A row with the same thumbs; what only one person would see is left out."""
    buttons: list[Block] = []
    for element in block["elements"]:
        if element["type"] == "feedback_buttons":
            for name in ("positive", "negative"):
                thumb = element[f"{name}_button"]
                button = {"type": "button", "text": thumb["text"], "value": thumb["value"]}
                buttons.append({**button, "action_id": f"{element['action_id']}_{name}"})
    return [{"type": "actions", "elements": buttons}] if buttons else []


def _table_cell(cell: Block) -> Block:
    return {"type": "raw_text", "text": cell["text"]} if cell["type"] == "raw_number" else cell


def _monospaced_table(block: Block) -> Block:
    lines = [" | ".join(_cell_words(cell) for cell in row) for row in block["rows"]]
    element = {"type": "text", "text": "\n".join(lines)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [element]}]}


def _cell_words(cell: Block) -> str:
    if cell["type"] != "rich_text":
        return str(cell["text"])
    return "".join(str(part.get("text", "")) for section in cell["elements"] for part in section["elements"])
