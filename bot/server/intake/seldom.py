"""Warnings that anyone can bring about: one of a kind in ten minutes, and a count of the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

_EVERY: Final = timedelta(minutes=10)
_MOST_KINDS: Final = 1_000


class Seldom:
    """Says when another warning of a kind may be logged."""

    def __init__(self, *, every: timedelta = _EVERY, clock: Callable[[], float] = time.monotonic) -> None:
        self._every = every.total_seconds()
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}
        """By kind: the time of the last warning, and how many were kept back since."""

    def tell_kept_back(self, kind: str) -> str | None:
        """Words about those kept back, to end the warning with; None if this one is kept back, too."""
        kept_back = self.count_kept_back(kind)
        if kept_back is None:
            return None
        return f" ({kept_back} more like it since the last warning)" if kept_back else ""

    def may_say(self, kind: str) -> bool:
        """Allow the first of a kind, and another one when some time has passed."""
        return self.count_kept_back(kind) is not None

    def count_kept_back(self, kind: str) -> int | None:
        """The number of warnings that were kept back before this one; None if this one is, too."""
        now = self._clock()
        if kind not in self._said and len(self._said) >= _MOST_KINDS:
            self._said.clear()
        last, kept_back = self._said.get(kind, (float("-inf"), 0))
        if now - last < self._every:
            self._said[kind] = (last, kept_back + 1)
            return None
        self._said[kind] = (now, 0)
        return kept_back
