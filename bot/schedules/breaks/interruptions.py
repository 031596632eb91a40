"""The acts of people that leave runs out: skip the next one, take that back, pause until a day.

The record alone decides: each slot looks at it when it comes, as do previews, answers made ahead and the
watchdog, so no message that might be lost has to end a pause.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bot.schedules.acts.service import Schedules
from bot.schedules.refusals import Pointless, Refusal
from bot.schedules.schedule import Schedule
from bot.schedules.skips.skip import Skip, add_skip
from bot.slack import Caller
from scheduler import EARLY, Closures, ZoneInfo, day_begins, upcoming_runs

logger = logging.getLogger(__name__)

BreakEnd = date | datetime
"""A day, which begins when it does in the schedule's zone; or a moment."""

_STARTING: Final = EARLY
"""A run that is so near may have begun, for QStash's clock may be ahead of ours."""


@dataclass(frozen=True, kw_only=True)
class Interruptions:
    """Leaves runs out, and has them run again."""

    schedules: Schedules
    closures: Closures

    async def skip_next_run(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Leave out the next run. While one is skipped that is still to come, no other one is."""
        schedules = self.schedules
        before = await schedules.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            return Pointless(schedule=before, problem="skip_one_off")
        if before.state == "paused":
            return Pointless(schedule=before, problem="skip_paused")
        now = schedules.now()
        if before.coming_skip(now) is not None:
            return before if caller.asks_again else Pointless(schedule=before, problem="skipped")
        slot = next(iter(upcoming_runs(before.timing, after=now, count=1, closures=self.closures)), None)
        if slot is None:
            return Pointless(schedule=before, problem="no_run")
        if slot - now <= _STARTING:
            return Pointless(schedule=before, problem="starting")
        skips = add_skip(before.skips, Skip(slot=slot, by=caller.user), now=now)
        return await self._write_break(before, replace(before, skips=skips))

    async def take_back_skip(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Have what is skipped, and still to come, run all the same."""
        before = await self.schedules.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        now = self.schedules.now()
        if before.coming_skip(now) is None:
            return before if caller.asks_again else Pointless(schedule=before, problem="not_skipped")
        kept = tuple(skip for skip in before.skips if skip.slot <= now)
        return await self._write_break(before, replace(before, skips=kept))

    async def pause_until(self, caller: Caller, name: str, end: BreakEnd) -> Schedule | Refusal:
        """Leave out all runs before `end`; the first one from then on runs by itself."""
        schedules = self.schedules
        before = await schedules.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            return Pointless(schedule=before, problem="one_off")
        moment = moment_of_end(end, before.zone)
        if moment <= schedules.now():
            return Pointless(schedule=before, problem="pause_over")
        if before.state == "paused":  # it now ends by itself, so QStash is to deliver its slots again
            active = await schedules.resume_schedule(caller, name)
            if not isinstance(active, Schedule):
                return active
            before = active
        if before.paused_until == moment:
            return before
        return await self._write_break(before, replace(before, paused_until=moment))

    async def _write_break(self, before: Schedule, after: Schedule) -> Schedule | Refusal:
        written = await self.schedules.write_change(before, after)
        if isinstance(written, Schedule):
            logger.info("schedule.interrupted id=%s", written.id)
            await self.schedules.warming.publish_warm_job(written)
        return written


def moment_of_end(end: BreakEnd, zone: str) -> datetime:
    """The moment when a pause of a schedule in `zone` ends."""
    if isinstance(end, datetime):
        return end
    return day_begins(end, ZoneInfo(zone))
