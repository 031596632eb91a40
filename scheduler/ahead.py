"""Ready before the hour: the message that has a slot's answer made before its slot; pure, it takes `now`.

A lost one costs nothing but speed, and each costs a message of the day's 1,000 that QStash gives away. So a
slot gets one only if it lies `WORTH` or more after the slot before, which keeps the count per slot at two;
what is further away than QStash waits takes one more for each week.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from scheduler.calendar import Closures
from scheduler.cron import Cron
from scheduler.job import Job
from scheduler.plan import (
    CLOCK_LEEWAY,
    EARLY,
    LONGEST_DELAY,
    Send,
    deduplication_id,
    oldest_answer,
    slot_before,
)
from scheduler.timing import Once, Timing, upcoming_runs

WORTH: Final = timedelta(minutes=15)
"""The least time between slots for which an answer is made ahead."""

_SHORTEST: Final = timedelta(seconds=30)  # in less than that no model answers for certain
_FROM, _TO = 0.1, 0.7  # of the lead: first a clock may be ahead of ours, at the end the model needs time


def make_warm(
    job: Job,
    timing: Timing,
    *,
    after: datetime | None = None,
    lead: timedelta,
    closures: Closures,
    now: datetime,
) -> Send | None:
    """The message for the next slot of `job` that really happens; None if it is not worth one.

    `lead` is the longest that an answer is made ahead, whatever the job itself would allow. With `after`, it
    is for the first slot after that one, which is still to come.
    """
    if not isinstance(timing.when, Cron):
        return None
    # A slot that is served early has its answer; half a minute would be too short for another.
    after = max(after or now, now + EARLY)
    slot = next(iter(upcoming_runs(timing, after=after, count=1, closures=closures)), None)
    if slot is None:
        return None
    previous = slot_before(slot, timing.when)
    too_often = previous is not None and slot - previous < WORTH
    if too_often or slot - _oldest_allowed(job, slot, lead) < _SHORTEST:
        return None
    return _make_send(warm_job(job, slot), _arrival_time(job, slot, lead), now=now)


def make_review(
    job: Job,
    timing: Timing,
    *,
    after: datetime | None = None,
    lead: timedelta,
    closures: Closures,
    now: datetime,
) -> Send | None:
    """The message that has the next run of `job` looked at, `lead` before it; None if none is to come.

    `after` as for `make_warm`; no run is looked at before that one.
    """
    match timing.when:
        case Once(at=at):
            run: datetime | None = at.replace(microsecond=0)
        case _:
            since = max(after or now, now + EARLY)
            run = next(iter(upcoming_runs(timing, after=since, count=1, closures=closures)), None)
    if run is None or run <= now + CLOCK_LEEWAY:
        return None  # at its time it is looked at before it is posted
    return _make_send(review_job(job, run), max(run - lead, after or now), now=now)


def review_job(job: Job, run: datetime) -> Job:
    """A job that has the answer of a run made and looked at ahead."""
    return replace(warm_job(job, run), kind="review")


def next_review_hop(job: Job, *, lead: timedelta, now: datetime) -> Send | None:
    """The message to send instead, if `job` came before the time to ask its reviewers; None if not."""
    if job.at is None or job.at - lead <= now + CLOCK_LEEWAY:
        return None
    return _make_send(replace(job, hop=job.hop + 1), job.at - lead, now=now)


def warm_job(job: Job, slot: datetime) -> Job:
    """A job that asks for the answer of `slot` ahead: with all that shapes it, and nothing about the post."""
    nowhere = replace(job, kind="warm", channel=None, also=(), place=None, ticket=None)
    return replace(nowhere, user=None, thread=None, asked=None, at=slot)


def next_warm_hop(job: Job, *, lead: timedelta, now: datetime) -> Send | None:
    """The message to send instead, if `job` came so early that its answer would not count; None if not."""
    if job.at is None or _oldest_allowed(job, job.at, lead) <= now:
        return None
    return _make_send(replace(job, hop=job.hop + 1), _arrival_time(job, job.at, lead), now=now)


def _oldest_allowed(job: Job, slot: datetime, lead: timedelta) -> datetime:
    return oldest_answer(job, slot=slot, lead=lead if job.lead is None else min(lead, job.lead))


def _arrival_time(job: Job, slot: datetime, lead: timedelta) -> datetime:
    """The moment to deliver it: equally long before each slot of a schedule, and spread over schedules."""
    oldest = _oldest_allowed(job, slot, lead)
    digest = hashlib.sha256(f"{job.team}\n{job.schedule}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return oldest + (slot - oldest) * (_FROM + (_TO - _FROM) * share)


def _make_send(job: Job, arrival: datetime, *, now: datetime) -> Send:
    # The body names schedule, slot, hop and all that shapes the answer: an edit that is undone sends nothing.
    name = deduplication_id("warm", job.encode().decode())
    if arrival <= now:
        return Send(job=job, deduplication_id=name, at=None)
    at = min(arrival, now + LONGEST_DELAY)
    return Send(job=job, deduplication_id=name if at == arrival else deduplication_id(name, at), at=at)
