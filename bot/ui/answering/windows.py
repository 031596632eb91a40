"""Windows that people submit: what stands in their fields, and the answer for which they wait."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.replies.buttons import INPUT
from bot.replies.text import without_marks
from bot.slack import Caller
from bot.ui.answering.in_time import TO_SHOW


def fields_of(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state of the window's blocks, by their ids; empty if it is missing or odd."""
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    return values if isinstance(values, Mapping) else {}


def field_of(view: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    """The state of the one field in a block; empty if it is missing or odd."""
    elements = fields_of(view).get(block)
    element = elements.get(INPUT) if isinstance(elements, Mapping) else None
    return element if isinstance(element, Mapping) else {}


async def acknowledge_in_time(
    ack: AsyncAck, caller: Caller, answer: asyncio.Future[str], *, field: str
) -> None:
    """Show the problem that `answer` brings at a field; the window closes where it brings none in time.

    Nobody waits before a window that is begun again after its process was lost.
    """
    await asyncio.wait({answer}, timeout=0 if caller.asks_again else TO_SHOW)
    if not answer.done():
        answer.cancel()
        await ack()
    elif problem := answer.result():
        await ack(response_action="errors", errors={field: without_marks(problem)})
    else:
        await ack()
