"""Looked at first: the people who decide about each post of a schedule before it goes out.

A schedule names them itself, or the operator requires them for a channel. Then they are the operator's alone,
and nothing goes out that none of them has seen: else an owner could be their own reviewer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Self, get_args

Undecided = Literal["skip", "post"]
"""What happens at the slot if nobody has decided."""
_UNDECIDED: Final = get_args(Undecided)

USUAL_LEAD: Final = timedelta(hours=1)
SHORTEST_LEAD: Final = timedelta(minutes=5)
LONGEST_LEAD: Final = timedelta(hours=12)
CLOSEST_REVIEWS: Final = timedelta(minutes=15)
"""The least time between two posts that are looked at: a person needs some."""
MOST_REVIEWERS: Final = 10
"""People and groups that one schedule names."""
_REVIEWER: Final = re.compile(r"[UWS][A-Z0-9]{1,30}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Review:
    """Who looks at each post first, how long before its slot, and what happens without a decision."""

    by: tuple[str, ...]
    """Ids of people and of user groups, of which each member counts."""
    lead: timedelta = USUAL_LEAD
    undecided: Undecided = "skip"
    is_required: bool = False
    """The operator requires it; that is never stored."""

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(reviewer for reviewer in self.by if not reviewer.startswith("S"))

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(reviewer for reviewer in self.by if reviewer.startswith("S"))

    @property
    def file_form(self) -> dict[str, Any]:
        """The form in which a file has it; `is_review` knows it."""
        return {
            "by": [*self.by],
            "lead_seconds": int(self.lead.total_seconds()),
            **({"undecided": self.undecided} if self.undecided != "skip" else {}),
        }

    @classmethod
    def of_file(cls, raw: Mapping[str, Any]) -> Self:
        lead = raw.get("lead_seconds")
        return cls(
            by=tuple(dict.fromkeys(raw["by"])),
            lead=USUAL_LEAD if lead is None else timedelta(seconds=lead),
            undecided=raw.get("undecided", "skip"),
        )

    def encode(self) -> dict[str, Any]:
        """The form in which a record has it."""
        return {
            "by": [*self.by],
            "lead": int(self.lead.total_seconds()),
            **({"undecided": self.undecided} if self.undecided != "skip" else {}),
        }

    @classmethod
    def decode(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            by=tuple(raw["by"]),
            lead=timedelta(seconds=raw["lead"]),
            undecided=raw.get("undecided", "skip"),
        )


def is_review(raw: object) -> bool:
    """Tell if this is the form in which a file has it."""
    if not isinstance(raw, dict) or not raw.keys() <= {"by", "lead_seconds", "undecided"}:
        return False
    reviewers, lead = raw.get("by"), raw.get("lead_seconds", int(USUAL_LEAD.total_seconds()))
    return (
        isinstance(reviewers, list)
        and 1 <= len(reviewers) <= MOST_REVIEWERS
        and all(isinstance(reviewer, str) and _REVIEWER.fullmatch(reviewer) for reviewer in reviewers)
        and type(lead) is int
        and SHORTEST_LEAD <= timedelta(seconds=min(lead, 10**6)) <= LONGEST_LEAD
        and raw.get("undecided", "skip") in _UNDECIDED
    )
