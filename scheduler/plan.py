"""The message or schedule that has a prompt answered on time; pure, it takes `now`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from scheduler.cron import Cron
from scheduler.job import Job
from scheduler.timing import Once, When

LONGEST_DELAY: Final = timedelta(days=7) - timedelta(hours=1)
"""QStash's free plan holds a message for seven days; longer waits go there in hops."""

CLOCK_LEEWAY: Final = timedelta(minutes=1)
"""The most by which QStash's clock and ours may differ: a delivery that comes so early is on time, and one
whose signature is from further ahead is refused."""
EARLY: Final = timedelta(seconds=30)
"""The lead by which a delivery may come, by QStash's clock, and still serve the slot ahead."""


@dataclass(frozen=True, kw_only=True)
class Send:
    """One message, now or not before `at`."""

    job: Job
    deduplication_id: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """A QStash schedule, under the id that the job names."""

    job: Job
    cron: Cron


Plan = Send | Repeat


def make_plan(job: Job, when: When | None, *, now: datetime) -> Plan:
    """Publish `job` now (no `when`), once, or again and again; its `id` names the one or the other."""
    match when:
        case None:
            return Send(job=job, deduplication_id=deduplication_id(_required_id(job)), at=None)
        case Once(at=at):
            return _make_hop(replace(job, at=at), at, now=now)
        case Cron(expression=expression, zone=zone):
            slots = replace(job, id=None, schedule=_required_id(job), cron=expression, zone=zone)
            return Repeat(job=slots, cron=when)


def next_hop(job: Job, *, now: datetime) -> Send | None:
    """The message to send instead, if `job` was delivered before its time; None if it is due.

    Each hop has a deduplication id of its own: under that of the message that brought it, QStash would take
    it for a repeat. A delivery that comes twice makes the same hop.
    """
    if job.at is None or job.at <= now + CLOCK_LEEWAY:
        return None
    return _make_hop(replace(job, hop=job.hop + 1), job.at, now=now)


def slot_of(job: Job, *, now: datetime) -> datetime | None:
    """The slot that a delivery sent at `now` serves; None for a one-off. Raises `WhenError`.

    One that comes early serves the slot ahead, but at most a quarter of the way from the slot before: with a
    cron of minutes, half a minute late is not early for the next.
    """
    if job.cron is None or job.zone is None:
        return None
    if job.at is not None:
        return job.at  # it was published again for this slot
    before, ahead, changes = _slots_around(job.cron, job.zone, now.replace(second=0, microsecond=0))
    return ahead if now >= changes else before


@lru_cache(maxsize=1024)
def _slots_around(cron: str, zone: str, minute: datetime) -> tuple[datetime | None, datetime, datetime]:
    """The last fire time up to that minute, the next, and the moment from which a delivery serves that one:
    asked by all schedules of a rhythm at once.
    """
    parsed = Cron.parse(cron, zone=zone)
    before, ahead = parsed.slot_at(minute), parsed.next_after(minute)
    return before, ahead, ahead - (EARLY if before is None else min(EARLY, (ahead - before) / 4))


def oldest_answer(job: Job, *, slot: datetime, lead: timedelta) -> datetime:
    """The oldest moment at which an answer for `slot` may have been made.

    `lead` before it, so that one made ahead counts; but never nearer to the slot before than to this one, so
    that what was made for that one does not, however often the schedule runs.
    """
    return max(slot - lead, _nearest_to_slot(job.cron or "", job.zone or "", slot))


@lru_cache(maxsize=1024)
def _nearest_to_slot(cron: str, zone: str, slot: datetime) -> datetime:
    """The moment half way from the slot before; all of them where there is none."""
    previous = slot_before(slot, Cron.parse(cron, zone=zone))
    return datetime.min.replace(tzinfo=UTC) if previous is None else previous + (slot - previous) / 2


@lru_cache(maxsize=1024)
def slot_before(slot: datetime, cron: Cron) -> datetime | None:
    """The fire time before that one: asked several times a slot, by all schedules of a rhythm."""
    return cron.slot_at(slot - timedelta(seconds=1))


def run_of(job: Job, *, slot: datetime | None) -> str | None:
    """The run that must be posted once, within its team; None for a job that posts nowhere.

    That of a further place is the first one's with its channel behind it.
    """
    if job.channel is None:
        return None
    place = f":{job.place}" if job.place else ""
    if job.id is not None:  # a one-off that is given another time has another run
        return f"{job.team or ''}:{job.id}" + (f":{int(job.at.timestamp())}" if job.at else "") + place
    return f"{job.team or ''}:{job.schedule}:{int(slot.timestamp()) if slot else 0}{place}"


def _make_hop(job: Job, due: datetime, *, now: datetime) -> Send:
    at, hop = min(due, now + LONGEST_DELAY), [job.hop] if job.hop else []
    return Send(job=job, deduplication_id=deduplication_id(_required_id(job), at, *hop), at=at)


def deduplication_id(*parts: object) -> str:
    """One id for one purpose, in the few characters that QStash takes, for a job with any id of its own."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]


def _required_id(job: Job) -> str:
    if job.id is None:
        raise ValueError("job: expected an id")
    return job.id
