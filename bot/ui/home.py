"""The App Home: shown when it is opened, after each press in it, and when a schedule of its reader changes.

Slack keeps one Home for each person and asks for none of it, so what is shown is what was last published.
The page that someone is on is kept for a day; a Home that was not opened since then is not kept up to date.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from upstash_redis.asyncio import Redis

from bot import replies
from bot.background import Background
from bot.errors import BotError, SlackRefused
from bot.replies.buttons import Press, actions_of, read_press
from bot.replies.views import details_window, help_window, modal_window, note_block
from bot.schedules import Permissions, Schedule, ScheduleDirectory, Schedules, ScheduleWatchers
from bot.slack import HASH_CONFLICT, Caller, caller_of, open_view, update_view
from bot.storage import RecordKind, home_page_key, read_if_known, whole_seconds
from bot.ui.answering import Answering, Shortfall, load_reader, veil_refusal, veil_schedule
from bot.ui.buttons import Opens, open_window
from bot.ui.composer import Form
from bot.ui.home_page import HomePages, Reader
from bot.ui.schedules import CardOutcome, Cards, Dialogs, refused_outcome
from bot.ui.stats import Stats
from bot.ui.subscriptions import SubscriptionWindow
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_OPEN_TTL: Final = timedelta(days=1)
_PAGE: Final = RecordKind(name="home_page", version=2)


@dataclass(frozen=True, kw_only=True)
class Home:
    """Shows the App Home, and does what is pressed in it."""

    schedules: Schedules
    watchers: ScheduleWatchers
    directory: ScheduleDirectory
    permissions: Permissions
    cards: Cards
    pages: HomePages
    composer: Opens
    dialogs: Dialogs
    subscription_window: SubscriptionWindow
    workspaces: Workspaces
    background: Background
    answering: Answering
    redis: Redis = field(repr=False)
    stats: Stats
    _lanes: WeakValueDictionary[Reader, asyncio.Lock] = field(
        init=False, default_factory=WeakValueDictionary, repr=False
    )
    _pressing: set[Reader] = field(init=False, default_factory=set, repr=False)

    def register(self, app: AsyncApp) -> None:
        app.event("app_home_opened")(self.on_open)
        app.action(actions_of("home"))(self.on_press)
        self.watchers.watch_changes(self.on_change)

    # What Slack sends, and what happens to schedules

    async def on_open(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab") != "home":
            return
        reader = Reader(team=context.team_id or "", user=str(event["user"]))
        known = (event.get("view") or {}).get("hash")
        self.background.start_task(self._show_first_page(reader, known), name="home.opened")

    async def on_press(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.background.start_task(self._answer_press(body, context), name="home.pressed")

    def on_change(self, schedule: Schedule) -> None:
        """A schedule was made, changed or deleted, wherever: its owner may be looking."""
        reader = Reader(team=schedule.team, user=schedule.user)
        if reader not in self._pressing:  # those who press are shown the outcome anyway
            self.background.start_task(self._update_if_open(reader), name="home.follow")

    # Showing

    async def _show_first_page(self, reader: Reader, known: str | None) -> None:
        self.pages.forget_channels(reader)
        try:
            await self._remember_page(reader, 0)
            await self._publish_page(reader, page=0, known=known)
        except BotError as exc:
            logger.warning("home.not_shown: %s", exc)

    async def _update_if_open(self, reader: Reader) -> None:
        try:
            page = await self._open_page(reader)
            if page is not None:
                self.pages.forget_channels(reader)
                await self._publish_page(reader, page=page)
        except BotError as exc:
            logger.warning("home.not_updated: %s", exc)

    async def _open_page(self, reader: Reader) -> int | None:
        """The page that they have open; None if their Home was not opened lately."""
        page = await self.redis.get(home_page_key(reader.team, reader.user))
        return None if page is None else read_if_known(decode_page, page)

    async def _remember_page(self, reader: Reader, page: int) -> None:
        key, record = home_page_key(reader.team, reader.user), _PAGE.write_record({"page": page})
        await self.redis.set(key, record, ex=whole_seconds(_OPEN_TTL))

    async def _publish_page(
        self, reader: Reader, *, page: int, known: str | None = None, note: str = "", undo: str = ""
    ) -> None:
        """Show what is so now; if the Home has changed since it was looked at, read again, once."""
        await load_reader()  # which words the times, too
        slack = await self.workspaces.slack_of(reader.team)
        async with self._lanes.setdefault(reader, asyncio.Lock()):
            for expected in (known, None):
                view = await self.pages.make_view(reader, page=page, note=note, undo=undo)
                try:
                    await slack.publish_home(reader.user, view, known=expected)
                except SlackRefused as exc:
                    if exc.code != HASH_CONFLICT or expected is None:
                        raise
                else:
                    return

    # Doing what is pressed

    async def _answer_press(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        caller = caller_of(body, context, channel=None)
        reader = Reader(team=caller.team, user=caller.user)
        self._pressing.add(reader)
        self.pages.forget_channels(reader)
        try:
            outcome = await self.answering.attempt(self._do_press(caller, reader, body))
        finally:
            self._pressing.discard(reader)
        if outcome is not None:
            if isinstance(outcome, Shortfall):
                outcome = CardOutcome(schedule=None, note=outcome.sentence)
            await self._show_outcome(caller, reader, body, outcome)

    async def _show_outcome(
        self, caller: Caller, reader: Reader, body: Mapping[str, Any], outcome: CardOutcome
    ) -> None:
        """Say it in the window that was pressed, and on the Home; where neither can be, in a message."""
        view = body.get("view") or {}
        said = False
        if view.get("type") == "modal":
            press = read_press(body["actions"][0])
            shown = self._say_in_window(
                reader, str(view["id"]), outcome, channel=press.channel if press else ""
            )
            said = await self.answering.follow_up(shown, otherwise=False)
        known = view.get("hash") if view.get("type") == "home" else None
        shown = self._say_at_home(reader, outcome, known=known)
        said = await self.answering.follow_up(shown, otherwise=False) or said
        if outcome.note and not said:
            await self.answering.tell_caller(caller, outcome.words)

    async def _say_in_window(
        self, reader: Reader, view_id: str, outcome: CardOutcome, *, channel: str
    ) -> bool:
        slack = await self.workspaces.slack_of(reader.team)
        if outcome.schedule is None:
            note = note_block(outcome.note or replies.schedule_gone(), undo=outcome.undo)
            view = modal_window([note])
        else:
            caller = replace(reader.caller, channel=channel or None)
            view = await self._make_details(caller, outcome.schedule, channel=channel, note=outcome.note)
        await update_view(slack, view_id, view)
        return True

    async def _say_at_home(self, reader: Reader, outcome: CardOutcome, *, known: str | None) -> bool:
        page = await self._open_page(reader)
        await self._publish_page(reader, page=page or 0, known=known, note=outcome.note, undo=outcome.undo)
        return True

    async def _do_press(self, caller: Caller, reader: Reader, body: Mapping[str, Any]) -> CardOutcome | None:
        """The outcome; None where a window opened instead."""
        press = read_press(body["actions"][0])
        if press is None:
            return CardOutcome(schedule=None, note=replies.button_outdated())
        trigger_id = str(body.get("trigger_id"))
        match press.verb:
            case "previous" | "next":
                await self._remember_page(reader, press.page)
                return CardOutcome(schedule=None)
            case "new":
                await self.composer.open_composer(caller, trigger_id=trigger_id, form=Form(timed=True))
                return None
            case "stats":
                said = await self.stats.open_statistics(caller, trigger_id=trigger_id)
                return None if said is None else CardOutcome(schedule=None, note=said)
            case "help":
                await open_view(await self.workspaces.slack_of(caller.team), trigger_id, help_window())
                return None
        if press.verb == "unsubscribe":
            stopped = await self.subscription_window.subscribing.unsubscribe(caller, press.schedule)
            note = stopped if isinstance(stopped, str) else stopped.sentence
            return CardOutcome(schedule=None, note=note)
        if press.channel and press.channel in (await self.pages.channels_of(reader) or ()):
            caller = replace(caller, channel=press.channel)
        view = body.get("view") or {}
        over = str(view.get("id")) if view.get("type") == "modal" else None
        match press.verb:
            case "copy":
                shown = await self.directory.find_visible(caller, press.schedule)
                if not isinstance(shown, Schedule):
                    return refused_outcome(shown)
                closed = await self.composer.copy_schedule(caller, shown, trigger_id=trigger_id, over=over)
                return None if closed is None else CardOutcome(schedule=shown, note=closed)
            case "try":
                tried = await self.schedules.find_changeable(caller, press.schedule)
                if not isinstance(tried, Schedule):
                    return refused_outcome(await veil_refusal(self.permissions, caller, tried))
                return CardOutcome(schedule=tried, note=await self.composer.try_condition(caller, tried))
            case "edit" | "move" | "rename" | "transfer" | "retime" | "snooze":
                found = await self.schedules.find_changeable(caller, press.schedule)
                if not isinstance(found, Schedule):
                    return refused_outcome(await veil_refusal(self.permissions, caller, found))
                closed = await open_window(
                    press,
                    caller,
                    found,
                    composer=self.composer,
                    dialogs=self.dialogs,
                    trigger_id=trigger_id,
                    over=over,
                )
                return None if closed is None else CardOutcome(schedule=found, note=closed)
            case "history":
                return await self._open_details(caller, press, trigger_id)
            case _:
                return await self.cards.carry_out(caller, press, answering=self.answering)

    async def _open_details(self, caller: Caller, press: Press, trigger_id: str) -> CardOutcome | None:
        found = await self.directory.find_visible(caller, press.schedule)
        if not isinstance(found, Schedule):
            return refused_outcome(found)
        slack = await self.workspaces.slack_of(caller.team)
        view = await self._make_details(caller, found, channel=press.channel)
        await open_view(slack, trigger_id, view)
        return None

    async def _make_details(
        self, caller: Caller, schedule: Schedule, *, channel: str, note: str = ""
    ) -> dict[str, Any]:
        card = await self.cards.show_card(schedule, caller=caller, note=note, buttons=False)
        runs = await self.cards.show_history(schedule, caller=caller, back=False)
        mine = await self.permissions.may_change(caller, schedule)
        shown = await veil_schedule(self.permissions, caller, schedule)
        now = self.directory.now()
        return details_window(card, runs, shown, channel=channel, changeable=mine, now=now)


def decode_page(text: str) -> int:
    """Raises `NewerRecord`."""
    version, raw = _PAGE.read_record(text)
    return int(raw if version == 1 else raw["page"])
