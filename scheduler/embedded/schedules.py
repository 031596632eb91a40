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

import redis.asyncio

from scheduler.cron import Cron
from scheduler.embedded import keys, scripts
from scheduler.embedded.message import Message, describe, millis, moment
from scheduler.embedded.refused import Refused
from scheduler.embedded.store import Pending
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
    following: float
    last_time: int | None = None
    last_message: str | None = None
    last_state: str | None = None

    def describe(self) -> dict[str, Any]:
        """As `GET /v2/schedules/{id}` shows it."""
        found = {
            **describe(self.message, self.body),
            "scheduleId": self.id,
            "cron": self.cron,
            "destination": self.message.url,
            "createdAt": self.created,
            "retries": self.message.retries,
            "delay": int(self.message.delay) or None,
            "isPaused": self.paused,
            "callerIp": self.message.caller_ip,
            "nextScheduleTime": int(self.following) if math.isfinite(self.following) else None,
            "lastScheduleTime": self.last_time,
            "lastScheduleStates": {self.last_message: self.last_state} if self.last_message else None,
        }
        return {name: value for name, value in found.items() if value is not None}


class Schedules:
    """The redis client must not decode replies: bodies are bytes."""

    def __init__(self, redis: redis.asyncio.Redis, *, max_schedules: int | None = None) -> None:
        self._redis: Any = redis  # typed for clients that decode and that do not
        self._most = -1 if max_schedules is None else max_schedules
        self._put = redis.register_script(scripts.PUT_SCHEDULE)
        self._pause = redis.register_script(scripts.PAUSE_SCHEDULE)
        self._resume = redis.register_script(scripts.RESUME_SCHEDULE)
        self._delete = redis.register_script(scripts.DELETE_SCHEDULE)
        self._fire = redis.register_script(scripts.FIRE)

    async def put(self, schedule_id: str, *, cron: str, message: Message, body: bytes, now: datetime) -> None:
        """Create it, or replace all of it but its age and whether it is paused."""
        following = _following(_parse(cron), now)
        spec = replace(message, schedule_id=schedule_id).encode()
        version = secrets.token_hex(8)
        args: list[str | bytes | int] = [
            schedule_id,
            spec,
            body,
            cron,
            version,
            following,
            millis(now),
            self._most,
        ]
        if not await self._put(args=args):
            raise Refused(f"exceeded the limit of {self._most} schedules", status=412)

    async def get(self, schedule_id: str) -> Schedule | None:
        """A schedule by its id."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(keys.SCHEDULE + schedule_id)
            pipe.zscore(keys.SCHEDULES, schedule_id)
            raw, following = await pipe.execute()
        if not raw or following is None:
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
            following=following,
            last_time=int(found["last_time"]) if "last_time" in found else None,
            last_message=found.get("last_message"),
            last_state=found.get("last_state"),
        )

    async def all(self) -> list[Schedule]:
        """Every schedule, in the order in which they fire."""
        ids = await self._redis.zrange(keys.SCHEDULES, 0, -1)
        return [found for each in ids if (found := await self.get(each.decode()))]

    async def delete(self, schedule_id: str) -> bool:
        """False if there is none."""
        return bool(await self._delete(args=[schedule_id]))

    async def pause(self, schedule_id: str) -> bool:
        """Skip its firings from now on; False if there is none."""
        return bool(await self._pause(args=[schedule_id]))

    async def resume(self, schedule_id: str, now: datetime) -> bool:
        """Fire again from now on, and make up for nothing; False if there is none."""
        while found := await self.get(schedule_id):
            following = _following(_parse(found.cron), now)
            if await self._resume(args=[schedule_id, found.version, following]):
                return True
        return False

    async def fire_due(self, now: datetime) -> datetime | None:
        """Publish what is due, and say when to ask again."""
        for raw in await self._redis.zrange(keys.SCHEDULES, "-inf", millis(now), byscore=True):
            schedule = await self.get(raw.decode())
            if schedule and schedule.following <= millis(now):
                await self._fire_one(schedule, now)
        first = await self._redis.zrange(keys.SCHEDULES, 0, 0, withscores=True)
        return moment(first[0][1]) if first and math.isfinite(first[0][1]) else None

    async def _fire_one(self, schedule: Schedule, now: datetime) -> None:
        cron = _parse(schedule.cron)
        args: list[str | bytes | float] = [
            schedule.id,
            schedule.version,
            schedule.following,
            _following(cron, now),
        ]
        slot = slot_to_fire(cron, now)
        if slot is not None:
            due = now + timedelta(seconds=schedule.message.delay)
            message = replace(schedule.message, created=now, not_before=due)
            pending = Pending(id=_message_id(schedule.id, slot), message=message, body=b"")
            message_id, spec, _, at, entry = pending.enqueued(now)
            args += [millis(slot), message_id, spec, at, entry]
        await self._fire(args=args)


def slot_to_fire(cron: Cron, now: datetime) -> datetime | None:
    """The slot to publish for now; None if the last one passed too long ago."""
    slot = cron.slot_at(now)
    return slot if slot is not None and now - slot <= GRACE else None


def _message_id(schedule_id: str, slot: datetime) -> str:
    return f"msg_{millis(slot):012x}{hashlib.sha256(schedule_id.encode()).hexdigest()[:20]}"


def _parse(cron: str) -> Cron:
    try:
        return Cron.parse(cron)
    except WhenError as exc:
        raise Refused(f"invalid cron expression: {exc}") from exc


def _following(cron: Cron, now: datetime) -> int:
    return millis(cron.next_after(now))
