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
    """By channel, the people and groups of whom one has to look at each scheduled post first."""

    def review_of(self, schedule: Schedule) -> Review | None:
        """Who looks at its posts first; None if nobody does."""
        required = dict.fromkeys(
            reviewer for place in schedule.places for reviewer in self.reviewers.get(place.channel, ())
        )
        if not required:
            return schedule.review
        own = schedule.review or Review(by=tuple(required))
        return replace(own, by=tuple(required), undecided="skip", is_required=True)
