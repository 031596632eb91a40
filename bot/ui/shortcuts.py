"""Summarise this thread: from a message's menu to a job that reads the thread and answers in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError
from bot.slack import Caller, caller_of
from bot.ui.composer import Form, Forms
from bot.ui.slash_command import Commands
from bot.workspaces import Workspaces
from scheduler import deduplication_id

logger = logging.getLogger(__name__)

SUMMARISE_CALLBACK: Final = "summarise_thread"
"""The shortcut's callback id, here and in manifest.yml."""

_AGAIN_AFTER: Final = timedelta(minutes=1)  # how often one thread is summarised, whoever asks


class Shortcuts:
    """Does what is chosen in a message's menu."""

    def __init__(
        self,
        *,
        commands: Commands,
        forms: Forms,
        workspaces: Workspaces,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._commands = commands
        self._forms = forms
        self._workspaces = workspaces
        self._background = background
        self._now = now

    def register(self, app: AsyncApp) -> None:
        app.message_shortcut(SUMMARISE_CALLBACK)(self.chosen)

    async def chosen(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._background.start(self._respond(body, context), name="shortcut")

    async def summarise(self, caller: Caller) -> str:
        """Have the thread that the caller is in summarised there; what to tell them meanwhile."""
        minute = int(self._now().timestamp() // _AGAIN_AFTER.total_seconds())
        once = f"summary-{deduplication_id(caller.team, caller.channel, caller.thread, minute)}"
        told = await self._commands.ask(caller, replies.SUMMARISE, once=once)
        return replies.summarising() if told == replies.on_it(thread=True) else told

    async def _with_follow(self, caller: Caller, told: str) -> list[dict[str, Any]] | None:
        """What was told, and a button that opens the composer to have it done again and again."""
        if told != replies.summarising():
            return None
        form = Form(
            prompt=replies.SUMMARISE,
            when="every weekday at 9am",
            channel=caller.channel,
            origin=caller.channel,
            follows=caller.thread,
        )
        name = await self._forms.keep(caller.team, form)
        return [replies.section(told), replies.follow(name)]

    async def _respond(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        caller = replace(
            caller_of(body, context, channel=body["channel"]["id"]),
            thread=body["message"].get("thread_ts") or body["message_ts"],
        )
        blocks = None
        try:
            told = await self.summarise(caller)
            blocks = await self._with_follow(caller, told)
        except RedisUnavailable:
            logger.warning("shortcut.redis_unavailable", exc_info=True)
            told = replies.memory_down()
        except SlackError as exc:
            logger.warning("shortcut.slack_failed: %s", exc)
            told = replies.slack_down()
        except Exception:
            logger.exception("shortcut.failed")
            told = replies.broken()
        try:
            await self._workspaces.respond(body["response_url"], told, blocks)
        except SlackError as exc:
            logger.warning("shortcut.reply_lost: %s", exc)
            try:
                slack = await self._workspaces.slack(caller.team)
                await slack.tell(caller.user, told, channel=caller.channel)
            except BotError as lost:
                logger.warning("shortcut.not_told: %s", lost)
