"""Changes of schedules that nobody asks for: work that a crash left half done, pauses of what cannot run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.schedules.acts.publishing import Publishing
from bot.schedules.acts.warming import Warming
from bot.schedules.acts.watchers import ScheduleWatchers
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore


@dataclass(frozen=True, kw_only=True)
class Upkeep:
    """Keeps schedules as QStash, their channels and their owners allow."""

    schedule_store: ScheduleStore = field(repr=False)
    publishing: Publishing = field(repr=False)
    warming: Warming = field(repr=False)
    watchers: ScheduleWatchers = field(repr=False)

    async def finish_publishing(self, schedule: Schedule) -> None:
        """Give one that runs to QStash as its record has it, whatever QStash had, and confirm that.

        It finishes the work that a crash or a lost answer has left half done. Raises `PublishError`.
        """
        confirmed = await self.publishing.publish_schedule(schedule)
        if confirmed == schedule:
            return
        settled = await self.publishing.confirm_record(schedule, confirmed)
        if isinstance(settled, Schedule):
            self.watchers.tell_watchers(schedule)
            await self.warming.publish_warm_job(settled)

    async def pause_matching(self, team: str, where: Callable[[Schedule], bool]) -> list[Schedule]:
        """Pause the recurring ones that `where` names, and return those that this call has paused."""
        found = await self.schedule_store.list_records(team)
        return [paused for schedule in found if (paused := await self.pause_while(schedule, where))]

    async def pause_while(
        self, schedule: Schedule, where: Callable[[Schedule], bool], *, unseen_since: datetime | None = None
    ) -> Schedule | None:
        """Pause it as long as `where` names it, and say why; None if this call has not paused it."""
        found: Schedule | None = schedule
        while found is not None and found.cron is not None and found.state != "paused" and where(found):
            paused = replace(found, state="paused", unseen_since=unseen_since)
            written = await self.schedule_store.change_record(found, paused)
            if isinstance(written, Schedule):
                self.watchers.tell_watchers(written)
                await self.publishing.pause_publication(written)
                return written
            # It was changed meanwhile, or is gone.
            found = await self.schedule_store.find_record(schedule.team, schedule.id)
        return None
