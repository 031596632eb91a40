"""A schedule stands in two places, its record and QStash: the steps that give it to QStash and take it back.

QStash gets it first and the record is confirmed after, so a crash between them leaves something that the same
steps, taken once more, finish or undo.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from bot.errors import RedisUnavailable
from bot.schedules.refusals import ChangedMeanwhile
from bot.schedules.schedule import Schedule, State
from bot.schedules.schedule_store import ScheduleStore
from scheduler import Publisher, PublishError, Repeat, Send, Unreachable, deduplication_id, make_plan

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """The steps between the schedule store and QStash."""

    schedule_store: ScheduleStore = field(repr=False)
    publisher: Publisher = field(repr=False)
    now: Callable[[], datetime]

    async def publish_schedule(self, schedule: Schedule) -> Schedule:
        """Give it to QStash; the record as it is once that is done."""
        plan = make_plan(schedule.job, schedule.when, now=self.now())
        state: State = "paused" if schedule.state == "paused" else "active"
        match plan:
            case Send(job=job, deduplication_id=key, at=at):
                # An edited one-off is another message: QStash would take the same id for a repeat.
                name = deduplication_id(key, schedule.revision)
                message = await self.publisher.publish_job(job, deduplication_id=name, at=at)
                return replace(schedule, state=state, message=message)
            case Repeat(job=job, cron=cron):
                await self.publisher.put_schedule(job, str(cron))
                return replace(schedule, state=state, message=None)
            case _:
                assert_never(plan)

    async def confirm_record(self, written: Schedule, confirmed: Schedule) -> Schedule | ChangedMeanwhile:
        """Write down that QStash has it. It runs even if that fails, so nobody is told to try again."""
        try:
            settled = await self.schedule_store.change_record(written, confirmed)
        except RedisUnavailable as exc:
            logger.warning("schedule.not_confirmed id=%s: %s", written.id, exc)  # its first run does it
            return confirmed
        if settled == "gone":
            await self.withdraw_schedule(confirmed)  # deleted before QStash had it
        return settled if isinstance(settled, Schedule) else ChangedMeanwhile(schedule=written)

    async def restore_publication(self, before: Schedule, tried: Schedule, error: PublishError) -> bool:
        """Have QStash as it was before `tried` failed with `error`; False if it may be otherwise."""
        if not isinstance(error, Unreachable):
            return True  # it said no, so it has changed nothing
        try:
            if before.cron is not None:
                await self.publish_schedule(before)
                if before.state == "paused":
                    await self.publisher.pause_schedule(before.id)
            elif tried.cron is not None:
                await self.publisher.delete_schedule(tried.id)
        except PublishError as exc:
            logger.warning("schedule.not_put_back id=%s: %s", before.id, exc)
            return False
        return True

    async def withdraw_schedule(self, schedule: Schedule) -> None:
        """Take it from QStash; its tombstone, or its ticket, stops a delivery that comes all the same."""
        try:
            if schedule.cron is not None:
                await self.publisher.delete_schedule(schedule.id)
            elif schedule.message is not None:
                await self.publisher.cancel_message(schedule.message)
        except PublishError as exc:
            logger.warning("schedule.not_withdrawn id=%s: %s", schedule.id, exc)

    async def pause_publication(self, schedule: Schedule) -> None:
        """Have QStash deliver none of its slots; the record alone stops it, and this saves the calls."""
        try:
            await self.publisher.pause_schedule(schedule.id)
        except PublishError as exc:
            logger.warning("schedule.qstash_not_paused id=%s: %s", schedule.id, exc)
