"""What it came to when a delivery tried to take its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from bot.answers import Found, NoAnswer
from bot.schedules import Run, Schedule
from bot.storage import moment_of, ms_of

BUDGET: Final = timedelta(seconds=110)
"""What one delivery may take. It ends before its lease does, so a run never has two at work, unless two
copies' clocks differ by more than what lies between."""
LEASE: Final = BUDGET + timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A message that tells how far a run is."""

    at: datetime
    ts: str | None = None
    """None if it is not known whether it arrived."""

    def encode(self) -> str:
        return f"{ms_of(self.at)} {self.ts or ''}"

    @classmethod
    def decode(cls, text: str) -> Self:
        at, _, ts = text.partition(" ")
        return cls(at=moment_of(at), ts=ts or None)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The run is ours until the lease ends."""

    found: Found | NoAnswer | None
    """What is to be posted, if that is known: pinned by an earlier attempt, or fresh enough."""
    why: NoAnswer | None = None
    """What the last attempt was given up for."""
    progress: Begun | None = None
    """The message that tells how far it is, whichever attempt has begun it."""
    ahead: bool = False
    """That was made ahead for this slot, and paid for then: nobody has used it before."""
    parts: int
    """How many parts of it are known to be posted."""
    ts: str | None
    """Slack's timestamp of the first part."""
    unsettled_since: datetime | None
    """Set if an earlier attempt may have posted one part more than it could record."""
    schedule: Schedule | None = None
    """The record of what runs, as it is now; none for a prompt that was asked at once."""
    checked: datetime | None = None
    """When the schedule's owner was last seen in its channel; see `owner_check.py`."""
    preview: str | None = None
    """Whose answer its first run is to post: the one that its maker has seen."""
    shared: int = 0
    """How many schedules have used answers to this question lately, this one included."""


@dataclass(frozen=True, kw_only=True)
class Busy:
    """Another delivery of the same run is at work."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class Over:
    """Nothing is left to do: the run was posted, or its schedule was paused or deleted."""

    reason: Literal["posted", "off"]
    progress: Begun | None = None
    """A message that tells how far it is, and is to be taken away."""


Claim = Taken | Busy | Over

Standing = Literal["over", "in_hand", "tried", "unknown"]
"""Of a run: nothing is left to do, someone is at it now, someone was and gave it back, or nobody ever was."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is written down with a run that is over."""

    schedule: tuple[str, str] | None = None
    """The team that is counted, and the id of the schedule in whose history `line` goes, or ""."""
    line: Run | None = None
    tally: Mapping[str, int] = field(default_factory=dict)
    """What to add to the team's counts of the day."""
    read: datetime | None = None
    """Until when the schedule has read its sources; None leaves it as it was."""
    last: str = ""
    """What it has posted, to compare the next answer with; "" leaves it as it was."""
