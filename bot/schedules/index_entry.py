"""An entry of the index: a schedule as lists know it, and the line in which it is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.schedules.schedule import Schedule, State
from bot.storage import ms_of

PLANNED: Final = 4
"""Runs that an entry knows ahead."""
CHECKED_FOR: Final = timedelta(days=1)
OVER_FOR: Final = timedelta(days=8)
"""The time after its moment by which the record of a one-off has run out."""
_VERSION: Final = 1
_SPREAD_VERSION: Final = 2
"""Of schedules with several places: code that knows of one reads their records instead."""
_RESTING_VERSION: Final = 3
"""Of those that are paused until a moment, in the same way."""
_NEVER: Final = float("inf")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A schedule as lists know it; moments are in ms."""

    id: str
    revision: int
    channel: str
    """That of its first place."""
    user: str
    name: str | None
    """Or its handle."""
    state: State
    at: int | None
    """The moment of a one-off."""
    runs: tuple[int, ...] = ()
    """Its next runs when it was made; fewer than `PLANNED` are all that there were."""
    checked: int | None = None
    """The moment at which it was made from the record; None while its runs are not worked out."""
    also: tuple[str, ...] = ()
    """The channels of its further places."""
    paused_until: int | None = None
    """The moment at which it goes on by itself, if it was paused until one."""

    @property
    def channels(self) -> tuple[str, ...]:
        """Those of all its places."""
        return (self.channel, *self.also)

    def is_paused(self, now: int) -> bool:
        """True also of one that will go on by itself."""
        return self.state == "paused" or (self.paused_until is not None and self.paused_until > now)

    def is_ahead(self, now: int) -> bool:
        """False once it has run for the last time."""
        return self.at is None or self.at > now

    def is_stale(self, now: int) -> bool:
        """True if it is to be made again."""
        if self.at is not None:
            return now - self.at > OVER_FOR.total_seconds() * 1_000
        if self.checked is None or now - self.checked > CHECKED_FOR.total_seconds() * 1_000:
            return True
        return self.state != "paused" and len(self.runs) == PLANNED and self.runs[-1] <= now

    def next_run(self, now: int) -> float:
        """Its next run: as it is known, or else at a guess; 0 while it is not worked out."""
        if self.at is not None:
            return self.at
        if self.state == "paused":
            return _NEVER
        if self.checked is None:
            return 0
        coming = next((run for run in self.runs if run > now), None)
        if coming is not None:
            return coming
        if len(self.runs) < PLANNED:
            return _NEVER
        gap = max((self.runs[-1] - self.runs[0]) // (PLANNED - 1), 60_000)
        return now + gap - (now - self.runs[-1]) % gap


def make_entry(
    schedule: Schedule, runs: Sequence[datetime] = (), *, revision: int, checked: datetime | None = None
) -> Entry:
    """Make the entry of a record; a one-off needs no runs worked out."""
    return Entry(
        id=schedule.id,
        revision=revision,
        channel=schedule.channel,
        user=schedule.user,
        name=schedule.called,
        state=schedule.state,
        at=None if schedule.at is None else ms_of(schedule.at),
        runs=tuple(ms_of(run) for run in runs),
        checked=None if checked is None else ms_of(checked),
        also=tuple(place.channel for place in schedule.also),
        paused_until=None if schedule.paused_until is None else ms_of(schedule.paused_until),
    )


def encode_entry(entry: Entry) -> str:
    """One line of JSON."""
    rests = entry.paused_until is not None
    version = _RESTING_VERSION if rests else _SPREAD_VERSION if entry.also else _VERSION
    fields = (
        *(version, entry.id, entry.revision, entry.channel, entry.user, entry.name),
        *(entry.state, entry.at, entry.runs, entry.checked),
        *([entry.also] if entry.also or rests else []),
        *([entry.paused_until] if rests else []),
    )
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def decode_entry(fields: Sequence[Any]) -> Entry | None:
    """None for one in a version that this code does not know: its record is read instead."""
    if fields[0] not in (_VERSION, _SPREAD_VERSION, _RESTING_VERSION):
        return None
    _, name, revision, channel, user, label, state, at, runs, checked, *rest = fields
    return Entry(
        id=name,
        revision=revision,
        channel=channel,
        user=user,
        name=label,
        state=state,
        at=at,
        runs=tuple(runs),
        checked=checked,
        also=tuple(rest[0]) if rest else (),
        paused_until=rest[1] if len(rest) > 1 else None,
    )
