"""Ready before the hour: the answer of a recurring schedule's next slot is made minutes before the slot.

The message for it, a warm-up, is published when the schedule is set up, and then by the warm-up of the slot
before, which notes that in the record: at a slot nothing is published unless that note is missing. A warm-up
carries what it was made for, so one that a change has overtaken is dropped when it arrives, after one look at
the record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.errors import RedisUnavailable
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from scheduler import (
    Closures,
    Job,
    Publisher,
    PublishError,
    Repeat,
    Send,
    make_plan,
    make_warm,
    next_warm_hop,
    runs_at,
    warm_job,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Warming:
    """Publishes warm jobs, and says which of them still count."""

    schedule_store: ScheduleStore = field(repr=False)
    publisher: Publisher = field(repr=False)
    closures: Closures
    lead: timedelta
    now: Callable[[], datetime]

    async def publish_warm_job(self, schedule: Schedule | None) -> None:
        """Have the answer for the next slot made ahead, if it is worth it. Never fails."""
        if schedule is None or schedule.state == "paused" or (job := self._slot_job(schedule)) is None:
            return
        send = make_warm(job, schedule.timing, lead=self.lead, closures=self.closures, now=self.now())
        if send is not None:
            await self._publish_job(send)

    async def publish_following(self, schedule: Schedule | None, *, slot: datetime) -> None:
        """Have the answer for the slot after `slot` made ahead too, and note that. Never fails.

        Where it does, or the process ends here, there is no note, and `slot` publishes it.
        """
        if schedule is None or (job := self._slot_job(schedule)) is None:
            return
        send = make_warm(
            job, schedule.timing, after=slot, lead=self.lead, closures=self.closures, now=self.now()
        )
        if send is None or send.job.at is None or not await self._publish_job(send):
            return
        try:
            await self.schedule_store.record_warm_up(schedule, slot=send.job.at)
        except RedisUnavailable as exc:
            logger.warning("warm.not_noted schedule=%s: %s", schedule.id, exc)

    async def find_due(self, job: Job) -> tuple[Schedule | None, datetime | None] | None:
        """The schedule whose answer the warm `job` asks for, if that is still wanted, and wanted now; and
        when its owner was last seen in its channels.

        One that came early, because its slot is further away than QStash waits, is sent on its way again.
        """
        if job.schedule is None:
            return None, None
        found = await self.schedule_store.find_to_warm(job.team or "", job.schedule)
        if found is None or not self._is_for(job, found[0]):
            return None
        hop = next_warm_hop(job, lead=self.lead, now=self.now())
        if hop is not None:
            await self._publish_job(hop)
            return None
        return found

    def _is_for(self, job: Job, schedule: Schedule) -> bool:
        """True while nothing that shapes the answer, or names the slot, has changed since `job` was made."""
        if job.at is None or job.at <= self.now() or (slots := self._slot_job(schedule)) is None:
            return False
        same = replace(
            warm_job(slots, job.at), extra=job.extra, hop=job.hop
        )  # written, perhaps, by a newer version
        return job == same and runs_at(schedule.timing, job.at, closures=self.closures)

    def _slot_job(self, schedule: Schedule) -> Job | None:
        """The job that QStash delivers at each of its slots; None for a one-off."""
        plan = make_plan(schedule.job, schedule.when, now=self.now())
        return plan.job if isinstance(plan, Repeat) else None

    async def _publish_job(self, send: Send) -> bool:
        """False if QStash may not have it."""
        try:
            await self.publisher.publish_job(send.job, deduplication_id=send.deduplication_id, at=send.at)
        except PublishError as exc:
            logger.warning("warm.not_published schedule=%s: %s", send.job.schedule, exc)
            return False
        return True
