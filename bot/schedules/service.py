"""What people do with schedules: who may do it, what QStash is told, and what is written in the book.

Commands, buttons, the composer and the App Home all come through here. What is expected to go wrong is
returned as a `Refusal`, which `replies` puts into words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.schedules.directory import Lookup
from bot.schedules.names import bad_name, new_id, tidy_name
from bot.schedules.permissions import Permissions
from bot.schedules.publishing import Settle
from bot.schedules.refusals import (
    BadName,
    CannotRead,
    ChangedMeanwhile,
    NotPublished,
    NotYours,
    Outside,
    Pointless,
    Refusal,
    TooMuchToRead,
    Unknown,
)
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.schedules.warming import Warming
from bot.slack import Caller
from bot.sources import Source, same_sources
from scheduler import (
    Changes,
    Closures,
    Publisher,
    PublishError,
    Timing,
    deduplication_id,
)

logger = logging.getLogger(__name__)

_RUN_EVERY: Final = timedelta(minutes=1)  # how often one schedule may be run by hand


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A schedule before it has an id."""

    query: str
    timing: Timing
    channel: str
    name: str | None = None
    mentions: tuple[str, ...] = ()
    max_age: timedelta | None = None
    sources: tuple[Source, ...] = ()
    attached: tuple[Source, ...] = ()
    """Those of them that the caller has shared with us just now."""
    changes: Changes = "always"
    model: str | None = None
    thread: str | None = None
    preview: str | None = None
    """The preview that showed the answer below."""
    keep: datetime | None = None
    """The answer that was made then, in a preview, is good enough for the first run."""


class Schedules:
    """Schedules, as people handle them."""

    def __init__(
        self,
        *,
        book: ScheduleStore,
        publisher: Publisher,
        permissions: Permissions,
        warming: Warming,
        closures: Closures,
        now: Callable[[], datetime],
    ) -> None:
        self._book = book
        self._publisher = publisher
        self._warming = warming
        self.permissions = permissions
        self.lookup = Lookup(book=book, permissions=permissions, closures=closures, now=now)
        self._settle = Settle(book=book, publisher=publisher, now=now)
        self._now = now
        self._watchers: list[Callable[[Schedule], None]] = []

    def watch(self, watcher: Callable[[Schedule], None]) -> None:
        """Have `watcher` called with each schedule that was made, changed or deleted here."""
        self._watchers.append(watcher)

    # Changing

    async def create(self, caller: Caller, draft: Draft) -> Schedule | Refusal:
        """Write it down, give it to QStash, confirm it: what is lost on the way can be found and ended."""
        if (refusal := await self.permissions.cannot_post(caller, draft.channel)) is not None:
            return refusal
        unread = await self.permissions.cannot_read(caller, draft.sources, attached=draft.attached)
        if unread is not None:
            return unread
        draft = replace(draft, name=tidy_name(draft.name))
        if (bad := bad_name(draft.name)) is not None:
            return bad
        while True:
            schedule = Schedule(
                id=new_id(),
                team=caller.team,
                channel=draft.channel,
                user=caller.user,
                query=draft.query,
                zone=draft.timing.when.zone,
                name=draft.name,
                mentions=draft.mentions,
                max_age=draft.max_age,
                model=draft.model,
                sources=draft.sources,
                changes=draft.changes,
                thread=draft.thread,
                created=self._now(),
            ).at_time(draft.timing)
            written = await self._book.add(
                schedule, now=self._now(), keep=draft.keep, preview=draft.preview or ""
            )
            if written != "id_taken":
                break
        if not isinstance(written, Schedule):
            return BadName(name=draft.name or "", problem="taken")
        try:
            confirmed = await self._settle.published(written)
        except PublishError as exc:
            await self._settle.withdraw(written)
            await self._book.forget(written)
            return _not_published(exc)
        logger.info("schedule.created id=%s", schedule.id)
        settled = await self._settle.confirmed(written, confirmed)
        self._changed(written)
        await self._warming.ahead(confirmed)
        return settled

    async def edit(
        self, caller: Caller, name: str, after: Callable[[Schedule], Schedule]
    ) -> Schedule | Refusal:
        """Change what it asks, when, or where.

        QStash gets the whole schedule anew before it loses what it had, so a failure leaves all as it was.
        """
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        wanted = after(before)
        moved = wanted.channel != before.channel
        if moved:
            if (refusal := await self.permissions.cannot_post(caller, wanted.channel)) is not None:
                return refusal
            wanted = replace(wanted, thread=None)
        if (unread := await self._cannot_have_read(caller, before, wanted)) is not None:
            return unread
        if wanted.name != before.name:
            wanted = replace(wanted, name=tidy_name(wanted.name))
            if (bad := bad_name(wanted.name)) is not None:
                return bad
        if wanted.cron is None and wanted.state == "paused":
            wanted = replace(wanted, state="active")  # what runs once has no pause to be in
        written = await self._written(before, wanted)
        if not isinstance(written, Schedule):
            return written
        try:
            confirmed = await self._settle.published(written)
            if before.cron is not None and written.cron is None:
                await self._publisher.delete_schedule(before.id)
        except PublishError as exc:
            undone = await self._book.change(written, replace(before, revision=written.revision))
            self._changed(before)
            as_before = not isinstance(undone, Schedule) or await self._settle.put_back(before, written, exc)
            return _not_published(exc, unsettled=not as_before)
        logger.info("schedule.edited id=%s", before.id)
        settled = await self._settle.confirmed(written, confirmed)
        if before.cron is None:
            await self._settle.withdraw(before)
        await self._warming.ahead(confirmed)
        return settled

    async def rename(self, caller: Caller, name: str, new_name: str | None) -> Schedule | Refusal:
        """Give it a name of its own, or none; QStash does not know names."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        new_name = tidy_name(new_name) if new_name else None
        if (bad := bad_name(new_name)) is not None:
            return bad
        return await self._written(before, replace(before, name=new_name))

    async def transfer(self, caller: Caller, name: str, user: str) -> Schedule | Refusal:
        """Make it someone else's."""
        before = await self.changeable(caller, name, unseen=True)
        if not isinstance(before, Schedule):
            return before
        if before.user == user:
            return Pointless(schedule=before, problem="owner")
        if (refusal := await self.permissions.cannot_own(before, user)) is not None:
            return refusal
        return await self._written(before, replace(before, user=user))

    async def pause(self, caller: Caller, name: str) -> Schedule | Refusal:
        """No run until it is resumed. The book alone is enough for that; QStash saves the calls."""
        before = await self.changeable(caller, name, unseen=True)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            return Pointless(schedule=before, problem="one_off")
        if before.state == "paused":
            return Pointless(schedule=before, problem="paused")
        written = await self._written(before, replace(before, state="paused"))
        if isinstance(written, Schedule):
            try:
                await self._publisher.pause_schedule(before.id)
            except PublishError as exc:
                logger.warning("schedule.qstash_not_paused id=%s: %s", before.id, exc)
        return written

    async def resume(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Runs again from now on."""
        before = await self.changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.state != "paused":
            return Pointless(schedule=before, problem="not_paused")
        try:
            await self._settle.published(before)  # as a whole: it may have been edited while it was paused
            await self._publisher.resume_schedule(before.id)
        except PublishError as exc:
            return _not_published(exc)
        resumed = await self._written(before, replace(before, state="active"))
        if isinstance(resumed, Schedule):
            await self._warming.ahead(resumed)
        return resumed

    async def delete(self, caller: Caller, name: str) -> Schedule | Refusal:
        """End it: first with QStash, so that nothing is left behind there."""
        before = await self.changeable(caller, name, unseen=True)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            await self._settle.withdraw(before)
        else:
            try:
                await self._publisher.delete_schedule(before.id)
            except PublishError as exc:
                return _not_published(exc, unsettled=not await self._settle.put_back(before, before, exc))
        await self._book.forget(before)
        self._changed(before)
        logger.info("schedule.deleted id=%s", before.id)
        return before

    async def run(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Post it now, once more; at most once a minute, whoever asks."""
        schedule = await self.lookup.find(caller, name)
        if not isinstance(schedule, Schedule):
            return schedule
        run = f"{schedule.id}-{int(self._now().timestamp() // _RUN_EVERY.total_seconds())}"
        job = replace(schedule.job, id=run, schedule=schedule.id, user=caller.user, asked=self._now())
        try:
            await self._publisher.publish_job(job, deduplication_id=deduplication_id(run))
        except PublishError as exc:
            return _not_published(exc)
        return schedule

    async def settle(self, schedule: Schedule) -> None:
        """Give one that runs to QStash as the book has it, whatever QStash had, and confirm that.

        For what a crash, or a lost answer, has left half done. Raises `PublishError`.
        """
        confirmed = await self._settle.published(schedule)
        if confirmed == schedule:
            return
        settled = await self._settle.confirmed(schedule, confirmed)
        if isinstance(settled, Schedule):
            self._changed(schedule)
            await self._warming.ahead(settled)

    # What happens to them

    async def pause_all(self, team: str, where: Callable[[Schedule], bool]) -> list[Schedule]:
        """Pause the recurring ones that `where` names; those that this call has paused, and no other."""
        found = await self._book.all(team)
        paused = [await self._halt(each, where) for each in found]
        return [each for each in paused if each is not None]

    # Steps

    async def _halt(self, schedule: Schedule, where: Callable[[Schedule], bool]) -> Schedule | None:
        found: Schedule | None = schedule
        while found is not None and found.cron is not None and found.state != "paused" and where(found):
            written = await self._book.change(found, replace(found, state="paused"))
            if isinstance(written, Schedule):
                self._changed(written)
                try:
                    await self._publisher.pause_schedule(written.id)
                except PublishError as exc:
                    logger.warning("schedule.qstash_not_paused id=%s: %s", written.id, exc)
                return written
            found = await self._book.find(schedule.team, schedule.id)  # changed meanwhile, or gone
        return None

    async def changeable(
        self, caller: Caller, name: str, *, unseen: bool = False
    ) -> Schedule | Unknown | Outside | NotYours:
        """What the caller may change; what its owner may not even see any more only with `unseen`."""
        found = await self.lookup.find(caller, name)
        if isinstance(found, Outside) and unseen:
            return found.schedule
        if not isinstance(found, Schedule) or await self.permissions.may_change(caller, found):
            return found
        return NotYours(schedule=found)

    def _changed(self, schedule: Schedule) -> None:
        for watcher in self._watchers:
            watcher(schedule)

    async def _written(self, before: Schedule, after: Schedule) -> Schedule | Refusal:
        written = await self._book.change(before, after)
        match written:
            case Schedule():
                self._changed(before)
                if written.user != before.user:
                    self._changed(written)
                return written
            case "gone":
                return Unknown(name=before.label, near=())
            case "name_taken":
                return BadName(name=after.name or "", problem="taken")
            case "changed" | "id_taken":
                return ChangedMeanwhile(schedule=before)
            case _:
                assert_never(written)

    async def _cannot_have_read(
        self, caller: Caller, before: Schedule, wanted: Schedule
    ) -> CannotRead | TooMuchToRead | None:
        """Of a change: why what it reads may not be read for who makes it, unless that stays what it was.

        Who is not its owner must be a reader too to ask something else of it, or to have it told elsewhere.
        """
        stays = same_sources(before.sources, wanted.sources) and before.channel == wanted.channel
        if stays and (caller.user == before.user or before.query == wanted.query):
            return None
        return await self.permissions.cannot_read(caller, wanted.sources)


def _not_published(error: PublishError, *, unsettled: bool = False) -> NotPublished:
    logger.warning("schedule.not_published: %s", error)
    return NotPublished(error=error, unsettled=unsettled)
