"""@Precache in a channel or a thread, and whatever is said to it alone: understood as a command, also where
Slack knows no commands.

Slack sends an event again that it believes unheard, so each is taken once, by its id.
"""

from __future__ import annotations

import asyncio
import html
import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncApp, AsyncBoltContext
from upstash_redis.asyncio import Redis

from bot import replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable, SlackError
from bot.replies import Reply
from bot.slack import Caller, Slack
from bot.sources import attached_files, mentioned_people, plain_text
from bot.storage import heard_event_key
from bot.ui.slash_command import Commands
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

HEARD_TTL: Final = timedelta(hours=1)
"""Slack tries for six minutes."""

_FILE_ALONE: Final = "Summarise this"
"""What is meant by a file with nothing but the bot's name."""
_MENTION: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")


class Mentions:
    """Hears its name."""

    def __init__(
        self,
        redis: Redis,
        *,
        commands: Commands,
        workspaces: Workspaces,
        background: Background,
    ) -> None:
        self._redis = redis
        self._commands = commands
        self._workspaces = workspaces
        self._background = background

    def register(self, app: AsyncApp) -> None:
        app.event("app_mention")(self.app_mention)
        app.event("message")(self.direct_message)

    async def app_mention(
        self, body: Mapping[str, Any], event: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        """Slack has its 200 by now. Apps and edited messages are not answered, or two bots never end."""
        if (
            event.get("bot_id")
            or event.get("subtype") not in (None, "file_share")
            or event.get("edited")
            or not event.get("user")
        ):
            return
        team = context.team_id or body.get("team_id") or ""
        self._background.start(self._answer(team, body, event), name="mention")

    async def direct_message(
        self, body: Mapping[str, Any], event: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        """There is nobody else to be meant there, so no name is needed."""
        if event.get("channel_type") == "im":
            await self.app_mention(body, event, context)

    async def _answer(self, team: str, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        caller = Caller(
            team=team, user=event["user"], channel=event["channel"], thread=event.get("thread_ts")
        )
        reply: Reply | str | None
        try:
            if not await self._first(team, str(body.get("event_id"))):
                return
            slack = await self._workspaces.slack(team)
            typed = await _typed(slack, body, str(event.get("text") or ""))
            attached, left_out = attached_files(event)
            wanted = typed or (_FILE_ALONE if attached else "")
            reply = await self._commands.run(caller, wanted, trigger_id="", attached=attached)
            if left_out and isinstance(reply, str):
                reply = f"{reply} {replies.left_out(left_out)}"
        except RedisUnavailable:
            logger.warning("mention.redis_unavailable", exc_info=True)
            reply = replies.memory_down()
        except SlackError as exc:
            logger.warning("mention.slack_failed: %s", exc)
            reply = replies.slack_down()
        except Exception:
            logger.exception("mention.failed")
            reply = replies.broken()
        if reply is None:
            return
        told = Reply(text=reply) if isinstance(reply, str) else reply
        try:
            slack = await self._workspaces.slack(team)
            await slack.tell(
                caller.user, told.text, channel=caller.channel, thread=caller.thread, blocks=told.blocks
            )
        except BotError as exc:
            logger.warning("mention.not_told: %s", exc)

    async def _first(self, team: str, event_id: str) -> bool:
        key = heard_event_key(team, event_id)
        return bool(await self._redis.set(key, "1", nx=True, ex=int(HEARD_TTL.total_seconds())))


async def _typed(slack: Slack, body: Mapping[str, Any], text: str) -> str:
    """What a person has typed to the bot, as a command would have brought it."""
    said = addressed(text, bot=((body.get("authorizations") or [{}])[0]).get("user_id"))
    if said.lower().startswith("transfer "):
        return html.unescape(said)  # to whom is an id
    users = sorted(mentioned_people(said))
    names = await asyncio.gather(*(_name(slack, user) for user in users))
    return plain_text(said, dict(zip(users, names, strict=True)))


async def _name(slack: Slack, user: str) -> str:
    try:
        return (await slack.person(user)).name or "someone"
    except SlackError as exc:
        logger.warning("mention.name_unknown: %s", exc)
        return "someone"


def addressed(text: str, *, bot: str | None) -> str:
    """What is said after the bot's name, or before it where nothing comes after.

    The first name counts where the bot's is not known.
    """
    for found in _MENTION.finditer(text):
        if bot in (None, found[1]):
            return text[found.end() :].strip(" \t\n,:") or text[: found.start()].strip()
    return text.strip()
