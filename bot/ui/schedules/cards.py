"""A schedule's card, and what its buttons do to the schedule; wherever it is shown or pressed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bot import replies
from bot.feedback import Votes
from bot.replies.breaks import run_skipped, skip_taken_back
from bot.replies.buttons import Press
from bot.replies.feedback import feedback_words, withdraw_latest_row
from bot.replies.text import Reply
from bot.schedules import (
    Interruptions,
    NotYours,
    Outside,
    Permissions,
    Place,
    Refusal,
    Run,
    Schedule,
    ScheduleDirectory,
    Schedules,
    Unknown,
    remove_place,
)
from bot.slack import Caller, ReaderClock
from bot.subscriptions import SubscriptionStore
from bot.ui.answering import Answering, veil_refusal, veil_schedule, veiled_runs


@dataclass(frozen=True, kw_only=True)
class CardOutcome:
    """The schedule as it is after a press, if its card is still to be shown, and a word about the press."""

    schedule: Schedule | None
    note: str = ""
    deleted: Schedule | None = None
    """It was deleted by the press, which can be undone."""

    @property
    def undo(self) -> str:
        """The id of the schedule that the press has deleted."""
        return "" if self.deleted is None else self.deleted.id

    @property
    def words(self) -> Reply:
        """The word about the press, where no card is shown."""
        return Reply(text=self.note) if self.deleted is None else replies.deleted_reply(self.deleted)


@dataclass(frozen=True, kw_only=True)
class Cards:
    """The cards of schedules, as of now."""

    schedules: Schedules
    directory: ScheduleDirectory
    permissions: Permissions
    subscription_store: SubscriptionStore
    interruptions: Interruptions
    votes: Votes

    async def carry_out(self, caller: Caller, press: Press, *, answering: Answering) -> CardOutcome:
        """Run, pause, resume, delete or restore a schedule, or look at it; pressed twice, it is done once."""
        outcome = await self._press_button(caller, press)
        if isinstance(outcome, Schedule):
            reader = await self.directory.clock_of(caller) if press.verb == "skip" else None
            shown = await veil_schedule(self.permissions, caller, outcome)
            note = self._word_about(press, shown, reader=reader)
            match press.verb:
                case "delete":
                    shown = await veil_schedule(self.permissions, caller, outcome)
                    return CardOutcome(schedule=None, note=note, deleted=shown)
                case "unplace":
                    return CardOutcome(schedule=None, note=note)
                case "pause" | "undo":  # an owner who is out of the channel may still do so
                    sees = self.permissions.may_see(caller, outcome)
                    visible = await answering.follow_up(sees, otherwise=False)
                    return CardOutcome(schedule=outcome if visible else None, note=note)
                case _:
                    return CardOutcome(schedule=outcome, note=note)
        outcome = await veil_refusal(self.permissions, caller, outcome)
        if press.verb == "undo":
            return CardOutcome(schedule=None, note=replies.refusal_words(outcome))
        current = await answering.follow_up(
            self.directory.find_visible(caller, press.schedule), otherwise=None
        )
        if isinstance(current, Unknown):
            return CardOutcome(schedule=None, note=replies.schedule_gone())
        if not isinstance(current, Schedule):
            return CardOutcome(schedule=None, note=replies.refusal_words(outcome))
        is_so = self._is_done(press, current)
        return CardOutcome(schedule=current, note="" if is_so else replies.refusal_words(outcome))

    def _is_done(self, press: Press, current: Schedule) -> bool:
        """Tell if it is so already, as after the first of two clicks."""
        if press.verb in ("skip", "unskip"):
            is_skipped = current.coming_skip(self.directory.now()) is not None
            return is_skipped is (press.verb == "skip")
        return current.state == {"pause": "paused", "resume": "active"}.get(press.verb)

    async def _press_button(self, caller: Caller, press: Press) -> Schedule | Refusal:
        match press.verb:
            case "run":
                return await self.schedules.run_schedule_now(caller, press.schedule)
            case "keep":
                kept = await self.directory.find_visible(caller, press.schedule)
                if isinstance(kept, Schedule):
                    await self.directory.looks.record_look(kept)
                return kept
            case "pause":
                return await self.schedules.pause_schedule(caller, press.schedule)
            case "resume":
                return await self.schedules.resume_schedule(caller, press.schedule)
            case "skip":
                return await self.interruptions.skip_next_run(caller, press.schedule)
            case "unskip":
                return await self.interruptions.take_back_skip(caller, press.schedule)
            case "delete":
                return await self.schedules.delete_schedule(caller, press.schedule)
            case "undo":
                return await self.schedules.restore_schedule(caller, press.schedule)
            case "unplace":
                return await remove_place(self.schedules, caller, press.schedule, press.channel)
            case _:
                return await self.directory.find_visible(caller, press.schedule)

    def _word_about(self, press: Press, schedule: Schedule, *, reader: ReaderClock | None) -> str:
        match press.verb:
            case "skip":
                following, now = self.directory.next_run(schedule), self.directory.now()
                return run_skipped(schedule, following, now=now, reader=reader)
            case "unskip":
                return skip_taken_back(schedule)
            case "run":
                return replies.running_now(self.permissions.policy.with_review(schedule))
            case "keep":
                return replies.schedule_kept(schedule)
            case "pause":
                return replies.schedule_paused(schedule)
            case "resume":
                return replies.schedule_resumed(schedule, now=self.directory.now())
            case "delete":
                return replies.schedule_deleted(schedule)
            case "undo":
                return replies.schedule_restored(schedule)
            case "unplace":
                return replies.place_removed(schedule, Place(channel=press.channel))
            case _:
                return ""

    async def show_card(
        self, schedule: Schedule, *, caller: Caller, note: str = "", buttons: bool = True
    ) -> Reply:
        """A schedule's card as of now, for `caller`."""
        (last,) = await self.directory.read_last_runs([schedule])
        shown = await veil_schedule(self.permissions, caller, schedule)
        if last is not None and shown is not schedule:
            last = next(iter(veiled_runs([last], shown)), None)
        mine = await self.permissions.may_change(caller, schedule)
        return replies.schedule_card(
            self.permissions.policy.with_review(shown),
            self.directory.next_runs(schedule, 3),
            last,
            now=self.directory.now(),
            reader=await self.directory.clock_of(caller),
            note=note,
            buttons=buttons,
            changeable=buttons and mine,
            subscribers=await self._count_subscribers(schedule) if mine else 0,
            feedback=await self._feedback_words(schedule, shown) if mine else "",
            foot=_withdraw_row(schedule, last) if mine and last is not None else (),
        )

    async def _feedback_words(self, schedule: Schedule, shown: Schedule) -> str:
        """The votes; why one is down tells of the answer, so only those hear it who may know that."""
        feedback = await self.votes.read_feedback(schedule.team, schedule.id)
        return feedback_words(feedback if shown is schedule else replace(feedback, reasons=()))

    async def show_history(self, schedule: Schedule, *, caller: Caller, back: bool = True) -> Reply:
        """Its last runs, for `caller`."""
        runs = await self.directory.read_history(schedule)
        shown = await veil_schedule(self.permissions, caller, schedule)
        return replies.run_history(
            shown,
            runs if shown is schedule else veiled_runs(runs, shown),
            now=self.directory.now(),
            reader=await self.directory.clock_of(caller),
            back=back,
        )

    async def words_for(self, caller: Caller, schedule: Schedule) -> Schedule:
        """The schedule as `caller` may be shown it."""
        return await veil_schedule(self.permissions, caller, schedule)

    async def _count_subscribers(self, schedule: Schedule) -> int:
        (count,) = await self.subscription_store.count_subscribers([(schedule.team, schedule.id)])
        return count


def _withdraw_row(schedule: Schedule, last: Run) -> tuple[dict[str, Any], ...]:
    if not last.has_answer or last.ts is None:
        return ()
    channel = last.channel or schedule.channel
    return withdraw_latest_row(schedule.id, channel=channel, ts=last.ts)


def refused_outcome(why: Unknown | Outside | NotYours) -> CardOutcome:
    """For a caller who may not change a schedule, may not see it, or does not find it."""
    if isinstance(why, NotYours):
        return CardOutcome(schedule=why.schedule, note=replies.refusal_words(why))
    return CardOutcome(
        schedule=None,
        note=replies.schedule_gone() if isinstance(why, Unknown) else replies.refusal_words(why),
    )
