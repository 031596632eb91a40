"""Schedules in Redis: put, shown, paused, deleted. Their firings are in `firing`."""

from __future__ import annotations

import math
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scheduler.cron import Cron
from scheduler.embedded.storage import keys
from scheduler.embedded.storage import schedule_scripts as scripts
from scheduler.embedded.storage.clock import to_ms
from scheduler.embedded.storage.describe import describe_options
from scheduler.embedded.storage.message import Message
from scheduler.embedded.storage.refusal import RequestRefused
from scheduler.embedded.storage.scripts import read_pages, run_script
from scheduler.errors import WhenError


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
    ) -> datetime:
        """Create it, or replace all of it but its age and whether it is paused; its next slot."""
        next_slot = _parse_cron(cron).next_after(now)
        call = scripts.PutSchedule(
            schedule_id=schedule_id,
            spec=replace(message, schedule_id=schedule_id).encode(),
            body=body,
            cron=cron,
            version=secrets.token_hex(8),
            next_slot=to_ms(next_slot),
            now=to_ms(now),
            limit=self.max_schedules,
        )
        if not await run_script(self.redis, call):
            raise RequestRefused(f"exceeded the limit of {self.max_schedules} schedules", status=412)
        return next_slot

    async def find_schedule(self, schedule_id: str) -> Schedule | None:
        """A schedule by its id."""
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(keys.SCHEDULE + schedule_id)
            pipe.zscore(keys.SCHEDULES, schedule_id)
            raw, next_slot = await pipe.execute()
        return None if next_slot is None else _decode_schedule(schedule_id, raw, next_slot)

    async def schedule_pages(self) -> AsyncIterator[list[Schedule]]:
        """Every schedule, page by page and in no order; what is made or deleted meanwhile may be missing."""
        async for page in read_pages(self.redis, keys.SCHEDULES):
            async with self.redis.pipeline(transaction=False) as pipe:
                for schedule_id, _ in page:
                    pipe.hgetall(keys.SCHEDULE + schedule_id)
                found = await pipe.execute()
            decoded = [
                _decode_schedule(schedule_id, raw, next_slot)
                for (schedule_id, next_slot), raw in zip(page, found, strict=True)
            ]
            yield [schedule for schedule in decoded if schedule is not None]

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


def _decode_schedule(schedule_id: str, raw: Mapping[bytes, bytes], next_slot: float) -> Schedule | None:
    if not raw:
        return None
    found = {name.decode(): value.decode() for name, value in raw.items() if name != b"body"}
    return Schedule(
        id=schedule_id,
        cron=found["cron"],
        message=Message.decode(found["spec"]),
        body=raw[b"body"],
        version=found["version"],
        created=int(found["created"]),
        paused="paused" in found,
        next_slot=next_slot,
        last_time=int(found["last_time"]) if "last_time" in found else None,
        last_message=found.get("last_message"),
        last_state=found.get("last_state"),
    )


def _parse_cron(cron: str) -> Cron:
    try:
        return Cron.parse(cron)
    except WhenError as exc:
        raise RequestRefused(f"invalid cron expression: {exc}") from exc


def _next_slot(cron: Cron, now: datetime) -> int:
    return to_ms(cron.next_after(now))
