"""*Delete this post*: an answer is taken out of its channel, with all its parts.

Only messages that the bot wrote and marked as that run's are deleted, the first of them last: a press that
was cut short is pressed again. The run stays recorded as posted, so nothing posts it once more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.errors import SlackRefused
from bot.feedback import Target
from bot.replies.buttons import read_press
from bot.replies.commands import not_yours_to_delete, only_seen_by_one, post_deleted, post_gone
from bot.replies.feedback import find_target
from bot.schedules import Permissions, Schedule, ScheduleStore, mark_deleted_post
from bot.slack import Caller, delete_message, find_posted_run
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_GONE: Final = frozenset({"message_not_found", "thread_not_found", "channel_not_found"})


@dataclass(frozen=True, kw_only=True)
class PostDeletion:
    """Deletes posts."""

    redis: Redis = field(repr=False)
    schedule_store: ScheduleStore
    permissions: Permissions
    workspaces: Workspaces

    async def delete_post(self, caller: Caller, container: Mapping[str, Any]) -> str:
        """Delete the post in `container`, and say what became of that. Raises `SlackError`.

        The owner of its schedule may, the person who asked for it where there is none, and admins.
        """
        ts, thread = str(container.get("message_ts") or ""), str(container.get("thread_ts") or "")
        if container.get("is_ephemeral") or not caller.channel or not ts:
            return only_seen_by_one()
        slack = await self.workspaces.slack_of(caller.team)
        try:
            parts = await find_posted_run(slack, caller.channel, ts, root=thread or ts)
        except SlackRefused as exc:
            if exc.code not in _GONE:
                raise
            parts = []
        if not parts:
            return post_gone()
        target = find_target(parts)
        schedule = await self._find_schedule(caller.team, target, parts)
        owner = target.asker if schedule is None and target else schedule.user if schedule else ""
        if owner != caller.user and not await self.permissions.is_admin(caller):
            return not_yours_to_delete(owner)
        for part in reversed(parts):
            try:
                await delete_message(slack, caller.channel, str(part["ts"]))
            except SlackRefused as exc:
                if exc.code not in _GONE:
                    raise
        logger.info("post.deleted parts=%d", len(parts))
        if schedule is not None:
            first = str(parts[0]["ts"])
            await mark_deleted_post(
                self.redis, caller.team, schedule.id, channel=caller.channel, ts=first, by=caller.user
            )
        return post_deleted(schedule)

    async def _find_schedule(
        self, team: str, target: Target | None, parts: Sequence[Mapping[str, Any]]
    ) -> Schedule | None:
        name = (target.schedule if target else "") or _schedule_in(parts)
        if not name:
            return None
        (found,) = await self.schedule_store.read_records([(team, name)])
        return found


def _elements_of(parts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    blocks = [block for part in parts for block in part.get("blocks") or ()]
    elements = [element for block in blocks for element in block.get("elements") or ()]
    return [element for element in elements if isinstance(element, dict)]


def _schedule_in(parts: Sequence[Mapping[str, Any]]) -> str:
    """The schedule that a post's buttons are about, for posts from before there were thumbs."""
    presses = [read_press(element) for element in _elements_of(parts)]
    return next((press.schedule for press in presses if press is not None and press.schedule), "")
