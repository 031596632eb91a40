"""The operator's limits on who may schedule, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.schedules.review import Review

if TYPE_CHECKING:
    from bot.schedules.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class Policy:
    """An empty set is no restriction."""

    channels: frozenset[str] = frozenset()
    """Ids of the channels in which prompts may be asked and scheduled."""
    groups: frozenset[str] = frozenset()
    """Ids of the user groups whose members may."""
    reviewers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By channel, the people and groups of whom one has to look at each post first."""

    def requires_review(self, channel: str | None) -> bool:
        """True of a channel in which nothing is posted that nobody has looked at."""
        return bool(channel and self.reviewers.get(channel))

    def with_review(self, schedule: Schedule) -> Schedule:
        """The schedule with those who look at its posts, whoever named them: to be told, not to be kept."""
        review = self.review_of(schedule)
        return schedule if review == schedule.review else replace(schedule, review=review)

    def review_of(self, schedule: Schedule) -> Review | None:
        """Who looks at its posts first; None if nobody does."""
        required = dict.fromkeys(
            reviewer for place in schedule.places for reviewer in self.reviewers.get(place.channel, ())
        )
        if not required:
            return schedule.review
        own = schedule.review or Review(by=tuple(required))
        return replace(own, by=tuple(required), undecided="skip", is_required=True)
