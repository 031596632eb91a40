"""All recurring schedules paused at once, and those that were paused so resumed, and no others.

The ids are written down before anything is paused: what is broken off is finished by the same act once more.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from upstash_redis.asyncio import Redis

from bot.operating.applying import Carrier
from bot.schedules import Schedule, ScheduleStore, State
from bot.storage import paused_schedules_key
from scheduler import PublishError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Pausing:
    """Pauses and resumes with the operator's rights."""

    redis: Redis = field(repr=False)
    schedule_store: ScheduleStore = field(repr=False)
    carrier: Carrier | None
    """None where no QStash can be reached: reconciliation tells it what the records say."""

    async def pause_team(self, team: str) -> list[Schedule]:
        """Pause what recurs and runs; one-offs run, for they have no pause. Raises `RedisUnavailable`."""
        running = [
            schedule
            for schedule in await self.schedule_store.list_records(team)
            if schedule.cron is not None and schedule.state != "paused"
        ]
        if running:
            await self.redis.sadd(paused_schedules_key(team), *(schedule.id for schedule in running))
        paused = [await self._change_state(schedule, "paused") for schedule in running]
        return [schedule for schedule in paused if schedule is not None]

    async def resume_team(self, team: str) -> list[Schedule]:
        """Resume what `pause_team` has paused, unless somebody has resumed or deleted it since.

        Raises `RedisUnavailable`.
        """
        ids = sorted(await self.redis.smembers(paused_schedules_key(team)))
        resumed = []
        for record in await self.schedule_store.read_records([(team, schedule) for schedule in ids]):
            if record is not None and record.state == "paused":
                changed = await self._change_state(record, "active")
                resumed += [] if changed is None else [changed]
        await self.redis.delete(paused_schedules_key(team))
        return resumed

    async def _change_state(self, schedule: Schedule, state: State) -> Schedule | None:
        """Change the record, then QStash; None if it was so already, or is gone."""
        found: Schedule | None = schedule
        while found is not None and (found.state == "paused") != (state == "paused"):
            written = await self.schedule_store.change_record(found, replace(found, state=state))
            if isinstance(written, Schedule):
                await self._tell_qstash(written)
                return written
            found = await self.schedule_store.find_record(schedule.team, schedule.id)  # changed meanwhile
        return None

    async def _tell_qstash(self, schedule: Schedule) -> None:
        if self.carrier is None:
            return
        try:
            if schedule.state == "paused":
                await self.carrier.publisher.pause_schedule(schedule.id)
                return
            await self.carrier.publishing.publish_schedule(schedule)
            await self.carrier.publisher.resume_schedule(schedule.id)
            await self.carrier.warming.publish_warm_job(schedule)
        except PublishError as exc:
            logger.warning("schedule.qstash_not_told id=%s: %s", schedule.id, exc)
