"""The check that a schedule's owner may still read the channels that it posts to and reads.

Slack is asked when the schedule fires, before anything is made or posted for it: ahead of its slot, or at the
slot if nothing was made ahead, and then not again for an hour. The schedule of an owner who is out is paused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot import replies
from bot.errors import PostUnknown, SlackRefused, SlackUnavailable
from bot.schedules import Permissions, Schedule, Schedules, ScheduleStore
from bot.slack import Caller
from bot.sources import channels_read
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class OwnerCheck:
    """Keeps schedules from running for owners who are out."""

    store: ScheduleStore
    schedules: Schedules
    permissions: Permissions
    workspaces: Workspaces
    now: Callable[[], datetime]

    async def may_run(self, schedule: Schedule | None, checked: datetime | None) -> bool:
        """False if its owner is out; then they are told, and it is paused. `checked` is when it was asked.

        Raises `SlackUnavailable` if Slack does not tell now, or they may not have been told, and what pausing
        raises.
        """
        if schedule is None or (checked is not None and self.now() - checked < EVERY):
            return True
        watched = _watched_channels(schedule)
        if not watched:
            return True
        team, user = schedule.team, schedule.user
        owner = Caller(team=team, user=user, channel=None)
        shut = await self.permissions.shut_among(watched, owner)
        if not shut:
            await self.store.record_owner_seen(schedule, now=self.now())
            return True
        if schedule.state != "paused":  # first, for what is paused comes here no more
            await self._tell_owner(schedule, reads=schedule.channel not in shut)
        await self.schedules.pause_matching(
            team,
            lambda record: (
                (record.id, record.user) == (schedule.id, user)
                and not shut.isdisjoint(_watched_channels(record))
            ),
        )
        return False

    async def _tell_owner(self, schedule: Schedule, *, reads: bool) -> None:
        try:
            slack = await self.workspaces.slack(schedule.team)
            await slack.tell(schedule.user, replies.owner_out(schedule, reads=reads))
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps they were not told: {exc}") from exc
        except SlackRefused as exc:
            logger.warning("members.not_told id=%s: %s", schedule.id, exc)


def _watched_channels(schedule: Schedule) -> list[str]:
    """The channels that it posts to and reads, but for conversations that nobody leaves."""
    channels = dict.fromkeys((schedule.channel, *channels_read(schedule.sources)))
    return [channel for channel in channels if not channel.startswith("D")]
