"""The records and QStash agree: differences that crashes, lost answers or missed events have left are mended.

The records are right, always. QStash is listed first and the records are read after it, and a schedule is
made in the other order, so one that is just being made never looks like something left over. A young one is
left alone all the same. What QStash holds says in its body that it is ours; if it does not, it is not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Literal, assert_never

from bot.errors import SealBroken, SlackError, SlackRefused
from bot.housekeeping.watch_list import Place, WatchList
from bot.housekeeping.watchdog import HORIZON, slot_job
from bot.schedules import Schedule, Schedules, ScheduleStore
from bot.ui import Events
from bot.workspaces import Workspaces
from scheduler import Chore, Cron, Publisher, QuotaReached, Refused, Scheduled, WhenError

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=15)
YOUNG: Final = timedelta(minutes=5)
"""As long as whoever made it may still be at it."""
MOST: Final = 20
"""Schedules about whose channel and owner Slack is asked in one pass; the next pass asks about others."""

_WITHIN: Final = timedelta(minutes=5)
_FIRST: Final = timedelta(minutes=2)
_CLOSED: Final = "is_archived"
_LOST: Final = frozenset({_CLOSED, "not_in_channel", "channel_not_found"})

Remedy = Literal["remove", "publish", "pause", "resume"]


def remedy(theirs: Scheduled | None, record: Schedule | None, *, now: datetime) -> Remedy | None:
    """The step that makes QStash's schedule like its record; None if it is, or is being changed. Pure."""
    if record is None or record.cron is None:
        return "remove" if theirs is not None and now - theirs.created >= YOUNG else None
    if record.state == "paused":
        return "pause" if theirs is not None and not theirs.paused else None
    if theirs is None or record.state == "pending":
        young = record.created is not None and now - record.created < YOUNG
        return None if young or _has_ended(record, now) else "publish"
    if not _same(theirs, record, now):
        return "publish"
    return "resume" if theirs.paused else None


def _has_ended(record: Schedule, now: datetime) -> bool:
    cron = record.when
    return isinstance(cron, Cron) and record.until is not None and cron.next_after(now) > record.until


def _same(theirs: Scheduled, record: Schedule, now: datetime) -> bool:
    try:
        cron = Cron.parse(theirs.cron)
    except WhenError:
        return False
    job = slot_job(record, now=now)
    # Fields that only another version knows are its own affair, or two versions would never agree.
    same = theirs.job is None or theirs.job == replace(job, extra=theirs.job.extra)
    return same and cron == record.when


class Reconcile:
    """Compares, and puts right."""

    def __init__(
        self,
        *,
        schedule_store: ScheduleStore,
        watch_list: WatchList,
        publisher: Publisher,
        schedules: Schedules,
        events: Events,
        workspaces: Workspaces,
        now: Callable[[], datetime],
    ) -> None:
        self._schedule_store = schedule_store
        self._list = watch_list
        self._publisher = publisher
        self._schedules = schedules
        self._events = events
        self._workspaces = workspaces
        self._now = now

    @property
    def chore(self) -> Chore:
        """Soon after a start as well: what a crash has left, it left before a start."""
        return Chore(name="reconcile", work=self.agree, every=EVERY, within=_WITHIN, first=_FIRST)

    async def agree(self) -> None:
        """One pass. Raises `RedisUnavailable` and `PublishError`; the next pass goes on from there."""
        theirs = await self._publisher.list_schedules()
        held = {place: each for each in theirs if (place := _place_of(each))}
        unsaid = {each.id: each for each in theirs if each.job is None}
        listed = await self._list.list_watched()
        places = sorted({*held, *listed})
        records = dict(zip(places, await self._schedule_store.read_records(places), strict=True))
        await self._tidy(records, listed)
        full = False
        for place, record in records.items():
            found = held.get(place) or (unsaid.get(place[1]) if record is not None else None)
            try:
                do = remedy(found, record, now=self._now())
                if do is not None and not (full and do == "publish"):
                    await self._put_right(place, found)
            except QuotaReached as exc:
                full = True
                logger.warning("reconcile.full: %s", exc)
            except (Refused, WhenError) as exc:
                logger.warning("reconcile.refused id=%s: %s", place[1], exc)
        await self._finish([each for place in listed if (each := records[place]) and each.at is not None])
        await self._look_around([each for each in records.values() if each is not None])

    async def _put_right(self, place: Place, theirs: Scheduled | None) -> None:
        """Read anew, for others may have changed it since: a pass can take minutes."""
        name, (record,) = place[1], await self._schedule_store.read_records([place])
        do = remedy(theirs, record, now=self._now())
        match do:
            case None:
                return
            case "remove":
                await self._publisher.delete_schedule(name)
            case "pause":
                await self._publisher.pause_schedule(name)
            case "resume":
                await self._publisher.resume_schedule(name)
            case "publish":
                assert record is not None  # noqa: S101 - there is nothing to publish of one that is gone
                await self._schedules.finish_publishing(record)
                if theirs is not None and theirs.paused:
                    await self._publisher.resume_schedule(name)
            case _:
                assert_never(do)
        logger.warning("reconcile.%s id=%s", do, name)

    async def _tidy(self, records: Mapping[Place, Schedule | None], listed: Sequence[Place]) -> None:
        """What is watched are the recurring ones that run, however they came to be there."""
        running = [place for place, each in records.items() if each and each.cron and each.state != "paused"]
        known = set(listed)
        await self._list.watch_places([place for place in running if place not in known])
        await self._list.unwatch_places([place for place in listed if records[place] is None])

    async def _finish(self, one_offs: Sequence[Schedule]) -> None:
        """Those that QStash is not known to have, and that can still run: their run is the same, so once."""
        for each in one_offs:
            now = self._now()
            if each.at is None or (each.created is not None and now - each.created < YOUNG):
                continue
            if now - each.at > HORIZON:
                await self._list.unwatch_places([(each.team, each.id)])
                continue
            if await self._schedule_store.read_records([(each.team, each.id)]) != [each]:
                continue  # somebody is at it
            try:
                await self._schedules.finish_publishing(each)
            except (Refused, WhenError) as exc:
                logger.warning("reconcile.refused id=%s: %s", each.id, exc)
            else:
                logger.warning("reconcile.finished id=%s", each.id)

    async def _look_around(self, records: Sequence[Schedule]) -> None:
        """Ask Slack about the channels and owners of some, in turn: of most changes, events have told us."""
        running = [each for each in records if each.cron is not None and each.state != "paused"]
        for each in _share(running, turn=int(self._now().timestamp() // EVERY.total_seconds())):
            try:
                await self._look_at(each)
            except (SlackError, SealBroken) as exc:
                logger.warning("reconcile.slack_not_asked id=%s: %s", each.id, exc)

    async def _look_at(self, schedule: Schedule) -> None:
        team, channel, user = schedule.team, schedule.channel, schedule.user
        slack = await self._workspaces.slack(team)
        if not channel.startswith("D"):
            try:
                await slack.check_channel(channel)
            except SlackRefused as exc:
                if exc.code not in _LOST:
                    raise
                await self._events.pause_in_channel(team, channel, gone=exc.code == _CLOSED)
                return
        person = await slack.person(user)
        if person.is_gone:
            await self._events.pause_of_owner(team, user, person.name)


def _place_of(theirs: Scheduled) -> Place | None:
    """Whose it is; None if it does not say that it is ours."""
    job = theirs.job
    return (job.team, theirs.id) if job is not None and job.team and job.schedule == theirs.id else None


def _share(schedules: Sequence[Schedule], *, turn: int) -> Sequence[Schedule]:
    start = turn * MOST % max(len(schedules), 1)
    return (*schedules[start:], *schedules[:start])[:MOST]
