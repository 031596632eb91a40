"""One clock for the carrier, Slack and all copies, which can be put forward.

Retries, leases and slots take minutes, and nothing happens in between. So the clock is real while anything is
under way, and leaps over the time in which nothing is. It stands in a file, for the copies are other
processes; each of them may be wrong by its own number of seconds.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

_FORMAT: Final = "d"


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The time in `path`, plus `skew`."""

    path: Path
    skew: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """The moment that it shows."""
        (ahead,) = struct.unpack(_FORMAT, self.path.read_bytes())
        return datetime.now(UTC) + timedelta(seconds=ahead) + self.skew

    def set(self, moment: datetime) -> None:
        """Show `moment` now; in one step, because others are reading."""
        ahead = (moment - datetime.now(UTC)).total_seconds()
        fresh = self.path.with_suffix(".new")
        fresh.write_bytes(struct.pack(_FORMAT, ahead))
        fresh.replace(self.path)

    @classmethod
    def of_environ(cls) -> Clock:
        """The clock of a copy."""
        return cls(
            path=Path(os.environ["CHAOS_CLOCK"]),
            skew=timedelta(seconds=float(os.environ["CHAOS_SKEW"])),
        )


def beginning() -> datetime:
    """The time at which a storm begins: the same for all runs of a year, and never in Redis's past."""
    return datetime(datetime.now(UTC).year + 1, 2, 1, 8, tzinfo=UTC)
