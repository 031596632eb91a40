"""Ready before the hour: the answer of a recurring schedule's next slot is made minutes before the slot.

The message for it is published when the schedule is set up and each time it has posted. It carries what it
was made for, so one that a change has overtaken is dropped when it arrives, after one look into the book.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

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


class Warming:
    """Publishes warm jobs, and says which of them still count."""

    def __init__(
        self,
        *,
        book: ScheduleStore,
        publisher: Publisher,
        closures: Closures,
        lead: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._book = book
        self._publisher = publisher
        self._closures = closures
        self._lead = lead
        self._now = now

    async def ahead(self, schedule: Schedule | None) -> None:
        """Have the answer for the next slot made ahead, if it is worth it. Never fails."""
        if schedule is None or schedule.state == "paused" or (job := self._slots(schedule)) is None:
            return
        send = make_warm(job, schedule.timing, lead=self._lead, closures=self._closures, now=self._now())
        if send is not None:
            await self._send(send)

    async def due(self, job: Job) -> tuple[Schedule | None, datetime | None] | None:
        """The schedule whose answer the warm `job` asks for, if that is still wanted, and wanted now; and
        when its owner was last seen in its channels.

        One that came early, because its slot is further away than QStash waits, is sent on its way again.
        """
        if job.schedule is None:
            return None, None
        found = await self._book.to_warm(job.team or "", job.schedule)
        if found is None or not self._is_for(job, found[0]):
            return None
        hop = next_warm_hop(job, lead=self._lead, now=self._now())
        if hop is not None:
            await self._send(hop)
            return None
        return found

    def _is_for(self, job: Job, schedule: Schedule) -> bool:
        """Whether nothing that shapes the answer, or names the slot, has changed since `job` was made."""
        if job.at is None or job.at <= self._now() or (slots := self._slots(schedule)) is None:
            return False
        same = replace(warm_job(slots, job.at), extra=job.extra)  # written, perhaps, by a newer version
        return job == same and runs_at(schedule.timing, job.at, closures=self._closures)

    def _slots(self, schedule: Schedule) -> Job | None:
        """What QStash delivers at each of its slots; None for a one-off."""
        plan = make_plan(schedule.job, schedule.when, now=self._now())
        return plan.job if isinstance(plan, Repeat) else None

    async def _send(self, send: Send) -> None:
        try:
            await self._publisher.publish_job(send.job, deduplication_id=send.deduplication_id, at=send.at)
        except PublishError as exc:
            logger.warning("warm.not_published schedule=%s: %s", send.job.schedule, exc)
