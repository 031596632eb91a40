"""Subscriptions and QStash agree, and people hear once why nothing comes: their schedule is paused, or gone.

The records are right. What QStash holds of a subscription without one is removed, what it lacks is published.
What is young is left alone, for somebody may be at it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import SealBroken, SlackError, SlackRefused
from bot.replies.subscriptions import copies_deleted, copies_paused
from bot.schedules import Schedule, ScheduleStore
from bot.subscriptions import (
    Subscription,
    SubscriptionRef,
    Subscriptions,
    SubscriptionStore,
    read_subscription_id,
)
from bot.workspaces import Workspaces
from scheduler import Cron, Publisher, QuotaReached, Refused, Scheduled, WhenError

logger = logging.getLogger(__name__)

YOUNG: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class SubscriptionCheck:
    """Compares subscriptions, and puts right."""

    subscriptions: Subscriptions
    subscription_store: SubscriptionStore
    schedule_store: ScheduleStore
    publisher: Publisher
    workspaces: Workspaces = field(repr=False)
    now: Callable[[], datetime]

    async def compare_held(self, page: Sequence[Scheduled]) -> set[SubscriptionRef]:
        """Compare what QStash holds with the records; the ones that agree. Raises `PublishError`."""
        held = {ref: scheduled for scheduled in page if (ref := ref_of_copy(scheduled)) is not None}
        refs = list(held)
        records = await self.subscription_store.read_records(refs)
        right = set[SubscriptionRef]()
        for ref, record in zip(refs, records, strict=True):
            theirs = held[ref]
            if _is_same(theirs, record):
                right.add(ref)
            elif (record is None or record.cron is None) and self.now() - theirs.created >= YOUNG:
                await self.publisher.delete_schedule(theirs.id)
                logger.warning("reconcile.remove subscription of %s", ref[1])
        return right

    async def look_after_all(self, held: set[SubscriptionRef]) -> None:
        """Look after each subscription: QStash is known to hold those that are `held`."""
        async for refs in self.subscription_store.all_pages():
            records = await self.subscription_store.read_records(refs)
            found = [record for record in records if record is not None]
            schedules = await self.schedule_store.read_records([record.ref for record in found])
            for record, schedule in zip(found, schedules, strict=True):
                try:
                    await self._look_after(record, schedule, held)
                except QuotaReached as exc:
                    logger.warning("reconcile.full: %s", exc)
                except (Refused, WhenError) as exc:
                    logger.warning("reconcile.refused subscription of %s: %s", record.schedule, exc)
                except (SlackError, SealBroken) as exc:
                    logger.warning("reconcile.subscriber_not_told of %s: %s", record.schedule, exc)

    async def _look_after(
        self, record: Subscription, schedule: Schedule | None, held: set[SubscriptionRef]
    ) -> None:
        if schedule is None or schedule.cron is None:
            await self._end_with_schedule(record)
            return
        ref = (record.team, record.schedule, record.user)
        if record.cron is not None and ref not in held and self.now() - record.since >= YOUNG:
            record = await self.subscriptions.publish_subscription(record)
            logger.warning("reconcile.publish subscription of %s", record.schedule)
        if (schedule.state == "paused") == record.told_paused:
            return
        if schedule.state == "paused":
            await self._tell_subscriber(record, copies_paused(record))
        told = replace(record, told_paused=schedule.state == "paused")
        await self.subscription_store.change_record(record, told)

    async def _end_with_schedule(self, record: Subscription) -> None:
        """End one whose schedule is gone, unless that can be had back for a moment yet."""
        if await self.schedule_store.find_deleted(record.team, record.schedule) is not None:
            return
        await self._tell_subscriber(record, copies_deleted(record))  # first, for an end is looked at no more
        await self.subscriptions.end_subscription((record.team, record.schedule, record.user))

    async def _tell_subscriber(self, record: Subscription, text: str) -> None:
        """Raises `SlackError` where nobody knows if they have heard it."""
        try:
            slack = await self.workspaces.slack_of(record.team)
            await slack.tell_person(record.user, text)
        except SlackRefused as exc:
            logger.warning("reconcile.subscriber_not_told of %s: %s", record.schedule, exc)


def ref_of_copy(theirs: Scheduled) -> SubscriptionRef | None:
    """The subscription that QStash's schedule is for; None if it is for none."""
    job = theirs.job
    if job is None or job.team is None or job.kind not in ("copy", "digest"):
        return None
    found = read_subscription_id(job.schedule)
    return None if found is None else (job.team, *found)


def _is_same(theirs: Scheduled, record: Subscription | None) -> bool:
    """True if QStash holds it as its record has it."""
    job = None if record is None else record.slot_job
    if job is None or theirs.job is None or theirs.paused:
        return False
    try:
        cron = Cron.parse(theirs.cron)
    except WhenError:
        return False
    same = replace(job, extra=theirs.job.extra)
    return theirs.job == same and cron == Cron.parse(job.cron or "", zone=job.zone or "")
