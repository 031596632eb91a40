"""The messages to a run's further places, published by the delivery that has the answer.

They go in one request, each under an id of its own, so a delivery that comes again publishes nothing twice;
and where QStash has forgotten the id, the place's run is over by then. Nothing is prepared at a further
place: it finds the answer where the first one's run has left it. What cannot be found there, because it is
no fresh whole answer, is left with the place's run before its message goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from upstash_redis.asyncio import Redis

from bot.runs.places.outcome import Outcome
from bot.schedules import ticket_of
from bot.storage import RUN_TTL, run_key, run_scripts, whole_seconds
from scheduler import Job, Key, Publisher, Script, Send, deduplication_id, run_of

_FORGOTTEN: Final = timedelta(minutes=10)
"""After which QStash takes the same id for another message."""


@dataclass(frozen=True, kw_only=True)
class FanOut:
    """Publishes what further places get."""

    redis: Redis = field(repr=False)
    publisher: Publisher = field(repr=False)
    now: Callable[[], datetime]

    async def reach_places(
        self, job: Job, channels: Sequence[str], *, slot: datetime | None, outcome: Outcome | None
    ) -> None:
        """Have the answer of `job` brought to these; `outcome` is what they could not find by themselves.

        Raises `RedisUnavailable` and `PublishError`.
        """
        jobs = _jobs_for(job, channels, slot=slot)
        if outcome is not None:
            await run_scripts(
                self.redis,
                [
                    LeaveOutcome(
                        run=run_key(run_of(further, slot=slot) or ""),
                        outcome=outcome.text,
                        cache=outcome.cache,
                        why=outcome.why,
                        run_ttl=whole_seconds(RUN_TTL),
                    )
                    for further in jobs
                ],
            )
        await self._publish_jobs(jobs, slot=slot)

    async def reach_again(self, job: Job, *, slot: datetime | None) -> None:
        """Publish a posted job's messages to its places again; a place with the post gets no second one."""
        jobs = _jobs_for(job, job.also, slot=slot)
        await self._publish_jobs(
            jobs, slot=slot, again=int(self.now().timestamp() // _FORGOTTEN.total_seconds())
        )

    async def _publish_jobs(
        self, jobs: Sequence[Job], *, slot: datetime | None, again: int | None = None
    ) -> None:
        words = () if again is None else ("again", again)
        await self.publisher.publish_jobs(
            [
                Send(
                    job=further,
                    deduplication_id=deduplication_id("place", run_of(further, slot=slot), *words),
                    at=None,
                )
                for further in jobs
            ]
        )


def _jobs_for(job: Job, channels: Sequence[str], *, slot: datetime | None) -> list[Job]:
    ticket = ticket_of(job)
    further = [channel for channel in dict.fromkeys(channels) if channel != job.channel]
    return [job.for_place(channel, slot=slot, ticket=ticket) for channel in further]


class LeaveOutcome(Script):
    """Leave the outcome to post with a run that nobody has had yet."""

    run: Key
    outcome: str
    cache: str
    why: str | None
    run_ttl: int
    LUA = """
if redis.call('EXISTS', run) == 1 then return 0 end
redis.call('HSET', run, 'answer', outcome, 'cache', cache)
if why then redis.call('HSET', run, 'why', why) end
redis.call('EXPIRE', run, run_ttl)
return 1
"""
