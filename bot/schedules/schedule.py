"""A schedule as a value: its prompt, its time, its places, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, Literal, Self, assert_never

from bot.readers import Consent
from bot.schedules.review import Review
from bot.schedules.skips.skip import Skip
from bot.sources import Source, encode_sources
from scheduler import Changes, Cron, Job, Once, Timing, When, deduplication_id

NAME_LIMIT: Final = 60
State = Literal["pending", "active", "paused", "deleted"]
ScheduleRef = tuple[str, str]
"""A team and the id of its schedule."""


MOST_PLACES: Final = 20
"""The number of places that one schedule may post to."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A channel or thread that an answer goes to, or a person, in their direct messages with the app."""

    channel: str
    """Of a person, that of the direct messages."""
    thread: str | None = None
    user: str | None = None
    """The person."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A prompt with a time: recurring (`cron` and `zone`) or once (`at`)."""

    id: str
    team: str
    channel: str
    """That of its first place; see `places`."""
    user: str
    """Its owner, who may change it, and is told when it fails."""
    query: str
    zone: str
    cron: str | None = None
    at: datetime | None = None
    name: str | None = None
    """Unique in its team, whatever the case, and however its letters are composed or spaced."""
    handle: str | None = None
    """Stands for the name in commands where it has none, and is as unique; see `names.py`."""
    until: datetime | None = None
    """No run after this moment."""
    holidays: str | None = None
    """A country, or a country and a region (`DE-BY`), on whose public holidays it does not run."""
    first_day: date | None = None
    """No run before this day."""
    step: int = 1
    """Runs in every so many weeks, or on every so many days, counted from `first_day`; see `Timing`."""
    nth: int | None = None
    """Runs on that one of its days in each month; -1 is the last."""
    mentions: tuple[str, ...] = ()
    """User and user group ids, `here` or `channel`, that its posts notify; nothing else is ever notified."""
    max_age: timedelta | None = None
    """The time before its slot within which an answer may have been made, if not the usual one."""
    model: str | None = None
    sources: tuple[Source, ...] = ()
    """The sources that it reads each time."""
    changes: Changes = "always"
    """It posts always, or only what is new since its last post."""
    post_if: str | None = None
    """The condition under which it posts, in its owner's words; see `answers/judging`."""
    thread: str | None = None
    """The first message of the thread it posts to, in its first place."""
    person: str | None = None
    """The person whose direct messages its first place is, if it was given by their name."""
    also: tuple[Place, ...] = ()
    """The further places that it posts to."""
    fills_variables: bool = False
    """The variables in its prompt are filled; in what was saved before there were any, braces stay."""
    review: Review | None = None
    """Who looks at each of its posts first; `Policy.review_of` knows of the operator's wishes, too."""
    message: str | None = None
    """QStash's id of the message that waits, for a one-off."""
    created: datetime | None = None
    consents: tuple[Consent, ...] = ()
    """Given by people who may read a source to its being shown in a place whose readers may not."""
    typed: str | None = None
    """The time in the words of the person who typed it; what was understood counts."""
    state: State = "pending"
    skips: tuple[Skip, ...] = ()
    """The single runs that people leave out, those that are over included for a while."""
    paused_until: datetime | None = None
    """No run before this moment while it is active: it was paused until then, and goes on by itself."""
    unseen_since: datetime | None = None
    """Set on one that is paused because nobody had looked at it since then, and its owner did not answer."""
    revision: int = 0

    @property
    def when(self) -> When:
        if self.at is not None:
            return Once(at=self.at, zone=self.zone)
        return Cron.parse(self.cron or "", zone=self.zone)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """All the places that it posts to, in the order in which they were given; see `at_places`."""
        return (Place(channel=self.channel, thread=self.thread, user=self.person), *self.also)

    @property
    def channels(self) -> frozenset[str]:
        """Those of all its places."""
        return frozenset([place.channel for place in self.places])

    @property
    def label(self) -> str:
        """The name by which people know it, or its id; no word of its prompt."""
        return self.name or self.id

    @property
    def called(self) -> str | None:
        """Its name or handle, which no other schedule of its team has."""
        return self.name or self.handle

    @property
    def command_name(self) -> str:
        """The one word that commands take for it."""
        return self.handle or self.id

    @property
    def job(self) -> Job:
        """The job that is published of it."""
        return Job(
            id=self.id,
            query=self.query,
            team=self.team,
            channel=self.channel,
            user=self.user,
            max_age=self.max_age if self.cron is None else None,
            lead=self.max_age if self.cron is not None else None,
            model=self.model,
            sources=encode_sources(self.sources),
            changes=self.changes if self.cron is not None else "always",
            post_if=self.post_if,
            thread=self.thread,
            also=tuple(place.channel for place in self.also),
            asker_zone=self.zone if self.cron is None else None,
            fills_for=self.channel if self.fills_variables else None,
        )

    @property
    def job_by_hand(self) -> Job:
        """The job of a run that a person asks for: they want to see its answer, whatever that says."""
        return replace(self.job, schedule=self.id, post_if=None, asker_zone=self.zone)

    @property
    def ticket(self) -> str:
        """The ticket that a delivery of this schedule, as it is now, carries; see `ticket_of`."""
        return ticket_of(replace(self.job, at=self.at, cron=self.cron))

    @cached_property
    def timing(self) -> Timing:
        """All that decides if it runs at a slot."""
        recurs = self.cron is not None
        return Timing(
            when=self.when,
            until=self.until,
            holidays=self.holidays,
            first_day=self.first_day,
            step=self.step,
            nth=self.nth,
            skipped=frozenset([skip.slot for skip in self.skips]) if recurs else frozenset(),
            paused_until=self.paused_until if recurs else None,
        )

    @property
    def rhythm(self) -> Timing:
        """Its time as it was typed, whatever is left out by hand."""
        return replace(self.timing, skipped=frozenset(), paused_until=None)

    @property
    def may_rest(self) -> bool:
        """Tell if there may be slots at which it does not run, so that `timing` has to be asked."""
        beside = (self.until, self.holidays, self.first_day, self.nth, self.paused_until)
        return bool(self.skips) or beside != _NOTHING_BESIDE

    def is_on_break(self, now: datetime) -> bool:
        """Tell if it was paused until a moment that is still to come."""
        return self.state != "paused" and self.paused_until is not None and self.paused_until > now

    def coming_skip(self, now: datetime) -> Skip | None:
        """The next run that is skipped, if there is one."""
        coming = [skip for skip in self.skips if skip.slot > now]
        return min(coming, key=lambda skip: skip.slot, default=None)

    def skip_at(self, slot: datetime) -> Skip | None:
        return next((skip for skip in self.skips if skip.slot == slot), None)

    def at_time(self, timing: Timing, *, typed: str | None = None) -> Self:
        """The same at another time, which was `typed` in these words."""
        same = replace(
            self,
            typed=typed,
            zone=timing.when.zone,
            until=timing.until,
            holidays=timing.holidays,
            first_day=timing.first_day,
            step=timing.step,
            nth=timing.nth,
        )
        match timing.when:
            case Cron(expression=expression) as cron:
                still = (skip for skip in self.skips if cron.fires_at(skip.slot))
                return replace(same, cron=expression, at=None, skips=tuple(still))
            case Once(at=at):
                once = replace(same, skips=(), paused_until=None)
                return replace(once, cron=None, at=at.replace(microsecond=0))  # as a job carries it
            case _:
                assert_never(timing.when)

    def at_places(self, places: Sequence[Place]) -> Self:
        """The same with these places, each once: at least one."""
        first, *further = each_once(places)
        return replace(
            self,
            channel=first.channel,
            thread=first.thread,
            person=first.user,
            also=tuple(replace(place, thread=None) for place in further),
        )


_NOTHING_BESIDE: Final = (None, None, None, None, None)


def each_once(places: Sequence[Place]) -> tuple[Place, ...]:
    """The places without those that were named before."""
    found: dict[str, Place] = {}
    for place in places:
        found.setdefault(place.channel, place)
    return tuple(found.values())


def only_in_place(job: Job, channel: str | None) -> Job:
    """The same run by hand in one of its places: that one, or the first."""
    if channel is not None and channel in job.also:
        return job.for_place(channel, slot=None, ticket="")
    return replace(job, also=())


def ticket_of(job: Job) -> str:
    """The mark that tells a delivery from those that were published before its schedule was changed.

    QStash cannot always take a one-off's message back, so it must say when, what and where. It replaces
    recurring ones as a whole, so it is enough that the schedule still is one. "" fits any schedule.
    """
    if job.ticket is not None:
        return job.ticket
    if job.cron is not None:
        return "slot"
    if job.at is None:
        return ""
    condition = () if job.post_if is None else (job.post_if,)
    return deduplication_id(int(job.at.timestamp()), job.query, job.channel, *job.also, *condition)
