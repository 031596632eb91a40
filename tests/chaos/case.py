"""A case before the judge: what was due, what there is to see of it, and what may be objected to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from tests.chaos.workload import Prompt
from tests.chaos.workspace import Told


class Wrong(StrEnum):
    """An objection of the judge."""

    MISSING = "missing"
    UNREPORTED = "unreported"
    DOUBLED = "doubled"
    CUT_OFF = "cut off"
    DISORDER = "out of order"
    OVERTAKEN = "posted after a later slot"
    LATE = "late, though no fault has met it"
    NOT_DUE = "not due"
    TOLD_TWICE = "reported twice"
    TOLD_AND_POSTED = "reported though posted"
    CLAIM = "claim beyond its lease"
    KEY = "key without an end"
    HELD = "still held by QStash"
    ASKED_TWICE = "a reviewer asked twice"


class Known(StrEnum):
    """A thing that the product gets wrong today, and is known for."""

    GIVEN_UP = "QStash gave up on the run, and on telling of that"


@dataclass(frozen=True, kw_only=True)
class Objection:
    """One thing that is wrong, and which known fault explains it, if one does."""

    wrong: Wrong
    about: str
    what: str
    known: Known | None = None


@dataclass(frozen=True, kw_only=True)
class Due:
    """A run that was due."""

    run: str
    prompt: Prompt
    at: datetime
    only_changes: bool = False
    first: str = ""
    """For a further place, the run of the first one, which brings it its answer."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """A delivery that came to a copy."""

    due: str
    """The run for which QStash sent it."""
    at: datetime
    status: int

    @property
    def stood_still(self) -> bool:
        """The copy that had it was frozen, and went on later."""
        return self.status < 0

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of Redis; `ends` is None if it never does."""

    name: str
    ends: timedelta | None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that there is to see after a storm."""

    now: datetime
    dues: Sequence[Due]
    tries: Sequence[Try] = ()
    posts: Sequence[Mapping[str, Any]] = ()
    cards: Sequence[Mapping[str, Any]] = ()
    """The messages in which reviewers were asked."""
    told: Sequence[Told] = ()
    keys: Sequence[Key] = ()
    held: Sequence[str] = ()
    """Runs for which QStash still holds a message that is due."""
    given_up: Sequence[str] = ()
    """Runs on which QStash gave up, and whose failure callback nobody took."""
    faults: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """By the label of the prompt that they are about."""
    edition: Callable[[datetime], int] = lambda _: 0
    """The news that there were."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The outcome."""

    objections: Sequence[Objection]
    runs: int
    late: int
    latest: timedelta
    """The longest time from a due run to its post, whatever it has met."""
    latest_unmet: timedelta
    """The same of runs that no fault has met."""

    @property
    def unknown(self) -> list[Objection]:
        """The objections that no known fault explains."""
        return [objection for objection in self.objections if objection.known is None]

    def count(self, *wrong: Wrong) -> int:
        """Of objections that no known fault explains."""
        return sum(objection.wrong in wrong for objection in self.unknown)

    @property
    def known(self) -> Counter[Known]:
        return Counter(objection.known for objection in self.objections if objection.known is not None)
