"""The acts of people on their subscriptions: the record first, QStash second, the record confirmed third.

What a crash leaves half done, housekeeping finishes or removes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from bot.errors import SlackUnavailable
from bot.readers import hidden_from
from bot.schedules import (
    ID,
    NotPublished,
    Outside,
    Permissions,
    Schedule,
    ScheduleDirectory,
    ScheduleStore,
    Unknown,
)
from bot.slack import Caller, clip_text, is_direct
from bot.subscriptions.readers import find_readable
from bot.subscriptions.store import SubscriptionRef, SubscriptionStore
from bot.subscriptions.subscription import Rhythm, Subscription, rhythm_of
from scheduler import Cron, Publisher, PublishError, Timing, Unreachable

logger = logging.getLogger(__name__)

_TITLE: Final = 60  # characters

SubscriptionAct = Literal["begun", "ended"]

SubscriptionProblem = Literal[
    "one_off", "direct", "posted_to_you", "not_reader", "untold", "full", "many", "time", "not_subscribed"
]


@dataclass(frozen=True, kw_only=True)
class CannotSubscribe:
    """It runs once; it posts to one person; it posts to that person already; they may not read it, or Slack
    does not tell; it has, or they have, too many subscriptions; the time is none that a subscription has; or
    there is no subscription to change."""

    problem: SubscriptionProblem
    schedule: Schedule | None = None
    """None where they may not even know its name."""


@dataclass(frozen=True, kw_only=True)
class ReadableSchedule:
    """A schedule, and the channel in which a person may read its posts."""

    schedule: Schedule
    channel: str


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """A subscription as it is now, to a schedule as it is now."""

    subscription: Subscription
    schedule: Schedule
    is_new: bool
    """False for one that was changed, or that is as it was."""


@dataclass(frozen=True, kw_only=True)
class Subscriptions:
    """Subscriptions, as people handle them."""

    subscription_store: SubscriptionStore = field(repr=False)
    schedule_store: ScheduleStore = field(repr=False)
    directory: ScheduleDirectory = field(repr=False)
    permissions: Permissions = field(repr=False)
    publisher: Publisher = field(repr=False)
    now: Callable[[], datetime]
    count: Callable[[SubscriptionAct], None] = lambda _: None

    async def find_schedule(
        self, caller: Caller, name: str
    ) -> ReadableSchedule | Unknown | Outside | CannotSubscribe:
        """The schedule of that id or name, if they may subscribe to it: where they ask, or where they may."""
        found = await self.directory.find_visible(caller, name)
        if isinstance(found, Unknown) and (known := await self._find_subscribed(caller, name)) is not None:
            found = known
        if not isinstance(found, Schedule):
            return found
        if await hidden_from(self.permissions.slack_of, caller, (found,)):
            return CannotSubscribe(problem="not_reader")
        if found.cron is None:
            return CannotSubscribe(problem="one_off", schedule=found)
        channels = sorted(_channels_of(found), key=lambda channel: channel != caller.channel)
        if all(map(is_direct, channels)):
            return CannotSubscribe(problem="direct", schedule=found)
        slack = await self.permissions.slack_of(caller.team)
        try:
            place = await find_readable(slack, caller.user, channels, direct=caller.channel or "")
        except SlackUnavailable as exc:
            logger.warning("subscription.reader_untold: %s", exc)
            return CannotSubscribe(problem="untold")
        if place.may != "yes":
            problem: SubscriptionProblem = "untold" if place.may == "refused" else "not_reader"
            return CannotSubscribe(problem=problem)
        return ReadableSchedule(schedule=found, channel=place.channel)

    async def subscribe(
        self, caller: Caller, readable: ReadableSchedule, timing: Timing | None
    ) -> Subscribed | CannotSubscribe | NotPublished:
        """Send them its posts from the next one on: at once, or at the times of `timing`."""
        schedule = readable.schedule
        rhythm: Rhythm | None = "at_once" if timing is None else rhythm_of(timing)
        if rhythm is None:
            return CannotSubscribe(problem="time", schedule=schedule)
        ref = (caller.team, schedule.id, caller.user)
        before = await self.subscription_store.find_record(ref)
        cron, zone = _cron_of(timing)
        wanted = Subscription(
            team=caller.team,
            schedule=schedule.id,
            user=caller.user,
            rhythm=rhythm,
            channel=readable.channel,
            direct=before.direct if before else caller.user,
            title=clip_text(schedule.label if schedule.name else schedule.query, _TITLE),
            since=before.since if before else self.now(),
            cron=cron,
            zone=zone,
            is_pending=timing is not None,
        )
        if rhythm == "at_once" and _posts_to(schedule, before, caller):
            return CannotSubscribe(problem="posted_to_you", schedule=schedule)
        if before is not None and replace(before, is_pending=wanted.is_pending, told_paused=False) == wanted:
            if not before.is_pending:
                return Subscribed(subscription=before, schedule=schedule, is_new=False)
        elif (too_many := await self.subscription_store.put_record(wanted, now=self.now())) is not None:
            return CannotSubscribe(problem=too_many, schedule=schedule)
        try:
            settled = await self.publish_subscription(wanted, before=before)
        except PublishError as exc:
            if isinstance(exc, Unreachable):  # QStash may have it: housekeeping sees to that
                return NotPublished(error=exc, unsettled=True)
            await self._restore_record(wanted, before)
            return NotPublished(error=exc)
        if before is None:
            self.count("begun")
            logger.info("subscription.begun id=%s rhythm=%s", schedule.id, rhythm)
        return Subscribed(subscription=settled, schedule=schedule, is_new=before is None)

    async def publish_subscription(
        self, wanted: Subscription, *, before: Subscription | None = None
    ) -> Subscription:
        """Give it to QStash as its record has it, and confirm that. Raises `PublishError`."""
        job = wanted.slot_job
        if job is None:
            if before is not None and before.cron is not None:
                await self.publisher.delete_schedule(wanted.id)
            return wanted
        await self.publisher.put_schedule(job, f"CRON_TZ={wanted.zone} {wanted.cron}")
        confirmed = replace(wanted, is_pending=False)
        await self.subscription_store.change_record(wanted, confirmed)
        return confirmed

    async def note_direct(self, subscription: Subscription, direct: str) -> Subscription:
        """Note the conversation in which the person gets it."""
        known = replace(subscription, direct=direct)
        if known == subscription or not await self.subscription_store.change_record(subscription, known):
            return subscription
        return known

    async def end_subscription(self, ref: SubscriptionRef) -> Subscription | None:
        """End one; None if there was none. QStash is told after: nothing is sent without a record."""
        ended = await self.subscription_store.remove_record(ref)
        if ended is None:
            return None
        self.count("ended")
        logger.info("subscription.ended id=%s", ended.schedule)
        if ended.cron is not None:
            try:
                await self.publisher.delete_schedule(ended.id)
            except PublishError as exc:  # housekeeping removes it
                logger.warning("subscription.not_withdrawn id=%s: %s", ended.schedule, exc)
        return ended

    async def unsubscribe(
        self, caller: Caller, name: str
    ) -> tuple[Subscription, Schedule | None] | CannotSubscribe:
        """End their own, by the id or name of its schedule, which may be gone."""
        schedule = await self.schedule_store.find_record(caller.team, name.strip())
        known = schedule.id if schedule is not None else name.strip().lower()
        if ID.fullmatch(known):
            ended = await self.end_subscription((caller.team, known, caller.user))
            if ended is not None:
                return ended, schedule
        return CannotSubscribe(problem="not_subscribed")

    async def list_own(
        self, caller: Caller, *, known: Sequence[str] | None = None
    ) -> list[tuple[Subscription, Schedule | None]]:
        """A person's subscriptions, each with its schedule, or None if that is gone; `known` are the ids."""
        own = await self.subscription_store.list_of_person(caller.team, caller.user, schedules=known)
        schedules = await self.schedule_store.read_records([subscription.ref for subscription in own])
        return list(zip(own, schedules, strict=True))

    async def end_in_channel(self, team: str, user: str, channel: str) -> list[tuple[Subscription, Schedule]]:
        """End a person's subscriptions to schedules that post only to a channel that the person has left."""
        ended = []
        for subscription, schedule in await self.list_own(Caller(team=team, user=user, channel=None)):
            if schedule is None or channel not in _channels_of(schedule):
                continue
            if any(not is_direct(other) for other in _channels_of(schedule) if other != channel):
                continue  # it may be read in another place; each copy is checked
            if (gone := await self.end_subscription((team, subscription.schedule, user))) is not None:
                ended.append((gone, schedule))
        return ended

    async def end_of_person(self, team: str, user: str) -> None:
        """End all of a person who is gone."""
        for subscription in await self.subscription_store.list_of_person(team, user):
            await self.end_subscription((team, subscription.schedule, user))

    async def _find_subscribed(self, caller: Caller, name: str) -> Schedule | None:
        """A schedule that they know only because they have subscribed to it."""
        found = await self.schedule_store.find_record(caller.team, name.strip())
        if found is None:
            return None
        known = await self.subscription_store.find_record((caller.team, found.id, caller.user))
        return None if known is None else found

    async def _restore_record(self, wanted: Subscription, before: Subscription | None) -> None:
        """Put the record back as it was before QStash said no."""
        if before is None:
            await self.subscription_store.remove_record((wanted.team, wanted.schedule, wanted.user))
        else:
            await self.subscription_store.change_record(wanted, before)


def _cron_of(timing: Timing | None) -> tuple[str | None, str | None]:
    when = None if timing is None else timing.when
    return (when.expression, when.zone) if isinstance(when, Cron) else (None, None)


def _channels_of(schedule: Schedule) -> tuple[str, ...]:
    return tuple(place.channel for place in schedule.places)


def _posts_to(schedule: Schedule, before: Subscription | None, caller: Caller) -> bool:
    """True if it posts to the person's own conversation with the app."""
    own = {before.direct if before else "", caller.channel or ""}
    return any(
        place.user == caller.user or (is_direct(place.channel) and place.channel in own)
        for place in schedule.places
    )
