"""Those who watch the schedules of this process: each is told of a change that was made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.schedules.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class ScheduleWatchers:
    """The functions that are called with a schedule when it was made, changed or deleted."""

    _watchers: list[Callable[[Schedule], None]] = field(default_factory=list, init=False, repr=False)

    def watch_changes(self, watcher: Callable[[Schedule], None]) -> None:
        """Have `watcher` called with each schedule that was made, changed or deleted here."""
        self._watchers.append(watcher)

    def tell_watchers(self, schedule: Schedule) -> None:
        for watcher in self._watchers:
            watcher(schedule)
