"""Who may do what, and every check of it: whoever is asked here is asked of Slack, never of what was sent.

The owner of a schedule and the workspace's admins change it; whoever is in its channel looks at it, runs it
and refreshes its posts; the operator may let only some channels and some groups of people schedule. Nobody
has read, or keeps what they no longer could read themselves: who has left a private channel is out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import replace
from typing import Final, Literal, assert_never

from bot.errors import SlackError, SlackRefused
from bot.schedules.policy import Policy
from bot.schedules.refusals import (
    CannotPost,
    CannotRead,
    NotAllowed,
    NotMember,
    Pointless,
    TooMuchToRead,
)
from bot.schedules.schedule import Schedule
from bot.slack import Caller, Slack
from bot.sources import MOST, ChannelMembers, Everyone, FileViewers, Readers, Source

logger = logging.getLogger(__name__)

_NO_PLACE: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived"})

_ASKED_ONE_BY_ONE: Final = 2


class Permissions:
    """Asks Slack who is who, and where."""

    def __init__(self, *, slack_of: Callable[[str], Awaitable[Slack]], policy: Policy) -> None:
        self._slack_of = slack_of
        self._policy = policy

    async def is_admin(self, caller: Caller) -> bool:
        """Whether Slack says so; when it does not tell, nobody is."""
        try:
            return (await (await self._slack_of(caller.team)).person(caller.user)).is_admin
        except SlackError as exc:
            logger.warning("permissions.admin_unknown: %s", exc)
            return False

    # A schedule that is there

    async def sees(self, caller: Caller, schedule: Schedule) -> bool:
        """Whether they may look at it, run it, and refresh its posts. Raises `SlackUnavailable`."""
        if caller.channel == schedule.channel:
            return True
        if caller.user == schedule.user and not await self.is_shut(schedule.channel, caller):
            return True
        return await self.is_admin(caller)

    async def is_shut(self, channel: str, caller: Caller) -> bool:
        """Whether a channel is private, and they are not in it. Raises `SlackUnavailable`."""
        return bool(await self.shut_among({channel}, caller))

    async def shut_among(
        self, channels: Collection[str], caller: Caller, *, among: Collection[str] = ()
    ) -> frozenset[str]:
        """Those that are private and without them, who are in `among` at least. Raises `SlackUnavailable`."""
        slack = await self._slack_of(caller.team)
        left = _left(channels, among)
        if len(left) > _ASKED_ONE_BY_ONE:
            try:
                left -= await slack.channels_of(caller.user)
            except SlackRefused as exc:
                logger.warning("permissions.channels_untold: %s", exc)
        return frozenset([each for each in sorted(left) if await _is_shut(slack, each, caller.user)])

    async def shut_or_untold(
        self, channels: Collection[str], caller: Caller, *, among: Collection[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """As `shut_among`, and those of which Slack does not tell; `among` are all that it lists."""
        slack = await self._slack_of(caller.team)

        async def told(channel: str) -> bool | None:
            try:
                return await _is_shut(slack, channel, caller.user)
            except SlackError as exc:
                logger.warning("permissions.channel_untold: %s", exc)
                return None

        left = sorted(_left(channels, among))
        answers = dict(zip(left, await asyncio.gather(*map(told, left)), strict=True))
        shut = frozenset(each for each, is_shut in answers.items() if is_shut)
        return shut, frozenset(each for each, is_shut in answers.items() if is_shut is None)

    async def may_change(self, caller: Caller, schedule: Schedule) -> bool:
        """Whether it is theirs, or they are an admin."""
        return schedule.user == caller.user or await self.is_admin(caller)

    async def cannot_own(
        self, schedule: Schedule, user: str
    ) -> Pointless | CannotRead | TooMuchToRead | None:
        """Why it may not be given to someone."""
        person = await (await self._slack_of(schedule.team)).person(user)
        if person.is_gone:
            return Pointless(schedule=schedule, problem="no_person")
        if person.is_guest:
            return Pointless(schedule=schedule, problem="guest")
        owner = Caller(team=schedule.team, user=user, channel=None)
        match await self.cannot_post(owner, schedule.channel):
            case NotMember():
                return Pointless(schedule=schedule, problem="not_there")
            case NotAllowed(what="group"):
                return Pointless(schedule=schedule, problem="not_allowed")
        unread = await self.cannot_read(owner, schedule.sources)
        return replace(unread, new_owner=True) if isinstance(unread, CannotRead) else unread

    # One that is to be

    async def cannot_ask(self, caller: Caller, channel: str) -> NotAllowed | None:
        """Why the operator does not let this person ask anything there. Raises `SlackError`."""
        if self._policy.channels and channel not in self._policy.channels:
            return NotAllowed(what="channel")
        slack = await self._slack_of(caller.team)
        if self._policy.groups and not await slack.in_any_group(caller.user, self._policy.groups):
            return NotAllowed(what="group")
        return None

    async def cannot_post(self, caller: Caller, channel: str) -> NotAllowed | NotMember | CannotPost | None:
        """Why this person's prompt may not be answered there; asked while someone is there to read it."""
        if (refused := await self.cannot_ask(caller, channel)) is not None:
            return refused
        slack = await self._slack_of(caller.team)
        try:
            await slack.check_channel(channel)
            if channel != caller.channel and not await slack.is_member(channel, caller.user):
                return NotMember(channel=channel)
        except SlackError as exc:
            if isinstance(exc, SlackRefused) and exc.code in _NO_PLACE:
                return CannotPost(code=exc.code)
            logger.warning("permissions.channel_not_checked: %s", exc)  # the post itself will tell
        return None

    async def cannot_read(
        self, caller: Caller, sources: Iterable[Source], *, attached: Collection[Source] = ()
    ) -> CannotRead | TooMuchToRead | None:
        """Why this person may not have it read: nobody reads through us what they could not read themselves.

        Unlike a post, which tells by itself that it fails, a read must not be tried: it would succeed. What
        they have `attached` themselves, they can read.
        """
        sources = tuple(sources)
        if len(sources) > MOST:
            return TooMuchToRead(count=len(sources))
        slack = await self._slack_of(caller.team)
        shared = [source.readers for source in attached if isinstance(source.readers, FileViewers)]
        asked = dict.fromkeys(source.readers for source in sources if source.readers not in shared)
        for readers in sorted(asked, key=lambda readers: isinstance(readers, FileViewers)):
            if (refused := await self._is_no_reader(slack, caller, readers)) is not None:
                return refused  # of a channel first, for that can be named
        return None

    async def _is_no_reader(self, slack: Slack, caller: Caller, readers: Readers) -> CannotRead | None:
        """Why this person is not known to be one of the `readers`."""
        match readers:
            case Everyone():
                return None
            case ChannelMembers(channel=channel):
                problem = await self._unreadable(slack, caller, channel)
                return None if problem is None else CannotRead(channel=channel, problem=problem)
            case FileViewers(file=file):
                hidden = await self._unseen(slack, caller, file)
                return None if hidden is None else CannotRead(channel=None, problem=hidden)
            case _:
                assert_never(readers)

    async def _unreadable(
        self, slack: Slack, caller: Caller, channel: str
    ) -> Literal["not_member", "not_in_channel", "untold"] | None:
        try:
            await slack.check_channel(channel)
            if channel == caller.channel or await slack.is_member(channel, caller.user):
                return None
        except SlackRefused:
            return "not_in_channel"
        except SlackError as exc:
            logger.warning("permissions.reader_not_checked: %s", exc)
            return "untold"
        return "not_member"

    async def _unseen(
        self, slack: Slack, caller: Caller, file: str
    ) -> Literal["not_shared", "untold"] | None:
        try:
            shared = await slack.shared(file)
            if shared.is_public or shared.user == caller.user:
                return None
            for place in shared.places:
                if place == caller.channel or await slack.is_member(place, caller.user):
                    return None
        except SlackRefused:
            return "not_shared"
        except SlackError as exc:
            logger.warning("permissions.reader_not_checked: %s", exc)
            return "untold"
        return "not_shared"


def _left(channels: Collection[str], among: Collection[str]) -> set[str]:
    """Those to ask about: nobody leaves a direct message."""
    return {each for each in channels if not each.startswith("D")} - {*among}


async def _is_shut(slack: Slack, channel: str, user: str) -> bool:
    try:
        return await slack.is_private(channel) and not await slack.is_member(channel, user)
    except SlackRefused:  # we are not there ourselves, so there is nothing to see or to hide
        return False
