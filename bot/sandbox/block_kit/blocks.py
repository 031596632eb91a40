"""Block Kit as Slack enforces it on messages: what one refuses here, a real workspace would refuse too.

Limits: docs.slack.dev/reference/block-kit/blocks. The total of 13,200 characters is not documented;
it was found by others in slackapi/bolt-js#2509.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.sandbox.block_kit import elements, rich_text
from bot.sandbox.block_kit.schema import (
    Check,
    Spot,
    any_number,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    integer,
    listing,
    one_of,
    shape,
    string,
)

MOST_BLOCKS: Final = 50
MOST_CHARACTERS: Final = 13_200
MOST_MARKDOWN: Final = 12_000
_MOST_POINTS: Final = 20
_MOST_SERIES: Final = 6
_MOST_CHARTS: Final = 2
"""In one message; not documented, but what vercel/chat#696 met."""
_MOST_IN_TABLE: Final = 10_000

Block = Mapping[str, Any]
_ROWS: Final = ("actions", "context_actions")
"""Blocks of elements to press."""


def _check_action_ids(spot: Spot) -> None:
    ids = [element["action_id"] for element in spot.value["elements"] if "action_id" in element]
    for action_id, count in Counter(ids).items():
        if count > 1:
            spot.refuse(f"`action_id` {action_id[:40]} already exists for another element in this block")


_CELL: Final = by_type(
    {
        "raw_text": shape({"text": string(10_000, 0)}),
        "raw_number": shape({"value": any_number}, {"text": string(255)}),
        "rich_text": shape({"elements": rich_text.PARTS}),
    }
)
_COLUMN: Final = shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _check_column(spot: Spot) -> None:
    if spot.value is not None:  # null leaves a column as it is
        _COLUMN(spot)


_LABEL: Final = string(20)
_POINTS: Final = listing(shape({"label": _LABEL, "value": any_number}), 1, _MOST_POINTS)
_SERIES: Final = listing(shape({"name": _LABEL, "data": _POINTS}), 1, _MOST_SERIES)
_AXES: Final = shape(
    {"categories": listing(_LABEL, 1, _MOST_POINTS)}, {"x_label": string(50), "y_label": string(50)}
)


def _check_series(spot: Spot) -> None:
    names = [series["name"] for series in spot.value["series"]]
    if len({*names}) < len(names):
        spot.refuse("series names must be unique")
    for series in spot.value["series"]:
        if [point["label"] for point in series["data"]] != spot.value["axis_config"]["categories"]:
            spot.refuse("data labels must match axis_config.categories")


def _check_segment(spot: Spot) -> None:
    if spot.value["value"] <= 0:
        spot.refuse("must be greater than 0")


_SERIES_CHART: Final = shape({"series": _SERIES, "axis_config": _AXES}, {}, _check_series)
_CHART: Final = by_type(
    {
        **dict.fromkeys(("bar", "line", "area"), _SERIES_CHART),
        "pie": shape(
            {
                "segments": listing(
                    shape({"label": _LABEL, "value": any_number}, {}, _check_segment), 1, _MOST_SERIES
                )
            }
        ),
    }
)


def _check_data_table(spot: Spot) -> None:
    rows = spot.value["rows"]
    if len({len(row) for row in rows}) > 1:
        spot.refuse("all rows must have the same number of cells")
    if any(cell["type"] == "rich_text" for cell in rows[0]):
        spot.refuse("header cells must not be rich_text")
    if spot.value.get("row_header_column_index", 0) >= len(rows[0]):
        spot.refuse("row_header_column_index must name a column")
    if count_characters(rows) > _MOST_IN_TABLE:
        spot.refuse(f"cells must be less than {_MOST_IN_TABLE + 1} characters together")


_NAMED: Final[Mapping[str, Check]] = {"block_id": string(elements.NAME_LIMIT)}
KINDS: Final[Mapping[str, Check]] = {
    "section": shape(
        {},
        {
            **_NAMED,
            "text": elements.mrkdwn_or_plain(3000),
            "fields": listing(elements.mrkdwn_or_plain(2000), 1, 10),
            "accessory": elements.ACCESSORY,
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "header": shape({"text": elements.plain_text(150)}, _NAMED),
    "divider": shape({}, _NAMED),
    "context": shape({"elements": listing(elements.CONTEXT, 1, 10)}, _NAMED),
    "actions": shape({"elements": listing(elements.ACTION, 1, 25)}, _NAMED, _check_action_ids),
    "context_actions": shape({"elements": listing(elements.CONTEXT_ACTION, 1, 5)}, _NAMED, _check_action_ids),
    "image": shape(
        {"alt_text": string(2000)},
        {
            **_NAMED,
            "title": elements.plain_text(2000),
            "image_url": string(3000),
            "slack_file": elements.SLACK_FILE,
        },
        exactly_one("image_url", "slack_file"),
    ),
    "markdown": shape({"text": string(MOST_MARKDOWN)}, _NAMED),
    "rich_text": shape({"elements": rich_text.PARTS}, _NAMED),
    "table": shape(
        {"rows": listing(listing(_CELL, 1, 20), 1, 100)},
        {**_NAMED, "column_settings": listing(_check_column, 0, 20)},
    ),
    "data_table": shape(
        {"rows": listing(listing(_CELL, 1, 20), 2, 101), "caption": string(255)},
        {**_NAMED, "page_size": integer(1, 100), "row_header_column_index": integer(0, 19)},
        _check_data_table,
    ),
    "data_visualization": shape({"title": string(50), "chart": _CHART}, _NAMED),
}
_BLOCKS: Final = listing(by_type(KINDS), 0, MOST_BLOCKS)


def block_problems(blocks: object) -> list[str]:
    """Lists the faults that Slack would find in a message's `blocks`, each with its JSON pointer."""
    top = Spot(value=blocks, pointer="/blocks")
    _BLOCKS(top)
    if top.problems or not isinstance(blocks, list):
        return top.problems
    check_block_ids(top)
    if sum(block["type"] == "table" for block in blocks) > 1:
        top.refuse("only_one_table_allowed")
    if sum(block["type"] == "data_visualization" for block in blocks) > _MOST_CHARTS:
        top.refuse(f"no more than {_MOST_CHARTS} data_visualization blocks allowed")
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > MOST_MARKDOWN:
        top.refuse(f"markdown blocks must be less than {MOST_MARKDOWN + 1} characters together")
    return top.problems


def check_block_ids(spot: Spot) -> None:
    """No two of these blocks may have the same name."""
    ids = Counter(block["block_id"] for block in spot.value if "block_id" in block)
    for block_id, count in ids.items():
        if count > 1:
            spot.refuse(f"`block_id` {block_id[:40]} already exists in this message or view")


def count_characters(value: object) -> int:
    """The characters of text in blocks that passed, which is what the limit on their total counts."""
    match value:
        case {"text": str() as text, **rest}:
            return len(text) + count_characters(rest)
        case Mapping():
            return sum(count_characters(part) for part in value.values())
        case list() | tuple():
            return sum(count_characters(part) for part in value)
    return 0


def fill_in_ids(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with the ids Slack makes up where the app gave none."""
    return tuple(_fill_in_block(block) for block in blocks)


def _fill_in_block(block: Block) -> Block:
    filled: dict[str, Any] = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)[:5]}
    if "accessory" in filled:
        filled["accessory"] = _with_action_id(filled["accessory"])
    if "element" in filled:
        filled["element"] = _with_action_id(filled["element"])
    if filled["type"] in _ROWS:
        filled["elements"] = [_with_action_id(element) for element in filled["elements"]]
    return filled


def _with_action_id(element: Mapping[str, Any]) -> Mapping[str, Any]:
    if element["type"] not in elements.INTERACTIVE or element.get("action_id"):
        return element
    return {**element, "action_id": secrets.token_urlsafe(4)[:5]}


def interactive_elements(blocks: Sequence[Block]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each interactive element with the id of its block."""
    for block in blocks:
        inside = [block[name] for name in ("accessory", "element") if name in block]
        if block["type"] in _ROWS:
            inside = block["elements"]
        for element in inside:
            if element["type"] in elements.INTERACTIVE:
                yield block.get("block_id", ""), element


def slack_files(value: object, pointer: str = "/blocks") -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each file of Slack's that a picture in these blocks shows, and where it is named."""
    match value:
        case {"type": "image", "slack_file": Mapping() as named}:
            yield f"{pointer}/slack_file", named
        case Mapping():
            for key, part in value.items():
                yield from slack_files(part, f"{pointer}/{key}")
        case list() | tuple():
            for index, part in enumerate(value):
                yield from slack_files(part, f"{pointer}/{index}")
