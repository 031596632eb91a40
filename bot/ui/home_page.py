"""The App Home of one person, as it is now: their own schedules, then those of the channels they are in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.errors import SlackError
from bot.replies import Line, home_view
from bot.schedules import Permissions, Run, Schedule, ScheduleDirectory
from bot.slack import Caller, channels_of_person
from bot.stats import Usage
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_LATELY: Final = timedelta(days=7)
_CHANNELS_TTL: Final = 120.0  # seconds
_PEOPLE: Final = 10_000  # whose channels are remembered in this process
_NEVER: Final = float("inf")


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
    scheduled: Callable[[str], Awaitable[list[Schedule]]]
    workspaces: Workspaces
    usage: Callable[[str], Awaitable[Usage | None]]
    now: Callable[[], datetime]
    _channels: dict[Reader, tuple[float, frozenset[str]]] = field(
        init=False, default_factory=dict, repr=False
    )

    async def make_view(self, reader: Reader, *, page: int, note: str, undo: str = "") -> dict[str, Any]:
        channels, usage = await asyncio.gather(self.channels_of(reader), self.usage(reader.team))
        admin = await self.permissions.is_admin(reader.caller)
        shown = [
            schedule
            for schedule in await self.scheduled(reader.team)
            if (schedule.user == reader.user or schedule.channel in (channels or ()))
            and self.directory.is_ahead(schedule)
        ]
        untold: frozenset[str] = frozenset()
        if not admin:
            shut, untold = await self.permissions.shut_or_untold(
                {schedule.channel for schedule in shown}, reader.caller, among=channels or ()
            )
            shown = [schedule for schedule in shown if schedule.channel not in shut]
        lines = await self._lines(
            reader, [schedule for schedule in shown if schedule.channel not in untold], admin=admin
        )
        return home_view(
            lines,
            page=page,
            failures=_failures(lines, since=self.now() - _LATELY),
            usage=usage,
            channels_known=channels is not None,
            now=self.now(),
            reader=await self.directory.zone_of(reader.caller),
            left_out=sum(schedule.channel in untold for schedule in shown),
            note=note,
            undo=undo,
        )

    async def _lines(self, reader: Reader, shown: Sequence[Schedule], *, admin: bool) -> list[Line]:
        """Their own first, and what runs soonest first."""
        coming = {schedule.id: self.directory.next_run(schedule) for schedule in shown}

        def place_of(schedule: Schedule) -> tuple[bool, float, str]:
            run = coming[schedule.id]
            return schedule.user != reader.user, run.timestamp() if run else _NEVER, schedule.id

        ordered = sorted(shown, key=place_of)
        last_runs = await self.directory.read_last_runs(ordered)
        return [
            Line(
                schedule=schedule,
                coming=coming[schedule.id],
                last=last,
                mine=schedule.user == reader.user,
                changeable=admin or schedule.user == reader.user,
            )
            for schedule, last in zip(ordered, last_runs, strict=True)
        ]

    async def channels_of(self, reader: Reader) -> frozenset[str] | None:
        """The channels someone is in, remembered for two minutes; None if Slack does not tell."""
        known = self._channels.get(reader)
        if known is not None and time.monotonic() - known[0] < _CHANNELS_TTL:
            return known[1]
        try:
            slack = await self.workspaces.slack(reader.team)
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


def _failures(lines: Sequence[Line], *, since: datetime) -> list[tuple[Schedule, Run]]:
    """The reader's own schedules whose last run went wrong, the latest first."""
    failures = [
        (line.schedule, line.last)
        for line in lines
        if line.mine
        and line.last is not None
        and line.last.outcome in ("failed", "stale")
        and line.last.at > since
    ]
    return sorted(failures, key=lambda failure: failure[1].at, reverse=True)
