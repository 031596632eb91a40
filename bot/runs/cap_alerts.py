"""Word to people that money runs low: to a schedule's owner, or to the person who asked.

A cap is told by the one call that brings it near, in the background, so no answer waits for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot import replies
from bot.answers import Question
from bot.background import Background
from bot.budget import Near
from bot.errors import BotError
from bot.schedules import ScheduleStore
from bot.workspaces import Telling, Workspaces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class CapAlerts:
    """Warns of caps."""

    schedule_store: ScheduleStore
    workspaces: Workspaces
    background: Background

    def warn_of_cap(self, question: Question, near: Near) -> None:
        """Tell, in the background, that a call for `question` has brought a cap near."""
        self.background.start_task(self._tell_person(question, near), name="money.near")

    async def _tell_person(self, question: Question, near: Near) -> None:
        schedule = None
        try:
            if question.schedule is not None:
                schedule = await self.schedule_store.find_record(question.team, question.schedule)
        except BotError as exc:
            logger.warning("money.near_not_told: %s", exc)
        user = schedule.user if schedule else question.user
        if user is None:
            return

        async def tell_of_cap() -> None:
            slack = await self.workspaces.slack_of(question.team)
            await slack.tell_person(user, replies.near_cap(near, schedule=schedule))

        await Telling(background=self.background).tell_surely(tell_of_cap, name="money.near")
