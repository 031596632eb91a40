"""Checks that what is read from some sources may be shown in a place: the one check that every door asks.

A source has readers, and so has a place. Where some who read in the place could not read the source, someone
who can must have agreed to it. Guests and people of other organisations count as readers of what they are
invited to, and of nothing else. What Slack does not tell is no consent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, assert_never

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.readers.consent import Consent
from bot.readers.exposure import Exposure, ExposureReason
from bot.slack import (
    Conversation,
    Slack,
    describe_conversation,
    is_channel_member,
    list_guests,
    list_members,
)
from bot.sources import ChannelMembers, Everyone, FileViewers, Readers, Source

logger = logging.getLogger(__name__)

MOST_MEMBERS: Final = 5_000
"""Members of a conversation that are compared; where there are more, a person is asked instead."""
MOST_PEOPLE: Final = 10_000
"""People of a workspace among whom guests are looked for; where there are more, a person is asked instead."""

_MEMBERS_KEPT: Final = 60.0  # seconds
_GUESTS_KEPT: Final = 600.0  # seconds
_LISTS: Final = 1_000
_UNSEEN: Final = frozenset({"channel_not_found", "not_in_channel", "file_not_found", "file_deleted"})


@dataclass(frozen=True, kw_only=True)
class Open:
    """Everyone who reads there may read the sources, too."""

    lasts: bool = True
    """False where that may end without an event of Slack's, so that each post has to ask again."""


@dataclass(frozen=True, kw_only=True)
class Consented:
    """Some who read there may not read the sources, and people who may have agreed."""

    consents: tuple[Consent, ...]
    lasts: bool = True
    """As for `Open`."""


@dataclass(frozen=True, kw_only=True)
class Asks:
    """Someone who may read the sources has to be asked first."""

    exposures: tuple[Exposure, ...]
    given: tuple[Consent, ...] = ()
    """Consents that hold for the rest."""


@dataclass(frozen=True, kw_only=True)
class Untold:
    """Slack does not tell who reads there, or who reads the sources."""

    place: str
    is_refused: bool
    """True if Slack will refuse to tell it again."""
    retry_after: timedelta | None = None
    """The wait that Slack asks for."""


Showing = Open | Consented | Asks | Untold


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """All who read in the place may read the source."""

    lasts: bool


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A source's readers, as far as Slack tells them now."""

    is_closed: bool
    channels: tuple[str, ...]
    """Those who are in any of these may read it,"""
    people: frozenset[str] = frozenset()
    """and these."""


@dataclass(frozen=True, kw_only=True)
class ReaderCheck:
    """Compares the readers of sources with those of places."""

    slack_of: Callable[[str], Awaitable[Slack]] = field(repr=False)
    _members: dict[tuple[str, str], tuple[float, frozenset[str] | None]] = field(
        default_factory=dict, init=False, repr=False
    )
    _guests: dict[str, tuple[float, frozenset[str] | None]] = field(
        default_factory=dict, init=False, repr=False
    )

    async def may_show(
        self, team: str, sources: Iterable[Source], place: str, consents: Sequence[Consent] = ()
    ) -> Showing:
        """Judge if these sources may be shown at this place: `Open | Consented | Asks | Untold`.

        `place` is the id of a channel, a direct message or a person. The verdict says nothing of who asks:
        whether they may read the sources, and post there, is for `Permissions`. It costs no request where all
        sources are public links, or channels that are the place itself; else one or two for each, or a list
        of members. It raises nothing of Slack's.
        """
        asked = dict.fromkeys(source.readers for source in sources)
        closed = [readers for readers in asked if not _is_plainly_open(readers, place)]
        if not closed:
            return Open()
        try:
            slack = await self.slack_of(team)
            where = await _describe_place(slack, place)
            if where is None:
                return Open(lasts=False)
            outcomes = [await self._compare_readers(slack, team, readers, where) for readers in closed]
        except SlackError as exc:
            logger.warning("readers.untold place=%s: %s", place, exc)
            after = exc.retry_after if isinstance(exc, SlackUnavailable) else None
            return Untold(place=place, is_refused=isinstance(exc, SlackRefused), retry_after=after)
        return _sum_up(outcomes, consents)

    async def may_show_in_all(
        self, team: str, sources: Sequence[Source], places: Iterable[str], consents: Sequence[Consent] = ()
    ) -> Showing:
        """Judge several places at once: the verdict is what stands in the way at any of them."""
        found = [await self.may_show(team, sources, place, consents) for place in dict.fromkeys(places)]
        for showing in found:
            if isinstance(showing, Untold):
                return showing
        exposures = [
            exposure for showing in found if isinstance(showing, Asks) for exposure in showing.exposures
        ]
        used = tuple(dict.fromkeys(consent for showing in found for consent in consents_in(showing)))
        if exposures:
            return Asks(exposures=tuple(exposures), given=used)
        lasts = all(showing.lasts for showing in found if isinstance(showing, Open | Consented))
        return Consented(consents=used, lasts=lasts) if used else Open(lasts=lasts)

    async def _compare_readers(
        self, slack: Slack, team: str, readers: Readers, where: Conversation
    ) -> _Fit | Exposure:
        def expose(why: ExposureReason, *, closed: bool) -> Exposure:
            return Exposure(
                readers=readers,
                place=where.id,
                why=why,
                is_closed_source=closed,
                is_open=not where.is_closed,
                is_shared=where.is_shared,
            )

        try:
            source = await _describe_source(slack, readers)
        except SlackRefused as exc:
            if exc.code not in _UNSEEN:
                raise
            return expose("unseen", closed=True)
        if where.id in source.channels:
            return _Fit(lasts=True)
        if where.person is not None:
            may_read = await self._may_person_read(slack, source, where.person)
            return _Fit(lasts=True) if may_read else expose("person", closed=source.is_closed)
        if where.is_shared:
            return expose("shared", closed=source.is_closed)
        if source.is_closed and not where.is_closed:
            return expose("public", closed=True)
        others = await self._others_in(slack, team, where.id, source)
        if others is None:
            return expose("uncounted", closed=source.is_closed)
        if others:
            return expose("members" if source.is_closed else "guests", closed=source.is_closed)
        return _Fit(lasts=not source.is_closed)

    async def _may_person_read(self, slack: Slack, source: _Source, person: str) -> bool:
        if person in source.people:
            return True
        if not source.is_closed and not (await slack.user_profile(person)).is_guest:
            return True
        for channel in source.channels:
            if await is_channel_member(slack, channel, person):
                return True
        return False

    async def _others_in(self, slack: Slack, team: str, place: str, source: _Source) -> frozenset[str] | None:
        """The people in the place who may not read the source; None if they are too many to compare."""
        if (members := await self._list_members(slack, team, place)) is None:
            return None
        others = members - source.people - {await slack.own_id()}
        if not source.is_closed:
            if (guests := await self._list_guests(slack, team)) is None:
                return None
            others &= guests
        for channel in source.channels:
            if not others:
                break
            if (theirs := await self._list_members(slack, team, channel)) is None:
                return None
            others -= theirs
        return others

    async def _list_members(self, slack: Slack, team: str, channel: str) -> frozenset[str] | None:
        known = self._members.get((team, channel))
        if known is not None and time.monotonic() - known[0] < _MEMBERS_KEPT:
            return known[1]
        found = await list_members(slack, channel, most=MOST_MEMBERS)
        if len(self._members) >= _LISTS:
            self._members.clear()
        self._members[(team, channel)] = (time.monotonic(), found)
        return found

    async def _list_guests(self, slack: Slack, team: str) -> frozenset[str] | None:
        known = self._guests.get(team)
        if known is not None and time.monotonic() - known[0] < _GUESTS_KEPT:
            return known[1]
        found = await list_guests(slack, most=MOST_PEOPLE)
        if len(self._guests) >= _LISTS:
            self._guests.clear()
        self._guests[team] = (time.monotonic(), found)
        return found

    def forget_people(self, team: str) -> None:
        """Ask Slack again who is where, and who is a guest, because one of these has changed."""
        self._guests.pop(team, None)
        for key in [key for key in self._members if key[0] == team]:
            del self._members[key]


def consents_in(showing: Showing) -> tuple[Consent, ...]:
    """The consents on which a verdict rests."""
    match showing:
        case Consented(consents=consents) | Asks(given=consents):
            return consents
        case Open() | Untold():
            return ()
        case _:
            assert_never(showing)


def is_plain(sources: Iterable[Source], place: str) -> bool:
    """True where Slack need not be asked: each source is for everyone, or is the place itself."""
    return all(_is_plainly_open(source.readers, place) for source in sources)


def _is_plainly_open(readers: Readers, place: str) -> bool:
    """True of what everyone may read, and of a channel that is itself the place."""
    return isinstance(readers, Everyone) or readers == ChannelMembers(channel=place)


async def _describe_place(slack: Slack, place: str) -> Conversation | None:
    """None where the bot cannot post either, so that nothing has to be hidden."""
    if place[:1] in ("U", "W"):
        return Conversation(id=place, is_closed=True, is_shared=False, person=place)
    try:
        return await describe_conversation(slack, place)
    except SlackRefused as exc:
        if exc.code not in _UNSEEN:
            raise
        return None


async def _describe_source(slack: Slack, readers: Readers) -> _Source:
    """Raises `SlackError`."""
    match readers:
        case Everyone():
            return _Source(is_closed=False, channels=())
        case ChannelMembers(channel=channel):
            told = await describe_conversation(slack, channel)
            people = frozenset({told.person} if told.person else ())
            return _Source(is_closed=told.is_closed, channels=(channel,), people=people)
        case FileViewers(file=file):
            shared = await slack.find_shared(file)
            people = frozenset({shared.user} if shared.user else ())
            return _Source(is_closed=not shared.is_public, channels=shared.places, people=people)
        case _:
            assert_never(readers)


def _sum_up(outcomes: Iterable[_Fit | Exposure], consents: Sequence[Consent]) -> Showing:
    lasts, used, asked = True, list[Consent](), list[Exposure]()
    for outcome in outcomes:
        match outcome:
            case _Fit():
                lasts = lasts and outcome.lasts
            case Exposure():
                given = next((consent for consent in consents if outcome.is_covered_by(consent)), None)
                if given is None:
                    asked.append(outcome)
                    continue
                used.append(given)
                lasts = lasts and (given.is_open or outcome.why == "person")
            case _:
                assert_never(outcome)
    if asked:
        return Asks(exposures=tuple(asked), given=tuple(used))
    return Consented(consents=tuple(used), lasts=lasts) if used else Open(lasts=lasts)
