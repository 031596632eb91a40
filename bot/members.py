"""Whether the owner of a schedule may still read the private channels that it posts to, and that it reads.

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
from bot.reading import channels_in
from bot.schedules import Schedules
from bot.slack import Slack
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
        if schedule is None or schedule.cron is None or not _watched(schedule):
            return
        if claim.checked is None or self._now() - claim.checked >= EVERY:
            self._background.start(self._check(schedule), name="members")

    async def _check(self, schedule: Schedule) -> None:
        team, user = schedule.team, schedule.user
        try:
            slack = await self._workspaces.slack(team)
            out = await self._closed_to(slack, schedule)
            if out is None:
                await self._store.checked(team, schedule.id, now=self._now())
                return
            paused = await self._schedules.pause_all(
                team, lambda each: (each.id, each.user) == (schedule.id, user) and out in _watched(each)
            )
            for each in paused:
                await slack.tell(user, replies.owner_out(each, reads=out != each.channel))
        except BotError as exc:  # the next run asks again
            logger.warning("members.not_checked id=%s: %s", schedule.id, exc)

    async def _closed_to(self, slack: Slack, schedule: Schedule) -> str | None:
        """A private channel of the schedule in which its owner is not."""
        for channel in _watched(schedule):
            if await slack.is_private(channel) and not await slack.is_member(channel, schedule.user):
                return channel
        return None


def _watched(schedule: Schedule) -> list[str]:
    """Where it posts and what it reads, but for conversations that nobody leaves."""
    channels = dict.fromkeys((schedule.channel, *channels_in(schedule.sources)))
    return [each for each in channels if not each.startswith("D")]
