"""The posts that wait for a reviewer's decision, for their App Home: each with a link to its message."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import SlackError
from bot.replies.review import ReviewPress, WaitingPost
from bot.runs import AskedReview, ReviewKey
from bot.slack import Caller
from bot.ui.review.deciding import Deciding
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_SHOWN: Final = 5
"""Posts that one Home lists, the most urgent first."""
_LOOKED_AT: Final = 30
"""Reviews that are looked up for that: a decided one stays in the list until its time."""


@dataclass(frozen=True, kw_only=True)
class WaitingReviews:
    """Finds what somebody may still decide about."""

    deciding: Deciding
    workspaces: Workspaces

    async def find_waiting(self, caller: Caller, asked: Sequence[AskedReview]) -> list[WaitingPost]:
        """Those that are open, and that this person may decide about now. Raises `RedisUnavailable`."""
        found = list[WaitingPost]()
        for review in asked[:_LOOKED_AT]:
            if len(found) == _SHOWN:
                break
            key = ReviewKey(team=caller.team, schedule=review.schedule, occasion=review.occasion)
            latest = await self.deciding.desk.store.find_review(key)
            if latest is None or not latest.is_open or latest.round != review.round:
                continue
            press = ReviewPress(
                verb="post", schedule=review.schedule, occasion=review.occasion, round=review.round
            )
            try:
                decidable = await self.deciding.find_review(caller, press)
                if isinstance(decidable, str) or not decidable.review.is_open:
                    continue
                slack = await self.workspaces.slack_of(caller.team)
                link = await slack.get_permalink(review.card.channel, review.card.ts)
            except SlackError as exc:  # the message itself is still there
                logger.warning("review.not_listed: %s", exc)
                continue
            facts = decidable.review.facts
            found.append(
                WaitingPost(
                    schedule=decidable.schedule, slot=facts.slot or facts.job.at, due=facts.due, link=link
                )
            )
        return found
