"""Sends a message with fewer blocks where Slack refuses those it has: the words get there in any case."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from bot.errors import SlackRefused
from bot.slack.blocks.older import (
    KeptRefusals,
    has_only_thumbs_as_new,
    without_new_blocks,
    without_thumbs,
)
from bot.slack.blocks.words import words_of_blocks

logger = logging.getLogger(__name__)

Blocks = Sequence[Mapping[str, Any]]
SendMessage = Callable[[str, Blocks | None], Awaitable[Mapping[str, Any]]]
"""Send these words with these blocks."""

_TOO_LONG: Final = "msg_blocks_too_long"
_BLOCKS_REFUSED: Final = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "only_one_table_allowed", _TOO_LONG}
)
"""Slack's words for blocks that it does not take, where it may still take the text."""


async def send_with_fewer_blocks(
    send: SendMessage, text: str, blocks: Blocks | None, refusals: KeptRefusals
) -> Mapping[str, Any]:
    """Send with the blocks, where Slack refuses them with older ones, and in the end with the words alone.

    Then the quiet lines go with them: an answer that is old or cut off says so there. Thumbs that were
    refused are not tried again for a while. Raises what the last attempt does.
    """
    if blocks and refusals.has_refused_thumbs():
        blocks = without_thumbs(blocks)
    attempts = _list_attempts(text, blocks)
    perhaps_thumbs = False
    for number, (words, shown) in enumerate(attempts):
        try:
            reply = await send(words, shown)
        except SlackRefused as exc:
            if number == len(attempts) - 1 or exc.code not in _BLOCKS_REFUSED:
                raise
            logger.warning("slack.blocks_refused: %s", exc)
            perhaps_thumbs = number == 0 and exc.code != _TOO_LONG
        else:
            if perhaps_thumbs and shown and blocks and has_only_thumbs_as_new(blocks):
                refusals.note_refused_thumbs()
            return reply
    raise AssertionError("the last attempt returns or raises")


def _list_attempts(text: str, blocks: Blocks | None) -> list[tuple[str, Blocks | None]]:
    """What to send, and what to send after each refusal."""
    attempts = [(text, blocks)]
    if blocks and (older := without_new_blocks(blocks)) is not None:
        attempts.append((text, older))
    if blocks and text.strip():
        attempts.append(("\n".join((text, *_quiet_lines(blocks))), None))
    return attempts


def _quiet_lines(blocks: Blocks) -> list[str]:
    return [*words_of_blocks([block for block in blocks if block.get("type") == "context"])]
