"""Another time for a schedule, and a pause that ends by itself, in the words of the person who wants it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from bot import replies
from bot.commands import PauseRequest
from bot.replies.breaks import break_unclear, break_untimed, paused_until, would_run_once
from bot.replies.text import escape_mrkdwn
from bot.schedules import BreakEnd, Interruptions, Refusal, Schedule, ScheduleDirectory, Schedules
from bot.slack import Caller
from bot.ui.answering import veil_schedule
from scheduler import (
    Cron,
    Once,
    Timing,
    WhenError,
    ZoneInfo,
    describe_timing,
    read_pause_end,
    read_timing,
)


@dataclass(frozen=True, kw_only=True)
class Retiming:
    """Reads the words, and does what they say."""

    schedules: Schedules
    interruptions: Interruptions
    directory: ScheduleDirectory

    async def pause_typed(self, caller: Caller, request: PauseRequest) -> Refusal | str:
        """Pause it until then; return the words to say."""
        if not request.until:
            found = await self.schedules.find_changeable(caller, request.name)
            return break_untimed(found.id) if isinstance(found, Schedule) else found
        outcome = await self.pause_until(caller, request.name, request.until)
        return await self.word_pause(caller, outcome) if isinstance(outcome, Schedule) else outcome

    async def pause_until(self, caller: Caller, name: str, words: str) -> Schedule | Refusal | str:
        """Pause it until what `words` say; a sentence about words that cannot be kept.

        A day is that of the person's calendar, and begins when it does in the schedule's zone.
        """
        end = pause_end(words, now=self.schedules.now(), zone=await self.directory.zone_of(caller))
        return end if isinstance(end, str) else await self.interruptions.pause_until(caller, name, end)

    async def change_time(self, caller: Caller, name: str, words: str) -> Schedule | Refusal | str:
        """Have it run when `words` say, in its own zone unless they name one; all else stays.

        What repeats goes on repeating: a clock alone is that of the same days, and one day is hardly meant.
        """
        before = await self.schedules.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        try:
            timing = read_timing(words, now=self.schedules.now(), zone=before.zone)
        except WhenError as exc:
            return escape_mrkdwn(replies.time_refused(exc))
        if timing is None:
            return replies.not_a_time("when")
        if (same := _at_clock(before.timing, timing, words)) is not None:
            timing, words = same, describe_timing(same)
        if before.cron is not None and isinstance(timing.when, Once):
            return would_run_once(await veil_schedule(self.directory.permissions, caller, before))
        return await self.schedules.edit_schedule(
            caller, before.id, lambda schedule: schedule.at_time(timing, typed=words)
        )

    async def word_pause(self, caller: Caller, schedule: Schedule) -> str:
        schedule = await veil_schedule(self.directory.permissions, caller, schedule)
        runs, now = self.directory.next_runs(schedule, 1), self.directory.now()
        return paused_until(schedule, runs, now=now, reader=await self.directory.clock_of(caller))

    async def word_time(self, caller: Caller, schedule: Schedule) -> str:
        schedule = await veil_schedule(self.directory.permissions, caller, schedule)
        reader = await self.directory.clock_of(caller)
        return replies.time_changed(schedule, now=self.directory.now(), reader=reader)


def _at_clock(before: Timing, named: Timing, words: str) -> Timing | None:
    """The same days at another clock, where the words are that clock alone: `10am`, `at 17:30`.

    None where it runs several times a day.
    """
    cron, once = before.when, named.when
    if not (isinstance(cron, Cron) and isinstance(once, Once) and _CLOCK.fullmatch(words.strip())):
        return None
    minute, hour, *days = cron.expression.split()
    if not (minute.isdecimal() and hour.isdecimal()):
        return None
    at = once.at.astimezone(ZoneInfo(cron.zone))
    return replace(before, when=Cron.parse(f"{at.minute} {at.hour} {' '.join(days)}", zone=cron.zone))


_CLOCK: Final = re.compile(
    r"(?:at\s+|to\s+)?(?:\d{1,2}(?:[:.]\d\d)?\s*(?:[ap]\.?m\.?)?(?:\s*o['’]?clock)?|noon|midnight)",
    re.IGNORECASE,
)


def pause_end(words: str, *, now: datetime, zone: str | None) -> BreakEnd | str:
    """The end of a pause; a sentence about words that name none."""
    try:
        end: date | datetime | None = read_pause_end(words, now=now, zone=zone or "UTC")
    except WhenError as exc:
        return escape_mrkdwn(replies.time_refused(exc))
    return break_unclear(words) if end is None else end
