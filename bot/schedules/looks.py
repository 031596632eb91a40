"""Looks at schedules: when a person last opened one, changed it, or pressed a button under its posts.

Slack does not tell who reads, so reading is no look. Looks are kept only where the operator wants schedules
to be renewed; each process writes at most one a day of each schedule, and none of it costs a post anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from upstash_redis.asyncio import Redis

from bot.errors import RedisUnavailable
from bot.schedules.schedule import Schedule, ScheduleRef
from bot.schedules.schedule_record import FIELDS, decode_schedule
from bot.storage import moment_of, ms_of, queue_script, run_script, schedule_key
from scheduler import Key, Script

logger = logging.getLogger(__name__)

_MOST: Final = 10_000
"""Schedules of which a process remembers that they were looked at today."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """Notes looks in the records of recurring schedules, and reads them."""

    redis: Redis = field(repr=False)
    is_wanted: bool
    """The operator wants schedules to be renewed that nobody looks at."""
    now: Callable[[], datetime]
    _noted: dict[ScheduleRef, date] = field(default_factory=dict, init=False, repr=False)

    async def note_look(self, schedule: Schedule) -> None:
        """Somebody looks at it. Never fails: a look that is lost is made up for by the next."""
        ref, today = (schedule.team, schedule.id), self.now().date()
        if not self.is_wanted or schedule.cron is None or self._noted.get(ref) == today:
            return
        try:
            await self.record_look(schedule)
        except RedisUnavailable as exc:
            logger.warning("look.not_noted id=%s: %s", schedule.id, exc)

    async def note_look_at(self, ref: ScheduleRef) -> None:
        """Somebody looks at the schedule of that id, if there is one. Raises `RedisUnavailable`."""
        if not self.is_wanted:
            return
        for schedule, _ in await self.read_looks([ref]):
            if schedule is not None:
                await self.note_look(schedule)

    async def record_look(self, schedule: Schedule) -> None:
        """Write down that somebody looks at it now. Raises `RedisUnavailable`."""
        ref, now = (schedule.team, schedule.id), self.now()
        await run_script(self.redis, RecordLook(record=schedule_key(*ref), now=ms_of(now), is_first=False))
        if len(self._noted) >= _MOST:
            self._noted.clear()
        self._noted[ref] = now.date()

    async def read_looks(self, refs: Sequence[ScheduleRef]) -> list[tuple[Schedule | None, datetime | None]]:
        """Each record, and the last look at it; None for a look that was never noted. One round trip."""
        if not refs:
            return []
        pipeline = self.redis.pipeline()
        for ref in refs:
            pipeline.hmget(schedule_key(*ref), *FIELDS, "looked")
        replies: list[Any] = await pipeline.exec()
        return [
            (await decode_schedule(record), moment_of(looked) if looked else None)
            for *record, looked in replies
        ]

    async def begin_counting(self, refs: Sequence[ScheduleRef]) -> None:
        """From now on it counts that nobody looks at these, unless someone has."""
        if not refs:
            return
        pipeline = self.redis.pipeline()
        for ref in refs:
            call = RecordLook(record=schedule_key(*ref), now=ms_of(self.now()), is_first=True)
            queue_script(pipeline, call)
        await pipeline.exec()


class RecordLook(Script):
    """Note a look at a schedule that is there; one that `is_first` only where none was noted before."""

    record: Key
    now: int
    is_first: bool
    LUA = """
if redis.call('HEXISTS', record, 'doc') == 0 then return 0 end
return redis.call(is_first and 'HSETNX' or 'HSET', record, 'looked', now)
"""
