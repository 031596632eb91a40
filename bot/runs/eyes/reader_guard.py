"""The check that all who read in a place may read what a run has read, or that someone has agreed to it.

Slack is asked whenever something is read, and at the slot for what was made ahead, unless that was asked
within the hour and nothing can have changed since without a word of Slack's. Where a consent is missing,
nothing is posted, and the owner is asked once.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from bot.errors import PostUnknown, SlackRefused, SlackUnavailable
from bot.readers import (
    Asks,
    Consent,
    Exposure,
    ReaderCheck,
    Showing,
    Untold,
    decode_consents,
    is_plain,
    ticket_of,
)
from bot.replies.readers import not_shown, owner_asked
from bot.runs.eyes.notes import ReaderNotes
from bot.schedules import Schedule
from bot.sources import Source, decode_sources
from bot.workspaces import Workspaces
from scheduler import Job

logger = logging.getLogger(__name__)

ASKS_CONSENT: Final = "asks_consent"
"""The word for it in the history of runs."""
READERS_UNTOLD: Final = "readers_untold"

MayShow = Literal["any", "fresh", "elsewhere", "none"]
"""The answers that may be seen in a run's own place: all of them, only one that is made now, or none, though
its further places may have them, or none at all. What was made before may hold words of a source that the bot
sees no longer, so nobody can tell who reads it."""

MayPrepare = Callable[[Job, Schedule | None], Awaitable[bool]]
"""Tells if there is a place where the answer of a job may be seen."""

_EVERY: Final = timedelta(hours=1)


class RunToShow(Protocol):
    """The part of a run that decides who sees its post."""

    @property
    def job(self) -> Job: ...

    @property
    def schedule(self) -> Schedule | None: ...

    @property
    def further_places(self) -> tuple[str, ...]: ...

    @property
    def is_ready(self) -> bool:
        """True if its answer was made before."""

    @property
    def shown(self) -> datetime | None:
        """The moment at which all places of its schedule were last found to be in order."""


class MayPost(Protocol):
    """Tells which answers of a run may be seen in its place; see `ReaderGuard.may_post`."""

    async def __call__(self, run: RunToShow, *, last: bool) -> MayShow: ...


@dataclass(frozen=True, kw_only=True)
class ReaderGuard:
    """Keeps private words from eyes that they were not meant for."""

    reader_check: ReaderCheck
    notes: ReaderNotes
    workspaces: Workspaces
    now: Callable[[], datetime]

    async def may_prepare(self, job: Job, schedule: Schedule | None) -> bool:
        """True if there is a place to post it to; asks the owner for what is missing at the others.

        Raises `SlackUnavailable` while Slack does not tell, or the owner may not have been asked.
        """
        sources = decode_sources(job.sources)
        if schedule is None or all(is_plain(sources, place.channel) for place in schedule.places):
            return True
        found = [
            _as_told(await self._may_show(schedule.team, sources, place.channel, schedule.consents))
            for place in schedule.places
        ]
        if any(isinstance(showing, Asks) for showing in found):
            await self._ask_owner(schedule, sources)
        elif all(map(_is_lasting, found)):
            await self.notes.record_readers_seen(schedule, now=self.now())
        return not all(isinstance(showing, Asks) for showing in found)

    async def may_post(self, run: RunToShow, *, last: bool) -> MayShow:
        """The answers of this run that may be seen in its place; a consent that is missing is asked for.

        The `last` time nothing is read any more. Raises `SlackUnavailable` as `may_prepare` does.
        """
        job, schedule = run.job, run.schedule
        sources, place = decode_sources(job.sources), job.channel or ""
        if is_plain(sources, place):
            return "any"
        is_own = schedule is not None and place in schedule.channels  # a refreshed post may stand elsewhere
        was_shown = is_own and run.shown is not None and self.now() - run.shown < _EVERY
        if run.is_ready and was_shown:
            return "any"
        consents = decode_consents(list(job.consents)) if schedule is None else schedule.consents
        showing = _as_told(await self._may_show(job.team or "", sources, place, consents))
        if not isinstance(showing, Asks):
            if schedule is not None and is_own and not schedule.also and _is_lasting(showing):
                await self.notes.record_readers_seen(schedule, now=self.now())
            return "any"
        is_unseen = all(exposure.why == "unseen" for exposure in showing.exposures)
        if is_unseen and not run.is_ready and not last:
            return "fresh"
        logger.warning("run.asks_consent team=%s place=%s", job.team, place)
        if schedule is not None and is_own:
            await self._ask_owner(schedule, sources)
        if schedule is None or job.id is not None:
            await self._tell_asker(job, showing.exposures)
        for channel in run.further_places:
            other = await self._may_show(job.team or "", sources, channel, consents)
            if not isinstance(other, Asks | Untold):
                return "elsewhere"
        return "none"

    async def _may_show(
        self, team: str, sources: Sequence[Source], place: str, consents: Sequence[Consent]
    ) -> Showing:
        return await self.reader_check.may_show(team, sources, place, consents)

    async def _ask_owner(self, schedule: Schedule, sources: Sequence[Source]) -> None:
        """Ask the owner for all that is missing, once for each thing that is."""
        places = sorted({place.channel for place in schedule.places})
        showing = _as_told(
            await self.reader_check.may_show_in_all(schedule.team, sources, places, schedule.consents)
        )
        if not isinstance(showing, Asks):
            return
        ticket = ticket_of(showing.exposures)
        if not await self.notes.take_question(schedule, ticket):
            return
        asked = owner_asked(schedule, showing.exposures, ticket=ticket)
        try:
            slack = await self.workspaces.slack_of(schedule.team)
            await slack.tell_person(schedule.user, asked.text, blocks=asked.blocks)
        except SlackRefused as exc:
            logger.warning("readers.owner_not_asked id=%s: %s", schedule.id, exc)
        except BaseException as exc:  # asked twice rather than never
            await self.notes.forget_question(schedule)
            if isinstance(exc, PostUnknown):
                raise SlackUnavailable(f"perhaps they were not asked: {exc}") from exc
            raise

    async def _tell_asker(self, job: Job, exposures: Sequence[Exposure]) -> None:
        """Tell a person who waits for a post why it does not come."""
        if job.user is None:
            return
        try:
            slack = await self.workspaces.slack_of(job.team or "")
            text = not_shown(job.query, exposures)
            await slack.tell_person(job.user, text, channel=job.channel, thread=job.thread)
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps they were not told: {exc}") from exc
        except SlackRefused as exc:
            logger.warning("readers.asker_not_told: %s", exc)


def _as_told(showing: Showing) -> Showing:
    """The verdict. Raises `SlackUnavailable` where there is none: QStash asks again."""
    if isinstance(showing, Untold):
        raise SlackUnavailable(
            f"Slack does not tell who reads in {showing.place}", retry_after=showing.retry_after
        )
    return showing


def _is_lasting(showing: Showing) -> bool:
    return not isinstance(showing, Asks | Untold) and showing.lasts
