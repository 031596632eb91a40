"""The App Home of one person, as it is now: their own schedules, then those of the channels they are in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import SlackError
from bot.replies.views import HOME_PAGE, Line, home_view, page_count
from bot.runs import AskedPage
from bot.schedules import (
    Entry,
    Listing,
    Permissions,
    Run,
    Schedule,
    ScheduleDirectory,
    Wanted,
    cut_page,
)
from bot.slack import Caller, channels_of_person
from bot.stats import Usage
from bot.storage import ms_of
from bot.subscriptions import SubscribedPage, Subscriptions
from bot.ui.answering import veil_all
from bot.ui.review import WaitingReviews
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_LATELY: Final = timedelta(days=7)
_CHANNELS_TTL: Final = 120.0  # seconds
_PEOPLE: Final = 10_000  # whose channels are remembered in this process
_LOOKED_AT: Final = 100
"""The reader's own schedules, soonest first, among which recent problems are looked for."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The person whose Home it is."""

    team: str
    user: str

    @property
    def caller(self) -> Caller:
        return Caller(team=self.team, user=self.user, channel=None)


@dataclass(frozen=True, kw_only=True)
class HomePages:
    """Makes the page that someone is shown."""

    directory: ScheduleDirectory
    permissions: Permissions
    workspaces: Workspaces
    usage: Callable[[str], Awaitable[Usage | None]]
    subscriptions: Subscriptions
    waiting_reviews: WaitingReviews
    now: Callable[[], datetime]
    _channels: dict[Reader, tuple[float, frozenset[str]]] = field(
        init=False, default_factory=dict, repr=False
    )

    async def make_view(self, reader: Reader, *, page: int, note: str, undo: str = "") -> dict[str, Any]:
        channels, usage = await asyncio.gather(self.channels_of(reader), self.usage(reader.team))
        admin = await self.permissions.is_admin(reader.caller)
        index, now = self.directory.index, ms_of(self.now())
        entries = await index.read_entries(reader.team)

        def is_near(entry: Entry) -> bool:
            is_there = not (channels or frozenset()).isdisjoint(entry.channels)
            return (entry.user == reader.user or is_there) and entry.is_ahead(now)

        near = list(filter(is_near, entries.values()))
        shut, untold = frozenset[str](), frozenset[str]()
        if not admin:
            shut, untold = await self.permissions.shut_or_untold(
                {channel for entry in near for channel in entry.channels},
                reader.caller,
                among=channels or (),
            )
        readable = {channel for entry in near for channel in entry.channels} - shut - untold

        def is_readable(entry: Entry) -> bool:
            return not readable.isdisjoint(entry.channels)

        page = min(page, page_count(sum(map(is_readable, near))) - 1)
        subscribed = SubscribedPage(team=reader.team, user=reader.user)
        asked = AskedPage(team=reader.team, user=reader.user, now=self.now(), beside=subscribed)
        wanted = Wanted(
            includes=lambda entry: is_near(entry) and is_readable(entry),
            place_of=lambda entry: (entry.user != reader.user, entry.next_run(now), entry.id),
            start=page * HOME_PAGE,
            most=HOME_PAGE,
            last_runs=lambda entry: entry.user == reader.user,
            most_problems=_LOOKED_AT,
            beside=asked,
        )
        listed = await cut_page(index, reader.team, entries, wanted)
        mine = sum(entry.user == reader.user for entry in listed.entries)
        shown = await veil_all(self.permissions, reader.caller, listed.shown)
        return home_view(
            [
                self._line_of(
                    reader, schedule, listed, admin=admin, subscribers=subscribed.counts.get(schedule.id, 0)
                )
                for schedule in shown
            ],
            page=page,
            mine=mine,
            others=len(listed.entries) - mine,
            failures=_recent_failures(listed, since=self.now() - _LATELY),
            usage=usage,
            channels_known=channels is not None,
            now=self.now(),
            reader=await self.directory.clock_of(reader.caller),
            left_out=sum(not is_readable(entry) and not untold.isdisjoint(entry.channels) for entry in near),
            note=note,
            undo=undo,
            sent=await self.subscriptions.list_own(reader.caller, known=subscribed.own),
            waiting=await self.waiting_reviews.find_waiting(reader.caller, asked.found),
        )

    def _line_of(
        self, reader: Reader, schedule: Schedule, listed: Listing, *, admin: bool, subscribers: int
    ) -> Line:
        changeable = admin or schedule.user == reader.user
        return Line(
            schedule=schedule,
            coming=self.directory.next_run(schedule),
            last=listed.last_runs.get(schedule.id),
            mine=schedule.user == reader.user,
            changeable=changeable,
            subscribers=subscribers if changeable else 0,
        )

    async def channels_of(self, reader: Reader) -> frozenset[str] | None:
        """The channels someone is in, remembered for two minutes; None if Slack does not tell."""
        known = self._channels.get(reader)
        if known is not None and time.monotonic() - known[0] < _CHANNELS_TTL:
            return known[1]
        try:
            slack = await self.workspaces.slack_of(reader.team)
            channels = await channels_of_person(slack, reader.user)
        except SlackError as exc:
            logger.warning("home.channels_unknown: %s", exc)
            return None
        if len(self._channels) >= _PEOPLE:
            self._channels.clear()
        self._channels[reader] = (time.monotonic(), channels)
        return channels

    def forget_channels(self, reader: Reader) -> None:
        """Ask Slack again: they may have left one since."""
        self._channels.pop(reader, None)


def _recent_failures(listed: Listing, *, since: datetime) -> list[tuple[Schedule, Run]]:
    """The reader's own schedules whose last run went wrong, the latest first."""
    failures = [
        (schedule, last)
        for schedule in listed.asked
        if (last := listed.last_runs.get(schedule.id)) is not None
        and last.outcome in ("failed", "stale")
        and last.at > since
    ]
    return sorted(failures, key=lambda failure: failure[1].at, reverse=True)
