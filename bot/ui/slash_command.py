"""/precache: acknowledged at once, then done, and answered to the one who typed it.

Where that fails because the bot is not in the channel, it offers to join it, and then does what was typed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.replies.commands import join_button
from bot.replies.text import COMMAND, Reply, with_typed_text
from bot.slack import JOIN, WISH, Caller
from bot.ui.answering import Answering, Shortfall, join_channel
from bot.ui.composer import Form, Forms
from bot.ui.typed_commands import TypedCommands
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SlashCommand:
    """Takes /precache, and the press of *Join channel* under its answer."""

    commands: TypedCommands
    workspaces: Workspaces
    forms: Forms
    answering: Answering

    def register(self, app: AsyncApp) -> None:
        app.command(COMMAND)(self.on_command)
        app.action(JOIN)(self.on_join)

    async def on_command(self, ack: AsyncAck, command: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Slack gets its 200 at once, as the command is noted; the rest is told by response_url."""
        if missing := [name for name in ("team_id", "channel_id", "user_id") if not command.get(name)]:
            await ack()
            logger.warning("command.incomplete: without %s", ", ".join(missing))
            return
        caller = Caller(
            team=command["team_id"],
            channel=command["channel_id"],
            user=command["user_id"],
            wish=context.get(WISH),
        )
        text, trigger_id = str(command.get("text") or ""), str(command.get("trigger_id") or "")
        await ack()
        self.answering.start_answer(
            caller,
            self._run_or_offer_to_join(caller, text, trigger_id=trigger_id),
            response_url=str(command.get("response_url") or ""),
            typed=text,
        )

    async def on_join(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        """Join the channel, and do what was typed there."""
        await ack()
        self.answering.answer_press(body, context, self._join_and_run, replace=True)

    async def _run_or_offer_to_join(
        self, caller: Caller, text: str, *, trigger_id: str
    ) -> Reply | Shortfall | str | None:
        outcome = await self.commands.run_typed(caller, text, trigger_id=trigger_id)
        if not isinstance(outcome, Shortfall) or not outcome.join:
            return outcome
        kept = await self.forms.keep_form(caller.team, Form(prompt=text, channel=outcome.join))
        reply = with_typed_text(outcome.sentence, text)
        return Reply(text=reply.text, blocks=(*(reply.blocks or ()), join_button(kept)))

    async def _join_and_run(self, caller: Caller, body: Mapping[str, Any]) -> Reply | Shortfall | str | None:
        name = str(body["actions"][0].get("value") or "")
        kept = await self.forms.find_form(caller.team, name)
        channel = kept.channel or caller.channel if kept else None
        if kept is None or channel is None:
            return Shortfall(sentence=replies.button_outdated())
        once, done = f"join-{name}", False
        if await self.forms.begin_submission(caller, once) != "ours":
            return None  # a double click, or a second press of what was done
        try:
            slack = await self.workspaces.slack_of(caller.team)
            is_there = channel == caller.channel
            not_joined = await join_channel(slack, channel, user=caller.user, is_there=is_there)
            outcome = not_joined or await self.commands.run_typed(
                caller, kept.prompt, trigger_id=str(body.get("trigger_id") or "")
            )
            done = not isinstance(outcome, Shortfall)
        finally:
            await self.forms.end_submission(caller, once, saved=done)
        if isinstance(outcome, Shortfall):
            return with_typed_text(outcome.sentence, kept.prompt)
        return outcome
