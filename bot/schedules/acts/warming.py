"""Ready before the hour: the answer of a recurring schedule's next slot is made minutes before the slot.

The message for it, a warm-up, is published when the schedule is set up, and then by the warm-up of the slot
before, which notes that in the record: at a slot nothing is published unless that note is missing. A warm-up
carries what it was made for, so one that a change has overtaken is dropped when it arrives, after one look at
the record. Where somebody looks at each post first, another message has it made earlier, and shown to them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.errors import RedisUnavailable
from bot.schedules.policy import Policy
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
    make_review,
    make_warm,
    next_review_hop,
    next_warm_hop,
    review_job,
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
    policy: Policy = field(default_factory=Policy)

    async def publish_warm_job(self, schedule: Schedule | None) -> None:
        """Have the answer for the next slot made ahead, if it is worth it, or looked at. Never fails."""
        if schedule is None or schedule.state == "paused":
            return
        send = self._make_send(schedule, after=None)
        if send is not None:
            await self._publish_job(send)

    async def publish_following(self, schedule: Schedule | None, *, slot: datetime) -> None:
        """Have the answer for the slot after `slot` made ahead too, and note that. Never fails.

        Where it does, or the process ends here, there is no note, and `slot` publishes it.
        """
        if schedule is None or schedule.cron is None:
            return
        send = self._make_send(schedule, after=slot)
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

    def _make_send(self, schedule: Schedule, *, after: datetime | None) -> Send | None:
        """The message for its next slot, or the first one `after` that."""
        closures, now = self.closures, self.now()
        if (review := self.policy.review_of(schedule)) is not None:
            job, lead = self._run_job(schedule), review.lead
            return make_review(job, schedule.timing, after=after, lead=lead, closures=closures, now=now)
        slot_job = self._slot_job(schedule)
        if slot_job is None:
            return None
        return make_warm(slot_job, schedule.timing, after=after, lead=self.lead, closures=closures, now=now)

    async def find_to_review(self, job: Job) -> tuple[Schedule, datetime | None] | None:
        """The schedule whose next run the `job` wants looked at, if that is still so; and when its owner was
        last seen in its channels. One that came before the time to ask is sent on its way again.
        """
        found = await self.schedule_store.find_to_review(job.team or "", job.schedule or job.id or "")
        if found is None or (review := self.policy.review_of(found[0])) is None:
            return None
        schedule = found[0]
        if job.at is None or job.at <= self.now():
            return None
        if not self._is_same(job, review_job, self._run_job(schedule)):
            return None
        if not runs_at(schedule.timing, job.at, closures=self.closures):
            return None
        hop = None if job.review else next_review_hop(job, lead=review.lead, now=self.now())
        if hop is not None:
            await self._publish_job(hop)
            return None
        return found

    def _is_for(self, job: Job, schedule: Schedule) -> bool:
        """True while nothing that shapes the answer, or names the slot, has changed since `job` was made."""
        if job.at is None or job.at <= self.now() or (slots := self._slot_job(schedule)) is None:
            return False
        if self.policy.review_of(schedule) is not None:
            return False  # it is made when it is looked at
        return self._is_same(job, warm_job, slots) and runs_at(
            schedule.timing, job.at, closures=self.closures
        )

    def _is_same(self, job: Job, made_ahead: Callable[[Job, datetime], Job], run: Job) -> bool:
        """Tell if `job` is still what is published of `run`."""
        if job.at is None:
            return False
        same = made_ahead(run, job.at)  # that one was written, perhaps, by a newer version
        return job == replace(same, extra=job.extra, hop=job.hop, review=job.review)

    def _run_job(self, schedule: Schedule) -> Job:
        """The job that QStash delivers at each of its slots, or at its moment."""
        return make_plan(schedule.job, schedule.when, now=self.now()).job

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
