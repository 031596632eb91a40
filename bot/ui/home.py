"""The App Home: shown when it is opened, after each press in it, and when a schedule of its reader changes.

Slack keeps one Home for each person and asks for none of it, so what is shown is what was last published.
Which page someone is on is kept for a day; who has not opened the Home since then is not bothered with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from upstash_redis.asyncio import Redis

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError, SlackRefused
from bot.replies import Line, Press, actions_of, details, help_window, home_view, read_press, section, window
from bot.schedules import Schedule, Schedules
from bot.slack import HASH_CONFLICT, Caller, caller_of, open_view, update_view
from bot.stats import Usage
from bot.storage import home_page_key
from bot.ui.buttons import Opens
from bot.ui.cards import carry_out, refused, show
from bot.ui.dialogs import Dialogs
from bot.ui.stats import Stats
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

_OPEN_TTL: Final = timedelta(days=1)
_LATELY: Final = timedelta(days=7)
_CHANNELS_TTL: Final = 120.0  # seconds
_PEOPLE: Final = 10_000  # whose channels are remembered in this process
_NEVER: Final = float("inf")


@dataclass(frozen=True, kw_only=True)
class Where:
    """Whose Home."""

    team: str
    user: str


class Home:
    """Shows the App Home, and does what is pressed in it."""

    def __init__(
        self,
        *,
        schedules: Schedules,
        scheduled: Callable[[str], Awaitable[list[Schedule]]],
        composer: Opens,
        dialogs: Dialogs,
        workspaces: Workspaces,
        background: Background,
        redis: Redis,
        usage: Callable[[str], Awaitable[Usage | None]],
        stats: Stats,
        now: Callable[[], datetime],
    ) -> None:
        self._schedules = schedules
        self._scheduled = scheduled
        self._composer = composer
        self._dialogs = dialogs
        self._workspaces = workspaces
        self._background = background
        self._redis = redis
        self._usage = usage
        self._stats = stats
        self._now = now
        self._lanes: WeakValueDictionary[Where, asyncio.Lock] = WeakValueDictionary()
        self._channels: dict[Where, tuple[float, frozenset[str]]] = {}
        self._pressing: set[Where] = set()

    def register(self, app: AsyncApp) -> None:
        app.event("app_home_opened")(self.opened)
        app.action(actions_of("home"))(self.pressed)
        self._schedules.watch(self.changed)

    # What Slack sends

    async def opened(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab") != "home":
            return
        where = Where(team=context.team_id or "", user=str(event["user"]))
        known = (event.get("view") or {}).get("hash")
        self._background.start(self._opened(where, known), name="home.opened")

    async def pressed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._background.start(self._press(body, context), name="home.pressed")

    def changed(self, schedule: Schedule) -> None:
        """A schedule was made, changed or deleted, wherever: its owner may be looking."""
        where = Where(team=schedule.team, user=schedule.user)
        if where not in self._pressing:  # whoever presses is shown the outcome anyway
            self._background.start(self._follow(where), name="home.follow")

    # Doing

    async def _opened(self, where: Where, known: str | None) -> None:
        self._channels.pop(where, None)  # they may have left one since
        try:
            await self._turn(where, 0)
            await self._publish(where, page=0, known=known)
        except BotError as exc:
            logger.warning("home.not_shown: %s", exc)

    async def _follow(self, where: Where) -> None:
        try:
            page = await self._redis.get(home_page_key(where.team, where.user))
            if page is not None:
                self._channels.pop(where, None)  # they may have left one since
                await self._publish(where, page=int(page))
        except BotError as exc:
            logger.warning("home.not_updated: %s", exc)

    async def _press(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        caller = caller_of(body, context, channel=None)
        where = Where(team=caller.team, user=caller.user)
        view = body.get("view") or {}
        self._pressing.add(where)
        self._channels.pop(where, None)  # they may have left one since
        try:
            note = await self._done(caller, where, read_press(body["actions"][0]), body)
        except RedisUnavailable:
            logger.warning("home.redis_unavailable", exc_info=True)
            note = replies.memory_down()
        except SlackError as exc:
            logger.warning("home.slack_failed: %s", exc)
            note = replies.not_opened()
        except Exception:
            logger.exception("home.failed")
            note = replies.broken()
        finally:
            self._pressing.discard(where)
        if note is None:
            return
        try:
            if view.get("type") == "modal":
                slack = await self._workspaces.slack(where.team)
                await update_view(slack, str(view["id"]), window([section(note or replies.gone())]))
            page = await self._redis.get(home_page_key(where.team, where.user))
            known = view.get("hash") if view.get("type") == "home" else None
            await self._publish(where, page=int(page or 0), known=known, note=note)
        except BotError as exc:
            logger.warning("home.not_updated: %s", exc)

    async def _done(
        self, caller: Caller, where: Where, press: Press | None, body: Mapping[str, Any]
    ) -> str | None:
        """A word about what was done; None where a window opened instead."""
        if press is None:
            return replies.stale()
        if press.verb in ("previous", "next"):
            await self._turn(where, press.page)
            return ""
        trigger = str(body.get("trigger_id"))
        if press.verb == "new":
            await self._composer.open(caller, trigger_id=trigger)
            return None
        if press.verb == "stats":
            return await self._stats.open(caller, trigger_id=trigger)
        if press.verb == "help":
            await open_view(await self._workspaces.slack(caller.team), trigger, help_window())
            return None
        if press.channel and press.channel in (await self._channels_of(where) or ()):
            caller = Caller(team=caller.team, user=caller.user, channel=press.channel)
        match press.verb:
            case "edit":
                found = await self._schedules.changeable(caller, press.schedule)
                if isinstance(found, Schedule):
                    await self._composer.edit(caller, found, trigger_id=trigger)
                    return None
                return refused(found).note
            case "rename" | "transfer":
                found = await self._schedules.changeable(caller, press.schedule)
                if isinstance(found, Schedule):
                    over = str((body.get("view") or {}).get("id"))
                    await self._dialogs.open(caller, press.verb, found, trigger_id=trigger, over=over)
                    return None
                return refused(found).note
            case "history":
                return await self._details(caller, press, trigger)
            case _:
                return (await carry_out(self._schedules, caller, press)).note

    async def _details(self, caller: Caller, press: Press, trigger: str) -> str | None:
        found = await self._schedules.lookup.find(caller, press.schedule)
        if not isinstance(found, Schedule):
            return refused(found).note
        card = await show(self._schedules, found, caller=caller, buttons=False)
        runs = replies.history(found, await self._schedules.lookup.history(found), back=False)
        mine = await self._schedules.permissions.may_change(caller, found)
        slack = await self._workspaces.slack(caller.team)
        view = details(card, runs, found, channel=press.channel, changeable=mine)
        await open_view(slack, trigger, view)
        return None

    # Showing

    async def _turn(self, where: Where, page: int) -> None:
        await self._redis.set(
            home_page_key(where.team, where.user), str(page), ex=int(_OPEN_TTL.total_seconds())
        )

    async def _publish(self, where: Where, *, page: int, known: str | None = None, note: str = "") -> None:
        """Show what is so now; if the Home has changed since it was looked at, read again, once."""
        slack = await self._workspaces.slack(where.team)
        async with self._lanes.setdefault(where, asyncio.Lock()):
            for expected in (known, None):
                view = await self._view(where, page=page, note=note)
                try:
                    await slack.publish_home(where.user, view, known=expected)
                except SlackRefused as exc:
                    if exc.code != HASH_CONFLICT or expected is None:
                        raise
                else:
                    return

    async def _view(self, where: Where, *, page: int, note: str) -> dict[str, Any]:
        now = self._now()
        channels, usage = await asyncio.gather(self._channels_of(where), self._usage(where.team))
        caller = Caller(team=where.team, user=where.user, channel=None)
        admin = await self._schedules.permissions.is_admin(caller)
        shown = [
            each
            for each in await self._scheduled(where.team)
            if (each.user == where.user or each.channel in (channels or ()))
            and self._schedules.lookup.is_ahead(each)
        ]
        untold: frozenset[str] = frozenset()
        if not admin:
            shut, untold = await self._schedules.permissions.shut_or_untold(
                {each.channel for each in shown}, caller, among=channels or ()
            )
            shown = [each for each in shown if each.channel not in shut]
        left_out = sum(each.channel in untold for each in shown)
        shown = [each for each in shown if each.channel not in untold]
        coming = {each.id: self._schedules.lookup.next_run(each) for each in shown}

        def order(schedule: Schedule) -> tuple[bool, float, str]:
            run = coming[schedule.id]
            return schedule.user != where.user, run.timestamp() if run else _NEVER, schedule.id

        found = sorted(shown, key=order)
        last = await self._schedules.lookup.last_runs(found)
        lines = [
            Line(
                schedule=each,
                coming=coming[each.id],
                last=run,
                mine=each.user == where.user,
                changeable=admin or each.user == where.user,
            )
            for each, run in zip(found, last, strict=True)
        ]
        failures = [
            (line.schedule, line.last)
            for line in lines
            if line.mine
            and line.last is not None
            and line.last.outcome in ("failed", "stale")
            and line.last.at > now - _LATELY
        ]
        failures.sort(key=lambda each: each[1].at, reverse=True)
        return home_view(
            lines,
            page=page,
            failures=failures,
            usage=usage,
            channels_known=channels is not None,
            left_out=left_out,
            note=note,
        )

    async def _channels_of(self, where: Where) -> frozenset[str] | None:
        """The channels someone is in, remembered for two minutes; None if Slack does not tell."""
        known = self._channels.get(where)
        if known is not None and time.monotonic() - known[0] < _CHANNELS_TTL:
            return known[1]
        try:
            slack = await self._workspaces.slack(where.team)
            channels = await slack.channels_of(where.user)
        except SlackError as exc:
            logger.warning("home.channels_unknown: %s", exc)
            return None
        if len(self._channels) >= _PEOPLE:
            self._channels.clear()
        self._channels[where] = (time.monotonic(), channels)
        return channels
