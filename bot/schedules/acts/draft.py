"""A schedule that is not saved yet, as every door hands it in, and the consents that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.day import find_variables
from bot.readers import Asks, Consent, ReaderCheck, Untold, accept_all, consents_in, ticket_of
from bot.schedules.permissions import Permissions
from bot.schedules.refusals import CannotRead, MembershipUntold, NeedsConsent, TooMuchToRead
from bot.schedules.review import Review
from bot.schedules.schedule import Place, Schedule, each_once
from bot.slack import Caller
from bot.sources import Source, same_sources
from scheduler import Changes, Timing


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A schedule before it has an id."""

    query: str
    timing: Timing
    channel: str
    name: str | None = None
    mentions: tuple[str, ...] = ()
    max_age: timedelta | None = None
    sources: tuple[Source, ...] = ()
    attached: tuple[Source, ...] = ()
    """Those of them that the caller has shared with us just now."""
    changes: Changes = "always"
    post_if: str | None = None
    model: str | None = None
    thread: str | None = None
    review: Review | None = None
    person: str | None = None
    """The person whose direct messages its first place is."""
    also: tuple[Place, ...] = ()
    """Its further places."""
    agreed: str = ""
    """The ticket of the exposures that the caller has agreed to; see `bot.readers.ticket_of`."""
    typed: str | None = None
    """The time in the words that were typed."""
    preview: str | None = None
    """The preview that showed the answer below."""
    keep: datetime | None = None
    """The answer that was made then, in a preview, is good enough for the first run."""

    @property
    def places(self) -> tuple[Place, ...]:
        """All its places, each once; see `Schedule.places`."""
        first = Place(channel=self.channel, thread=self.thread, user=self.person)
        return each_once((first, *self.also))

    def make_schedule(
        self, caller: Caller, *, schedule_id: str, now: datetime, consents: tuple[Consent, ...] = ()
    ) -> Schedule:
        """The schedule of this person, under this id."""
        return Schedule(
            id=schedule_id,
            team=caller.team,
            channel=self.channel,
            person=self.person,
            also=self.places[1:],
            user=caller.user,
            query=self.query,
            zone=self.timing.when.zone,
            name=self.name,
            mentions=self.mentions,
            max_age=self.max_age,
            model=self.model,
            sources=self.sources,
            changes=self.changes,
            post_if=self.post_if,
            thread=self.thread,
            fills_variables=bool(find_variables(self.query)),
            review=self.review,
            created=now,
            consents=consents,
        ).at_time(self.timing, typed=self.typed)


Unshown = CannotRead | TooMuchToRead | NeedsConsent | MembershipUntold
"""The reason why something may not be read for someone, or not be shown there."""


@dataclass(frozen=True, kw_only=True)
class Consenting:
    """Sees to it that nothing is set up for eyes that nobody was asked about."""

    permissions: Permissions
    reader_check: ReaderCheck
    now: Callable[[], datetime]

    async def check_draft(self, caller: Caller, draft: Draft) -> tuple[Consent, ...] | Unshown:
        """The consents for a new schedule, or why there are none."""
        unread = await self.permissions.cannot_read(caller, draft.sources, attached=draft.attached)
        if unread is not None:
            return unread
        return await self.find_consents(
            caller,
            draft.sources,
            [place.channel for place in draft.places],
            agreed=draft.agreed,
            attached=draft.attached,
        )

    async def check_change(
        self, caller: Caller, before: Schedule, wanted: Schedule, *, agreed: str
    ) -> Schedule | Unshown:
        """The changed schedule with its consents, or why it may not be had.

        Of the same sources, only the owner may ask something else without being asked for as a reader again.
        """
        same = same_sources(before.sources, wanted.sources)
        stays = same and wanted.channels <= before.channels
        is_asked_for = not stays or (caller.user != before.user and before.query != wanted.query)
        unread = await self.permissions.cannot_read(caller, wanted.sources) if is_asked_for else None
        if unread is not None:
            return unread
        if stays and not agreed:
            return wanted
        return await self._with_consents(caller, wanted, given=before.consents, agreed=agreed)

    async def check_agreement(self, caller: Caller, schedule: Schedule, agreed: str) -> Schedule | Unshown:
        """The schedule with the consent of someone who may read all of it, to what they were shown."""
        if (unread := await self.permissions.cannot_read(caller, schedule.sources)) is not None:
            return unread
        return await self._with_consents(caller, schedule, given=schedule.consents, agreed=agreed)

    async def _with_consents(
        self, caller: Caller, wanted: Schedule, *, given: Sequence[Consent], agreed: str
    ) -> Schedule | Unshown:
        found = await self.find_consents(
            caller, wanted.sources, sorted(wanted.channels), given=given, agreed=agreed
        )
        return replace(wanted, consents=found) if isinstance(found, tuple) else found

    async def find_consents(
        self,
        caller: Caller,
        sources: Sequence[Source],
        places: Iterable[str],
        *,
        given: Sequence[Consent] = (),
        agreed: str = "",
        attached: Sequence[Source] = (),
    ) -> tuple[Consent, ...] | NeedsConsent | MembershipUntold:
        """The consents for these sources at these places, or why they cannot be had.

        `agreed` is the ticket of what the caller was shown, who may read the sources. It counts only if there
        is nothing else to agree to by now. What they have `attached` where they are, they have shown there.
        """
        showing = await self.reader_check.may_show_in_all(caller.team, sources, places, given)
        match showing:
            case Untold(place=place, is_refused=is_refused):
                return MembershipUntold(channel=place, is_refused=is_refused)
            case Asks(exposures=exposures):
                shown = {source.readers for source in attached}
                asked = [
                    exposure
                    for exposure in exposures
                    if exposure.readers not in shown or exposure.place != caller.channel
                ]
                if asked and agreed != ticket_of(asked):
                    return NeedsConsent(exposures=tuple(asked))
                return (*consents_in(showing), *accept_all(exposures, by=caller.user, at=self.now()))
            case _:
                return consents_in(showing)
