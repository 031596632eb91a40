"""Whether the owner of a schedule may still read the private channel that it posts to.

It is asked after a post, in the background, so no post waits for it, and at most once an hour for a schedule:
the claim of a run brings the last time along, so a run in between costs nothing more. Who is out finds the
schedule paused from the next run on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot import replies
from bot.background import Background
from bot.book import Schedule
from bot.claims import Taken
from bot.errors import BotError
from bot.schedules import Schedules
from bot.store import Store
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)


class Members:
    """Looks after who is where."""

    def __init__(
        self,
        *,
        store: Store,
        schedules: Schedules,
        workspaces: Workspaces,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._schedules = schedules
        self._workspaces = workspaces
        self._background = background
        self._now = now

    def after_post(self, claim: Taken) -> None:
        """Check the schedule that has just posted, if it is time to."""
        schedule = claim.schedule
        if schedule is None or schedule.cron is None or schedule.channel.startswith("D"):
            return
        if claim.checked is None or self._now() - claim.checked >= EVERY:
            self._background.start(self._check(schedule), name="members")

    async def _check(self, schedule: Schedule) -> None:
        team, channel, user = schedule.team, schedule.channel, schedule.user
        try:
            slack = await self._workspaces.slack(team)
            if not await slack.is_private(channel) or await slack.is_member(channel, user):
                await self._store.checked(team, schedule.id, now=self._now())
                return
            paused = await self._schedules.pause_all(
                team, lambda each: (each.id, each.user, each.channel) == (schedule.id, user, channel)
            )
            for each in paused:
                await slack.tell(user, replies.owner_out(each))
        except BotError as exc:  # the next run asks again
            logger.warning("members.not_checked id=%s: %s", schedule.id, exc)
