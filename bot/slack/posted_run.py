"""The messages of one posted answer, found again and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

from bot.slack.calls import read_pages, write_call
from bot.slack.client import Slack
from bot.slack.mark import EVENT_TYPE

_PAGES: Final = 20


async def find_posted_run(
    slack: Slack, channel: str, ts: str, *, root: str, is_whole: bool = False
) -> list[Mapping[str, Any]]:
    """All messages of the bot's answer of which the one at `ts` is a part, first to last; if `is_whole`, also
    those after it.

    They stand in the thread of `root`, or are that. Empty where that message is gone, or none of its answers.
    Raises `SlackError`.
    """
    own = await slack.own_id()
    found: list[Mapping[str, Any]] = []
    replies = read_pages(
        slack.client.conversations_replies,
        most=_PAGES,
        channel=channel,
        ts=root,
        latest=None if is_whole else ts,
        inclusive=True,
        include_all_metadata=True,
    )
    async with aclosing(replies):
        async for page in replies:
            found += [
                message
                for message in page.told.get("messages") or ()
                if message.get("user") == own and posted_run_in(message) and message not in found
            ]
    run = next((posted_run_in(message) for message in found if message.get("ts") == ts), None)
    parts = [message for message in found if run is not None and posted_run_in(message) == run]
    return sorted(parts, key=lambda message: float(message["ts"]))


async def replace_message(
    slack: Slack,
    channel: str,
    message: Mapping[str, Any],
    *,
    text: str,
    blocks: Sequence[Mapping[str, Any]],
) -> None:
    """Say something else in a message of the bot's, which stays marked as its run. Raises `SlackError`."""
    await write_call(
        slack.client.chat_update(
            channel=channel,
            ts=str(message["ts"]),
            text=text,
            blocks=[dict(block) for block in blocks],
            metadata=message["metadata"],
        )
    )


async def delete_message(slack: Slack, channel: str, ts: str) -> None:
    """Delete a message of the bot's. Raises `SlackError`."""
    await write_call(slack.client.chat_delete(channel=channel, ts=ts))


def posted_run_in(message: Mapping[str, Any]) -> str | None:
    """The run of which a message is a part, as its metadata say."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    return str((metadata.get("event_payload") or {}).get("run") or "") or None
