"""A rate: so many calls in any stretch of a length."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many calls in any stretch of this length."""

    calls: int
    window: timedelta

    def __post_init__(self) -> None:
        if self.calls < 1 or not timedelta(seconds=1) <= self.window <= timedelta(days=31):
            raise ValueError("expected at least one call, in a window of 1 second to 31 days")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`10/10s`: ten calls in ten seconds; also m, h and d."""
        match = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*([smhd])\s*", text)
        if not match:
            raise ValueError(f"expected calls/window, such as 10/10s or 500/1h, got {text!r}")
        calls, length, unit = match.groups()
        return cls(calls=int(calls), window=timedelta(**{_UNITS[unit]: int(length)}))

    @property
    def window_ms(self) -> int:
        return self.window // timedelta(milliseconds=1)

    def free_after(self, current: int, previous: int, elapsed: timedelta) -> timedelta:
        """The time until the sliding window lets one more call through.

        `elapsed` into the current fixed window, `current` calls were counted in it and `previous` in the one
        before, which weighs `floor((1 − elapsed / window) · previous)`.
        """
        window = self.window_ms
        # In whole milliseconds: the first t of a window with (window − t) · previous < room · window.
        if current >= self.calls:  # not in this window; in the next, these calls are the previous ones
            free = 2 * window - (self.calls * window - 1) // current
        elif previous:
            free = window - ((self.calls - current) * window - 1) // previous
        else:
            free = 0
        return max(timedelta(), timedelta(milliseconds=free) - elapsed)
