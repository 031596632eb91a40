"""Blocks that a workspace does not take give way to older ones that say the same."""

from __future__ import annotations

from typing import Any

from bot.sandbox.block_kit import block_problems
from bot.slack.blocks.older import without_new_blocks

CHART = {"type": "data_visualization", "title": "t", "chart": {}}
TEXT = {"type": "raw_text", "text": "jam"}
LINK = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "link", "url": "https://a.example", "text": "tea"}],
        }
    ],
}


def table(*cells: Any) -> dict[str, Any]:
    return {
        "type": "data_table",
        "caption": "c",
        "page_size": 10,
        "rows": [[TEXT], *([cell] for cell in cells)],
    }


def test_a_table_of_data_becomes_a_plain_one_and_the_next_one_text() -> None:
    number = {"type": "raw_number", "value": 12.5, "text": "$12.50"}
    blocks = [{"type": "divider"}, table(number, LINK), CHART, table(number, LINK)]
    older = without_new_blocks(blocks)
    assert older is not None
    assert older[:2] == [
        {"type": "divider"},
        {"type": "table", "rows": [[TEXT], [{"type": "raw_text", "text": "$12.50"}], [LINK]]},
    ]
    (preformatted,) = older[2]["elements"]
    assert preformatted["elements"] == [{"type": "text", "text": "jam\n$12.50\ntea"}]
    assert block_problems(older) == []


def test_where_there_is_nothing_new_there_is_nothing_older() -> None:
    assert without_new_blocks([{"type": "divider"}, {"type": "table", "rows": [[TEXT]]}]) is None
