"""The outcome of a delivery's try to take its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from bot.answers import Found, NoAnswer
from bot.budget import Later
from bot.runs.review.records import Decision
from bot.schedules import Run, Schedule, ScheduleRef
from bot.storage import RecordKind, moment_of, ms_of, read_if_known
from bot.subscriptions import KeptPost

BUDGET: Final = timedelta(seconds=110)
"""The time that one delivery may take."""
LEASE: Final = BUDGET + timedelta(seconds=20)
"""The time for which a claim holds by the clock of the copy that has it. To a copy whose clock is ahead it
ends sooner: that one takes the run, and the first finds it lost when it pins its outcome."""
CLOCKS_APART: Final = timedelta(seconds=90)
"""The most by which two copies' clocks may differ; none is a minute behind QStash's, or it gets nothing."""
POSTING_LEASE: Final = CLOCKS_APART + timedelta(seconds=20)
"""The time for which a run is ours at least when a part of its post is sent: to no copy it ends before Slack
has answered, so never do two post the same run."""

_BEGUN: Final = RecordKind(name="progress", version=2)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A message that tells how far a run is."""

    at: datetime
    ts: str | None = None
    """None if it is not known whether it arrived."""

    def encode(self) -> str:
        return _BEGUN.write_record({"at": ms_of(self.at), "ts": self.ts})

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises `NewerRecord`."""
        version, raw = _BEGUN.read_record(text)
        if version == 1:
            at, _, ts = raw.partition(" ")
            return cls(at=moment_of(at), ts=ts or None)
        return cls(at=moment_of(raw["at"]), ts=raw["ts"])

    @classmethod
    def decode_if_told(cls, text: str) -> Self | None:
        """None where there is none, or one that this copy cannot read."""
        return read_if_known(cls.decode, text) if text else None


@dataclass(frozen=True, kw_only=True)
class OpenPost:
    """A slot's post of which a part may stand in its channel already; the slots after it see to its end."""

    schedule: ScheduleRef
    slot: datetime
    channel: str
    thread: str | None = None
    place: str | None = None
    """The further place that it is for, by its channel; None for the first."""

    def encode(self) -> str:
        """Write it down; the key names its schedule."""
        return f"{ms_of(self.slot)} {self.channel} {self.thread or ''}"

    @classmethod
    def decode(cls, text: str, *, schedule: ScheduleRef, place: str | None = None) -> Self:
        slot, channel, thread = text.split(" ")
        return cls(
            schedule=schedule, slot=moment_of(slot), channel=channel, thread=thread or None, place=place
        )


@dataclass(frozen=True, kw_only=True)
class Taken:
    """The run is ours until the lease ends."""

    found: Found | NoAnswer | None
    """The outcome to post, if it is known: pinned by an earlier attempt, or fresh enough."""
    why: NoAnswer | None = None
    """The reason for which the last attempt was given up."""
    progress: Begun | None = None
    """The message that tells how far it is, whichever attempt has begun it."""
    ahead: bool = False
    """True of an answer that was made and paid for ahead of this slot: nobody has used it before."""
    parts: int
    """The number of its parts that are known to be posted."""
    ts: str | None
    """Slack's timestamp of the first part."""
    unsettled_since: datetime | None
    """Set if an earlier attempt may have posted one part more than it could record."""
    schedule: Schedule | None = None
    """The record of the schedule as it is now; None for a prompt that was asked at once."""
    checked: datetime | None = None
    """The moment at which the owner was last seen in its channels; see `owner_check.py`."""
    out_of: frozenset[str] = frozenset()
    """Those of its places in which they were not seen then."""
    shown: datetime | None = None
    """The moment at which all who read in its places were last found to be allowed to."""
    preview: str | None = None
    """The preview whose answer its first run is to post: its maker has seen it."""
    warmed: datetime | None = None
    """The slot up to which the answers are made ahead by messages that QStash has."""
    shared: int = 0
    """The number of schedules that have used answers to this question lately, with this one."""
    turn: datetime | None = None
    """The moment from which it may be posted; None as long as there is nothing to post."""
    earlier: tuple[OpenPost, ...] = ()
    """Posts of slots before it that are not known to be whole."""
    is_overtaken: bool = False
    """A later slot is over or in hand: nothing is begun for this one, and what is begun gets its end."""
    decision: Decision = ""
    """What was decided about it, where somebody looks at it first; `found` is then what goes out."""
    decided_by: str = ""
    """The name of the person who decided that nothing is posted."""
    decided_read: datetime | None = None
    """Until when the sources were read of what that person has seen."""


@dataclass(frozen=True, kw_only=True)
class Busy:
    """Another delivery of the same run is at work."""

    left: timedelta


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """Somebody is asked to look at it first, and has until `due`."""

    due: datetime
    unasked: Schedule | None = None
    """Its schedule, if an attempt was lost before all were asked."""


@dataclass(frozen=True, kw_only=True)
class Over:
    """Nothing is left to do: the run was posted, or its schedule was paused or deleted."""

    reason: Literal["posted", "off"]
    progress: Begun | None = None
    """The message that tells how far it is, to be taken away."""
    is_spread: bool = False
    """What was posted is for its further places, too."""
    earlier: tuple[OpenPost, ...] = ()
    """Posts of slots before it that are not known to be whole."""
    copies: tuple[str, ...] = ()
    """The people who are sent it at the same time: nobody knows if all of that is published."""
    untold: Schedule | None = None
    """Its schedule, if its reviewers' cards do not say yet that its time has come."""


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """The outcome is written down, and the run is still ours."""

    turn: datetime | None
    """The moment from which it may be posted; None if nothing is to be posted."""


@dataclass(frozen=True, kw_only=True)
class Lost:
    """The run is no longer ours: another copy goes on with it."""


Claim = Taken | Busy | Later | Undecided | Over

Standing = Literal["over", "spread", "in_hand", "begun", "tried", "unknown"]
"""The state of a run: nothing is left to do, or only in further places, which get its outcome, too; a copy
is at work on it, one gave it back when a part of its post may have been there, or before that, or none."""


def standing_of(
    state: str | None, until: str | None, parts: str | None, spread: str | None = None, *, now: datetime
) -> Standing:
    """Read the state of a run from its fields."""
    if state is None:
        return "unknown"
    if state == "posted":
        return "spread" if spread else "over"
    if int(until or 0) > ms_of(now):
        return "in_hand"
    return "begun" if state == "posting" or parts else "tried"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The facts that are written down with a run that is over."""

    schedule: ScheduleRef | None = None
    """The team that is counted, and the id of the schedule in whose history `line` goes, or ""."""
    line: Run | None = None
    tally: Mapping[str, int] = field(default_factory=dict)
    """The numbers to add to the team's counts of the day."""
    read: datetime | None = None
    """The moment until which the schedule has read its sources; None leaves it as it was."""
    is_spread: bool = False
    """Its outcome is for the run's further places, too."""
    reopened: str | None = None
    """The place, of several, that has a post."""
    places: int = 1
    """The number of its schedule's places: each has its line in the history."""
    basis: str = ""
    """What its answer was asked and made of, for questions about it."""
    last: str = ""
    """Its post, to compare the next answer with; "" leaves it as it was."""
    kept: KeptPost | None = None
    """Its post, for those who are sent it as well."""
    posted: str | None = None
    """The answer that it has posted, for its schedule to keep a while."""
