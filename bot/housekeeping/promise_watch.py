"""Promised runs whose moment has come: questions asked at once, runs by hand, previews; see `one_offs.py`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.errors import NewerRecord
from bot.housekeeping.grace import GRACE
from bot.housekeeping.one_offs import Look, OneOffs
from bot.housekeeping.owed_runs import OwedRun, OwedRuns, PromiseMove, RunState
from bot.promises import Promise
from bot.schedules import Schedule, ScheduleRef, ScheduleStore
from scheduler import MalformedJob

logger = logging.getLogger(__name__)

_BATCH: Final = 100
_Found = tuple[str, datetime]
"""A run, and the moment from which its grace counts."""


@dataclass(frozen=True, kw_only=True)
class PromiseWatch:
    """Looks after the promised runs of all teams."""

    owed_runs: OwedRuns
    one_offs: OneOffs
    schedule_store: ScheduleStore
    now: Callable[[], datetime]

    async def look_after_promises(self) -> None:
        """One pass. Raises `RedisUnavailable` and `PublishError`; the next pass goes on from there."""
        waiting = 0
        while found := await self.owed_runs.find_promised(
            before=self.now() - GRACE, skip=waiting, most=_BATCH
        ):
            owed = await self._read_owed(found)
            moves: list[PromiseMove] = []
            try:
                for run, _ in found:
                    look = await self._look_at(owed[run])
                    waiting += not look.is_over and look.to is None
                    if look != Look():
                        moves.append(
                            PromiseMove(
                                run=run, to=look.to, asked_again=look.asked_again, is_over=look.is_over
                            )
                        )
            finally:
                await self.owed_runs.move_promises(moves)

    async def _look_at(self, owed: OwedRun | Look) -> Look:
        return owed if isinstance(owed, Look) else await self.one_offs.take_step(owed)

    async def _read_owed(self, found: Sequence[_Found]) -> dict[str, OwedRun | Look]:
        """What each is by its name; or, where there is nothing to look at, what is to be done at once."""
        states = await self.owed_runs.read_states([run for run, _ in found], now=self.now())
        known: dict[str, OwedRun | Look] = {
            run: _read_promised(run, moment, state)
            for (run, moment), state in zip(found, states, strict=True)
        }
        schedules = await self._read_schedules([one for one in known.values() if isinstance(one, OwedRun)])
        known = {run: _with_schedule(one, schedules) for run, one in known.items()}
        owed = [one for one in known.values() if isinstance(one, OwedRun)]
        return known | {one.run: one for one in await self.one_offs.look_at_places(owed)}

    async def _read_schedules(self, owed: Sequence[OwedRun]) -> dict[ScheduleRef, Schedule | None]:
        """The schedules that are run by hand."""
        refs = list({ref for one in owed if (ref := _ref_of(one)) is not None})
        return dict(zip(refs, await self.schedule_store.read_records(refs), strict=True))


def _read_promised(run: str, moment: datetime, state: RunState) -> OwedRun | Look:
    """A promised run; over where there is no promise any more, as of a team that has left."""
    if not state.promise:
        return Look(is_over=True)
    try:
        promise = Promise.decode(state.promise)
    except NewerRecord as exc:  # a newer copy looks after it
        logger.warning("promise.newer run=%s: %s", run, exc)
        return Look()
    except MalformedJob as exc:
        logger.warning("promise.unreadable run=%s: %s", run, exc)
        return Look(is_over=True)
    return OwedRun(
        run=run,
        job=promise.job,
        due=promise.at,
        moment=moment,
        state=state,
        asked_again=state.asked_again,
    )


def _ref_of(owed: OwedRun) -> ScheduleRef | None:
    schedule = owed.job.schedule
    return None if schedule is None or owed.job.kind == "preview" else (owed.team, schedule)


def _with_schedule(one: OwedRun | Look, schedules: Mapping[ScheduleRef, Schedule | None]) -> OwedRun | Look:
    """The same with the schedule that is run by hand; over where that is deleted."""
    ref = None if isinstance(one, Look) else _ref_of(one)
    if ref is None or isinstance(one, Look):
        return one
    schedule = schedules[ref]
    return Look(is_over=True) if schedule is None else replace(one, schedule=schedule)
