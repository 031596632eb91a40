"""Acts on schedules that someone lists or names: `list`, `show`, `pause`, `transfer` and the like.

No rules here: `Schedules` does it, `replies` say what happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, assert_never

from bot import replies
from bot.commands import (
    ActRequest,
    ListRequest,
    MoveRequest,
    PauseRequest,
    PointRequest,
    RenameRequest,
    RetimeRequest,
)
from bot.replies.breaks import skip_taken_back, skipped_reply
from bot.replies.commands import MOST_LISTED, not_a_command, schedule_list, schedule_moved, unknown_person
from bot.replies.text import Reply
from bot.schedules import (
    Moved,
    NotYours,
    Permissions,
    Place,
    PlaceFinder,
    Refusal,
    Schedule,
    ScheduleDirectory,
    Schedules,
    SomePlaces,
    copy_schedule,
    each_once,
    move_schedule,
)
from bot.slack import Caller, find_person
from bot.ui.answering import Answering, Shortfall, veil_all, veil_refusal, veil_schedule
from bot.ui.composer import Composer
from bot.ui.schedules.cards import Cards
from bot.ui.schedules.change_owner import hand_over
from bot.ui.schedules.dialogs import Dialogs
from bot.ui.schedules.retiming import Retiming
from bot.workspaces import Workspaces

T = TypeVar("T")
OfOne = ActRequest | RenameRequest | PauseRequest | RetimeRequest | PointRequest


@dataclass(frozen=True, kw_only=True)
class ScheduleActs:
    """Does what is typed about schedules that are there."""

    schedules: Schedules
    directory: ScheduleDirectory
    permissions: Permissions
    cards: Cards
    composer: Composer
    retiming: Retiming
    dialogs: Dialogs
    place_finder: PlaceFinder
    workspaces: Workspaces
    answering: Answering

    async def list_schedules(self, caller: Caller, request: ListRequest) -> Reply:
        is_admin = await self.permissions.is_admin(caller)
        listed = await self.directory.list_upcoming(
            caller, request.scope, most=MOST_LISTED, is_admin=is_admin
        )
        shown = await veil_all(self.permissions, caller, listed.shown)
        rows = [(schedule, self.directory.next_run(schedule)) for schedule in shown]
        some = request.scope == "all" and not is_admin
        return schedule_list(
            rows,
            scope="some" if some else request.scope,
            changeable=lambda schedule: is_admin or schedule.user == caller.user,
            now=self.directory.now(),
            reader=await self.directory.clock_of(caller),
            more=listed.more,
        )

    async def do_act(
        self, caller: Caller, request: OfOne, *, trigger_id: str
    ) -> Reply | Shortfall | str | None:
        """Do something with one schedule."""
        outcome = await self._act_on_one(caller, request, trigger_id=trigger_id)
        match outcome:
            case NotYours(schedule=schedule):  # with buttons for what they can do
                refusal = replies.refusal_words(await veil_refusal(self.permissions, caller, outcome))
                card = self.cards.show_card(schedule, caller=caller, note=refusal)
                return await self.answering.follow_up(card, otherwise=Shortfall(sentence=refusal))
            case Reply() | str() | None:
                return outcome
            case refused:
                return Shortfall.of_refusal(await veil_refusal(self.permissions, caller, refused))

    async def transfer_schedule(self, caller: Caller, name: str, user: str) -> str | Shortfall:
        mention = re.fullmatch(r"<@(\w+)(?:\|[^>]*)?>", user)
        slack = await self.workspaces.slack_of(caller.team)
        found = mention[1] if mention else await find_person(slack, user.removeprefix("@"))
        if found is None:
            return Shortfall(sentence=unknown_person(user.removeprefix("@")))
        given = await hand_over(
            self.schedules, self.directory, self.workspaces, self.answering.telling, caller, name, found
        )
        if not isinstance(given, Schedule):
            return Shortfall.of_refusal(await veil_refusal(self.permissions, caller, given))
        return replies.schedule_transferred(await veil_schedule(self.permissions, caller, given))

    async def move_or_copy(
        self, caller: Caller, request: MoveRequest, *, agreed: str = ""
    ) -> Reply | Shortfall:
        """Have a schedule, or a copy of it, post in the places that were typed."""
        found = await self.place_finder.find_places(caller, request.places)
        places = each_once([place for place in found if isinstance(place, Place)])
        if missing := tuple(place for place in found if not isinstance(place, Place)):
            refused = missing[0] if len(found) == 1 else SomePlaces(refused=missing, fit=places)
            return Shortfall.of_refusal(refused)
        if request.verb == "copy":
            made = await copy_schedule(self.schedules, caller, request.name, places, agreed=agreed)
            if not isinstance(made, Schedule):
                return Shortfall.of_refusal(await veil_refusal(self.permissions, caller, made))
            return replies.schedule_made(
                self.permissions.policy.with_review(made),
                self.directory.next_runs(made, 3),
                zone_known=True,
                now=self.directory.now(),
                reader=await self.directory.clock_of(caller),
                here=caller.channel,
            )
        moved = await move_schedule(self.schedules, caller, request.name, places, agreed=agreed)
        if not isinstance(moved, Moved):
            return Shortfall.of_refusal(await veil_refusal(self.permissions, caller, moved))
        note = schedule_moved(moved)
        card = self.cards.show_card(moved.schedule, caller=caller, note=note)
        return await self.answering.follow_up(card, otherwise=Reply(text=note))

    async def _act_on_one(
        self, caller: Caller, request: OfOne, *, trigger_id: str
    ) -> Reply | Refusal | str | None:
        schedules, name = self.schedules, request.name
        if isinstance(request, PointRequest):
            return await self._point_at(caller, name)
        if isinstance(request, RenameRequest):
            renamed = await schedules.rename_schedule(caller, name, request.new_name)
            return await self._say_if_done(caller, renamed, replies.schedule_renamed)
        if isinstance(request, PauseRequest):
            return await self.retiming.pause_typed(caller, request)
        if isinstance(request, RetimeRequest):
            return await self._retime_or_ask(caller, request, trigger_id=trigger_id)
        match request.verb:
            case "show":
                found = await self.directory.find_visible(caller, name)
                if not isinstance(found, Schedule):
                    return found
                return await self.cards.show_card(found, caller=caller)
            case "history":
                found = await self.directory.find_visible(caller, name)
                if not isinstance(found, Schedule):
                    return found
                return await self.cards.show_history(found, caller=caller)
            case "run":
                done = await schedules.run_schedule_now(caller, name)
                return await self._say_if_done(caller, done, self._word_running)
            case "pause":
                done = await schedules.pause_schedule(caller, name)
                return await self._say_if_done(caller, done, replies.schedule_paused)
            case "skip":
                skipped = await self.cards.interruptions.skip_next_run(caller, name)
                if not isinstance(skipped, Schedule):
                    return skipped
                following, now = self.directory.next_run(skipped), self.directory.now()
                skipped = await veil_schedule(self.permissions, caller, skipped)
                reader = await self.directory.clock_of(caller)
                return skipped_reply(skipped, following, now=now, reader=reader)
            case "unskip":
                back = await self.cards.interruptions.take_back_skip(caller, name)
                return await self._say_if_done(caller, back, skip_taken_back)
            case "resume":
                again = await schedules.resume_schedule(caller, name)
                if not isinstance(again, Schedule):
                    return again
                coming, reader = self.directory.next_runs(again, 3), await self.directory.clock_of(caller)
                again = await veil_schedule(self.permissions, caller, again)
                return replies.schedule_resumed(again, coming, now=self.directory.now(), reader=reader)
            case "edit":
                before = await schedules.find_changeable(caller, name)
                if not isinstance(before, Schedule):
                    return before
                return await self.composer.edit_schedule(caller, before, trigger_id=trigger_id)
            case "copy":
                copied = await self.directory.find_visible(caller, name)
                if not isinstance(copied, Schedule):
                    return copied
                return await self.composer.copy_schedule(caller, copied, trigger_id=trigger_id)
            case "move":
                moved = await schedules.find_changeable(caller, name)
                if not isinstance(moved, Schedule):
                    return moved
                if not trigger_id:  # a mention opens no window
                    return await self.cards.show_card(moved, caller=caller)
                await self.dialogs.open_dialog(caller, "move", moved, trigger_id=trigger_id)
                return None
            case "delete":
                done = await schedules.delete_schedule(caller, name)
                return await self._say_if_done(caller, done, replies.deleted_reply)
            case _:
                assert_never(request.verb)

    async def _retime_or_ask(
        self, caller: Caller, request: RetimeRequest, *, trigger_id: str
    ) -> Reply | Refusal | str | None:
        """Give it the time that was typed, or ask for one in a window."""
        if request.when:
            changed = await self.retiming.change_time(caller, request.name, request.when)
            if not isinstance(changed, Schedule):
                return changed
            note = await self.retiming.word_time(caller, changed)
            return await self.cards.show_card(changed, caller=caller, note=note)
        found = await self.schedules.find_changeable(caller, request.name)
        if not isinstance(found, Schedule):
            return found
        if not trigger_id:
            return await self.cards.show_card(found, caller=caller)
        await self.dialogs.open_dialog(caller, "retime", found, trigger_id=trigger_id)
        return None

    async def _point_at(self, caller: Caller, name: str) -> Reply | Refusal:
        """Show a schedule to someone who asks for something that no command does."""
        found = await self.directory.find_visible(caller, name)
        if not isinstance(found, Schedule):
            return found
        return await self.cards.show_card(found, caller=caller, note=not_a_command())

    def _word_running(self, schedule: Schedule) -> str:
        return replies.running_now(self.permissions.policy.with_review(schedule))

    async def _say_if_done(
        self, caller: Caller, outcome: Schedule | Refusal, words: Callable[[Schedule], T]
    ) -> T | Refusal:
        """Say what was done, or why it was not."""
        if not isinstance(outcome, Schedule):
            return outcome
        return words(await veil_schedule(self.permissions, caller, outcome))
