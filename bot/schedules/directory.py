"""Schedules for those who may see them: found by id or name, listed, and when they run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final, Literal

from bot.errors import SlackError
from bot.schedules.permissions import Permissions
from bot.schedules.refusals import Outside, Unknown
from bot.schedules.schedule import Run, Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Caller
from scheduler import Closures, upcoming_runs

logger = logging.getLogger(__name__)

Scope = Literal["here", "mine", "all"]

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ScheduleDirectory:
    """Looks up schedules for people."""

    schedule_store: ScheduleStore = field(repr=False)
    permissions: Permissions = field(repr=False)
    closures: Closures
    now: Callable[[], datetime]

    async def find_visible(self, caller: Caller, name: str) -> Schedule | Unknown | Outside:
        """By id or name, if it concerns the caller: theirs, or of this channel, or they are an admin."""
        name = name.strip()
        if (found := await self.find_if_named(caller, name)) is not None:
            return found
        return Unknown(name=name, near=await self._names_near(caller, name))

    async def find_if_named(self, caller: Caller, name: str) -> Schedule | Outside | None:
        """As `find_visible`, for words that may be no name: Slack is asked only if a schedule has it."""
        found = await self.schedule_store.find_record(caller.team, name.strip())
        if found is not None and await self.permissions.may_see(caller, found):
            return found
        return Outside(schedule=found) if found is not None and found.user == caller.user else None

    async def _names_near(self, caller: Caller, name: str) -> tuple[str, ...]:
        """The ids and names that look like it; none while Slack does not tell what they may see."""
        try:
            around = await self.list_upcoming(caller, "here")
        except SlackError as exc:
            logger.warning("lookup.nothing_near: %s", exc)
            return ()
        labels = {label for schedule in around for label in (schedule.id, schedule.name) if label}
        return tuple(get_close_matches(name, sorted(labels), n=3))

    async def list_upcoming(self, caller: Caller, scope: Scope) -> list[Schedule]:
        """The schedules still to come, soonest first: here and one's own, one's own, or for admins all."""
        admin = scope == "all" and await self.permissions.is_admin(caller)
        found = [
            schedule
            for schedule in await self.schedule_store.list_records(caller.team)
            if (
                schedule.user == caller.user
                or (scope != "mine" and (admin or schedule.channel == caller.channel))
            )
            and self.is_ahead(schedule)
        ]
        if not admin:
            found = await self.open_to(caller, found, among={caller.channel or ""})
        return sorted(found, key=lambda schedule: (self.next_run(schedule) or _NEVER, schedule.id))

    async def visible_among(self, caller: Caller, schedules: Sequence[Schedule]) -> list[Schedule]:
        """Those that they may see. Raises `SlackUnavailable`."""
        if await self.permissions.is_admin(caller):
            return list(schedules)
        near = [
            schedule
            for schedule in schedules
            if caller.user == schedule.user or caller.channel == schedule.channel
        ]
        return await self.open_to(caller, near, among={caller.channel or ""})

    async def open_to(
        self, caller: Caller, schedules: Sequence[Schedule], *, among: Collection[str]
    ) -> list[Schedule]:
        """Those that do not belong to private channels that they are not in; they are `among` these at least.

        Raises `SlackUnavailable`.
        """
        channels = {schedule.channel for schedule in schedules}
        shut = await self.permissions.shut_among(channels, caller, among=among)
        return [schedule for schedule in schedules if schedule.channel not in shut]

    def is_ahead(self, schedule: Schedule) -> bool:
        """False once it has run for the last time."""
        return schedule.at is None or schedule.at > self.now()

    def next_run(self, schedule: Schedule) -> datetime | None:
        """The moment of its next run; None if it is paused, or never runs again."""
        if schedule.state == "paused":
            return None
        return next(iter(self.next_runs(schedule, 1)), None)

    def next_runs(self, schedule: Schedule, count: int) -> list[datetime]:
        """The moments of its next runs, were it not paused."""
        return upcoming_runs(schedule.timing, after=self.now(), count=count, closures=self.closures)

    async def zone_of(self, caller: Caller) -> str | None:
        """The zone in which they read times; None if Slack does not tell it now, or has none."""
        try:
            slack = await self.permissions.slack_of(caller.team)
            return await slack.zone(caller.user)
        except SlackError as exc:
            logger.warning("lookup.zone_untold: %s", exc)
            return None

    async def read_history(self, schedule: Schedule, *, most: int = 10) -> list[Run]:
        return await self.schedule_store.read_history(schedule.team, schedule.id, most=most)

    async def read_last_runs(self, schedules: Sequence[Schedule]) -> list[Run | None]:
        return await self.schedule_store.read_last_runs(schedules)
