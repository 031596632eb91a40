"""The readers of a run: what was found of the places of its schedule says nothing of another place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from bot.readers import Consent, Open, ReaderCheck, Showing
from bot.runs.eyes.notes import ReaderNotes
from bot.runs.eyes.reader_guard import ReaderGuard
from bot.schedules import Schedule
from bot.sources import Channel, Source
from scheduler import Job
from tests.bot.scheduled import DAILY

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class OpenTown(ReaderCheck):
    """Everyone may read everything, and it is noted which places are asked about."""

    asked: list[str] = field(default_factory=list)

    async def may_show(
        self, team: str, sources: Iterable[Source], place: str, consents: Sequence[Consent] = ()
    ) -> Showing:
        self.asked.append(place)
        return Open()


@dataclass(frozen=True, kw_only=True)
class Notes(ReaderNotes):
    """Keeps them in a list."""

    seen: list[str] = field(default_factory=list)

    async def record_readers_seen(self, schedule: Schedule, *, now: datetime) -> None:
        self.seen.append(schedule.id)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run whose answer was made before, of a schedule whose readers were looked at just now."""

    job: Job
    schedule: Schedule
    further_places: tuple[str, ...] = ()
    is_ready: bool = True
    shown: datetime = NOON


async def test_a_post_that_is_refreshed_where_its_schedule_posts_no_more_is_looked_at_for_itself() -> None:
    schedule = replace(DAILY, sources=(Channel(channel="C9"),))
    check, notes = OpenTown(slack_of=cast("Any", None)), Notes(redis=cast("Any", None))
    guard = ReaderGuard(reader_check=check, notes=notes, workspaces=cast("Any", None), now=lambda: NOON)
    elsewhere = replace(schedule.job_by_hand, id="refresh-1", channel="C2")
    assert await guard.may_post(Run(job=elsewhere, schedule=schedule), last=False) == "any"
    assert (check.asked, notes.seen) == (["C2"], [])
    assert await guard.may_post(Run(job=schedule.job, schedule=schedule), last=False) == "any"
    assert check.asked == ["C2"], "what was looked at within the hour is not looked at again"
    unready = Run(job=schedule.job, schedule=schedule, is_ready=False)
    assert await guard.may_post(unready, last=False) == "any"
    assert (check.asked, notes.seen) == (["C2", "C1"], [schedule.id])
