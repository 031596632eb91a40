"""The places that an answer may go to, as far as the owner of its schedule is concerned."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import SlackUnavailable
from bot.runs.eyes.reader_guard import MayShow


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The answer about an owner: may their schedule run, and where may it post?"""

    may_run: bool = True
    out_of: frozenset[str] = frozenset()
    """The channels, among several places, that they are no longer in."""
    may_show: MayShow = "any"
    """The answers that may be seen in the run's own place; see `bot/runs/eyes/`."""
    untold: frozenset[str] = frozenset()
    """The channels about which Slack does not tell now."""

    def check_told(self, place: str) -> None:
        """Raises `SlackUnavailable` where Slack does not tell if the owner is in this place."""
        if place in self.untold:
            raise SlackUnavailable("Slack does not tell who is in this place")
