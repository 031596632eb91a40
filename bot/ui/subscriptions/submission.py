"""The window *Send me this too*: opened from a post or a copy, and what is chosen in it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.replies.subscriptions import (
    DAY_FIELD,
    HOUR_FIELD,
    RHYTHM_FIELD,
    SUBSCRIPTION_WINDOW,
    subscription_window,
)
from bot.replies.text import Reply
from bot.slack import Caller, caller_of, open_view
from bot.subscriptions import ReadableSchedule, Rhythm
from bot.ui.answering import Answering, Shortfall, acknowledge_in_time, field_of
from bot.ui.subscriptions.subscribing import DEFAULT_ZONE, Subscribing, refusal_of
from bot.workspaces import Workspaces
from scheduler import Cron, Timing

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_RHYTHMS: Final[dict[str, Rhythm]] = {"at_once": "at_once", "daily": "daily", "weekly": "weekly"}


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The fields of the window as they came back."""

    schedule: str
    channel: str | None
    rhythm: Rhythm
    hour: int
    minute: int
    day: int
    """Of the week, with Sunday as 0."""

    def timing(self, zone: str) -> Timing | None:
        """The time that is chosen; None for copies that come at once."""
        if self.rhythm == "at_once":
            return None
        days = str(self.day) if self.rhythm == "weekly" else "*"
        return Timing(when=Cron.parse(f"{self.minute} {self.hour} * * {days}", zone=zone))


@dataclass(frozen=True, kw_only=True)
class SubscriptionWindow:
    """Shows the window, and does what is chosen."""

    subscribing: Subscribing
    workspaces: Workspaces = field(repr=False)
    background: Background = field(repr=False)
    answering: Answering

    def register(self, app: AsyncApp) -> None:
        app.view(SUBSCRIPTION_WINDOW)(self.on_submit)

    async def open_window(self, caller: Caller, name: str, *, trigger_id: str) -> Shortfall | None:
        """Ask when to send it, or return the reason why there is nothing to ask. Raises `SlackError`."""
        subscriptions = self.subscribing.subscriptions
        readable = await subscriptions.find_schedule(caller, name)
        if not isinstance(readable, ReadableSchedule):
            return refusal_of(readable)
        schedule = readable.schedule
        before = await subscriptions.subscription_store.find_record((caller.team, schedule.id, caller.user))
        zone = await self.subscribing.find_zone(caller)
        metadata = json.dumps({"schedule": schedule.id, "channel": caller.channel}, separators=(",", ":"))
        view = subscription_window(schedule, before, zone=zone, metadata=metadata)
        await open_view(await self.workspaces.slack_of(caller.team), trigger_id, view)
        return None

    async def on_submit(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        """Slack waits three seconds; what takes longer is told afterwards."""
        chosen = read_chosen(view)
        if chosen is None:
            await ack(response_action="errors", errors={RHYTHM_FIELD: replies.button_outdated()})
            return
        caller = caller_of(body, context, channel=chosen.channel)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.background.start_task(self._apply_choice(caller, chosen, answer), name="subscribe")
        await acknowledge_in_time(ack, caller, answer, field=RHYTHM_FIELD)

    async def _apply_choice(self, caller: Caller, chosen: Chosen, answer: asyncio.Future[str]) -> None:
        """Do it; a problem goes to the window if that still waits, or else to the person."""
        outcome = await self.answering.attempt(self._subscribe_as_chosen(caller, chosen))
        problem = outcome.sentence if isinstance(outcome, Shortfall) else ""
        await self.answering.tell_window(caller, answer, problem)
        if isinstance(outcome, str):
            await self.answering.tell_caller(caller, Reply(text=outcome))

    async def _subscribe_as_chosen(self, caller: Caller, chosen: Chosen) -> str | Shortfall:
        found = await self.subscribing.subscriptions.find_schedule(caller, chosen.schedule)
        if not isinstance(found, ReadableSchedule):
            return refusal_of(found)
        zone = await self.subscribing.find_zone(caller)
        timing = chosen.timing(zone or DEFAULT_ZONE)
        return await self.subscribing.subscribe(caller, found, timing, zone_known=zone is not None)


def read_chosen(view: Mapping[str, Any]) -> Chosen | None:
    """Read what came back; None if it is none of ours."""
    try:
        origin = json.loads(str(view.get("private_metadata")))
    except (ValueError, RecursionError):
        return None
    if not isinstance(origin, dict) or not isinstance(origin.get("schedule"), str):
        return None
    channel = origin.get("channel")
    rhythm = _RHYTHMS.get(_option_of(view, RHYTHM_FIELD))
    clock = _CLOCK.fullmatch(str(field_of(view, HOUR_FIELD).get("selected_time") or "08:00"))
    day = _option_of(view, DAY_FIELD) or "5"
    if rhythm is None or clock is None or day not in tuple("0123456"):
        return None
    return Chosen(
        schedule=origin["schedule"],
        channel=channel if isinstance(channel, str) else None,
        rhythm=rhythm,
        hour=int(clock[1]),
        minute=int(clock[2]),
        day=int(day),
    )


def _option_of(view: Mapping[str, Any], name: str) -> str:
    """The value of the chosen option; empty if there is none."""
    option = field_of(view, name).get("selected_option")
    value = option.get("value") if isinstance(option, dict) else None
    return value if isinstance(value, str) else ""
