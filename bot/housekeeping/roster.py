"""Schedules in an order that lasts from pass to pass, from which each pass takes the next few.

Nothing is ever sorted as a whole, because that would stop the event loop: the order goes by portions, and
only those that are taken from are sorted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

from bot.schedules import ScheduleRef

_PORTIONS: Final = 1_024


@dataclass(kw_only=True)
class Roster:
    """Any number of schedules."""

    _portions: defaultdict[int, list[ScheduleRef]] = field(default_factory=lambda: defaultdict(list))
    _number: int = 0

    def add_schedule(self, ref: ScheduleRef) -> None:
        """Give it its place, which is the same whatever else is in here."""
        self._portions[crc32(":".join(ref).encode()) % _PORTIONS].append(ref)
        self._number += 1

    def take_share(self, *, turn: int, most: int) -> list[ScheduleRef]:
        """The share of a turn: `most` of them, from where the turn before ended, in a circle."""
        if self._number <= most:
            return list(self._from_place(0, self._number))
        start = turn * most % self._number
        share = list(self._from_place(start, most))
        return share + list(self._from_place(0, most - len(share)))

    def _from_place(self, start: int, most: int) -> Iterator[ScheduleRef]:
        for key in sorted(self._portions):
            portion = self._portions[key]
            if start < len(portion):
                chosen = sorted(portion)[start : start + most]
                yield from chosen
                most -= len(chosen)
            if most == 0:
                return
            start = max(start - len(portion), 0)
