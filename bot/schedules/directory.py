"""What is scheduled, for whoever may see it: found by its id or name, listed, and when it runs."""

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
class Lookup:
    """Looks into the book for people."""

    book: ScheduleStore = field(repr=False)
    permissions: Permissions = field(repr=False)
    closures: Closures
    now: Callable[[], datetime]

    async def find(self, caller: Caller, name: str) -> Schedule | Unknown | Outside:
        """By id or name, if it concerns the caller: theirs, or of this channel, or they are an admin."""
        name = name.strip()
        if (found := await self.meant(caller, name)) is not None:
            return found
        return Unknown(name=name, near=await self._near(caller, name))

    async def meant(self, caller: Caller, name: str) -> Schedule | Outside | None:
        """As `find`, where it may well be no name at all: Slack is asked about nothing but what has it."""
        found = await self.book.find(caller.team, name.strip())
        if found is not None and await self.permissions.sees(caller, found):
            return found
        return Outside(schedule=found) if found is not None and found.user == caller.user else None

    async def _near(self, caller: Caller, name: str) -> tuple[str, ...]:
        """What sounds like it; nothing while Slack does not tell what they may see."""
        try:
            around = await self.listing(caller, "here")
        except SlackError as exc:
            logger.warning("lookup.nothing_near: %s", exc)
            return ()
        labels = {label for each in around for label in (each.id, each.name) if label}
        return tuple(get_close_matches(name, sorted(labels), n=3))

    async def listing(self, caller: Caller, scope: Scope) -> list[Schedule]:
        """What is still to come, soonest first: here and one's own, one's own, or for admins all."""
        admin = scope == "all" and await self.permissions.is_admin(caller)
        found = [
            each
            for each in await self.book.all(caller.team)
            if (each.user == caller.user or (scope != "mine" and (admin or each.channel == caller.channel)))
            and self.is_ahead(each)
        ]
        if not admin:
            found = await self.open_to(caller, found, among={caller.channel or ""})
        return sorted(found, key=lambda each: (self.next_run(each) or _NEVER, each.id))

    async def concerning(self, caller: Caller, schedules: Sequence[Schedule]) -> list[Schedule]:
        """Those that they may see. Raises `SlackUnavailable`."""
        if await self.permissions.is_admin(caller):
            return list(schedules)
        near = [each for each in schedules if caller.user == each.user or caller.channel == each.channel]
        return await self.open_to(caller, near, among={caller.channel or ""})

    async def open_to(
        self, caller: Caller, schedules: Sequence[Schedule], *, among: Collection[str]
    ) -> list[Schedule]:
        """Those that do not belong to private channels that they are not in; they are `among` these at least.

        Raises `SlackUnavailable`.
        """
        shut = await self.permissions.shut_among({each.channel for each in schedules}, caller, among=among)
        return [each for each in schedules if each.channel not in shut]

    def is_ahead(self, schedule: Schedule) -> bool:
        """Whether it has not run for good."""
        return schedule.at is None or schedule.at > self.now()

    def next_run(self, schedule: Schedule) -> datetime | None:
        """When it runs next; None if it is paused, or never runs again."""
        if schedule.state == "paused":
            return None
        return next(iter(self.next_runs(schedule, 1)), None)

    def next_runs(self, schedule: Schedule, count: int) -> list[datetime]:
        """When it would run next, were it not paused."""
        return upcoming_runs(schedule.timing, after=self.now(), count=count, closures=self.closures)

    async def history(self, schedule: Schedule, *, most: int = 10) -> list[Run]:
        return await self.book.history(schedule.team, schedule.id, most=most)

    async def last_runs(self, schedules: Sequence[Schedule]) -> list[Run | None]:
        return await self.book.last_runs(schedules)
