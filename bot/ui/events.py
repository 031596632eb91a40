"""Events around schedules: a channel closes, the bot is removed from it, a person leaves.

Recurring schedules are paused, not deleted, for all of it can be undone; the people who need to know are
told once, by the delivery that did the pausing. A new name of a channel changes nothing: we keep ids.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError
from bot.readers import ReaderCheck
from bot.runs import ReaderNotes
from bot.schedules import Looks, Schedule, ScheduleStore, Upkeep
from bot.slack import find_marked_run
from bot.sources import channels_read
from bot.subscriptions import Subscriptions
from bot.ui.answering import veil_in_place
from bot.workspaces import Telling, Workspaces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Events:
    """Hears what happens in a workspace."""

    schedule_store: ScheduleStore
    upkeep: Upkeep
    subscriptions: Subscriptions
    looks: Looks
    workspaces: Workspaces
    background: Background
    reader_check: ReaderCheck
    reader_notes: ReaderNotes

    def register(self, app: AsyncApp) -> None:
        for name in ("channel_archive", "channel_deleted", "group_archive", "group_deleted"):
            app.event(name)(self.on_close)
        for name in ("channel_left", "group_left"):
            app.event(name)(self.on_removal)
        for name in ("channel_shared", "channel_unshared"):
            app.event(name)(self.on_sharing)
        app.event("user_change")(self.on_user_change)
        app.event("reaction_added")(self.on_reaction)

    async def on_close(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Nobody writes there any more."""
        self.background.start_task(
            self.pause_in_channel(_team_of(context), str(event["channel"]), gone=True), name="closed"
        )

    async def on_removal(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """The bot was removed."""
        self.background.start_task(
            self.pause_in_channel(_team_of(context), str(event["channel"]), gone=False), name="left"
        )

    async def on_sharing(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """People of another organisation read there now, or no longer."""
        self.background.start_task(
            self.look_again(_team_of(context), str(event.get("channel") or "")), name="shared"
        )

    async def look_again(self, team: str, channel: str) -> None:
        """Have it asked before the next post who reads what is read in this channel, or posted there."""
        self.reader_check.forget_people(team)
        for schedule in await self.schedule_store.list_records(team):
            if channel in schedule.channels or channel in channels_read(schedule.sources):
                await self.reader_notes.forget_readers_seen(schedule)

    async def on_user_change(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Of all that changes in a profile, only its end matters here."""
        user = event.get("user") or {}
        if user.get("deleted") and not user.get("is_bot"):
            name = str(user.get("real_name") or user.get("name") or "")
            self.background.start_task(
                self.pause_of_owner(_team_of(context), str(user["id"]), name), name="gone"
            )
            leaving = self.subscriptions.end_of_person(_team_of(context), str(user["id"]))
            self.background.start_task(leaving, name="gone.subscriptions")

    async def on_reaction(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Somebody reacts to a post, which is a look at its schedule: heard only where the operator has added
        this event, and its scope, to the app."""
        item = event.get("item") or {}
        if self.looks.is_wanted and item.get("type") == "message":
            noting = self._note_reaction(_team_of(context), item, author=event.get("item_user"))
            self.background.start_task(noting, name="reaction")

    async def _note_reaction(self, team: str, item: Mapping[str, Any], *, author: object) -> None:
        try:
            slack = await self.workspaces.slack_of(team)
            if author != await slack.own_id():
                return
            run = await find_marked_run(slack, str(item.get("channel")), str(item.get("ts")))
            if run is not None and run.count(":") > 1:
                await self.looks.note_look_at((team, run.split(":")[1]))
        except BotError as exc:
            logger.warning("reaction.not_noted: %s", exc)

    async def pause_in_channel(self, team: str, channel: str, *, gone: bool) -> None:
        """Pause what posts to a channel that is `gone`, or that the bot is not in any more.

        What has other places goes on there; its next run tells its owner of this one.
        """
        paused = await self.upkeep.pause_matching(team, lambda schedule: schedule.channels == {channel})
        for owner, theirs in _grouped_by(paused, lambda schedule: schedule.user):
            await self._tell_place(team, owner, replies.channel_closed(theirs, gone=gone))

    async def pause_of_owner(self, team: str, user: str, name: str) -> None:
        """Pause what belongs to someone who has left.

        Their owner reads nothing here any more: the channels that miss the posts are told.
        """
        paused = await self.upkeep.pause_matching(team, lambda schedule: schedule.user == user)
        for channel in sorted({channel for schedule in paused for channel in schedule.channels}):
            there = [
                await veil_in_place(self.reader_check, schedule, channel)
                for schedule in paused
                if channel in schedule.channels
            ]
            await self._tell_place(team, channel, replies.owner_gone(there, name=name))

    async def pause_without_place(self, schedule: Schedule) -> None:
        """Pause what has several places, none of which is open to the bot any more."""
        paused = await self.upkeep.pause_while(schedule, lambda record: record.channels == schedule.channels)
        if paused is not None:
            await self._tell_place(paused.team, paused.user, replies.no_place_open(paused))

    async def _tell_place(self, team: str, place: str, text: str) -> None:
        """A person, or everyone in a channel: Slack takes either as the place of a message."""

        async def tell_place() -> None:
            await (await self.workspaces.slack_of(team)).tell_person(place, text)

        await Telling(background=self.background).tell_surely(tell_place, name="event")


def _team_of(context: AsyncBoltContext) -> str:
    return context.team_id or context.enterprise_id or ""


def _grouped_by(
    schedules: list[Schedule], key: Callable[[Schedule], str]
) -> list[tuple[str, list[Schedule]]]:
    ordered = sorted(schedules, key=lambda schedule: (key(schedule), schedule.id))
    return [(name, list(group)) for name, group in groupby(ordered, key)]
