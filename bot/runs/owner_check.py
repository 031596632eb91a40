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
from bot.runs.places.admission import Admission
from bot.schedules import Permissions, Schedule, ScheduleStore, Upkeep
from bot.slack import Caller
from bot.sources import channels_read
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class OwnerCheck:
    """Keeps schedules from running for owners who are out."""

    store: ScheduleStore
    upkeep: Upkeep
    permissions: Permissions
    workspaces: Workspaces
    now: Callable[[], datetime]

    async def may_run(
        self, schedule: Schedule | None, checked: datetime | None, out_of: frozenset[str] = frozenset()
    ) -> Admission:
        """Not if its owner is out; then they are told, and it is paused. Of several places, the others stay.

        `checked` is when it was asked, and `out_of` what was told then. Raises `SlackUnavailable` if Slack
        does not tell now, or they may not have been told, and what pausing raises.
        """
        if schedule is None or (checked is not None and self.now() - checked < EVERY):
            return Admission(out_of=out_of)
        if schedule.also or schedule.person:
            return await self._may_run_in_places(schedule)
        watched = _watched_channels(schedule)
        if not watched:
            return Admission()
        shut = await self.permissions.shut_among(watched, _owner_of(schedule))
        if not shut:
            await self.store.record_owner_seen(schedule, now=self.now())
            return Admission()
        words = replies.owner_out(schedule, reads=schedule.channel not in shut)
        return await self._tell_and_pause(schedule, shut, words=words)

    async def _may_run_in_places(self, schedule: Schedule) -> Admission:
        """As `may_run` for several places: it rests where a source is shut, or all of them are."""
        owner = _owner_of(schedule)
        unread = await self.permissions.shut_among(channels_read(schedule.sources), owner)
        if unread:
            return await self._tell_and_pause(schedule, unread, words=replies.owner_out(schedule, reads=True))
        out_of, untold = await self.permissions.shut_places(schedule.places, owner)
        if out_of.issuperset(place.channel for place in schedule.places):
            return await self._tell_and_pause(schedule, out_of, words=replies.no_place_open(schedule))
        if not untold:
            await self.store.record_owner_seen(schedule, now=self.now(), out_of=out_of)
        return Admission(out_of=out_of, untold=untold)

    async def _tell_and_pause(self, schedule: Schedule, shut: frozenset[str], *, words: str) -> Admission:
        if schedule.state != "paused":  # first, for what is paused comes here no more
            await self._tell_owner(schedule, words)
        await self.upkeep.pause_matching(
            schedule.team,
            lambda record: (
                (record.id, record.user, record.also) == (schedule.id, schedule.user, schedule.also)
                and not shut.isdisjoint((*_watched_channels(record), record.channel))
            ),
        )
        return Admission(may_run=False)

    async def _tell_owner(self, schedule: Schedule, words: str) -> None:
        try:
            slack = await self.workspaces.slack_of(schedule.team)
            await slack.tell_person(schedule.user, words)
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps they were not told: {exc}") from exc
        except SlackRefused as exc:
            logger.warning("members.not_told id=%s: %s", schedule.id, exc)


def _owner_of(schedule: Schedule) -> Caller:
    return Caller(team=schedule.team, user=schedule.user, channel=None)


def _watched_channels(schedule: Schedule) -> list[str]:
    """The channels that it posts to and reads, but for conversations that nobody leaves."""
    channels = dict.fromkeys((schedule.channel, *channels_read(schedule.sources)))
    return [channel for channel in channels if not channel.startswith("D")]
