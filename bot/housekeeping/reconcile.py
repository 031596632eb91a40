"""The records and QStash agree: differences that crashes, lost answers or missed events have left are mended.

The records are right, always. QStash is listed first and the book read after it, in pages of both, so that
any number takes little memory and never stops the event loop. A schedule is created in the other order, so
nothing that is just being made looks like something that was left over. What is young is left alone all the
same. What QStash holds says in its body whose it is; if it does not, it is not ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal, assert_never

from bot.errors import SealBroken, SlackError, SlackRefused
from bot.housekeeping.grace import GRACE
from bot.housekeeping.roster import Roster
from bot.housekeeping.subscribed import SubscriptionCheck, ref_of_copy
from bot.housekeeping.watch_list import Entry, WatchList
from bot.housekeeping.watchdog import slot_job
from bot.schedules import Schedule, ScheduleRef, ScheduleStore, Upkeep
from bot.slack import IS_ARCHIVED, NO_PLACE, Slack
from bot.subscriptions import SubscriptionRef
from bot.ui import Events
from bot.workspaces import Workspaces
from scheduler import Chore, Cron, DailyLimit, Publisher, QuotaReached, Refused, Scheduled, WhenError

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=15)
YOUNG: Final = timedelta(minutes=5)
"""The time for which a schedule may still be in the making."""
MOST: Final = 20
"""Schedules about whose channel and owner Slack is asked in one pass; the next pass asks about others."""

_WITHIN: Final = timedelta(minutes=5)
_FIRST: Final = timedelta(minutes=2)

Remedy = Literal["remove", "publish", "pause", "resume"]


def find_remedy(theirs: Scheduled | None, record: Schedule | None, *, now: datetime) -> Remedy | None:
    """Find what makes QStash's schedule as the book has it; None if it is, or if it may change now. Pure."""
    if record is None or record.cron is None:
        return "remove" if theirs is not None and now - theirs.created >= YOUNG else None
    if record.state == "paused":
        return "pause" if theirs is not None and not theirs.paused else None
    if theirs is None or record.state == "pending":
        young = record.created is not None and now - record.created < YOUNG
        return None if young or _has_ended(record, now) else "publish"
    if not _is_same(theirs, record, now):
        return "publish"
    return "resume" if theirs.paused else None


def _has_ended(record: Schedule, now: datetime) -> bool:
    cron = record.when
    return isinstance(cron, Cron) and record.until is not None and cron.next_after(now) > record.until


def _is_same(theirs: Scheduled, record: Schedule, now: datetime) -> bool:
    try:
        cron = Cron.parse(theirs.cron)
    except WhenError:
        return False
    job = slot_job(record, now=now)
    # Fields that only another version knows are its own affair, or two versions would never agree.
    same = theirs.job is None or theirs.job == replace(job, extra=theirs.job.extra)
    return same and cron == record.when


@dataclass(kw_only=True)
class _Pass:
    """The part of a pass that later pages need: of a schedule only its name, however many there are."""

    held: set[ScheduleRef] = field(default_factory=set)
    unsaid: dict[str, Scheduled] = field(default_factory=dict)
    """Schedules of QStash by id that do not say whose they are."""
    copies: set[SubscriptionRef] = field(default_factory=set)
    """The subscriptions that QStash holds as their records have them."""
    running: Roster = field(default_factory=Roster)
    is_full: bool = False
    """True once QStash takes no more schedules."""
    is_spent: bool = False
    """True once QStash takes no more messages today."""


@dataclass(frozen=True, kw_only=True)
class Reconcile:
    """Compares, and puts right."""

    schedule_store: ScheduleStore
    watch_list: WatchList
    publisher: Publisher
    upkeep: Upkeep
    events: Events
    subscription_check: SubscriptionCheck
    workspaces: Workspaces
    now: Callable[[], datetime]

    @property
    def chore(self) -> Chore:
        """Soon after a start as well: what a crash has left, it left before a start."""
        return Chore(name="reconcile", work=self.make_agree, every=EVERY, within=_WITHIN, first=_FIRST)

    async def make_agree(self) -> None:
        """One pass, page by page. Raises `RedisUnavailable` and `PublishError`; the next one begins again."""
        so_far = _Pass()
        async with aclosing(self.publisher.schedule_pages()) as pages:
            async for page in pages:
                await self._compare_held(page, so_far)
        async with aclosing(self.watch_list.list_watched_pages()) as entries:
            async for listed in entries:
                await self._compare_watched(listed, so_far)
        await self.subscription_check.look_after_all(so_far.copies)
        await self._look_around(so_far.running)

    async def _compare_held(self, page: Sequence[Scheduled], so_far: _Pass) -> None:
        """Compare schedules that QStash has with their records."""
        so_far.copies |= await self.subscription_check.compare_held(page)
        page = [scheduled for scheduled in page if ref_of_copy(scheduled) is None]
        held = {ref: scheduled for scheduled in page if (ref := _ref_of(scheduled))}
        so_far.held.update(held)
        so_far.unsaid.update({scheduled.id: scheduled for scheduled in page if scheduled.job is None})
        records = await self._read_records(list(held), so_far)
        running = [ref for ref, record in records.items() if record is not None and _is_running(record)]
        await self.watch_list.watch_schedules(await self.watch_list.find_unwatched(running))
        for ref, record in records.items():
            await self._compare_record(ref, held[ref], record, so_far)

    async def _compare_watched(self, listed: Sequence[Entry], so_far: _Pass) -> None:
        """Look after those that QStash is not known to have."""
        refs = [entry.ref for entry in listed if entry.is_unsettled or entry.ref not in so_far.held]
        records = await self._read_records(refs, so_far)
        for ref, record in records.items():
            # One that does not say whose it is has a record here, or is not ours.
            theirs = so_far.unsaid.get(ref[1]) if record is not None else None
            await self._compare_record(ref, theirs, record, so_far)
        unsettled = [records.get(entry.ref) for entry in listed if entry.is_unsettled]
        one_offs = [record for record in unsettled if record is not None and record.at is not None]
        await self._finish_one_offs(one_offs, so_far)

    async def _read_records(
        self, refs: Sequence[ScheduleRef], so_far: _Pass
    ) -> dict[ScheduleRef, Schedule | None]:
        records = dict(zip(refs, await self.schedule_store.read_records(refs), strict=True))
        await self.watch_list.unwatch_schedules([ref for ref, record in records.items() if record is None])
        for ref, record in records.items():
            if record is not None and _is_running(record):
                so_far.running.add_schedule(ref)
        return records

    async def _compare_record(
        self, ref: ScheduleRef, theirs: Scheduled | None, record: Schedule | None, so_far: _Pass
    ) -> None:
        try:
            do = find_remedy(theirs, record, now=self.now())
            if do is not None and not (so_far.is_full and do == "publish"):
                await self._put_right(ref, theirs)
        except QuotaReached as exc:
            so_far.is_full = True
            logger.warning("reconcile.full: %s", exc)
        except (Refused, WhenError) as exc:
            logger.warning("reconcile.refused id=%s: %s", ref[1], exc)

    async def _put_right(self, ref: ScheduleRef, theirs: Scheduled | None) -> None:
        """Read it once more, for others may have changed it since: a pass can take minutes."""
        name, (record,) = ref[1], await self.schedule_store.read_records([ref])
        do = find_remedy(theirs, record, now=self.now())
        match do:
            case None:
                return
            case "remove":
                await self.publisher.delete_schedule(name)
            case "pause":
                await self.publisher.pause_schedule(name)
            case "resume":
                await self.publisher.resume_schedule(name)
            case "publish":
                assert record is not None  # noqa: S101 - there is nothing to publish of one that is gone
                await self.upkeep.finish_publishing(record)
                if theirs is not None and theirs.paused:
                    await self.publisher.resume_schedule(name)
            case _:
                assert_never(do)
        logger.warning("reconcile.%s id=%s", do, name)

    async def _finish_one_offs(self, one_offs: Sequence[Schedule], so_far: _Pass) -> None:
        """Those that QStash is not known to have: their run is the same, so once.

        One whose moment is over is the watchdog's, which publishes it again or tells its owner.
        """
        for one_off in one_offs:
            now = self.now()
            if one_off.at is None or (one_off.created is not None and now - one_off.created < YOUNG):
                continue
            if now - one_off.at >= GRACE:
                await self.watch_list.watch_one_off(one_off)
                continue
            if so_far.is_spent:
                continue
            if await self.schedule_store.read_records([(one_off.team, one_off.id)]) != [one_off]:
                continue  # somebody is at it
            try:
                await self.upkeep.finish_publishing(one_off)
            except DailyLimit as exc:
                so_far.is_spent = True
                logger.warning("reconcile.spent: %s", exc)
            except (Refused, WhenError) as exc:
                logger.warning("reconcile.refused id=%s: %s", one_off.id, exc)
            else:
                logger.warning("reconcile.finished id=%s", one_off.id)

    async def _look_around(self, running: Roster) -> None:
        """Ask Slack about the channels and owners of some, in turn: of most changes, events have told us."""
        turn = int(self.now().timestamp() // EVERY.total_seconds())
        for schedule in await self.schedule_store.read_records(running.take_share(turn=turn, most=MOST)):
            if schedule is None:
                continue
            try:
                await self._look_at(schedule)
            except (SlackError, SealBroken) as exc:
                logger.warning("reconcile.slack_not_asked id=%s: %s", schedule.id, exc)

    async def _look_at(self, schedule: Schedule) -> None:
        team, channel, user = schedule.team, schedule.channel, schedule.user
        slack = await self.workspaces.slack_of(team)
        lost = [code for place in schedule.places if (code := await _find_lost(slack, place.channel))]
        if len(lost) == len(schedule.places):
            if schedule.also:
                await self.events.pause_without_place(schedule)
            else:
                await self.events.pause_in_channel(team, channel, gone=lost == [IS_ARCHIVED])
            return
        person = await slack.user_profile(user)
        if person.is_gone:
            await self.events.pause_of_owner(team, user, person.name)


async def _find_lost(slack: Slack, channel: str) -> str | None:
    """Slack's code for a channel that the bot has lost; None for one that it can post to."""
    if channel.startswith("D"):
        return None
    try:
        await slack.check_channel(channel)
    except SlackRefused as exc:
        if exc.code not in NO_PLACE:
            raise
        return exc.code
    return None


def _ref_of(theirs: Scheduled) -> ScheduleRef | None:
    """Find its team and schedule; None if it does not say that it is ours."""
    job = theirs.job
    return (job.team, theirs.id) if job is not None and job.team and job.schedule == theirs.id else None


def _is_running(record: Schedule) -> bool:
    return record.cron is not None and record.state != "paused"
