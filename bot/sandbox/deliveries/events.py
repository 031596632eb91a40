"""The Events API: what happens in the workspace, told to an app that subscribed to it.

docs.slack.dev/apis/events-api: an event that is not answered with 200 in time comes again at once, after a
minute and after five, with the number of the retry and the reason.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.deliveries.courier import Courier, Parcel
from bot.sandbox.deliveries.outcome import Answered, Failed, Retry
from bot.sandbox.workspace import (
    APP,
    Change,
    Channel,
    ChannelChanged,
    InstallationChanged,
    Live,
    Posted,
    UserChanged,
    Workspace,
    message_json,
    user_json,
)

RETRIES: Final = (0.0, 60.0, 300.0)
"""Seconds before each retry."""

_COMPANY: Final = "T0ELSEWHERE"
"""The other company, by Slack Connect."""

Event = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """Watches the workspace and delivers what the app asked for by name, as its manifest lists them."""

    live: Live
    workspace: Workspace
    courier: Courier
    subscriptions: frozenset[str]
    retries: Sequence[float] = RETRIES
    _known: dict[str, Channel] = field(default_factory=dict, init=False)
    _under_way: set[asyncio.Task[Answered | Failed]] = field(default_factory=set, init=False)

    def start_watching(self) -> None:
        self._known.update(self.workspace.channels)
        self.live.add_observer(self._observe_change)

    async def stop_watching(self) -> None:
        """Ends the deliveries under way; as with Slack, an app that goes away misses them."""
        self.live.remove_observer(self._observe_change)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _observe_change(self, change: Change) -> None:
        workspace = self.workspace
        match change:
            case Posted():
                found = message_events(change, workspace)
            case ChannelChanged(channel):
                found = channel_events(self._known.get(channel.id), channel, workspace)
                self._known[channel.id] = channel
            case UserChanged(user) if not user.is_bot:
                told = {"user": user_json(user, self.live.now(), workspace)}
                found = iter([("user_change", {"type": "user_change", **told})])
            case InstallationChanged(installation) if installation.revoked:
                found = uninstall_events(workspace)
            case _:
                return
        if workspace.has_app or isinstance(change, InstallationChanged):
            for name, event in found:
                self.send_if_subscribed(name, event)

    def send_if_subscribed(self, name: str, event: Event) -> None:
        """Delivers an event in the background, if the app subscribed to it."""
        if name in self.subscriptions:
            task = asyncio.create_task(self.send_event(event))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def send_event(self, event: Event) -> Answered | Failed:
        """Delivers any event, with its retries; what the last attempt came to."""
        parcel = Parcel(kind="events_api", payload=self._wrap_event(event))
        outcome = await self.courier.send_parcel(parcel)
        for number, seconds in enumerate(self.retries, start=1):
            if isinstance(outcome, Answered) or not outcome.retry:
                break
            await asyncio.sleep(seconds)
            outcome = await self.courier.send_parcel(parcel, Retry(number=number, reason=outcome.reason))
        return outcome

    def _wrap_event(self, event: Event) -> dict[str, Any]:
        at, team = self.live.now(), self.workspace.team
        return {
            "token": "deprecated",
            "team_id": team.id,
            "api_app_id": APP,
            "event": {"event_ts": f"{at.timestamp():.6f}", **event},
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(at.timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team.id,
                    "user_id": team.bot_user,
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
    if message.only_for is not None or workspace.bot not in channel:
        return
    said = {**message_json(message, workspace), "channel": channel.id, "event_ts": message.ts}
    kind = channel.kind
    yield f"message.{kind if channel.is_im else kind + 's'}", {**said, "channel_type": kind}
    if workspace.bot in message.notified and message.user != workspace.bot and not channel.is_im:
        mention = {name: value for name, value in said.items() if name != "subtype"}
        yield "app_mention", {**mention, "type": "app_mention"}


def channel_events(
    before: Channel | None, after: Channel, workspace: Workspace
) -> Iterator[tuple[str, Event]]:
    """The events that tell the bot of a change to a channel it is or was in."""
    bot, were = workspace.bot, before.members if before is not None else ()
    if after.is_im or (bot not in were and bot not in after):
        return
    about = {"channel": after.id, "channel_type": "G" if after.is_private else "C", "team": workspace.team.id}
    # Of itself the bot hears that it came; of those who were there before it, nothing.
    came = set(after.members) - set(were) if bot in were else {bot}
    for user in sorted(came):
        yield "member_joined_channel", {"type": "member_joined_channel", "user": user, **about}
    prefix = after.kind
    if bot not in after:
        yield f"{prefix}_left", {"type": f"{prefix}_left", "channel": after.id}
    elif bot in were:
        for user in sorted(set(were) - set(after.members)):
            yield "member_left_channel", {"type": "member_left_channel", "user": user, **about}
    if before is None or bot not in were:
        return
    if before.is_archived != after.is_archived:
        name = f"{prefix}_archive" if after.is_archived else f"{prefix}_unarchive"
        yield name, {"type": name, "channel": after.id, "user": after.creator}
    if before.is_ext_shared != after.is_ext_shared:
        name = "channel_shared" if after.is_ext_shared else "channel_unshared"
        company = (
            {"connected_team_id": _COMPANY}
            if after.is_ext_shared
            else {"previously_connected_team_id": _COMPANY}
        )
        yield name, {"type": name, "channel": after.id, **company}
    if before.name != after.name:
        renamed = {"id": after.id, "name": after.name, "created": after.created}
        yield f"{prefix}_rename", {"type": f"{prefix}_rename", "channel": renamed}


def uninstall_events(workspace: Workspace) -> Iterator[tuple[str, Event]]:
    """The last two things an app hears from a workspace that it leaves; in no order it may rely on."""
    revoked = {"oauth": [], "bot": [workspace.bot]}
    yield "tokens_revoked", {"type": "tokens_revoked", "tokens": revoked}
    yield "app_uninstalled", {"type": "app_uninstalled"}
