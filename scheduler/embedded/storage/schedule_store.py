"""Schedules in Redis, and their firings.

Every process may look for schedules that are due; one script moves a schedule on and stores its message, so
each slot is published once. After a downtime hosted QStash would have gone on firing. Here the last slot that
was missed is made up for if it is at most `GRACE` old, and older ones are skipped: an answer for this morning
that comes in the evening helps no one, one that comes three minutes late does.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from scheduler.cron import Cron
from scheduler.embedded.storage import keys
from scheduler.embedded.storage import schedule_scripts as scripts
from scheduler.embedded.storage.clock import from_ms, to_ms
from scheduler.embedded.storage.describe import describe_options
from scheduler.embedded.storage.message import Message
from scheduler.embedded.storage.message_store import Pending
from scheduler.embedded.storage.refusal import RequestRefused
from scheduler.embedded.storage.scripts import run_script
from scheduler.errors import WhenError

GRACE: Final = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A message to publish at each fire time of a cron."""

    id: str
    cron: str
    """As it was given, `CRON_TZ=` included."""
    message: Message
    body: bytes
    version: str
    created: int
    paused: bool
    next_slot: float
    """Unix time in milliseconds, infinite while it is paused."""
    last_time: int | None = None
    last_message: str | None = None
    last_state: str | None = None

    def describe(self) -> dict[str, Any]:
        """As `GET /v2/schedules/{id}` shows it."""
        found = {
            **describe_options(self.message, self.body),
            "scheduleId": self.id,
            "cron": self.cron,
            "destination": self.message.url,
            "createdAt": self.created,
            "retries": self.message.retries,
            "delay": int(self.message.delay) or None,
            "isPaused": self.paused,
            "callerIp": self.message.caller_ip,
            "nextScheduleTime": int(self.next_slot) if math.isfinite(self.next_slot) else None,
            "lastScheduleTime": self.last_time,
            "lastScheduleStates": {self.last_message: self.last_state} if self.last_message else None,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class ScheduleStore:
    """The redis client must not decode replies: bodies are bytes."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not
    max_schedules: int | None = None

    async def put_schedule(
        self, schedule_id: str, *, cron: str, message: Message, body: bytes, now: datetime
    ) -> None:
        """Create it, or replace all of it but its age and whether it is paused."""
        call = scripts.PutSchedule(
            schedule_id=schedule_id,
            spec=replace(message, schedule_id=schedule_id).encode(),
            body=body,
            cron=cron,
            version=secrets.token_hex(8),
            next_slot=_next_slot(_parse_cron(cron), now),
            now=to_ms(now),
            limit=self.max_schedules,
        )
        if not await run_script(self.redis, call):
            raise RequestRefused(f"exceeded the limit of {self.max_schedules} schedules", status=412)

    async def find_schedule(self, schedule_id: str) -> Schedule | None:
        """A schedule by its id."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(keys.SCHEDULE + schedule_id)
            pipe.zscore(keys.SCHEDULES, schedule_id)
            raw, next_slot = await pipe.execute()
        if not raw or next_slot is None:
            return None
        body = raw.pop(b"body")
        found = {name.decode(): value.decode() for name, value in raw.items()}
        return Schedule(
            id=schedule_id,
            cron=found["cron"],
            message=Message.decode(found["spec"]),
            body=body,
            version=found["version"],
            created=int(found["created"]),
            paused="paused" in found,
            next_slot=next_slot,
            last_time=int(found["last_time"]) if "last_time" in found else None,
            last_message=found.get("last_message"),
            last_state=found.get("last_state"),
        )

    async def every_schedule(self) -> list[Schedule]:
        """Every schedule, in the order in which they fire."""
        ids = await self.redis.zrange(keys.SCHEDULES, 0, -1)
        return [found for raw in ids if (found := await self.find_schedule(raw.decode()))]

    async def delete_schedule(self, schedule_id: str) -> bool:
        """False if there is none."""
        return bool(await run_script(self.redis, scripts.DeleteSchedule(schedule_id=schedule_id)))

    async def pause_schedule(self, schedule_id: str) -> bool:
        """Skip its firings from now on; False if there is none."""
        return bool(await run_script(self.redis, scripts.PauseSchedule(schedule_id=schedule_id)))

    async def resume_schedule(self, schedule_id: str, now: datetime) -> bool:
        """Fire again from now on, and make up for nothing; False if there is none."""
        while found := await self.find_schedule(schedule_id):
            next_slot = _next_slot(_parse_cron(found.cron), now)
            call = scripts.ResumeSchedule(schedule_id=schedule_id, version=found.version, next_slot=next_slot)
            if await run_script(self.redis, call):
                return True
        return False

    async def fire_due(self, now: datetime) -> datetime | None:
        """Publish what is due, and say when to ask again."""
        for raw in await self.redis.zrange(keys.SCHEDULES, "-inf", to_ms(now), byscore=True):
            schedule = await self.find_schedule(raw.decode())
            if schedule and schedule.next_slot <= to_ms(now):
                await self._fire_schedule(schedule, now)
        first = await self.redis.zrange(keys.SCHEDULES, 0, 0, withscores=True)
        return from_ms(first[0][1]) if first and math.isfinite(first[0][1]) else None

    async def _fire_schedule(self, schedule: Schedule, now: datetime) -> None:
        cron = _parse_cron(schedule.cron)
        slot = slot_to_fire(cron, now)
        due = now + timedelta(seconds=schedule.message.delay)
        message = replace(schedule.message, created=now, not_before=due)
        pending = Pending(
            id=_message_id(schedule.id, now if slot is None else slot), message=message, body=schedule.body
        )
        call = scripts.FireSchedule(
            schedule_id=schedule.id,
            version=schedule.version,
            expected=schedule.next_slot,
            next_slot=_next_slot(cron, now),
            slot=None if slot is None else to_ms(slot),
            message_id=pending.id,
            spec=message.encode(),
            due=pending.due,
            entry=pending.write_created(now),
        )
        await run_script(self.redis, call)


def slot_to_fire(cron: Cron, now: datetime) -> datetime | None:
    """The slot to publish for now; None if the last one passed too long ago."""
    slot = cron.slot_at(now)
    return slot if slot is not None and now - slot <= GRACE else None


def _message_id(schedule_id: str, slot: datetime) -> str:
    return f"msg_{to_ms(slot):012x}{hashlib.sha256(schedule_id.encode()).hexdigest()[:20]}"


def _parse_cron(cron: str) -> Cron:
    try:
        return Cron.parse(cron)
    except WhenError as exc:
        raise RequestRefused(f"invalid cron expression: {exc}") from exc


def _next_slot(cron: Cron, now: datetime) -> int:
    return to_ms(cron.next_after(now))
