"""The people who may look at a post before it goes out: its schedule, or the operator, names them.

A reviewer sees the answer, so it must be theirs to see: they may read all that was read for it, or read where
someone has agreed that it is shown. Of a group each member counts, up to a number of people.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from bot.errors import SlackRefused
from bot.readers import may_see_posts
from bot.replies.review import ReviewerProblem
from bot.schedules import Permissions, Review, Schedule
from bot.slack import Caller, Slack, members_of_group
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

MOST_ASKED: Final = 20
"""People who are asked about one post: of a large group, so many."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The people to ask, and the ones who are named and cannot be asked."""

    asked: tuple[str, ...]
    unfit: tuple[tuple[str, ReviewerProblem], ...]


@dataclass(frozen=True, kw_only=True)
class Reviewers:
    """Finds who is asked."""

    workspaces: Workspaces
    permissions: Permissions

    async def find_reviewers(self, schedule: Schedule, review: Review) -> Found:
        """Find the people who can be asked now. Raises `SlackUnavailable`: another attempt may succeed."""
        slack = await self.workspaces.slack_of(schedule.team)
        people = dict.fromkeys(review.people)
        unfit: list[tuple[str, ReviewerProblem]] = []
        for group in review.groups:
            try:
                people |= dict.fromkeys(await members_of_group(slack, group))
            except SlackRefused as exc:
                logger.warning("review.group_untold id=%s: %s", schedule.id, exc)
                unfit.append((group, "unknown"))
        asked = list[str]()
        for user in people:
            if len(asked) == MOST_ASKED:
                break
            problem = await self._find_problem(slack, schedule, user)
            if problem is None:
                asked.append(user)
            elif user in review.people or problem != "gone":
                unfit.append((user, problem))
        return Found(asked=tuple(asked), unfit=tuple(unfit))

    async def _find_problem(self, slack: Slack, schedule: Schedule, user: str) -> ReviewerProblem | None:
        try:
            person = await slack.user_profile(user)
        except SlackRefused as exc:
            logger.warning("review.person_untold id=%s: %s", schedule.id, exc)
            return "unknown"
        if person.is_gone:
            return "gone"
        return None if await self.may_look(schedule, user) else "no_reader"

    async def may_look(self, schedule: Schedule, user: str) -> bool:
        """True if someone may see what the schedule posts. Raises `SlackUnavailable`."""
        reader = Caller(team=schedule.team, user=user, channel=None)
        return await may_see_posts(self.permissions.slack_of, reader, schedule)

    async def is_reviewer(self, schedule: Schedule, review: Review, user: str) -> bool:
        """True while someone is one of the people, or in one of the groups. Raises `SlackError`."""
        if user in review.people:
            return True
        slack = await self.workspaces.slack_of(schedule.team)
        for group in review.groups:
            if user in await members_of_group(slack, group):
                return True
        return False
