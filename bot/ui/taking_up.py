"""Commands whose process was lost before they were answered: done again where that is safe, or told about.

A prompt is asked again under the same name, which posts once. What only shows something is shown. All that
changes something is not repeated, for it may have been done: the person is told, with what they typed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot import replies
from bot.commands import (
    ActRequest,
    AskRequest,
    BulkRequest,
    GuideRequest,
    HelpRequest,
    ListRequest,
    PointRequest,
    Request,
    StatsRequest,
    UsageError,
)
from bot.replies import Reply
from bot.slack import Caller
from bot.ui.answering import Shortfall
from bot.ui.intents import Intent, Intents
from bot.ui.slash_command import Commands
from scheduler import Chore, WhenError, ZoneNeeded

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=1)

_WITHIN: Final = timedelta(seconds=30)
_SHOWING: Final = frozenset({"show", "history"})


@dataclass(frozen=True, kw_only=True)
class LostCommands:
    """Takes up what other copies, or earlier processes, have left."""

    commands: Commands
    intents: Intents

    @property
    def chore(self) -> Chore:
        return Chore(name="commands", work=self.take_up_lost, every=EVERY, within=_WITHIN, first=EVERY)

    async def take_up_lost(self) -> None:
        """Begin all of them; they are answered beside this. Raises `RedisUnavailable`."""
        for intent in await self.intents.take_lost():
            logger.warning("command.taken_up")
            self.commands.start_command(intent, self._do_again(intent))

    async def _do_again(self, intent: Intent) -> Reply | Shortfall | str | None:
        commands, caller = self.commands, intent.caller
        typed = await commands.read_typed(caller, intent.text)
        if not await self._may_repeat(caller, typed):
            return Shortfall(sentence=replies.command_cut_off())
        return await commands.run_or_offer_to_join(caller, intent.text, trigger_id="", once=intent.id)

    async def _may_repeat(self, caller: Caller, typed: str) -> bool:
        """True if a second time does no harm, even where the first one was not lost."""
        try:
            request, _ = await self.commands.parse_text(caller, typed)
        except (WhenError, ZoneNeeded):
            return False
        if isinstance(request, AskRequest | UsageError):
            meant = await self.commands.find_meant(caller, typed)
            return meant is None or _only_shows(meant)
        return _only_shows(request)


def _only_shows(request: Request) -> bool:
    match request:
        case ActRequest(verb=verb):
            return verb in _SHOWING
        case BulkRequest() | GuideRequest() | HelpRequest() | ListRequest() | PointRequest() | StatsRequest():
            return True  # of many schedules at once, only the question is asked
        case _:
            return False
