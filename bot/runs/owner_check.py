"""Whether the owner of a schedule may still read the private channels that it posts to, and that it reads.

It is asked when it fires, before anything is made or posted for it: ahead of its slot, or at the slot if
nothing was made ahead, and then not again for an hour. Who is out finds the schedule paused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot import replies
from bot.errors import SlackError
from bot.schedules import Permissions, Schedule, Schedules, ScheduleStore
from bot.slack import Caller
from bot.sources import channels_read
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)


class Members:
    """Looks after who is where."""

    def __init__(
        self,
        *,
        store: ScheduleStore,
        schedules: Schedules,
        permissions: Permissions,
        workspaces: Workspaces,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._schedules = schedules
        self._permissions = permissions
        self._workspaces = workspaces
        self._now = now

    async def may_run(self, schedule: Schedule | None, checked: datetime | None) -> bool:
        """False if its owner is out; then it is paused, and they are told. `checked` is when it was asked.

        Raises `SlackUnavailable` if Slack does not tell now, and what pausing raises.
        """
        if schedule is None or (checked is not None and self._now() - checked < EVERY):
            return True
        watched = _watched(schedule)
        if not watched:
            return True
        team, user = schedule.team, schedule.user
        owner = Caller(team=team, user=user, channel=None)
        shut = await self._permissions.shut_among(watched, owner)
        if not shut:
            await self._store.record_owner_seen(schedule, now=self._now())
            return True
        paused = await self._schedules.pause_matching(
            team,
            lambda each: (each.id, each.user) == (schedule.id, user) and not shut.isdisjoint(_watched(each)),
        )
        if paused or schedule.cron is None:
            try:
                slack = await self._workspaces.slack(team)
                await slack.tell(user, replies.owner_out(schedule, reads=schedule.channel not in shut))
            except SlackError as exc:
                logger.warning("members.not_told id=%s: %s", schedule.id, exc)
        return False


def _watched(schedule: Schedule) -> list[str]:
    """Where it posts and what it reads, but for conversations that nobody leaves."""
    channels = dict.fromkeys((schedule.channel, *channels_read(schedule.sources)))
    return [each for each in channels if not each.startswith("D")]
