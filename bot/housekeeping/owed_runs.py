"""Runs that somebody waits for: their states, those that are promised, and how one is closed for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from upstash_redis.asyncio import Redis

from bot.housekeeping.due_members import find_due_members
from bot.runs import Begun, Standing, standing_of
from bot.schedules import Place, Schedule
from bot.storage import (
    RUN_TTL,
    moment_of,
    ms_of,
    promised_key,
    queue_script,
    run_key,
    run_script,
    whole_seconds,
)
from scheduler import Job, Key, Script


@dataclass(frozen=True, kw_only=True)
class RunState:
    """What Redis holds of a run."""

    standing: Standing
    until: datetime | None = None
    """The end of the last lease, or of its wait for its turn or its reviewers; None if it was given back."""
    is_closed: bool = False
    """Nothing posts it any more, and its asker is to be told."""
    is_begun: bool = False
    """A part of it may be posted."""
    progress: Begun | None = None
    """The message that tells how far it is."""
    promise: str = ""
    """The record of its promise; "" where there is none."""
    asked_again: datetime | None = None
    """The moment at which a promised one was published once more."""

    @classmethod
    def decode(cls, told: Sequence[str | None], *, now: datetime) -> Self:
        """Read the fields in the order of `_FIELDS`."""
        state, until, parts, spread, closed, progress, promise, asked_again = told
        standing = standing_of(state, until, parts, spread, now=now)
        return cls(
            standing=standing,
            until=moment_of(until) if until and int(until) else None,
            is_closed=closed is not None,
            is_begun=standing == "begun" or closed == "begun",
            progress=Begun.decode_if_told(progress or ""),
            promise=promise or "",
            asked_again=moment_of(asked_again) if asked_again else None,
        )


_FIELDS = ("state", "until", "parts", "spread", "closed", "progress", "promise", "asked_again")


@dataclass(frozen=True, kw_only=True)
class OwedRun:
    """A one-off, or a run that was asked for at once, at which it is time to look."""

    run: str
    job: Job
    due: datetime
    """The moment for which it was wanted."""
    moment: datetime
    """The moment at which it is listed: as a rule `due`, or a later one up to which it was in hand."""
    state: RunState
    asked_again: datetime | None = None
    schedule: Schedule | None = None
    """The one-off, or the schedule that somebody runs by hand."""
    missing: tuple[str, ...] = ()
    """The further places in which it has come to nothing so far, though it is over in the first."""

    @property
    def team(self) -> str:
        return self.job.team or ""

    @property
    def post_place(self) -> Place:
        return Place(channel=self.job.channel or "", thread=self.job.thread)

    @property
    def further(self) -> list[str]:
        """The channels of the further places that get its outcome."""
        schedule, job = self.schedule, self.job
        known = job.also if schedule is None else schedule.channels
        return [channel for channel in job.also if channel in known and channel != job.channel]

    @property
    def open_runs(self) -> list[str]:
        """The runs that have come to nothing so far."""
        return [f"{self.run}:{channel}" for channel in self.missing] or [self.run]

    def with_places(self, states: Sequence[RunState]) -> Self:
        """The same, which is over in its first place, with the states of its further ones."""
        further = dict(zip(self.further, states, strict=True))
        missing = [
            channel for channel, state in further.items() if state.is_closed or state.standing in _UNFINISHED
        ]
        standings = {state.standing for state in further.values()}
        standing: Standing = "over"
        if "in_hand" in standings:
            standing = "in_hand"
        elif missing:
            standing = "unknown" if "unknown" in standings else "tried"
        until = max((state.until for state in states if state.until), default=None)
        closed = any(state.is_closed for state in states)
        state = replace(self.state, standing=standing, until=until, is_closed=closed)
        return replace(self, state=state, missing=tuple(missing))


_UNFINISHED = ("begun", "tried", "unknown")


@dataclass(frozen=True, kw_only=True)
class PromiseMove:
    """The result of a look at a promised run: it is looked at again, from `to` on; or it is over."""

    run: str
    to: datetime | None = None
    asked_again: datetime | None = None
    is_over: bool = False


@dataclass(frozen=True, kw_only=True)
class OwedRuns:
    """The runs of all teams."""

    redis: Redis = field(repr=False)

    async def find_promised(self, *, before: datetime, skip: int, most: int) -> list[tuple[str, datetime]]:
        """Those whose moment was before this one, longest ago first, without the first `skip`."""
        found = await find_due_members(self.redis, promised_key(), before=before, skip=skip, most=most)
        return [(run, moment_of(int(score))) for run, score in found]

    async def read_states(self, runs: Sequence[str], *, now: datetime) -> list[RunState]:
        """The state of each, in one round trip."""
        if not runs:
            return []
        pipeline = self.redis.pipeline()
        for run in runs:
            pipeline.hmget(run_key(run), *_FIELDS)
        found: list[Any] = await pipeline.exec()
        return [RunState.decode(told, now=now) for told in found]

    async def close_run(self, run: str, *, now: datetime) -> bool:
        """Let nothing post it any more; False if it is over by itself, or a copy is at work on it."""
        call = CloseRun(run=run_key(run), now=ms_of(now), ttl=whole_seconds(RUN_TTL))
        return bool(await run_script(self.redis, call))

    async def move_promises(self, moves: Sequence[PromiseMove]) -> None:
        """Write all of them down in one round trip."""
        if not moves:
            return
        pipeline = self.redis.pipeline()
        for move in moves:
            queue_script(
                pipeline,
                MovePromise(
                    run=run_key(move.run),
                    promised=promised_key(),
                    name=move.run,
                    to=ms_of(move.to) if move.to else None,
                    asked_again=ms_of(move.asked_again) if move.asked_again else None,
                    is_over=move.is_over,
                ),
            )
        await pipeline.exec()


class CloseRun(Script):
    """End a run with nothing posted, unless it is over, or in hand. Answers 1 if it is closed.

    Its end is not written down before its asker is told of it: `closed` says that they are not.
    """

    run: Key
    now: int
    ttl: int
    LUA = """
local seen = redis.call('HMGET', run, 'state', 'until', 'parts', 'closed')
if seen[4] then return 1 end
if seen[1] == 'posted' or tonumber(seen[2] or '0') > now then return 0 end
local is_begun = seen[1] == 'posting' or seen[3]
redis.call('HDEL', run, 'answer', 'cache', 'token', 'until', 'parts', 'since')
redis.call('HSET', run, 'state', 'posted', 'ts', '', 'closed', is_begun and 'begun' or 'lost')
redis.call('EXPIRE', run, ttl)
return 1
"""


class MovePromise(Script):
    """Write down a look at a promised run, unless that has ended since then."""

    run: Key
    promised: Key
    name: str
    to: int | None
    asked_again: int | None
    is_over: bool
    LUA = """
if not redis.call('ZSCORE', promised, name) then return 0 end
if is_over or redis.call('HEXISTS', run, 'promise') == 0 then
  redis.call('HDEL', run, 'promise', 'asked_again')
  return redis.call('ZREM', promised, name)
end
if asked_again then redis.call('HSET', run, 'asked_again', asked_again) end
if to then redis.call('ZADD', promised, to, name) end
return 1
"""
