"""One number decides about freshness: the oldest moment at which an acceptable answer may have been made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler import Job, oldest_answer


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """The age that an answer may have when nobody says otherwise."""

    max_age: timedelta = timedelta(hours=1)
    """The age of an answer to someone who asks now."""
    lead: timedelta = timedelta(minutes=5)
    """The longest time before its slot at which a scheduled answer may have been made."""

    def made_after(self, job: Job, *, slot: datetime | None, now: datetime) -> datetime:
        """The oldest moment at which an answer to `job` may have been made, now or for its `slot`."""
        if slot is None:
            return now - self.max_age_of(job)
        return oldest_answer(job, slot=slot, lead=self.lead if job.lead is None else job.lead)

    def max_age_of(self, job: Job) -> timedelta:
        """The age that an answer to `job` may have, asked now."""
        return self.max_age if job.max_age is None else job.max_age
