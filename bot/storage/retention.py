"""How long what happened is kept, as the operator has set it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

RUN_TTL: Final = timedelta(days=7)
"""What is kept of a run outlives QStash's longest back-off, and its dead letters on most plans."""


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Of what has passed; schedules themselves stay until they are deleted."""

    history: timedelta = timedelta(days=90)
    """The age up to which a schedule's runs are kept."""
    runs: int = 50
    """The most runs of one schedule that are kept."""
    usage: timedelta = timedelta(days=400)
    """The age up to which it is kept what a team has used on a day."""
