"""Many schedules at once: named before anything is done, and done when a button says so."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime

from bot import replies
from bot.commands import BulkRequest, BulkVerb
from bot.errors import RedisUnavailable, SlackError
from bot.replies.commands import MOST_CHANGED, all_changed, ask_about_all
from bot.replies.text import Reply
from bot.schedules import (
    BreakEnd,
    Entry,
    Interruptions,
    Permissions,
    Refusal,
    Schedule,
    ScheduleDirectory,
    Schedules,
)
from bot.slack import Caller
from bot.storage import ms_of
from bot.ui.answering import veil_all, veil_refusal, veil_schedule
from bot.ui.schedules.retiming import pause_end

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class BulkChanges:
    """Pauses, resumes and deletes many schedules."""

    schedules: Schedules
    directory: ScheduleDirectory
    permissions: Permissions
    interruptions: Interruptions

    async def ask_about_all(self, caller: Caller, request: BulkRequest) -> Reply:
        """Name each that would be changed, with the button that changes them."""
        until = ""
        if request.until:
            zone = await self.directory.zone_of(caller)
            end = pause_end(request.until, now=self.directory.now(), zone=zone)
            if isinstance(end, str):
                return Reply(text=end)
            until = str(int(end.timestamp())) if isinstance(end, datetime) else end.isoformat()
        is_admin, now = await self.permissions.is_admin(caller), self.directory.now()

        def is_meant(entry: Entry) -> bool:
            return _fits(request.verb, entry, now=now) and (is_admin or entry.user == caller.user)

        listed = await self.directory.list_upcoming(
            caller, request.scope, most=MOST_CHANGED, only=is_meant, is_admin=is_admin
        )
        rows = [
            (schedule, self.directory.next_run(schedule))
            for schedule in await veil_all(self.permissions, caller, listed.shown)
            if _still_fits(request.verb, schedule, now=now)
        ]
        return ask_about_all(
            request.verb,
            rows,
            now=self.directory.now(),
            reader=await self.directory.clock_of(caller),
            more=listed.more,
            until=until,
        )

    async def change_all(
        self, caller: Caller, verb: BulkVerb, names: tuple[str, ...], *, until: str = ""
    ) -> Reply:
        """Do it to each of them, and say of each how it went; what one refuses, the others do not.

        `until` is the end of a pause, as a button carries it.
        """
        done: list[Schedule] = []
        refused: list[Refusal] = []
        for name in names:
            try:
                outcome = await self._change_schedule(caller, verb, name, until=until)
            except (SlackError, RedisUnavailable) as exc:
                logger.warning("bulk.unsettled: %s", exc)
                left = len(names) - len(done) - len(refused)
                return all_changed(verb, done, refused, left=left, database=isinstance(exc, RedisUnavailable))
            if isinstance(outcome, Schedule):
                done.append(await veil_schedule(self.permissions, caller, outcome))
            else:
                refused.append(await veil_refusal(self.permissions, caller, outcome))
        return all_changed(verb, done, refused, left=0)

    async def keep_all(self, caller: Caller, names: tuple[str, ...]) -> Reply:
        """Have each of them go on, though nobody looks at it. Raises `SlackError` and `RedisUnavailable`."""
        kept: list[Schedule] = []
        refused: list[Refusal] = []
        for name in names:
            found = await self.directory.find_visible(caller, name)
            if isinstance(found, Schedule):
                await self.directory.looks.record_look(found)
                kept.append(await veil_schedule(self.permissions, caller, found))
            else:
                refused.append(found)
        return replies.all_kept(kept, refused)

    async def _change_schedule(
        self, caller: Caller, verb: BulkVerb, name: str, *, until: str
    ) -> Schedule | Refusal:
        match verb:
            case "pause" if until:
                end = _read_end(until)
                return await self.interruptions.pause_until(caller, name, end)
            case "pause":
                return await self.schedules.pause_schedule(caller, name)
            case "resume":
                return await self.schedules.resume_schedule(caller, name)
            case "delete":
                return await self.schedules.delete_schedule(caller, name)


def _fits(verb: BulkVerb, entry: Entry, *, now: datetime) -> bool:
    """Tell if this can be done; what goes on by itself can be paused for good, and resumed."""
    match verb:
        case "delete":
            return True
        case "pause":
            return entry.at is None and entry.state != "paused"
        case "resume":
            return entry.at is None and entry.is_paused(ms_of(now))


def _still_fits(verb: BulkVerb, schedule: Schedule, *, now: datetime) -> bool:
    """The same of its record, which was read later."""
    match verb:
        case "delete":
            return True
        case "pause":
            return schedule.state == "active"
        case "resume":
            return schedule.state == "paused" or schedule.is_on_break(now)


def _read_end(until: str) -> BreakEnd:
    """The end of a pause in a button, which `read_press` has found to be one."""
    return datetime.fromtimestamp(int(until), UTC) if until.isdecimal() else date.fromisoformat(until)
