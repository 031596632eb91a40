"""Subscriptions after a crash, a lost answer, or the end of their schedule, with a QStash over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.schedules.schedule import Schedule
from bot.subscriptions import Subscription
from scheduler import Job
from tests.bot.housekeeping.test_reconcile import ADA, HOUR, Desk, desk, qstash

__all__ = ["desk", "qstash"]


def at_eight(schedule: Schedule, desk: Desk, **fields: Any) -> Subscription:
    return replace(
        Subscription(
            team="T1",
            schedule=schedule.id,
            user="U2",
            rhythm="daily",
            channel="C1",
            direct="D2",
            title="Why?",
            since=desk.clock(),
            cron="0 8 * * *",
            zone="UTC",
        ),
        **fields,
    )


async def held(desk: Desk) -> dict[str, Job | None]:
    """The copies that QStash will deliver."""
    found = await desk.held()
    return {name: listed.job for name, listed in found.items() if listed.job and listed.job.kind != "post"}


def told(desk: Desk) -> list[str]:
    return [post["text"] for post in desk.workspace.posts if post["channel"] == "U2"]


async def test_a_subscription_that_qstash_has_is_left_alone(desk: Desk) -> None:
    own = at_eight(await desk.made(), desk)
    subscriptions = desk.ground.subscriptions
    await subscriptions.subscription_store.put_record(own, now=desk.clock())
    await subscriptions.publish_subscription(own)
    await desk.agree(HOUR)
    assert await held(desk) == {own.id: own.slot_job}
    assert told(desk) == []


async def test_one_that_a_crash_has_kept_from_qstash_is_published(desk: Desk) -> None:
    own = at_eight(await desk.made(), desk, is_pending=True)
    store = desk.ground.subscriptions.subscription_store
    await store.put_record(own, now=desk.clock())
    await desk.reconcile.make_agree()
    assert await held(desk) == {}, "somebody may be at it"
    await desk.agree(HOUR)
    assert await held(desk) == {own.id: own.slot_job}
    assert await store.find_record(("T1", own.schedule, "U2")) == replace(own, is_pending=False)


@pytest.mark.parametrize("now_at_once", [False, True])
async def test_what_qstash_has_without_a_record_is_removed(desk: Desk, now_at_once: bool) -> None:
    own = at_eight(await desk.made(), desk)
    subscriptions = desk.ground.subscriptions
    await subscriptions.publish_subscription(own)
    if now_at_once:
        at_once = replace(own, rhythm="at_once", cron=None, zone=None)
        await subscriptions.subscription_store.put_record(at_once, now=desk.clock())
    await desk.reconcile.make_agree()
    assert list(await held(desk)) == [own.id], "somebody may be at it"
    await desk.agree(HOUR)
    assert await held(desk) == {}


async def test_one_at_another_time_is_published_anew(desk: Desk) -> None:
    own = at_eight(await desk.made(), desk)
    subscriptions = desk.ground.subscriptions
    await subscriptions.publish_subscription(own)
    later = replace(own, cron="0 18 * * *", is_pending=True)
    await subscriptions.subscription_store.put_record(later, now=desk.clock())
    await desk.agree(HOUR)
    assert await held(desk) == {own.id: later.slot_job}


async def test_a_schedule_that_is_deleted_ends_its_subscriptions_and_they_are_told_once(desk: Desk) -> None:
    schedule = await desk.made()
    own = at_eight(schedule, desk)
    subscriptions = desk.ground.subscriptions
    await subscriptions.subscription_store.put_record(own, now=desk.clock())
    await subscriptions.publish_subscription(own)
    await desk.schedules.delete_schedule(ADA, schedule.id)
    await desk.reconcile.make_agree()
    assert told(desk) == [], "it can be had back yet"
    await desk.raw.delete(f"precache:deleted:T1:{schedule.id}")  # a minute has passed
    for _ in range(2):
        await desk.reconcile.make_agree()
    assert told(desk) == ["“Why?” was deleted, so I no longer send it to you."]
    assert await held(desk) == {}
    assert await subscriptions.subscription_store.find_record(("T1", schedule.id, "U2")) is None


async def test_a_schedule_that_is_paused_is_told_once_and_goes_on(desk: Desk) -> None:
    schedule = await desk.made()
    own = at_eight(schedule, desk, rhythm="at_once", cron=None, zone=None)
    store = desk.ground.subscriptions.subscription_store
    await store.put_record(own, now=desk.clock())
    await desk.schedules.pause_schedule(ADA, schedule.id)
    for _ in range(2):
        await desk.reconcile.make_agree()
    assert [words for words in told(desk) if "is paused" in words] == told(desk)
    assert len(told(desk)) == 1
    await desk.schedules.resume_schedule(ADA, schedule.id)
    await desk.reconcile.make_agree()
    assert await store.find_record(("T1", schedule.id, "U2")) == own
