"""Schedules for those who may see them: found by id or name, listed, and when they run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from heapq import nlargest
from itertools import pairwise
from typing import Final, Literal

from bot.errors import SlackError
from bot.schedules.history.run import Run
from bot.schedules.index import ScheduleIndex
from bot.schedules.index_entry import Entry
from bot.schedules.listing import Listing, Wanted, cut_page
from bot.schedules.looks import Looks
from bot.schedules.permissions import Permissions
from bot.schedules.refusals import Outside, Unknown
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Caller, ReaderClock
from bot.storage import ms_of
from scheduler import Closures, upcoming_runs

logger = logging.getLogger(__name__)

Scope = Literal["here", "mine", "all"]

_SKIMMED: Final = 500
_COMPARED: Final = 20
"""Names that are compared letter by letter, which is slow."""
_AT_ONCE: Final = 5


@dataclass(frozen=True, kw_only=True)
class ScheduleDirectory:
    """Looks up schedules for people."""

    schedule_store: ScheduleStore = field(repr=False)
    index: ScheduleIndex = field(repr=False)
    permissions: Permissions = field(repr=False)
    looks: Looks = field(repr=False)
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
            await self.looks.note_look(found)
            return found
        return Outside(schedule=found) if found is not None and found.user == caller.user else None

    async def _names_near(self, caller: Caller, name: str) -> tuple[str, ...]:
        """The ids and names that look like it; none while Slack does not tell what they may see."""
        entries = await self.index.read_entries(caller.team)
        try:
            includes = await self._find_scope(caller, "here", entries, is_admin=False)
        except SlackError as exc:
            logger.warning("lookup.nothing_near: %s", exc)
            return ()
        around = filter(includes, entries.values())
        return await _close_matches(name, sorted({label for entry in around for label in _labels_of(entry)}))

    async def list_upcoming(
        self,
        caller: Caller,
        scope: Scope,
        *,
        most: int,
        only: Callable[[Entry], bool] = lambda _: True,
        is_admin: bool = False,
    ) -> Listing:
        """The schedules still to come, soonest first: here and one's own, one's own, or for admins all.

        At most so many are shown, of those that `only` names.
        """
        entries, now = await self.index.read_entries(caller.team), ms_of(self.now())
        includes = await self._find_scope(caller, scope, entries, is_admin=is_admin)
        wanted = Wanted(
            includes=lambda entry: includes(entry) and only(entry),
            place_of=lambda entry: (entry.next_run(now), entry.id),
            most=most,
        )
        return await cut_page(self.index, caller.team, entries, wanted)

    async def _find_scope(
        self, caller: Caller, scope: Scope, entries: Mapping[str, Entry], *, is_admin: bool
    ) -> Callable[[Entry], bool]:
        """The rule that says which schedules belong there. Raises `SlackUnavailable`."""
        now, everything = ms_of(self.now()), scope == "all" and is_admin

        def is_near(entry: Entry) -> bool:
            near = entry.user == caller.user or (
                scope != "mine" and (everything or caller.channel in entry.channels)
            )
            return near and entry.is_ahead(now)

        if everything:
            return is_near
        channels = {channel for entry in entries.values() if is_near(entry) for channel in entry.channels}
        await asyncio.sleep(0)
        readable = channels - await self.permissions.shut_among(
            channels, caller, among={caller.channel or ""}
        )
        return lambda entry: is_near(entry) and not readable.isdisjoint(entry.channels)

    async def visible_among(self, caller: Caller, schedules: Sequence[Schedule]) -> list[Schedule]:
        """Those that they may see. Raises `SlackUnavailable`."""
        if await self.permissions.is_admin(caller):
            return list(schedules)
        near = [
            schedule
            for schedule in schedules
            if caller.user == schedule.user or caller.channel in schedule.channels
        ]
        return await self.open_to(caller, near, among={caller.channel or ""})

    async def open_to(
        self, caller: Caller, schedules: Sequence[Schedule], *, among: Collection[str]
    ) -> list[Schedule]:
        """Those that do not belong to private channels that they are not in; they are `among` these at least.

        Raises `SlackUnavailable`.
        """
        channels = {channel for schedule in schedules for channel in schedule.channels}
        shut = await self.permissions.shut_among(channels, caller, among=among)
        return [schedule for schedule in schedules if schedule.channels - shut]

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
            return await slack.time_zone(caller.user)
        except SlackError as exc:
            logger.warning("lookup.zone_untold: %s", exc)
            return None

    async def clock_of(self, caller: Caller) -> ReaderClock | None:
        """The zone and the notation in which they read times; None if Slack does not tell the zone now."""
        try:
            slack = await self.permissions.slack_of(caller.team)
            return await slack.reader_clock(caller.user)
        except SlackError as exc:
            logger.warning("lookup.clock_untold: %s", exc)
            return None

    async def read_history(self, schedule: Schedule, *, most: int = 10) -> list[Run]:
        """Its latest runs, newest first: at most so many of each of its places."""
        most *= len(schedule.places)
        return await self.schedule_store.read_history(schedule.team, schedule.id, now=self.now(), most=most)

    async def read_last_runs(self, schedules: Sequence[Schedule]) -> list[Run | None]:
        return await self.schedule_store.read_last_runs(schedules)


def _labels_of(entry: Entry) -> tuple[str, ...]:
    return (entry.id, entry.name) if entry.name else (entry.id,)


async def _close_matches(name: str, labels: Sequence[str]) -> tuple[str, ...]:
    """The three that look most like it, best first, of the few that share most pairs of letters with it."""
    pairs, shared = _pairs_of(name), dict[str, float]()
    for start in range(0, len(labels), _SKIMMED):
        for label in labels[start : start + _SKIMMED]:
            theirs = _pairs_of(label)
            shared[label] = len(pairs & theirs) / (len(pairs) + len(theirs))
        await asyncio.sleep(0)
    likely, close = nlargest(_COMPARED, shared, key=shared.__getitem__), list[str]()
    for start in range(0, len(likely), _AT_ONCE):
        close += get_close_matches(name, likely[start : start + _AT_ONCE], n=3)
        await asyncio.sleep(0)
    return tuple(get_close_matches(name, close, n=3))


def _pairs_of(label: str) -> set[tuple[str, str]]:
    return set(pairwise(f" {label} "))
