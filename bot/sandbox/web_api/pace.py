"""About one message a second in each channel, after a short burst: what Slack allows an app to post."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

BURST: Final = 5
PER_SECOND: Final = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Pace:
    """A bucket of tokens for each channel."""

    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict, init=False)

    def seconds_to_wait(self, channel: str, now: datetime) -> int:
        """Takes one post; whole seconds until the next is allowed if there is none left, else 0."""
        at = now.timestamp()
        left, before = self._buckets.get(channel, (float(BURST), at))
        left = min(float(BURST), left + max(0.0, at - before) * PER_SECOND)
        if left < 1:
            self._buckets[channel] = (left, at)
            return math.ceil((1 - left) / PER_SECOND)
        self._buckets[channel] = (left - 1, at)
        return 0
