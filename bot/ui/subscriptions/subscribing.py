"""Subscribing and unsubscribing, as they are typed or pressed.

The first word to a new subscriber goes to their direct messages: it shows that they can be written to, says
where the copies will come, and has the button that stops them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot import replies
from bot.commands import SubscribeRequest
from bot.errors import SlackError, SlackRefused
from bot.replies.subscriptions import (
    cannot_subscribe,
    not_reached,
    subscribed_words,
    subscription_list,
    unsubscribed_words,
    welcome_reply,
)
from bot.replies.text import Reply, escape_mrkdwn
from bot.schedules import Refusal
from bot.slack import Caller, ReaderClock, is_direct, write_call
from bot.subscriptions import (
    CannotSubscribe,
    ReadableSchedule,
    Subscribed,
    Subscriptions,
    read_subscription_time,
)
from bot.ui.answering import Shortfall
from bot.workspaces import Workspaces
from scheduler import Timing, WhenError

logger = logging.getLogger(__name__)

DEFAULT_ZONE: Final = "UTC"


@dataclass(frozen=True, kw_only=True)
class Subscribing:
    """Does what people ask about their subscriptions."""

    subscriptions: Subscriptions
    workspaces: Workspaces = field(repr=False)
    now: Callable[[], datetime]

    async def subscribe_typed(self, caller: Caller, request: SubscribeRequest) -> str | Shortfall:
        """Do what `subscribe` asks for; return the words to tell the person."""
        readable = await self.subscriptions.find_schedule(caller, request.name)
        if not isinstance(readable, ReadableSchedule):
            return refusal_of(readable)
        timing: Timing | None = None
        zone = None
        if request.when:
            zone = await self.find_zone(caller)
            try:
                timing = read_subscription_time(request.when, now=self.now(), zone=zone or DEFAULT_ZONE)
            except WhenError as exc:
                return Shortfall(sentence=escape_mrkdwn(replies.time_refused(exc)))
            if timing is None:
                return Shortfall(sentence=cannot_subscribe("time", readable.schedule))
        return await self.subscribe(caller, readable, timing, zone_known=zone is not None)

    async def subscribe(
        self, caller: Caller, readable: ReadableSchedule, timing: Timing | None, *, zone_known: bool
    ) -> str | Shortfall:
        """Subscribe them to the schedule; return the words to tell them."""
        outcome = await self.subscriptions.subscribe(caller, readable, timing)
        if not isinstance(outcome, Subscribed):
            return refusal_of(outcome)
        is_plain = zone_known or timing is None or timing.when.zone != DEFAULT_ZONE
        reader = await self.find_clock(caller)
        if outcome.is_new and not await self._welcome_subscriber(outcome, reader=reader, zone_known=is_plain):
            own = outcome.subscription
            await self.subscriptions.end_subscription((own.team, own.schedule, own.user))
            return Shortfall(sentence=not_reached())
        return subscribed_words(
            outcome.subscription, outcome.schedule, now=self.now(), reader=reader, zone_known=is_plain
        )

    async def unsubscribe(self, caller: Caller, name: str) -> str | Shortfall:
        """End their subscription; return the words to tell them."""
        outcome = await self.subscriptions.unsubscribe(caller, name)
        if isinstance(outcome, CannotSubscribe):
            return refusal_of(outcome)
        return unsubscribed_words(*outcome)

    async def list_subscriptions(self, caller: Caller) -> Reply:
        """The list of their subscriptions."""
        own, reader = await self.subscriptions.list_own(caller), await self.find_clock(caller)
        return subscription_list(own, now=self.now(), reader=reader)

    async def find_zone(self, caller: Caller) -> str | None:
        """The zone in their profile; None if Slack does not tell it, or there is none."""
        clock = await self.find_clock(caller)
        return None if clock is None else clock.zone

    async def find_clock(self, caller: Caller) -> ReaderClock | None:
        """The zone and the notation in which they read times; None as above."""
        try:
            return await (await self.workspaces.slack_of(caller.team)).reader_clock(caller.user)
        except SlackError as exc:
            logger.warning("subscription.zone_untold: %s", exc)
            return None

    async def _welcome_subscriber(
        self, outcome: Subscribed, *, reader: ReaderClock | None, zone_known: bool
    ) -> bool:
        """Write to a new subscriber, and note where; False if Slack lets nobody write to them."""
        own = outcome.subscription
        told = welcome_reply(own, outcome.schedule, now=self.now(), reader=reader, zone_known=zone_known)
        slack = await self.workspaces.slack_of(own.team)
        try:
            reply = await write_call(
                slack.client.chat_postMessage(
                    channel=own.direct,
                    text=told.text,
                    blocks=[dict(block) for block in told.blocks or ()],
                    unfurl_links=False,
                    unfurl_media=False,
                )
            )
        except SlackRefused as exc:
            logger.warning("subscription.not_reached: %s", exc)
            return False
        except SlackError as exc:  # the first copy will find out
            logger.warning("subscription.not_welcomed: %s", exc)
            return True
        if is_direct(direct := str(reply.get("channel") or "")):
            await self.subscriptions.note_direct(own, direct)
        return True


def refusal_of(refused: CannotSubscribe | Refusal) -> Shortfall:
    """The sentence for what was not done."""
    if isinstance(refused, CannotSubscribe):
        return Shortfall(sentence=cannot_subscribe(refused.problem, refused.schedule))
    return Shortfall.of_refusal(refused)
