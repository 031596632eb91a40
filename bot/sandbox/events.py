"""The Events API: what happens in the workspace, told to an app that subscribed to it.

docs.slack.dev/apis/events-api: an event that is not answered with 200 in time comes again at once, after a
minute and after five, with the number of the retry and the reason.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.sandbox.deliver import JSON, Answered, Deliver, Failed
from bot.sandbox.live import Live
from bot.sandbox.shapes import message_json
from bot.sandbox.workspace import APP, BOT_USER, TEAM, Change, Channel, ChannelChanged, Posted, Workspace

RETRIES: Final = (0.0, 60.0, 300.0)
"""Seconds before each retry."""

Event = Mapping[str, Any]


class Events:
    """Watches the workspace and delivers what the app asked for by name, as its manifest lists them."""

    def __init__(
        self, live: Live, deliver: Deliver, subscriptions: Collection[str], retries: Sequence[float] = RETRIES
    ) -> None:
        self._live = live
        self._deliver = deliver
        self._subscriptions = frozenset(subscriptions)
        self._retries = retries
        self._known: dict[str, Channel] = {}
        self._under_way: set[asyncio.Task[Answered | Failed]] = set()

    def start(self) -> None:
        self._known = dict(self._live.workspace.channels)
        self._live.observers.append(self._observe)

    async def stop(self) -> None:
        """Ends the deliveries under way; as with Slack, an app that goes away misses them."""
        self._live.observers.remove(self._observe)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _observe(self, change: Change) -> None:
        match change:
            case Posted():
                found = message_events(change, self._live.workspace)
            case ChannelChanged(channel):
                found = channel_events(self._known.get(channel.id), channel)
                self._known[channel.id] = channel
            case _:
                return
        for name, event in found:
            if name in self._subscriptions:
                task = asyncio.create_task(self.send(event))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def send(self, event: Event) -> Answered | Failed:
        """Delivers any event, with its retries; what the last attempt came to."""
        body = json.dumps(self._envelope(event), ensure_ascii=False).encode()
        outcome = await self._deliver.send(body, JSON)
        for number, seconds in enumerate(self._retries, start=1):
            if isinstance(outcome, Answered) or not outcome.retry:
                break
            await asyncio.sleep(seconds)
            labels = {"x-slack-retry-num": str(number), "x-slack-retry-reason": outcome.reason}
            outcome = await self._deliver.send(body, JSON, labels)
        return outcome

    def _envelope(self, event: Event) -> dict[str, Any]:
        at = self._live.now()
        return {
            "token": "deprecated",
            "team_id": TEAM,
            "api_app_id": APP,
            "event": {"event_ts": f"{at.timestamp():.6f}", **event},
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(at.timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
        }


def message_events(posted: Posted, workspace: Workspace) -> Iterator[tuple[str, Event]]:
    """Subscription and event for each thing a new message is, where the bot can hear it."""
    message = posted.message
    channel = workspace.channels[message.channel]
    if message.only_for is not None or BOT_USER not in channel:
        return
    said = {**message_json(message, workspace), "channel": channel.id, "event_ts": message.ts}
    kind = "im" if channel.is_im else "group" if channel.is_private else "channel"
    yield f"message.{kind if channel.is_im else kind + 's'}", {**said, "channel_type": kind}
    if BOT_USER in message.notified and message.user != BOT_USER:
        yield "app_mention", {**said, "type": "app_mention"}


def channel_events(before: Channel | None, after: Channel) -> Iterator[tuple[str, Event]]:
    """What the bot hears of a change to a channel it is or was in."""
    was_in = before is not None and BOT_USER in before
    if BOT_USER in after and not was_in:
        joined = {"type": "member_joined_channel", "user": BOT_USER, "channel": after.id, "team": TEAM}
        yield "member_joined_channel", {**joined, "channel_type": "G" if after.is_private else "C"}
    if before is None or not was_in:
        return
    prefix = "group" if after.is_private else "channel"
    if BOT_USER not in after:
        yield f"{prefix}_left", {"type": f"{prefix}_left", "channel": after.id}
    if before.is_archived != after.is_archived:
        name = f"{prefix}_archive" if after.is_archived else f"{prefix}_unarchive"
        yield name, {"type": name, "channel": after.id, "user": after.creator}
    if before.name != after.name:
        renamed = {"id": after.id, "name": after.name, "created": after.created}
        yield f"{prefix}_rename", {"type": f"{prefix}_rename", "channel": renamed}
