"""A schedule at nine each day, and the job that QStash delivers at each of its slots."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from upstash_redis.asyncio import Redis

from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from scheduler import Job
from tests.bot.announcing import Clock

DAILY = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="What is new?",
    zone="UTC",
    cron="0 9 * * *",
)


async def store_daily(redis: Redis, clock: Clock, **fields: Any) -> Schedule:
    """Store it, with some fields of its own."""
    stored = await ScheduleStore(redis=redis).add_record(replace(DAILY, **fields), now=clock())
    assert isinstance(stored, Schedule)
    return stored


def job_of(schedule: Schedule) -> Job:
    return replace(schedule.job, id=None, schedule=schedule.id, cron=schedule.cron, zone=schedule.zone)
