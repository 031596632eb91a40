"""Slots that are due: found, published and moved on in batches.

Every process may look for schedules that are due; one script moves them on and stores their messages, so
each slot is published once. After a downtime hosted QStash would have gone on firing. Here the last slot that
was missed is made up for if it is at most `GRACE` old, and older ones are skipped: an answer for this morning
that comes in the evening helps no one, one that comes three minutes late does.
"""

from __future__ import annotations

import hashlib
import logging
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from scheduler.cron import Cron
from scheduler.embedded.storage import schedule_scripts as scripts
from scheduler.embedded.storage.clock import from_ms, to_ms
from scheduler.embedded.storage.message import Message
from scheduler.embedded.storage.message_store import Pending
from scheduler.embedded.storage.scripts import run_script
from scheduler.errors import WhenError

log = logging.getLogger(__name__)

GRACE: Final = timedelta(minutes=5)

_MINUTE: Final = timedelta(minutes=1)
_UNREADABLE: Final = timedelta(hours=1)
"""The wait before a cron that cannot be read is tried again: the zone data may know its zone by then."""


class _Step(NamedTuple):
    """A due schedule's next slot and, if there is one to publish, its message."""

    next_slot: datetime
    slot: datetime | None
    pending: Pending


@dataclass(frozen=True, kw_only=True)
class Firing:
    """The redis client must not decode replies."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not

    async def fire_due(self, now: datetime, *, most: int) -> tuple[bool, datetime | None]:
        """Publish up to `most` slots that are due; true if more may be, and else the moment to ask again."""
        read = scripts.ReadDueSchedules(now=to_ms(now), most=most)
        due, first = await run_script(self.redis, read)
        if due:
            first = await run_script(self.redis, _fire_all(due, now))
        at = float(first or math.inf)
        return len(due) == most, from_ms(at) if math.isfinite(at) else None


def _fire_all(due: list[Any], now: datetime) -> scripts.FireSchedules:
    steps = [
        _take_step(schedule_id.decode(), int(moment), spec, cron.decode(), now)
        for schedule_id, moment, spec, cron, _ in due
    ]
    return scripts.FireSchedules(
        ids=tuple(schedule_id.decode() for schedule_id, *_ in due),
        versions=tuple(version.decode() for *_, version in due),
        expected=tuple(int(moment) for _, moment, *_ in due),
        next_slots=tuple(to_ms(step.next_slot) for step in steps),
        slots=tuple(None if step.slot is None else to_ms(step.slot) for step in steps),
        message_ids=tuple(step.pending.id for step in steps),
        specs=tuple(step.pending.message.encode() for step in steps),
        dues=tuple(step.pending.due for step in steps),
        entries=tuple(step.pending.write_created(now) for step in steps),
    )


def _take_step(schedule_id: str, due: int, spec: bytes, cron: str, now: datetime) -> _Step:
    try:
        slot, next_slot = _find_slots(cron, due, now)
    except WhenError as exc:  # the others go on
        log.error("qstash.unreadable_cron schedule=%s: %s", schedule_id, exc)  # noqa: TRY400 - a sentence
        slot, next_slot = None, now + _UNREADABLE
    message = Message.decode(spec)
    message = replace(message, created=now, not_before=now + timedelta(seconds=message.delay))
    message_id = _message_id(schedule_id, now if slot is None else slot)
    return _Step(next_slot, slot, Pending(id=message_id, message=message, body=b""))


def _find_slots(cron: str, due: int, now: datetime) -> tuple[datetime | None, datetime]:
    """The slot to publish, if any, and the next one: mostly the one that is due, and the one after it."""
    is_slot, following = _read_moment(cron, due)
    if is_slot and following > now:
        slot = from_ms(due)
        return (slot if now - slot <= GRACE else None), following
    parsed = Cron.parse(cron)
    return slot_to_fire(parsed, now), parsed.next_after(now)


@lru_cache(maxsize=4096)
def _read_moment(cron: str, due: int) -> tuple[bool, datetime]:
    """True if there is a slot at `due`, and the one after it; worked out once for all with the same times.

    There is none where a cron that could not be read is tried again.
    """
    parsed, moment = Cron.parse(cron), from_ms(due)
    return parsed.next_after(moment - _MINUTE) == moment, parsed.next_after(moment)


def slot_to_fire(cron: Cron, now: datetime) -> datetime | None:
    """The slot to publish for now; None if the last one passed too long ago."""
    slot = cron.slot_at(now)
    return slot if slot is not None and now - slot <= GRACE else None


def _message_id(schedule_id: str, slot: datetime) -> str:
    return f"msg_{to_ms(slot):012x}{hashlib.sha256(schedule_id.encode()).hexdigest()[:20]}"
