"""Slack's windows, and what can be chosen in them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

from bot.errors import SlackError
from bot.slack.calls import read_call, write_call
from bot.slack.client import Slack

logger = logging.getLogger(__name__)

HASH_CONFLICT: Final = "hash_conflict"


async def open_view(slack: Slack, trigger_id: str, view: Mapping[str, Any]) -> None:
    """Open a modal; raises `SlackError`, above all when the trigger is older than three seconds."""
    await write_call(slack.client.views_open(trigger_id=trigger_id, view=dict(view)))


async def update_view(
    slack: Slack, view_id: str, view: Mapping[str, Any], *, known: str | None = None
) -> str:
    """Replace a modal, if `known` is given only where that is still the hash of what is shown; the new hash.

    A modal that was closed is refused as `not_found`.
    """
    options = {"hash": known} if known else {}
    reply = await write_call(slack.client.views_update(view_id=view_id, view=dict(view), **options))
    return str((reply.get("view") or {}).get("hash") or "")


async def user_groups(slack: Slack) -> tuple[tuple[str, str], ...]:
    """The team's user groups, id and name; none where Slack does not tell, for they are an extra."""
    try:
        reply = await read_call(slack.client.usergroups_list(**slack.list_arguments))
    except SlackError as exc:
        logger.warning("slack.groups_unknown: %s", exc)
        return ()
    found = [
        (str(group.get("id", "")), f"@{group.get('handle', '')}") for group in reply.get("usergroups") or ()
    ]
    return tuple(sorted(found, key=lambda group: group[1].casefold()))
