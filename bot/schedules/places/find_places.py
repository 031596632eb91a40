"""From what somebody typed or picked to the places that a schedule posts to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.errors import SlackError, SlackRefused
from bot.schedules.permissions import why_no_person
from bot.schedules.refusals import NoSuchPlace
from bot.schedules.schedule import Place
from bot.slack import Caller, Slack, find_channel, find_person

logger = logging.getLogger(__name__)

_NO_SCOPE: Final = frozenset({"missing_scope", "not_allowed_token_type"})


@dataclass(frozen=True, kw_only=True)
class NamedPlace:
    """A place as somebody has named it: by its id, or else by its name."""

    kind: Literal["channel", "person", "here", "me"]
    id: str = ""
    name: str = ""

    @property
    def typed(self) -> str:
        """The words in which a person would type it."""
        if self.kind in ("here", "me"):
            return self.kind
        return f"{'#' if self.kind == 'channel' else '@'}{self.name or self.id}"

    @property
    def shown(self) -> str:
        """The words for it, in mrkdwn."""
        if self.kind == "me":
            return "you"
        if self.id:
            return f"<#{self.id}>" if self.kind == "channel" else f"<@{self.id}>"
        return f"{'#' if self.kind == 'channel' else '@'}{self.name}"


@dataclass(frozen=True, kw_only=True)
class PlaceFinder:
    """Asks Slack which places are meant, and opens the direct messages of people."""

    slack_of: Callable[[str], Awaitable[Slack]] = field(repr=False)

    async def find_places(self, caller: Caller, named: Sequence[NamedPlace]) -> list[Place | NoSuchPlace]:
        """The place for each name, in order, or why there is none."""
        slack = await self.slack_of(caller.team)
        return list(await asyncio.gather(*(self._find_place(slack, caller, name) for name in named)))

    async def _find_place(self, slack: Slack, caller: Caller, named: NamedPlace) -> Place | NoSuchPlace:
        try:
            match named.kind:
                case "here":
                    return Place(channel=caller.channel or "", thread=caller.thread)
                case "channel":
                    return await self._find_channel(slack, caller, named)
                case "person":
                    return await self._find_person(slack, named)
                case "me":
                    myself = NamedPlace(kind="person", id=caller.user)
                    return await self._find_person(slack, myself)
        except SlackRefused as exc:
            logger.warning("places.refused: %s", exc)
            return NoSuchPlace(name=named.shown, problem="refused")
        except SlackError as exc:
            logger.warning("places.untold: %s", exc)
            return NoSuchPlace(name=named.shown, problem="untold")

    async def _find_channel(self, slack: Slack, caller: Caller, named: NamedPlace) -> Place | NoSuchPlace:
        if named.id:
            return Place(channel=named.id)
        found = await find_channel(slack, named.name, user=caller.user)
        if found is None:
            return NoSuchPlace(name=named.shown, problem="unknown")
        if found.is_archived:
            return NoSuchPlace(name=named.shown, problem="archived")
        return Place(channel=found.id)

    async def _find_person(self, slack: Slack, named: NamedPlace) -> Place | NoSuchPlace:
        user = named.id or await find_person(slack, named.name)
        if user is None:
            return NoSuchPlace(name=named.shown, problem="unknown")
        if (missing := await why_no_person(slack, user)) is not None:
            return missing
        try:
            return Place(channel=await slack.open_direct(user), user=user)
        except SlackRefused as exc:
            problem = exc.code
        if problem in _NO_SCOPE:
            return NoSuchPlace(name=f"<@{user}>", problem="no_scope")
        logger.warning("places.not_opened: %s", problem)
        if problem in ("user_disabled", "user_not_found"):
            return NoSuchPlace(name=f"<@{user}>", problem="gone")
        return NoSuchPlace(name=f"<@{user}>", problem="bot" if problem == "cannot_dm_bot" else "refused")
