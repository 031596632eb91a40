"""The answer that a vote is about, as a button under its post carries it; pure.

A button stays in its post for years, and what comes back may never have been ours: it is taken for no more
than it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TARGET: Final = re.compile(
    r"1 ([0-9a-f]{8,16}) ([a-z0-9][a-z0-9-]{0,39}|-) ([UW][A-Z0-9]{2,29}|-) ([01])", re.ASCII
)
_NOTHING: Final = "-"


@dataclass(frozen=True, kw_only=True)
class Target:
    """An answer, and the person it belongs to."""

    answer: str
    """Its name."""
    schedule: str = ""
    """The schedule that has posted it; empty for one that was asked for at once."""
    asker: str = ""
    """The person who asked for it, or who owned its schedule then."""
    is_teamless: bool = False
    """A program of the operator's has asked for it, and named no team."""

    @property
    def value(self) -> str:
        """The value of a button about it."""
        parts = (self.answer, self.schedule or _NOTHING, self.asker or _NOTHING, str(int(self.is_teamless)))
        return " ".join(("1", *parts))

    @property
    def subject(self) -> str:
        """The schedule, whose votes are counted together, or this answer alone."""
        return self.schedule or f"@{self.answer}"


def decode_target(value: str) -> Target | None:
    """Read such a value; None if it is none."""
    found = _TARGET.fullmatch(value)
    if found is None:
        return None
    schedule, asker = ("" if part == _NOTHING else part for part in (found[2], found[3]))
    return Target(answer=found[1], schedule=schedule, asker=asker, is_teamless=found[4] == "1")
