"""Modals and App Homes as Slack enforces them.

Limits: docs.slack.dev/reference/views, docs.slack.dev/reference/block-kit/blocks/input-block.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.sandbox.block_kit import blocks, elements
from bot.sandbox.block_kit.schema import Check, Spot, boolean, by_type, listing, one_of, shape, string

MOST_BLOCKS: Final = 100
LARGEST: Final = 250_000
"""Bytes of a view as JSON."""

_INPUT: Final = shape(
    {"label": elements.plain_text(2000), "element": elements.INPUT},
    {
        "block_id": string(elements.NAME_LIMIT),
        "hint": elements.plain_text(2000),
        "optional": boolean,
        "dispatch_action": boolean,
    },
)
_ONLY_IN_MESSAGES: Final = frozenset(
    {"context_actions", "data_table", "data_visualization", "markdown", "table"}
)
_BLOCK: Final = by_type(
    {
        **{kind: check for kind, check in blocks.KINDS.items() if kind not in _ONLY_IN_MESSAGES},
        "input": _INPUT,
        "alert": shape(
            {"text": elements.mrkdwn_or_plain(200)},
            {
                "block_id": string(elements.NAME_LIMIT),
                "level": one_of("default", "info", "warning", "error", "success"),
            },
        ),
    }
)


def _view_blocks(fewest: int) -> Check:
    all_of_them = listing(_BLOCK, fewest, MOST_BLOCKS)

    def check_view_blocks(spot: Spot) -> None:
        before = len(spot.problems)
        all_of_them(spot)
        if len(spot.problems) == before:
            blocks.check_block_ids(spot)
            if (
                sum(
                    bool(element.get("focus_on_load"))
                    for _, element in blocks.interactive_elements(spot.value)
                )
                > 1
            ):
                spot.refuse("only one element may have focus_on_load")

    return check_view_blocks


def _check_submit(spot: Spot) -> None:
    if "submit" not in spot.value and any(block["type"] == "input" for block in spot.value["blocks"]):
        spot.refuse("missing required field: submit")


_OF_ALL: Final[Mapping[str, Check]] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(elements.NAME_LIMIT, 0),
    "external_id": string(elements.NAME_LIMIT, 0),
}
_MODAL: Final = shape(
    {"title": elements.plain_text(24), "blocks": _view_blocks(1)},
    {
        **_OF_ALL,
        "submit": elements.plain_text(24),
        "close": elements.plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
    _check_submit,
)
_HOME: Final = shape({"blocks": _view_blocks(0)}, _OF_ALL)


def view_problems(view: object, kind: str) -> list[str]:
    """Lists the faults that Slack would find in a view of this `kind`: `modal` or `home`."""
    top = Spot(value=view, pointer="/view")
    by_type({kind: _MODAL if kind == "modal" else _HOME})(top)
    return top.problems


def is_too_large(view: object) -> bool:
    return len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST


def input_blocks(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The blocks of a view that ask for something."""
    return (block for block in content["blocks"] if block["type"] == "input")
