"""The Messages tab is opened: one welcome for each person, and suggestions that fit them each time.

Both are extras of the agent's tab. Where the app was installed without it, Slack is asked for nothing, and
direct messages are as they were.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from upstash_redis.asyncio import Redis

from bot.background import Background
from bot.errors import BotError, SlackError
from bot.replies.views import agent_words
from bot.schedules import Entry, ScheduleDirectory, Wanted, cut_page
from bot.slack import is_agent, suggest_prompts, write_call
from bot.storage import ms_of, welcomed_key, whole_seconds
from bot.ui.agent.looking_at import LookingAt, channel_in
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

WELCOMED_FOR: Final = timedelta(days=400)
"""The time after which a person who comes back has forgotten it, too."""
_LATELY: Final = timedelta(days=7)
_LOOKED_AT: Final = 20
"""A person's own schedules, soonest first, among which one that went wrong is looked for."""


@dataclass(frozen=True, kw_only=True)
class MessagesTab:
    """Hears that it was opened, and what is looked at beside it."""

    redis: Redis = field(repr=False)
    workspaces: Workspaces
    directory: ScheduleDirectory
    looking_at: LookingAt
    background: Background
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.event("app_home_opened", matchers=[_is_messages_tab])(self.on_open)
        app.event("app_context_changed")(self.on_context)

    async def on_open(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        team, user, channel = context.team_id or "", str(event["user"]), str(event.get("channel") or "")
        if channel:
            self.background.start_task(self._open_tab(team, user, channel), name="agent.opened")

    async def on_context(self, event: Mapping[str, Any], context: AsyncBoltContext) -> None:
        team, user = context.team_id or "", str(event.get("user") or "")
        if user:
            channel = channel_in(event.get("context"))
            self.background.start_task(self._note_channel(team, user, channel), name="agent.context")

    async def _note_channel(self, team: str, user: str, channel: str | None) -> None:
        try:
            await self.looking_at.note_channel(team, user, channel)
        except BotError as exc:
            logger.warning("agent.context_not_kept: %s", exc)

    async def _open_tab(self, team: str, user: str, channel: str) -> None:
        try:
            if await is_agent(await self.workspaces.slack_of(team)):
                await self._welcome_once(team, user, channel)
                await self._suggest_prompts(team, user, channel)
        except BotError as exc:
            logger.warning("agent.not_shown: %s", exc)

    async def _welcome_once(self, team: str, user: str, channel: str) -> None:
        """Welcome them once, even if two copies hear of it; where Slack refuses, the next opening tries."""
        key, ttl = welcomed_key(team, user), whole_seconds(WELCOMED_FOR)
        if not await self.redis.set(key, "1", nx=True, ex=ttl):
            return
        slack = await self.workspaces.slack_of(team)
        try:
            text = agent_words.agent_welcome().text
            await write_call(slack.client.chat_postMessage(channel=channel, text=text, unfurl_links=False))
        except SlackError:
            await self.redis.delete(key)
            raise

    async def _suggest_prompts(self, team: str, user: str, channel: str) -> None:
        index, now = self.directory.index, ms_of(self.now())
        entries = await index.read_entries(team)

        def is_mine(entry: Entry) -> bool:
            return entry.user == user and entry.is_ahead(now)

        listed = await cut_page(
            index,
            team,
            entries,
            Wanted(
                includes=is_mine,
                place_of=lambda entry: (entry.next_run(now), entry.id),
                most=1,
                last_runs=is_mine,
                most_problems=_LOOKED_AT,
            ),
        )
        since = self.now() - _LATELY
        failed = (
            schedule
            for schedule in listed.asked
            if (last := listed.last_runs.get(schedule.id)) and last.outcome == "failed" and last.at > since
        )
        prompts = agent_words.suggested_prompts(
            failed=next(failed, None),
            coming=next(iter(listed.shown), None),
            channel=await self._name_of_seen(team, user),
        )
        slack = await self.workspaces.slack_of(team)
        await suggest_prompts(slack, channel, prompts, title=agent_words.TRY_THIS)

    async def _name_of_seen(self, team: str, user: str) -> str:
        """The name of the channel that they look at; empty where there is none, or not all may know it."""
        seen = await self.looking_at.find_channel(team, user)
        return await (await self.workspaces.slack_of(team)).channel_name(seen) if seen else ""


async def _is_messages_tab(event: Mapping[str, Any]) -> bool:
    return event.get("tab") == "messages"
