"""A slot that has nothing to show for it is published once more; if that fails too, its owner is told.

QStash fires every schedule and tries again by itself, so this is for what is lost all the same: a QStash that
was down at nine, or a process that was, for longer than the tries last. A slot is made up for while it is the
latest of its schedule and at most an hour old. What is older was missed: history says so in one line, and the
owner hears of all that were missed at once, of one schedule no more than once an hour. That waits by itself:
meanwhile the next slots are looked after as ever.

The slot is published as QStash would have done: with its schedule, cron and zone, and without an id. So its
run is the very same, and is posted once, whichever of the two deliveries comes, or both. A run by hand (`id`
beside `schedule`) would be another run, which would post beside the slot's own when that comes late. Which
slot a delivery serves is told by QStash's clock (`slot_of`): hence only the latest one, and if the next one
comes first, the delivery serves that, as QStash's own late tries do. What is posted in part by then, that
delivery completes; so such a slot counts as missed only if it is not whole after an hour.

One-offs stand on the same list, and are looked after in `one_offs.py`, by much the same rule.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot import replies
from bot.errors import PostUnknown, RedisUnavailable, SealBroken, SlackRefused, SlackUnavailable
from bot.housekeeping.grace import GRACE, HORIZON, PATIENCE
from bot.housekeeping.heartbeat import Heartbeat
from bot.housekeeping.one_offs import Look, OneOffs
from bot.housekeeping.promise_watch import PromiseWatch
from bot.housekeeping.watch_list import Move, Watched, WatchList
from bot.runs import Ending, Ledger, Standing
from bot.schedules import Outcome, Run, Schedule
from bot.workspaces import Workspaces
from scheduler import (
    CLOCK_LEEWAY,
    Chore,
    Closures,
    Cron,
    Job,
    Publisher,
    Refused,
    Repeat,
    WhenError,
    deduplication_id,
    make_plan,
    run_of,
    runs_at,
    slot_of,
    upcoming_runs,
)

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=1)
MOST_COUNTED: Final = 100
"""Runs that were missed in a row: of more, nobody counts them."""

_KNOWN: Final = timedelta(days=6)  # records of runs last seven: of older slots nobody knows what became
_DELIVERED: Final = 3 * HORIZON  # after a slot; by then QStash has done what it does about it
_WITHIN: Final = timedelta(seconds=45)
_BATCH: Final = 100
_UNFINISHED: Final = ("begun", "tried", "unknown")


@dataclass(frozen=True, kw_only=True)
class On:
    """Look at the slot `to` next, if there is one. If this came to nothing, all before that may have."""

    to: datetime | None
    missed: bool = False


@dataclass(frozen=True, kw_only=True)
class AskAgain:
    """Publish the slot once more."""

    job: Job
    run: str


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """That was in vain."""

    run: str
    to: datetime | None


Step = On | AskAgain | GiveUp | None
"""None waits."""


def judge_slot(seen: Watched, standing: Standing, *, closures: Closures, now: datetime) -> Step:
    """Decide what to do about a slot whose grace is over; pure."""
    schedule, slot = seen.schedule, seen.slot
    if schedule is None or schedule.state == "paused" or not isinstance(cron := schedule.when, Cron):
        return On(to=None)
    if slot is None:
        # A slot that is nearer may have come, by QStash's clock, before QStash knew of it.
        return On(to=_unless_ended(schedule, cron.next_after(now + CLOCK_LEEWAY)))
    following = _unless_ended(schedule, cron.next_after(slot))
    if (
        standing == "over"
        or schedule.state != "active"
        or not runs_at(schedule.timing, slot, closures=closures)
    ):
        return On(to=following)
    if standing == "in_hand":
        return None
    job, run, asked = slot_job(schedule, now=now), _run_of(schedule, slot), seen.asked_again
    latest, late, tried = slot_of(job, now=now), now - slot, standing in ("tried", "begun")
    if latest == slot and asked is None and late <= HORIZON:
        return None if tried and late < PATIENCE else AskAgain(job=job, run=run)
    if latest == slot and asked is not None and (now - asked < GRACE or (tried and late < HORIZON + GRACE)):
        return None
    # One line tells of all up to the latest one, and of that too if it is as old.
    latest = latest or slot
    helps = latest != slot and now - latest <= HORIZON
    recent = _unless_ended(schedule, latest if helps else cron.next_after(latest))
    return On(to=recent, missed=late <= _KNOWN) if asked is None else GiveUp(run=run, to=recent)


def slot_job(schedule: Schedule, *, now: datetime) -> Job:
    """Make the job that QStash delivers at each slot of a recurring schedule."""
    plan = make_plan(schedule.job, schedule.when, now=now)
    if not isinstance(plan, Repeat):
        raise TypeError("expected a recurring schedule")
    return plan.job


def _unless_ended(schedule: Schedule, slot: datetime) -> datetime | None:
    return None if schedule.until is not None and slot > schedule.until else slot


@dataclass(frozen=True, kw_only=True)
class Watchdog:
    """Looks after the slots, one-offs and promised runs of all teams."""

    watch_list: WatchList
    ledger: Ledger
    publisher: Publisher
    workspaces: Workspaces
    closures: Closures
    one_offs: OneOffs
    promise_watch: PromiseWatch
    now: Callable[[], datetime]
    count_run: Callable[[Outcome], None] = lambda _: None
    heartbeat: Heartbeat | None = None

    @property
    def chore(self) -> Chore:
        return Chore(name="watchdog", work=self.do_round, every=EVERY, within=_WITHIN, first=EVERY)

    async def do_round(self) -> None:
        """One pass, and, as it was good, the heartbeat."""
        await self.look_after_slots()
        await self.promise_watch.look_after_promises()
        if self.heartbeat is not None:
            await self.heartbeat.beat()

    async def look_after_slots(self) -> None:
        """One pass. Raises `RedisUnavailable` and `PublishError`; the next pass goes on from there."""
        waiting = 0
        while seen := await self.watch_list.find_due(before=self.now() - GRACE, skip=waiting, most=_BATCH):
            one_offs = [watched for watched in seen if watched.is_one_off]
            seen = [watched for watched in seen if not watched.is_one_off]
            standings = await self.ledger.read_standings(
                [_run_of(watched.schedule, watched.slot) for watched in seen], now=self.now()
            )
            seen, standings = await self._look_at_places(seen, standings)
            moves: list[Move] = []
            try:
                waiting += await self._look_after_one_offs(one_offs, moves)
                for watched, standing in zip(seen, standings, strict=True):
                    move = await self._take_step(watched, self._next_step(watched, standing))
                    waiting += move.stays
                    if not move.stays or move.asked_again or move.told or move.untold != watched.untold:
                        moves.append(move)
            finally:
                await self.watch_list.move_slots(moves)

    async def _look_after_one_offs(self, seen: Sequence[Watched], moves: list[Move]) -> int:
        """Add what is to be written down of each to `moves`; the number of those that stay."""
        staying = 0
        for watched, owed in zip(seen, await self.one_offs.read_watched(seen), strict=True):
            look = await self.one_offs.take_step(owed)
            move = look.as_move(watched)
            staying += move.stays
            if look != Look():
                moves.append(move)
        return staying

    async def _look_at_places(
        self, seen: Sequence[Watched], standings: Sequence[Standing]
    ) -> tuple[list[Watched], list[Standing]]:
        """What is over in its first place only stands as the worst of its further places does."""
        looked, found = list(seen), list(standings)
        for number, (watched, standing) in enumerate(zip(seen, standings, strict=True)):
            if standing != "spread" or watched.schedule is None:
                continue
            channels = [place.channel for place in watched.schedule.also]
            first = _run_of(watched.schedule, watched.slot)
            runs = [f"{first}:{channel}" for channel in channels]
            further = dict(zip(channels, await self.ledger.read_standings(runs, now=self.now()), strict=True))
            missing = tuple(channel for channel, state in further.items() if state in _UNFINISHED)
            looked[number] = replace(watched, missing=missing)
            if missing:
                found[number] = "tried" if "unknown" not in further.values() else "unknown"
            else:
                found[number] = "in_hand" if "in_hand" in further.values() else "over"
        return looked, found

    def _next_step(self, seen: Watched, standing: Standing) -> Step:
        try:
            return judge_slot(seen, standing, closures=self.closures, now=self.now())
        except WhenError as exc:  # of a zone or a calendar that is no longer known: the others go on
            logger.error("watchdog.cannot_tell id=%s: %s", seen.id, exc)  # noqa: TRY400 - a sentence
            return On(to=None)

    async def _take_step(self, seen: Watched, step: Step) -> Move:
        """Do what is to be done; what is to be written down of it."""
        match step:
            case None:
                return await self._tell_of_missed(Move(seen=seen, stays=True))
            case On(to=to, missed=missed):
                found = await self._find_missed(seen, to) if missed else ()
                return await self._tell_of_missed(Move(seen=seen, to=to), found)
            case AskAgain(job=job, run=run):
                await self._ask_again(job, run)
                move = Move(seen=seen, stays=True, asked_again=self.now())
                return await self._tell_of_missed(move)
            case GiveUp(run=run, to=to):
                if not await self._tell_of_failure(seen):
                    return Move(seen=seen, stays=True, untold=seen.untold)
                if seen.missing:
                    await self._settle_places(seen, run)
                    return await self._tell_of_missed(Move(seen=seen, to=to))
                # Settled, so that nothing posts it any more, and nobody tells of it again.
                ending = Ending(
                    schedule=(seen.team, seen.id), line=_history_line(seen, "failed"), tally={"failed": 1}
                )
                await self.ledger.record_posted(run, ts="", ending=ending)
                logger.error("watchdog.gave_up run=%s", run)
                self.count_run("failed")
                return await self._tell_of_missed(Move(seen=seen, to=to))
            case _:
                assert_never(step)

    async def _settle_places(self, seen: Watched, first: str) -> None:
        """Write down that these places have no post: nothing posts there any more."""
        for channel in seen.missing:
            line = _history_line(seen, "failed")
            ending = Ending(
                schedule=(seen.team, seen.id),
                line=None if line is None else replace(line, channel=channel, slot=seen.slot),
                tally={"failed": 1},
                places=len(seen.schedule.places) if seen.schedule else 1,
            )
            await self.ledger.record_posted(f"{first}:{channel}", ts="", ending=ending)
            self.count_run("failed")
        logger.error("watchdog.gave_up run=%s places=%d", first, len(seen.missing))

    async def _ask_again(self, job: Job, run: str) -> None:
        """A crash before this is written down publishes it twice, which QStash takes for a repeat."""
        try:
            await self.publisher.publish_job(job, deduplication_id=deduplication_id("asked again", run))
        except Refused as exc:  # this one, and not QStash as a whole
            logger.warning("watchdog.refused run=%s: %s", run, exc)
        else:
            logger.warning("watchdog.asked_again run=%s", run)

    async def _tell_of_missed(self, move: Move, found: Sequence[datetime] = ()) -> Move:
        """Tell of what was missed up to this look, with `found`; at the latest an hour after the last time.

        Until then this slot is looked at again and again, if the next one need not be.
        """
        seen, schedule, now = move.seen, move.seen.schedule, self.now()
        untold = tuple(sorted({*seen.untold, *found}))[: MOST_COUNTED + 1]
        if schedule is None or not untold:
            return move
        if seen.told is None or now - seen.told >= HORIZON:
            missed, untold = await self._part_missed(schedule, untold)
            if missed and await self._tell_of_runs(schedule, missed):
                line = Run(at=missed[0], outcome="skipped", detail="missed")
                move = replace(move, told=now, line=line)
            else:
                untold = tuple(sorted({*missed, *untold}))
        may_stay = move.to is None or move.to > now - GRACE
        return replace(move, untold=untold, stays=move.stays or (bool(untold) and may_stay))

    async def _tell_of_runs(self, schedule: Schedule, missed: Sequence[datetime]) -> bool:
        """Tell its owner; False if they may not have been told."""
        coming, now = self._coming_run(schedule), self.now()
        text = replies.runs_missed(schedule, missed, most=MOST_COUNTED, coming=coming)
        if not await self._tell_owner(schedule, text):
            return False
        try:
            for slot in missed:
                if now - slot <= _DELIVERED:  # its delivery may come yet: nothing posts it any more
                    await self.ledger.record_posted(_run_of(schedule, slot), ts="")
        except RedisUnavailable as exc:  # they are told all the same, and are not to be told again
            logger.warning("watchdog.not_settled id=%s: %s", schedule.id, exc)
        logger.warning("watchdog.missed id=%s slot=%s runs=%d", schedule.id, missed[0], len(missed))
        self.count_run("skipped")
        return True

    async def _find_missed(self, seen: Watched, to: datetime | None) -> Sequence[datetime]:
        """The slots from the one that is looked at to that before `to` which were due."""
        assert seen.schedule is not None  # noqa: S101 - nothing is missed of one that is gone
        assert seen.slot is not None  # noqa: S101 - or before it had a slot
        before = seen.slot - timedelta(seconds=1)
        slots = upcoming_runs(
            seen.schedule.timing, after=before, count=MOST_COUNTED + 1, closures=self.closures
        )
        return [slot for slot in slots if slot < (to or self.now())]

    async def _part_missed(
        self, schedule: Schedule, slots: Sequence[datetime]
    ) -> tuple[list[datetime], tuple[datetime, ...]]:
        """The slots that have come to nothing, and the ones that may come to something yet."""
        now = self.now()
        runs = [_run_of(schedule, slot) for slot in slots]
        missed, open_yet = list[datetime](), list[datetime]()
        for slot, standing in zip(slots, await self.ledger.read_standings(runs, now=now), strict=True):
            # What stands there in part gets its end with the next slot, whenever that comes.
            if standing == "in_hand" or (standing == "begun" and now - slot < HORIZON + GRACE):
                open_yet.append(slot)
            elif standing not in ("over", "spread"):
                missed.append(slot)
        return missed, tuple(open_yet)

    def _coming_run(self, schedule: Schedule) -> datetime | None:
        upcoming = upcoming_runs(schedule.timing, after=self.now(), count=1, closures=self.closures)
        return next(iter(upcoming), None)

    async def _tell_of_failure(self, seen: Watched) -> bool:
        assert seen.schedule is not None  # noqa: S101 - nothing is given up of one that is gone
        assert seen.slot is not None  # noqa: S101 - or before it had a slot
        schedule = seen.schedule
        missing = tuple(place for place in schedule.places if place.channel in seen.missing)
        text = replies.run_missed(
            schedule, slot=seen.slot, coming=self._coming_run(schedule), missing=missing
        )
        return await self._tell_owner(schedule, text)

    async def _tell_owner(self, schedule: Schedule, text: str) -> bool:
        """Tell the owner; False if they may not have been told, and the next pass is to try."""
        try:
            slack = await self.workspaces.slack_of(schedule.team)
            await slack.tell_person(schedule.user, text, channel=schedule.channel)
        except (PostUnknown, SlackUnavailable) as exc:
            logger.warning("watchdog.not_told_yet id=%s: %s", schedule.id, exc)
            return False
        except (SealBroken, SlackRefused) as exc:
            logger.warning("watchdog.not_told id=%s: %s", schedule.id, exc)
        return True


def _run_of(schedule: Schedule | None, slot: datetime | None) -> str:
    """As `run_of` has it of the slot's job; "" where there is none."""
    if slot is None or schedule is None or schedule.cron is None:
        return ""
    job = replace(schedule.job, id=None, schedule=schedule.id, cron=schedule.cron, zone=schedule.zone)
    return run_of(job, slot=slot) or ""


def _history_line(seen: Watched, outcome: Outcome) -> Run | None:
    return Run(at=seen.slot, outcome=outcome, detail="missed") if seen.slot is not None else None
