"""Block Kit as Slack enforces it."""

from bot.sandbox.block_kit.blocks import (
    MOST_CHARACTERS,
    MOST_MARKDOWN,
    block_problems,
    count_characters,
    fill_in_ids,
    interactive_elements,
    slack_files,
)
from bot.sandbox.block_kit.elements import SUGGESTIONS, offered_options
from bot.sandbox.block_kit.schema import Check, Spot, listing, shape, string
from bot.sandbox.block_kit.view import input_blocks, is_too_large, view_problems

__all__ = [
    "MOST_CHARACTERS",
    "MOST_MARKDOWN",
    "SUGGESTIONS",
    "Check",
    "Spot",
    "block_problems",
    "count_characters",
    "fill_in_ids",
    "input_blocks",
    "interactive_elements",
    "is_too_large",
    "listing",
    "offered_options",
    "shape",
    "slack_files",
    "string",
    "view_problems",
]
