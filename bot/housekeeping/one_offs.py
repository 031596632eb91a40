"""A one-off, or a question asked at once, with nothing to show for it: it is run late, or its asker is told.

QStash tries each by itself, and calls once more when it gives up; this is for what is lost with that call.
The rule is the one for slots (`watchdog.py`): it is published once more while it is at most an hour late, as
the very same run; after that, or if that is in vain, the person who waits is told how to ask again.

Before they are told, their run is closed in one step that finds it neither over nor in hand, so that nothing
posts what was told lost, whatever QStash brings later. What is closed and not told is told at the next look.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from bot import replies
from bot.errors import PostUnknown, SealBroken, SlackRefused, SlackUnavailable
from bot.housekeeping.grace import GRACE, HORIZON, PATIENCE
from bot.housekeeping.owed_runs import OwedRun, OwedRuns
from bot.housekeeping.watch_list import Move, Watched
from bot.runs import Ending, Ledger, Progress
from bot.schedules import Outcome, Run
from bot.workspaces import Workspaces
from scheduler import Publisher, Refused, deduplication_id, run_of

logger = logging.getLogger(__name__)

_TRIED: Final = ("tried", "begun")


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Look at it again, as before or from `to` on."""

    to: datetime | None = None


OneOffStep = Literal["over", "ask_again", "give_up"] | Wait


def judge_one_off(owed: OwedRun, *, now: datetime) -> OneOffStep:
    """Decide what to do about a one-off whose moment has come; pure."""
    state, asked = owed.state, owed.asked_again
    if state.is_closed:
        return "give_up"
    if state.standing == "over":
        return "over"
    # Where a copy was lost at work on it, or it waits for its turn or its reviewers, it counts from then on.
    moment = max(owed.moment, owed.due, state.until or owed.due)
    late, tried = now - moment, state.standing in _TRIED
    if late < GRACE:
        return Wait(to=moment if asked is None and moment > owed.moment else None)
    if asked is None and late <= HORIZON:
        return Wait() if tried and late < PATIENCE else "ask_again"
    if asked is not None and (now - asked < GRACE or (tried and late < HORIZON + GRACE)):
        return Wait()
    return "give_up"


@dataclass(frozen=True, kw_only=True)
class Look:
    """The result of a look: it is over; or it is looked at again, from `to` on."""

    is_over: bool = False
    to: datetime | None = None
    asked_again: datetime | None = None
    """The moment at which it was published once more."""

    def as_move(self, seen: Watched) -> Move:
        """The same for what is watched as a schedule."""
        stays = not self.is_over and self.to is None
        return Move(seen=seen, to=self.to, stays=stays, asked_again=self.asked_again)


@dataclass(frozen=True, kw_only=True)
class OneOffs:
    """Looks after them."""

    owed_runs: OwedRuns
    ledger: Ledger
    publisher: Publisher
    workspaces: Workspaces
    now: Callable[[], datetime]
    count_run: Callable[[Outcome], None] = lambda _: None

    async def read_watched(self, seen: Sequence[Watched]) -> list[OwedRun]:
        """Read the states of scheduled one-offs. Raises `RedisUnavailable`."""
        found: list[OwedRun] = []
        jobs = [replace(one.schedule.job, at=one.schedule.at) for one in seen if one.schedule]
        runs = [run_of(job, slot=None) or "" for job in jobs]
        states = await self.owed_runs.read_states(runs, now=self.now())
        for one, job, run, state in zip(seen, jobs, runs, states, strict=True):
            due = job.at or self.now()
            owed = OwedRun(
                run=run,
                job=job,
                due=due,
                moment=one.slot or due,
                state=state,
                asked_again=one.asked_again,
                schedule=one.schedule,
            )
            found.append(owed)
        return await self.look_at_places(found)

    async def look_at_places(self, owed: Sequence[OwedRun]) -> list[OwedRun]:
        """The same: what is over in its first place only stands as its further places do."""
        spread = [one for one in owed if one.state.standing == "spread"]
        runs = [f"{one.run}:{channel}" for one in spread for channel in one.further]
        states = iter(await self.owed_runs.read_states(runs, now=self.now()))
        return [
            one.with_places([next(states) for _ in one.further]) if one.state.standing == "spread" else one
            for one in owed
        ]

    async def take_step(self, owed: OwedRun) -> Look:
        """Do what is to be done. Raises `RedisUnavailable` and `PublishError`."""
        step = judge_one_off(owed, now=self.now())
        match step:
            case Wait(to=to):
                return Look(to=to)
            case "over":
                return Look(is_over=True)
            case "ask_again":
                await self._ask_again(owed)
                return Look(asked_again=self.now())
            case "give_up":
                return Look(is_over=await self._give_up(owed))

    async def _ask_again(self, owed: OwedRun) -> None:
        """A crash before this is written down publishes it twice, which QStash takes for a repeat."""
        try:
            await self.publisher.publish_job(
                owed.job, deduplication_id=deduplication_id("asked again", owed.run)
            )
        except Refused as exc:  # this one, and not QStash as a whole
            logger.warning("one_off.refused run=%s: %s", owed.run, exc)
        else:
            logger.warning("one_off.asked_again run=%s", owed.run)

    async def _give_up(self, owed: OwedRun) -> bool:
        """Close it, and tell its asker; False if it goes on, or they may not have been told."""
        closed = [await self.owed_runs.close_run(run, now=self.now()) for run in owed.open_runs]
        if not all(closed):
            return False
        if not await self._tell_asker(owed):
            return False
        outcome: Outcome = "skipped" if owed.asked_again is None else "failed"
        for place, run in enumerate(owed.open_runs):
            await self.ledger.record_posted(run, ts="", ending=self._ending_of(owed, place, outcome))
            self.count_run(outcome)
        logger.error("one_off.gave_up run=%s places=%d", owed.run, len(owed.missing))
        return True

    def _ending_of(self, owed: OwedRun, place: int, outcome: Outcome) -> Ending:
        """What is written down of the first place, or of that one of those that are missing."""
        schedule, at = owed.schedule, owed.due if owed.job.at else self.now()
        line = Run(at=at, outcome=outcome, detail="missed")
        if owed.missing:
            line = replace(line, channel=owed.missing[place], slot=owed.due)
        return Ending(
            schedule=(owed.team, schedule.id if schedule else ""),
            line=line,
            tally={outcome: 1},
            places=len(schedule.places) if schedule else 1,
        )

    async def _tell_asker(self, owed: OwedRun) -> bool:
        """Tell them; False if they may not have been told, and the next look is to try."""
        job, schedule = owed.job, owed.schedule
        user = schedule.user if schedule is not None and job.at is not None else job.user
        if user is None:
            return True
        try:
            slack = await self.workspaces.slack_of(owed.team)
            if owed.state.progress is not None:
                begun = owed.state.progress
                await Progress(slack, self.ledger, owed, begun=begun, now=self.now).take_away()
            channel = None if job.channel == job.user else job.channel
            await slack.tell_person(user, _words_of(owed), channel=channel, thread=job.thread)
        except (PostUnknown, SlackUnavailable) as exc:
            logger.warning("one_off.not_told_yet run=%s: %s", owed.run, exc)
            return False
        except (SealBroken, SlackRefused) as exc:
            logger.warning("one_off.not_told run=%s: %s", owed.run, exc)
        return True


def _words_of(owed: OwedRun) -> str:
    schedule, job = owed.schedule, owed.job
    if owed.missing and schedule is not None:
        missing = [place for place in schedule.places if place.channel in owed.missing]
        if missing:
            return replies.one_off_incomplete(schedule, due=owed.due, missing=missing)
    if owed.state.is_begun or owed.missing:
        return replies.gave_up(job.query, reason=replies.UNSETTLED)
    if schedule is not None:
        return replies.one_off_missed(schedule, due=owed.due)
    return replies.gave_up(job.query, reason="lost")
