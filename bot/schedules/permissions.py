"""Permissions: every check asks Slack, and never believes what was sent.

The owner of a schedule and the workspace's admins change it; people in its channel look at it, run it and
refresh its posts; the operator may let only some channels and some groups of people schedule. Nobody reads
through us what they cannot read themselves: people who have left a private channel are out. To a guest, every
channel that they are not in is as closed as a private one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.readers import is_guest, may_see_posts, why_no_reader
from bot.schedules.policy import Policy
from bot.schedules.refusals import (
    CannotPost,
    CannotRead,
    CannotReview,
    MembershipUntold,
    NoSuchPlace,
    NotAllowed,
    NotMember,
    PlaceRefusal,
    Pointless,
    SomePlaces,
    TooManyPlaces,
    TooMuchToRead,
)
from bot.schedules.review import CLOSEST_REVIEWS
from bot.schedules.schedule import MOST_PLACES, Place, Schedule
from bot.slack import (
    NO_PLACE,
    Caller,
    Slack,
    channels_of_person,
    is_channel_member,
    is_in_any_group,
    members_of_group,
)
from bot.sources import MOST, ChannelMembers, FileViewers, Source
from scheduler import Closures, upcoming_runs

logger = logging.getLogger(__name__)

_SHOWS_ITSELF: Final = NO_PLACE | {
    *("account_inactive", "invalid_auth", "not_authed", "not_installed", "token_expired", "token_revoked"),
    "team_access_not_granted",
}
"""Answers of Slack after which nothing can be read or posted there, so that nothing has to be hidden."""

_ASKED_ONE_BY_ONE: Final = 2
_MEMBERS_TRIED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """Asks Slack who is who, and where."""

    slack_of: Callable[[str], Awaitable[Slack]] = field(repr=False)
    policy: Policy

    async def is_admin(self, caller: Caller) -> bool:
        """True if Slack says so; when it does not tell, nobody is."""
        try:
            return (await (await self.slack_of(caller.team)).user_profile(caller.user)).is_admin
        except SlackError as exc:
            logger.warning("permissions.admin_unknown: %s", exc)
            return False

    # A schedule that is there

    async def may_see(self, caller: Caller, schedule: Schedule) -> bool:
        """True if they may look at it, run it, and refresh its posts. Raises `SlackUnavailable`."""
        channels = schedule.channels
        if caller.channel in channels:
            return True
        if caller.user == schedule.user and channels - await self.shut_among(channels, caller):
            return True
        return await self.is_admin(caller)

    async def is_shut(self, channel: str, caller: Caller) -> bool:
        """True if it is not open to them, and they are not in it. Raises `SlackUnavailable`."""
        return bool(await self.shut_among({channel}, caller))

    async def shut_among(
        self, channels: Collection[str], caller: Caller, *, among: Collection[str] = ()
    ) -> frozenset[str]:
        """Those that are not open to them, who are in `among` at least. Raises `SlackUnavailable`."""
        slack = await self.slack_of(caller.team)
        left = _without_known(channels, among)
        if len(left) > _ASKED_ONE_BY_ONE:
            try:
                left -= await channels_of_person(slack, caller.user)
            except SlackRefused as exc:
                logger.warning("permissions.channels_untold: %s", exc)
        return frozenset([channel for channel in sorted(left) if await _is_shut(slack, channel, caller.user)])

    async def shut_or_untold(
        self, channels: Collection[str], caller: Caller, *, among: Collection[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """As `shut_among`, and those that Slack does not tell about; `among` are all that it lists."""
        slack = await self.slack_of(caller.team)

        async def ask_shut(channel: str) -> bool | None:
            try:
                return await _is_shut(slack, channel, caller.user)
            except SlackError as exc:
                logger.warning("permissions.channel_untold: %s", exc)
                return None

        left = sorted(_without_known(channels, among))
        answers = dict(zip(left, await asyncio.gather(*map(ask_shut, left)), strict=True))
        shut = frozenset(channel for channel, is_shut in answers.items() if is_shut)
        return shut, frozenset(channel for channel, is_shut in answers.items() if is_shut is None)

    async def shut_places(
        self, places: Sequence[Place], owner: Caller
    ) -> tuple[frozenset[str], frozenset[str]]:
        """The channels of those that the owner is not in, or whose person has left; and of those untold.

        One of which Slack does not tell keeps nobody from the others.
        """
        slack = await self.slack_of(owner.team)
        channels, among = {place.channel for place in places}, frozenset[str]()
        if len(_without_known(channels, ())) > _ASKED_ONE_BY_ONE:
            try:
                among = await channels_of_person(slack, owner.user)
            except SlackError as exc:
                logger.warning("permissions.channels_untold: %s", exc)
        shut, untold = await self.shut_or_untold(channels, owner, among=among)
        people = {place.channel: place.user for place in places if place.user is not None}
        gone = await asyncio.gather(*(_is_gone(slack, user) for user in people.values()))
        answers = dict(zip(people, gone, strict=True))
        return (
            shut.union(channel for channel, is_gone in answers.items() if is_gone),
            untold.union(channel for channel, is_gone in answers.items() if is_gone is None),
        )

    async def may_change(self, caller: Caller, schedule: Schedule) -> bool:
        """True if it is theirs, or they are an admin."""
        return schedule.user == caller.user or await self.is_admin(caller)

    async def cannot_own(
        self, schedule: Schedule, user: str
    ) -> Pointless | MembershipUntold | CannotRead | TooMuchToRead | None:
        """The reason why it may not be given to someone."""
        person = await (await self.slack_of(schedule.team)).user_profile(user)
        if person.is_gone:
            return Pointless(schedule=schedule, problem="no_person")
        if person.is_guest:
            return Pointless(schedule=schedule, problem="guest")
        owner = Caller(team=schedule.team, user=user, channel=None)
        for place in schedule.places:
            match await self._cannot_post_to(owner, place):
                case MembershipUntold() as untold:
                    return untold
                case NotMember():
                    return Pointless(schedule=schedule, problem="not_there")
                case NotAllowed(what="group"):
                    return Pointless(schedule=schedule, problem="not_allowed")
        unread = await self.cannot_read(owner, schedule.sources)
        return replace(unread, new_owner=True) if isinstance(unread, CannotRead) else unread

    # One that is to be

    async def cannot_ask(self, caller: Caller, channel: str) -> NotAllowed | None:
        """The operator's reason not to let this person ask anything there. Raises `SlackError`."""
        if self.policy.channels and channel not in self.policy.channels:
            return NotAllowed(what="channel", channel=channel)
        slack = await self.slack_of(caller.team)
        if self.policy.groups and not await is_in_any_group(slack, caller.user, self.policy.groups):
            return NotAllowed(what="group")
        return None

    async def cannot_post(
        self, caller: Caller, channel: str
    ) -> NotAllowed | NotMember | MembershipUntold | CannotPost | None:
        """The reason why this person's prompt may not be answered there, told while they can read it.

        Where they ask, they are. Of any other channel Slack has to say that they are in it.
        """
        if (refused := await self.cannot_ask(caller, channel)) is not None:
            return refused
        slack = await self.slack_of(caller.team)
        try:
            await slack.check_channel(channel)
            if channel != caller.channel and not await is_channel_member(slack, channel, caller.user):
                return NotMember(channel=channel)
        except SlackError as exc:
            if isinstance(exc, SlackRefused) and exc.code in NO_PLACE:
                return CannotPost(code=exc.code, channel=channel)
            logger.warning("permissions.channel_not_checked: %s", exc)
            if channel != caller.channel:
                return MembershipUntold(channel=channel, is_refused=isinstance(exc, SlackRefused))
        return None

    async def cannot_post_to(
        self, caller: Caller, places: Sequence[Place], *, known: Collection[str] = ()
    ) -> PlaceRefusal | TooManyPlaces | SomePlaces | None:
        """The reason why this person's prompt may not be answered there; the channels `known` are old."""
        if len(places) > MOST_PLACES:
            return TooManyPlaces(count=len(places))
        asked = [place for place in places if place.channel not in known]
        answers = await asyncio.gather(*(self._cannot_post_to(caller, place) for place in asked))
        refused = tuple(refusal for refusal in answers if refusal is not None)
        if not refused:
            return None
        if len(places) == 1:
            return refused[0]
        closed = {place for place, refusal in zip(asked, answers, strict=True) if refusal is not None}
        return SomePlaces(refused=refused, fit=tuple(place for place in places if place not in closed))

    async def _cannot_post_to(self, caller: Caller, place: Place) -> PlaceRefusal | None:
        if place.user is None:
            return await self.cannot_post(caller, place.channel)
        if (refused := await self.cannot_ask(caller, place.channel)) is not None:
            return replace(refused, user=place.user)
        slack = await self.slack_of(caller.team)
        return await why_no_person(slack, place.user)

    async def cannot_read(
        self, caller: Caller, sources: Iterable[Source], *, attached: Collection[Source] = ()
    ) -> CannotRead | TooMuchToRead | None:
        """The reason why this person may not have it read: they could not read it without us.

        Unlike a post, which tells by itself that it fails, a read must not be tried: it would succeed. What
        they have `attached` themselves, they can read.
        """
        sources = tuple(sources)
        if len(sources) > MOST:
            return TooMuchToRead(count=len(sources))
        slack = await self.slack_of(caller.team)
        shared = [source.readers for source in attached if isinstance(source.readers, FileViewers)]
        asked = dict.fromkeys(source.readers for source in sources if source.readers not in shared)
        for readers in sorted(asked, key=lambda readers: isinstance(readers, FileViewers)):
            if (problem := await why_no_reader(slack, caller, readers)) is not None:
                channel = readers.channel if isinstance(readers, ChannelMembers) else None
                return CannotRead(channel=channel, problem=problem)  # of a channel first: it can be named
        return None

    async def cannot_review(
        self, wanted: Schedule, before: Schedule | None = None, *, now: datetime
    ) -> CannotReview | None:
        """The reason why its posts cannot be looked at first; of what stays as `before`, nothing is asked.

        All whom a schedule names itself must be fit, and one of those that the operator requires.
        Raises `SlackUnavailable`.
        """
        review = self.policy.review_of(wanted)
        if review is None:
            return None
        same = before is not None and review == self.policy.review_of(before)
        if before and same and before.timing == wanted.timing and _shows_the_same(before, wanted):
            return None
        coming = upcoming_runs(wanted.timing, after=now, count=2, closures=Closures())
        if len(coming) == 2 and coming[1] - coming[0] < CLOSEST_REVIEWS:
            return CannotReview(who="", problem="too_often")
        found = [await self._why_unfit(wanted, reviewer) for reviewer in review.by]
        unfit = [problem for problem in found if problem is not None]
        if not unfit or (review.is_required and len(unfit) < len(found)):
            return None
        return unfit[0]

    async def _why_unfit(self, schedule: Schedule, reviewer: str) -> CannotReview | None:
        """The reason why this person cannot look at its posts, or nobody of this group can."""
        if not reviewer.startswith("S"):
            problem = await self._why_no_reviewer(schedule, reviewer)
            return None if problem is None else CannotReview(who=reviewer, problem=problem)
        try:
            members = await members_of_group(await self.slack_of(schedule.team), reviewer)
        except SlackRefused as exc:
            logger.warning("permissions.group_untold: %s", exc)
            return CannotReview(who=reviewer, problem="unknown")
        for user in members[:_MEMBERS_TRIED]:
            if await self._why_no_reviewer(schedule, user) is None:
                return None
        return CannotReview(who=reviewer, problem="nobody")

    async def _why_no_reviewer(
        self, schedule: Schedule, user: str
    ) -> Literal["gone", "no_reader", "unknown"] | None:
        try:
            if (await (await self.slack_of(schedule.team)).user_profile(user)).is_gone:
                return "gone"
        except SlackRefused as exc:
            logger.warning("permissions.reviewer_untold: %s", exc)
            return "unknown"
        reader = Caller(team=schedule.team, user=user, channel=None)
        return None if await may_see_posts(self.slack_of, reader, schedule) else "no_reader"


def _shows_the_same(before: Schedule, wanted: Schedule) -> bool:
    """True if the same people may see what both post."""
    return (before.sources, before.consents) == (wanted.sources, wanted.consents)


def _without_known(channels: Collection[str], among: Collection[str]) -> set[str]:
    """The ones to ask about: nobody leaves a direct message."""
    return {channel for channel in channels if not channel.startswith("D")} - {*among}


async def _is_shut(slack: Slack, channel: str, user: str) -> bool:
    try:
        if not await slack.is_private(channel) and not await is_guest(slack, user):
            return False
        return not await is_channel_member(slack, channel, user)
    except SlackRefused as exc:
        if exc.code in _SHOWS_ITSELF:
            return False
        raise SlackUnavailable("Slack does not tell who is in a channel") from exc


async def why_no_person(slack: Slack, user: str) -> NoSuchPlace | None:
    """The reason why nothing can be posted to this person; None if something can."""
    try:
        person = await slack.user_profile(user)
    except SlackRefused:
        return NoSuchPlace(name=f"<@{user}>", problem="unknown")
    except SlackError as exc:
        logger.warning("permissions.person_untold: %s", exc)
        return NoSuchPlace(name=f"<@{user}>", problem="untold")
    if person.is_bot:
        return NoSuchPlace(name=f"<@{user}>", problem="bot")
    return NoSuchPlace(name=f"<@{user}>", problem="gone") if person.is_gone else None


async def _is_gone(slack: Slack, user: str) -> bool | None:
    """True of someone who has left the workspace; None if Slack does not tell."""
    try:
        return (await slack.user_profile(user)).is_gone
    except SlackRefused:
        return True
    except SlackError as exc:
        logger.warning("permissions.person_untold: %s", exc)
        return None
