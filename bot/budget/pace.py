"""How fast posts may follow one another, so that Slack need not say no.

Slack takes about one message a second in a channel, short bursts excepted, and several hundred a minute in a
workspace: https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.budget.rate import Rate

POSTS: Final = Rate(calls=400, window=timedelta(minutes=1))
"""Posts in a workspace, where Slack gives no number."""

_KEPT_FOR_BURSTS: Final = 20  # the part of the rate that may be posted at once is one in so many
_IN_PERSON: Final = 10  # one post in so many may go before those that wait for the workspace
_IN_PERSON_BURST: Final = 5


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The least time between two posts in a channel, and the most posts in a workspace."""

    workspace: Rate = POSTS
    channel: timedelta = timedelta(seconds=1.04)
    """A little over a second: not every post takes the same time to Slack."""
    burst: int = 5
    """The messages that a channel takes at once from a person who asks, or of one long post. Slots that are
    due together keep to the pace, for there may be any number of them."""
    patience: timedelta = timedelta(seconds=6)
    """The longest wait for a turn inside a process; QStash keeps those that wait longer."""
    lead: timedelta = timedelta(seconds=3)
    """So long before its turn a run is to be back from QStash, which is not on time to the second."""

    @property
    def channel_burst(self) -> timedelta:
        return (self.burst - 1) * self.channel

    def is_missed(self, turn: datetime, *, now: datetime) -> bool:
        """Tell if the next turn in the channel has come as well: two posts would go at once."""
        return self.channel > timedelta(0) and now - turn > self.channel

    @property
    def _at_once(self) -> int:
        """Posts of a workspace that need not keep a distance."""
        return max(1, self.workspace.calls // _KEPT_FOR_BURSTS)

    @property
    def step(self) -> timedelta:
        """The time between two posts of a workspace, with which no window sees more than its rate."""
        return self.workspace.window / max(1, self.workspace.calls - self._at_once)

    @property
    def step_burst(self) -> timedelta:
        return (self._at_once - 1) * self.step

    @property
    def person_step(self) -> timedelta:
        """The time between two posts that go before those that wait for the workspace."""
        return _IN_PERSON * self.step

    @property
    def person_burst(self) -> timedelta:
        return (_IN_PERSON_BURST - 1) * self.person_step
