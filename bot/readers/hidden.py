"""The schedules that read what a person may not read, and what no place of theirs is shown.

Their prompts and the names of their sources are as private as the sources. The owner, all who may read the
sources, and all who read where someone has agreed that they are shown, know them; to others a schedule has a
name, a time and an owner. The same rule says who may look at a post before it goes out.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.readers.consent import Consent
from bot.slack import Caller, Slack, describe_conversation, is_channel_member, is_direct
from bot.sources import ChannelMembers, Everyone, FileViewers, Readers, Source

logger = logging.getLogger(__name__)


class HasPlace(Protocol):
    """A place of a schedule."""

    @property
    def channel(self) -> str: ...

    @property
    def user(self) -> str | None:
        """The person, where the place is their direct messages."""


class HasReaders(Protocol):
    """The part of a schedule that decides who may know its words."""

    @property
    def id(self) -> str: ...

    @property
    def user(self) -> str: ...

    @property
    def sources(self) -> tuple[Source, ...]: ...

    @property
    def consents(self) -> tuple[Consent, ...]: ...

    @property
    def places(self) -> Sequence[HasPlace]: ...


async def hidden_from(
    slack_of: Callable[[str], Awaitable[Slack]], caller: Caller, schedules: Iterable[HasReaders]
) -> frozenset[str]:
    """The ids of those whose words are not for this person; also where Slack does not tell.

    It costs no request where all sources are public links, or the channel in which they ask; else one or two
    for each source and place. It raises nothing of Slack's.
    """
    sight = _Sight(slack_of=slack_of, caller=caller)
    return frozenset(
        [
            schedule.id
            for schedule in schedules
            if schedule.user != caller.user and not await sight.includes(schedule)
        ]
    )


async def may_see_posts(
    slack_of: Callable[[str], Awaitable[Slack]], caller: Caller, schedule: HasReaders
) -> bool:
    """True if this person may see what a schedule posts before it goes out; its owner is one like any other.

    By the same rule: they may read all its sources, or read where someone has agreed that they are shown.
    Raises `SlackUnavailable` where Slack does not tell.
    """
    found = await _Sight(slack_of=slack_of, caller=caller).includes(schedule)
    if found is None:
        raise SlackUnavailable("Slack does not tell who may see what a schedule posts")
    return found


@dataclass(frozen=True, kw_only=True)
class _Sight:
    """The things that one person may read: Slack is asked once for each; None where it does not tell."""

    slack_of: Callable[[str], Awaitable[Slack]] = field(repr=False)
    caller: Caller
    known: dict[Readers, bool | None] = field(default_factory=dict, init=False)

    async def includes(self, schedule: HasReaders) -> bool | None:
        """Tell if they may see everything that the schedule reads."""
        is_told = True
        for readers in dict.fromkeys(source.readers for source in schedule.sources):
            may_read = await self.may_read(readers) or await self._is_shown(schedule, readers)
            if may_read is False:
                return False
            is_told = is_told and may_read is True
        return True if is_told else None

    async def may_read(self, readers: Readers) -> bool | None:
        if isinstance(readers, Everyone) or readers == ChannelMembers(channel=self.caller.channel or ""):
            return True
        if readers not in self.known:
            self.known[readers] = await self._ask_if_told(readers)
        return self.known[readers]

    async def _ask_if_told(self, readers: ChannelMembers | FileViewers) -> bool | None:
        try:
            return await self._ask_slack(readers)
        except SlackError as exc:
            logger.warning("hidden.readers_untold: %s", exc)
            return False if isinstance(exc, SlackRefused) else None

    async def _ask_slack(self, readers: ChannelMembers | FileViewers) -> bool:
        slack, user = await self.slack_of(self.caller.team), self.caller.user
        match readers:
            case ChannelMembers(channel=channel) if is_direct(channel):
                return (await describe_conversation(slack, channel)).person == user
            case ChannelMembers(channel=channel):
                is_open = (
                    not await slack.is_private(channel) and not (await slack.user_profile(user)).is_guest
                )
                return is_open or await is_channel_member(slack, channel, user)
            case FileViewers(file=file):
                shared = await slack.find_shared(file)
                if shared.user == user or self.caller.channel in shared.places:
                    return True
                if shared.is_public and not (await slack.user_profile(user)).is_guest:
                    return True
                for place in shared.places:
                    if await is_channel_member(slack, place, user):
                        return True
                return False
            case _:
                assert_never(readers)

    async def _is_shown(self, schedule: HasReaders, readers: Readers) -> bool | None:
        """True where someone has agreed that it is shown to this person."""
        own = {place.channel for place in schedule.places if place.user == self.caller.user}
        is_told = self.known.get(readers) is not None
        for consent in schedule.consents:
            if consent.readers != readers:
                continue
            if consent.place in own or consent.place == self.caller.user:
                return True
            is_there = await self.may_read(ChannelMembers(channel=consent.place))
            holds = await self._holds(consent) if is_there else is_there
            if holds:
                return True
            is_told = is_told and holds is not None
        return False if is_told else None

    async def _holds(self, consent: Consent) -> bool | None:
        """True of a place that has not been opened or shared since."""
        try:
            place = await describe_conversation(await self.slack_of(self.caller.team), consent.place)
        except SlackError as exc:
            logger.warning("hidden.place_untold channel=%s: %s", consent.place, exc)
            return False if isinstance(exc, SlackRefused) else None
        return (consent.is_open or place.is_closed) and (consent.is_shared or not place.is_shared)
