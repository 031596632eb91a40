"""Slack's windows and whispers: what is shown to one person alone, and what a team's groups are called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.slack.calls import read, write
from bot.slack.client import Slack

logger = logging.getLogger(__name__)

HASH_CONFLICT: Final = "hash_conflict"
_LONGEST_WAIT: Final = timedelta(seconds=30)


async def open_view(slack: Slack, trigger_id: str, view: Mapping[str, Any]) -> None:
    """Open a modal; raises `SlackError`, above all when the trigger is older than three seconds."""
    await write(slack.client.views_open(trigger_id=trigger_id, view=dict(view)))


async def update_view(
    slack: Slack, view_id: str, view: Mapping[str, Any], *, known: str | None = None
) -> None:
    """Replace a modal, if `known` is given only where that is still the hash of what is shown."""
    options = {"hash": known} if known else {}
    await write(slack.client.views_update(view_id=view_id, view=dict(view), **options))


async def whisper(
    slack: Slack, user: str, text: str, blocks: Sequence[Mapping[str, Any]], *, channel: str | None
) -> None:
    """A message for one person alone: in the channel, or else as a direct message."""
    shown = [dict(block) for block in blocks]
    if channel is not None:
        try:
            await _in_turn(
                lambda: slack.client.chat_postEphemeral(channel=channel, user=user, text=text, blocks=shown)
            )
        except SlackRefused:
            pass  # not in that channel, either of us: the direct message is for this
        else:
            return
    await _in_turn(
        lambda: slack.client.chat_postMessage(
            channel=user, text=text, blocks=shown, unfurl_links=False, unfurl_media=False
        )
    )


async def _in_turn(call: Callable[[], Awaitable[Any]]) -> None:
    """A long preview is several messages, and Slack may take no more than one a second."""
    while True:
        try:
            await write(call())
        except SlackUnavailable as exc:
            if exc.retry_after is None or exc.retry_after > _LONGEST_WAIT:
                raise
            await asyncio.sleep(exc.retry_after.total_seconds())
        else:
            return


async def user_groups(slack: Slack) -> tuple[tuple[str, str], ...]:
    """The team's user groups, id and name; none where Slack does not tell, for they are an extra."""
    try:
        reply = await read(slack.client.usergroups_list())
    except SlackError as exc:
        logger.warning("slack.groups_unknown: %s", exc)
        return ()
    found = [
        (str(each.get("id", "")), f"@{each.get('handle', '')}") for each in reply.get("usergroups") or ()
    ]
    return tuple(sorted(found, key=lambda each: each[1].casefold()))
