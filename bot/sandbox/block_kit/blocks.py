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
    listing,
    one_of,
    shape,
    string,
)

MOST_BLOCKS: Final = 50
MOST_CHARACTERS: Final = 13_200
MOST_MARKDOWN: Final = 12_000

Block = Mapping[str, Any]


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
    if filled["type"] == "actions":
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
        if block["type"] == "actions":
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
