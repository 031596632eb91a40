"""The acts of people on schedules: each checks who may do it, writes the record, and tells QStash.

Commands, buttons, the composer and the App Home all come through here. A failure that can be expected is
returned as a `Refusal`, which `replies` puts into words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.day import find_variables
from bot.promises import Promises
from bot.readers import hidden_from
from bot.schedules.acts.draft import Consenting, Draft
from bot.schedules.acts.publishing import Publishing
from bot.schedules.acts.upkeep import Upkeep
from bot.schedules.acts.warming import Warming
from bot.schedules.acts.watchers import ScheduleWatchers
from bot.schedules.directory import ScheduleDirectory
from bot.schedules.names import bad_name, give_handle, new_id, tidy_name
from bot.schedules.permissions import Permissions
from bot.schedules.refusals import (
    BadName,
    CannotRead,
    ChangedMeanwhile,
    NotPublished,
    NotReader,
    NotYours,
    Outside,
    Pointless,
    Refusal,
    TooLate,
    Unknown,
)
from bot.schedules.schedule import Schedule, only_in_place
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Caller
from scheduler import Publisher, PublishError, deduplication_id

logger = logging.getLogger(__name__)

_RUN_EVERY: Final = timedelta(minutes=1)  # how often one schedule may be run by hand


@dataclass(frozen=True, kw_only=True)
class Schedules:
    """Schedules, as people handle them."""

    schedule_store: ScheduleStore = field(repr=False)
    publisher: Publisher = field(repr=False)
    promises: Promises = field(repr=False)
    publishing: Publishing = field(repr=False)
    consenting: Consenting = field(repr=False)
    directory: ScheduleDirectory = field(repr=False)
    permissions: Permissions = field(repr=False)
    warming: Warming = field(repr=False)
    upkeep: Upkeep = field(repr=False)
    watchers: ScheduleWatchers = field(repr=False)
    now: Callable[[], datetime]

    async def create_schedule(self, caller: Caller, draft: Draft) -> Schedule | Refusal:
        """Write it down, give it to QStash, confirm it: one lost on the way can be found and ended.

        A wish makes one schedule, however often it is begun.
        """
        if (refusal := await self.permissions.cannot_post_to(caller, draft.places)) is not None:
            return refusal
        consents = await self.consenting.check_draft(caller, draft)
        if not isinstance(consents, tuple):
            return consents
        draft = replace(draft, name=tidy_name(draft.name))
        if (bad := bad_name(draft.name)) is not None:
            return bad
        wish, attempt = caller.wish.id if caller.wish else "", 0
        looked_at = draft.make_schedule(caller, schedule_id="", now=self.now(), consents=consents)
        if (unfit := await self.permissions.cannot_review(looked_at, now=self.now())) is not None:
            return unfit
        while True:
            schedule = draft.make_schedule(
                caller,
                schedule_id=new_id(f"{wish} {attempt}" if wish else ""),
                now=self.now(),
                consents=consents,
            )
            written = await self.schedule_store.add_record(
                give_handle(schedule), now=self.now(), keep=draft.keep, preview=draft.preview or "", wish=wish
            )
            if written != "id_taken":
                break
            attempt += 1
        if written == "made":
            return await self._finish_making(caller.team, schedule.id)
        if not isinstance(written, Schedule):
            return BadName(name=draft.name or "", problem="taken")
        try:
            confirmed = await self.publishing.publish_schedule(written)
        except PublishError as exc:
            if wish and (made := await self._find_confirmed(written)) is not None:
                return made
            await self.publishing.withdraw_schedule(written)
            await self.schedule_store.delete_record(written)
            return _not_published(exc)
        logger.info("schedule.created id=%s", schedule.id)
        settled = await self.publishing.confirm_record(written, confirmed)
        self.watchers.tell_watchers(written)
        await self.warming.publish_warm_job(confirmed)
        return settled if isinstance(settled, Schedule) else await self._find_confirmed(written) or settled

    async def edit_schedule(
        self, caller: Caller, name: str, after: Callable[[Schedule], Schedule], *, agreed: str = ""
    ) -> Schedule | Refusal:
        """Change what it asks, when, or where; `agreed` as for a draft.

        QStash gets the whole new schedule before it loses the old one, so a failure leaves all as it was.
        """
        before = await self.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        wanted = after(before)
        if wanted.channel != before.channel and wanted.thread == before.thread:
            wanted = replace(wanted, thread=None)
        refusal = await self.permissions.cannot_post_to(caller, wanted.places, known=before.channels)
        if refusal is not None:
            return refusal
        checked = await self.consenting.check_change(caller, before, wanted, agreed=agreed)
        if not isinstance(checked, Schedule):
            return checked
        wanted = checked
        if wanted.query != before.query:
            wanted = replace(wanted, fills_variables=bool(find_variables(wanted.query)))
        if wanted.name != before.name:
            wanted = replace(wanted, name=tidy_name(wanted.name))
            if (bad := bad_name(wanted.name)) is not None:
                return bad
        if wanted.cron is None and wanted.state == "paused":
            wanted = replace(wanted, state="active")  # what runs once has no pause to be in
        if (unfit := await self.permissions.cannot_review(wanted, before, now=self.now())) is not None:
            return unfit
        written = await self.write_change(before, wanted)
        if not isinstance(written, Schedule):
            return written
        try:
            confirmed = await self.publishing.publish_schedule(written)
            if before.cron is not None and written.cron is None:
                await self.publisher.delete_schedule(before.id)
        except PublishError as exc:
            undone = await self.schedule_store.change_record(
                written, replace(before, revision=written.revision)
            )
            self.watchers.tell_watchers(before)
            as_before = not isinstance(undone, Schedule) or await self.publishing.restore_publication(
                before, written, exc
            )
            return _not_published(exc, unsettled=not as_before)
        logger.info("schedule.edited id=%s", before.id)
        if written.cron is not None and written.state == "paused":
            await self.publishing.pause_publication(written)  # it may not have heard of the pause
        settled = await self.publishing.confirm_record(written, confirmed)
        if before.cron is None:
            await self.publishing.withdraw_schedule(before)
        await self.warming.publish_warm_job(confirmed)
        return settled

    async def agree_to_show(self, caller: Caller, name: str, agreed: str) -> Schedule | Refusal:
        """Keep the consent of someone who may change it to what they were shown."""
        before = await self.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        checked = await self.consenting.check_agreement(caller, before, agreed)
        if not isinstance(checked, Schedule) or checked == before:
            return checked
        return await self.write_change(before, checked)

    async def rename_schedule(self, caller: Caller, name: str, new_name: str | None) -> Schedule | Refusal:
        """Give it a name of its own, or none; QStash does not know names."""
        before = await self.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        new_name = tidy_name(new_name) if new_name else None
        if (bad := bad_name(new_name)) is not None:
            return bad
        return await self.write_change(before, replace(before, name=new_name))

    async def transfer_schedule(self, caller: Caller, name: str, user: str) -> Schedule | Refusal:
        """Make it someone else's."""
        before = await self.find_changeable(caller, name, unseen=True)
        if caller.asks_again and isinstance(before, NotYours) and before.schedule.user == user:
            return before.schedule  # that is done
        if not isinstance(before, Schedule):
            return before
        if before.user == user:
            return before if caller.asks_again else Pointless(schedule=before, problem="owner")
        if (refusal := await self.permissions.cannot_own(before, user)) is not None:
            if isinstance(refusal, CannotRead) and await self._is_hidden(caller, before):
                return replace(refusal, channel=None)  # an admin is not told what it reads
            return refusal
        return await self.write_change(before, replace(before, user=user))

    async def pause_schedule(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Stop its runs until it is resumed. The record alone is enough for that; QStash saves the calls."""
        before = await self.find_changeable(caller, name, unseen=True)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            return Pointless(schedule=before, problem="one_off")
        if before.state == "paused":
            return Pointless(schedule=before, problem="paused")
        written = await self.write_change(before, replace(before, state="paused", paused_until=None))
        if isinstance(written, Schedule):
            await self.publishing.pause_publication(written)
        return written

    async def resume_schedule(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Let it run again from now on."""
        before = await self.find_changeable(caller, name)
        if not isinstance(before, Schedule):
            return before
        if before.is_on_break(self.now()):
            resumed = await self.write_change(before, replace(before, paused_until=None))
            if isinstance(resumed, Schedule):
                await self.warming.publish_warm_job(resumed)
            return resumed
        if before.state != "paused":
            return Pointless(schedule=before, problem="not_paused")
        try:
            await self.publishing.publish_schedule(
                before
            )  # as a whole: it may have been edited while it was paused
            await self.publisher.resume_schedule(before.id)
        except PublishError as exc:
            return _not_published(exc)
        resumed = await self.write_change(before, replace(before, state="active", paused_until=None))
        if isinstance(resumed, Schedule):
            await self.warming.publish_warm_job(resumed)
        return resumed

    async def delete_schedule(self, caller: Caller, name: str) -> Schedule | Refusal:
        """End it: first with QStash, so that nothing is left behind there."""
        before = await self.find_changeable(caller, name, unseen=True)
        if not isinstance(before, Schedule):
            return before
        if before.cron is None:
            await self.publishing.withdraw_schedule(before)
        else:
            try:
                await self.publisher.delete_schedule(before.id)
            except PublishError as exc:
                return _not_published(
                    exc, unsettled=not await self.publishing.restore_publication(before, before, exc)
                )
        await self.schedule_store.delete_record(before)
        self.watchers.tell_watchers(before)
        logger.info("schedule.deleted id=%s", before.id)
        return before

    async def restore_schedule(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Take back that it was deleted, within a minute. Slots in between are not run."""
        found = await self.schedule_store.find_deleted(caller.team, name)
        if found is None:
            restored = await self.find_changeable(caller, name) if caller.asks_again else None
            return restored if isinstance(restored, Schedule) else TooLate()
        if not await self.permissions.may_change(caller, found):
            return NotYours(schedule=found)
        if found.at is not None and found.at <= self.now():
            return Pointless(schedule=found, problem="over")
        written = await self.schedule_store.restore_record(found, now=self.now())
        if not isinstance(written, Schedule):
            return BadName(name=found.label, problem="taken") if written == "name_taken" else TooLate()
        try:
            confirmed = await self.publishing.publish_schedule(written)
            if written.state == "paused":
                await self.publisher.pause_schedule(written.id)
        except PublishError as exc:
            await self.publishing.withdraw_schedule(written)
            await self.schedule_store.delete_record(written)
            return _not_published(exc)
        logger.info("schedule.restored id=%s", found.id)
        settled = await self.publishing.confirm_record(written, confirmed)
        self.watchers.tell_watchers(written)
        await self.warming.publish_warm_job(confirmed)
        return settled

    async def run_schedule_now(self, caller: Caller, name: str) -> Schedule | Refusal:
        """Post it now, once more: at most once a minute, however many ask.

        Of several places, one who may not change it has it posted to their own.
        """
        schedule = await self.directory.find_visible(caller, name)
        if not isinstance(schedule, Schedule):
            return schedule
        if await self._is_hidden(caller, schedule):
            return NotReader(schedule=schedule)
        asked = caller.asked_at(self.now())
        run = f"{schedule.id}-{int(asked.timestamp() // _RUN_EVERY.total_seconds())}"
        job = replace(schedule.job_by_hand, id=run, user=caller.user, asked=asked)
        if schedule.also and not await self.permissions.may_change(caller, schedule):
            job = only_in_place(job, caller.channel)
        try:
            await self.promises.publish_promised(
                job, deduplication_id=deduplication_id(run), wish=caller.wish
            )
        except PublishError as exc:
            return _not_published(exc)
        return schedule

    async def _find_confirmed(self, written: Schedule) -> Schedule | None:
        """The schedule as another copy has finished it, to which this one seemed lost."""
        found = await self.schedule_store.find_record(written.team, written.id)
        return None if found is None or found.state == "pending" else found

    async def _finish_making(self, team: str, name: str) -> Schedule | Refusal:
        """What a process that is lost has made, with QStash; or that it was deleted since."""
        made = await self.schedule_store.find_record(team, name)
        if made is None:
            return Unknown(name=name, near=())
        if made.state == "pending":
            try:
                await self.upkeep.finish_publishing(made)
            except PublishError as exc:
                return _not_published(exc, unsettled=True)
        return made

    # Steps

    async def find_changeable(
        self, caller: Caller, name: str, *, unseen: bool = False
    ) -> Schedule | Unknown | Outside | NotYours:
        """The schedule, if they may change it; with `unseen`, also one that its owner no longer sees."""
        found = await self.directory.find_visible(caller, name)
        if isinstance(found, Outside) and unseen:
            return found.schedule
        if not isinstance(found, Schedule) or await self.permissions.may_change(caller, found):
            return found
        return NotYours(schedule=found)

    async def _is_hidden(self, caller: Caller, schedule: Schedule) -> bool:
        """True if its words are not for them, or Slack does not tell."""
        return bool(await hidden_from(self.permissions.slack_of, caller, (schedule,)))

    async def write_change(self, before: Schedule, after: Schedule) -> Schedule | Refusal:
        """Replace the record of one that may be changed, and tell those who watch."""
        written = await self.schedule_store.change_record(before, give_handle(after))
        match written:
            case Schedule():
                self.watchers.tell_watchers(before)
                if written.user != before.user:
                    self.watchers.tell_watchers(written)
                return written
            case "gone":
                return Unknown(name=before.label, near=())
            case "name_taken":
                return BadName(name=after.name or "", problem="taken")
            case "changed" | "id_taken" | "made":
                return ChangedMeanwhile(schedule=before)
            case _:
                assert_never(written)


def _not_published(error: PublishError, *, unsettled: bool = False) -> NotPublished:
    logger.warning("schedule.not_published: %s", error)
    return NotPublished(error=error, unsettled=unsettled)
