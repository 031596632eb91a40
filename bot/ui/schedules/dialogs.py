"""Another name, owner, channel or time, or a pause until a day: a window that asks for one thing.

What is wrong is said at its field. Slack waits three seconds for a submission, so what takes longer is told
afterwards. The card from which the window was opened is replaced by the new one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.replies.commands import no_new_place, no_owner, schedule_moved
from bot.replies.text import Reply
from bot.replies.views import FIELD, Asks, callback_id, question_window
from bot.schedules import Moved, Place, Refusal, Schedule, ScheduleDirectory, Schedules, move_schedule
from bot.slack import Caller, caller_of, open_view, update_view
from bot.ui.answering import Answering, Shortfall, acknowledge_in_time, field_of, veil_refusal
from bot.ui.schedules.cards import Cards
from bot.ui.schedules.change_owner import hand_over
from bot.ui.schedules.retiming import Retiming
from bot.workspaces import Workspaces

_LONGEST_URL: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The schedule that a window is about, and the place where it was opened."""

    schedule: str
    channel: str | None = None
    url: str = ""
    """The `response_url` of the card that is to be replaced."""
    at_home: bool = False
    """The App Home shows what becomes of it, so nothing is said."""

    def encode(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def decode(cls, text: object) -> Origin | None:
        """Read what a window carries; None if it is none of ours."""
        try:
            raw = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(raw, dict) or not isinstance(raw.get("schedule"), str):
            return None
        channel, url = raw.get("channel"), raw.get("url")
        return cls(
            schedule=raw["schedule"],
            channel=channel if isinstance(channel, str) else None,
            url=url if isinstance(url, str) else "",
            at_home=raw.get("at_home") is True,
        )


@dataclass(frozen=True, kw_only=True)
class Dialogs:
    """Asks for a new name, owner, channel or time, or for the end of a pause."""

    schedules: Schedules
    directory: ScheduleDirectory
    cards: Cards
    retiming: Retiming
    workspaces: Workspaces
    background: Background
    answering: Answering

    def register(self, app: AsyncApp) -> None:
        app.view(callback_id("rename"))(self.on_rename)
        app.view(callback_id("transfer"))(self.on_transfer)
        app.view(callback_id("retime"))(self.on_retime)
        app.view(callback_id("snooze"))(self.on_snooze)
        app.view(callback_id("move"))(self.on_move)

    async def open_dialog(
        self,
        caller: Caller,
        asks: Asks,
        schedule: Schedule,
        *,
        trigger_id: str,
        response_url: str = "",
        over: str | None = None,
    ) -> None:
        """Ask; over the App Home in the place of the view `over`. Raises `SlackError`."""
        url = response_url if len(response_url) <= _LONGEST_URL else ""
        origin = Origin(schedule=schedule.id, channel=caller.channel, url=url, at_home=over is not None)
        coming = await self._coming_runs(caller, schedule) if asks in ("retime", "snooze") else ""
        shown = await self.cards.words_for(caller, schedule)
        view = question_window(asks, shown, metadata=origin.encode(), coming=coming)
        slack = await self.workspaces.slack_of(caller.team)
        if over is None:
            await open_view(slack, trigger_id, view)
        else:
            await update_view(slack, over, view)

    # What Slack sends

    async def on_rename(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._answer_submission(ack, body, view, context, "rename")

    async def on_transfer(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._answer_submission(ack, body, view, context, "transfer")

    async def on_retime(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._answer_submission(ack, body, view, context, "retime")

    async def on_snooze(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._answer_submission(ack, body, view, context, "snooze")

    async def on_move(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await self._answer_submission(ack, body, view, context, "move")

    # Doing

    async def _coming_runs(self, caller: Caller, schedule: Schedule) -> str:
        reader, now = await self.directory.clock_of(caller), self.directory.now()
        return replies.coming_runs(schedule, self.directory.next_runs(schedule, 3), now=now, reader=reader)

    async def _answer_submission(
        self,
        ack: AsyncAck,
        body: Mapping[str, Any],
        view: Mapping[str, Any],
        context: AsyncBoltContext,
        asks: Asks,
    ) -> None:
        origin = Origin.decode(view.get("private_metadata"))
        if origin is None:
            await ack(response_action="errors", errors={FIELD[asks]: replies.button_outdated()})
            return
        caller = caller_of(body, context, channel=origin.channel)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        value = _typed_value(view, FIELD[asks])
        self.background.start_task(
            self._apply_change(caller, origin, asks, value, answer), name=f"dialog.{asks}"
        )
        await acknowledge_in_time(ack, caller, answer, field=FIELD[asks])

    async def _apply_change(
        self, caller: Caller, origin: Origin, asks: Asks, value: str, answer: asyncio.Future[str]
    ) -> None:
        """Do it; a problem goes to the window if that still waits, or else to the person."""
        outcome = await self.answering.attempt(self._change_asked(caller, origin.schedule, asks, value))
        match outcome:
            case Schedule() | Moved():
                problem = ""
            case str(sentence) | Shortfall(sentence=sentence):
                problem = sentence
            case refused:
                problem = replies.refusal_words(await veil_refusal(self.cards.permissions, caller, refused))
        await self.answering.tell_window(caller, answer, problem)
        if isinstance(outcome, Schedule | Moved) and not origin.at_home:
            note = await self._word_change(caller, asks, outcome)
            schedule = outcome.schedule if isinstance(outcome, Moved) else outcome
            await self._show_outcome(caller, schedule, origin, note=note)

    async def _word_change(self, caller: Caller, asks: Asks, changed: Schedule | Moved) -> str:
        if isinstance(changed, Moved):
            moved = await self.cards.words_for(caller, changed.schedule)
            return schedule_moved(replace(changed, schedule=moved))
        changed = await self.cards.words_for(caller, changed)
        match asks:
            case "rename" | "move":
                return replies.schedule_renamed(changed)
            case "transfer":
                return replies.schedule_transferred(changed)
            case "retime":
                return await self.retiming.word_time(caller, changed)
            case "snooze":
                return await self.retiming.word_pause(caller, changed)
            case _:
                assert_never(asks)

    async def _change_asked(
        self, caller: Caller, name: str, asks: Asks, value: str
    ) -> Schedule | Moved | Refusal | str:
        if asks == "rename":
            return await self.schedules.rename_schedule(caller, name, value or None)
        if asks == "retime":
            return await self.retiming.change_time(caller, name, value)
        if asks == "snooze":
            return await self.retiming.pause_until(caller, name, value)
        if asks == "move":
            if not value:
                return no_new_place()
            return await move_schedule(self.schedules, caller, name, (Place(channel=value),))
        if not value:
            return no_owner()
        return await hand_over(
            self.schedules, self.directory, self.workspaces, self.answering.telling, caller, name, value
        )

    async def _show_outcome(self, caller: Caller, schedule: Schedule, origin: Origin, *, note: str) -> None:
        """Put the new card in the place of the old one, as far as the caller may still see it."""
        words = Reply(text=note)
        card = self._card_with(caller, schedule, note=note)
        told = await self.answering.follow_up(card, otherwise=None)
        await self.answering.tell_caller(caller, told or words, response_url=origin.url, replace=True)

    async def _card_with(self, caller: Caller, schedule: Schedule, *, note: str) -> Reply | None:
        found = await self.directory.find_visible(caller, schedule.id)
        if not isinstance(found, Schedule):
            return None
        return await self.cards.show_card(found, caller=caller, note=note)


def _typed_value(view: Mapping[str, Any], block: str) -> str:
    """The value of the field; empty if it is missing or odd."""
    element = field_of(view, block)
    value = element.get("value") or element.get("selected_user") or element.get("selected_conversation")
    return value.encode("utf-8", "replace").decode().strip() if isinstance(value, str) else ""
