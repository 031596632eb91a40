"""Summarise this thread: from a message's menu to a job that reads the thread and answers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.replies.text import Reply, section_block
from bot.slack import Caller, caller_of
from bot.ui.answering import Answering, Shortfall
from bot.ui.composer import Form, Forms
from bot.ui.typed import Asking
from scheduler import deduplication_id

SUMMARISE_CALLBACK: Final = "summarise_thread"
"""The shortcut's callback id, here and in manifest.yml."""

_AGAIN_AFTER: Final = timedelta(minutes=1)  # how often one thread is summarised, no matter who asks


@dataclass(frozen=True, kw_only=True)
class Shortcuts:
    """Does what is chosen in a message's menu."""

    asking: Asking
    forms: Forms
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.message_shortcut(SUMMARISE_CALLBACK)(self.on_summarise)

    async def on_summarise(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        caller = caller_of(body, context, channel=body["channel"]["id"])
        thread = str(body["message"].get("thread_ts") or body["message_ts"])
        response_url = str(body.get("response_url") or "")
        self.answering.start_answer(
            caller, self._summarise_thread(replace(caller, thread=thread)), response_url=response_url
        )

    async def _summarise_thread(self, caller: Caller) -> Reply | Shortfall:
        """Have the thread that the caller is in summarised there; what to tell them meanwhile."""
        asked = caller.asked_at(self.now())
        minute = int(asked.timestamp() // _AGAIN_AFTER.total_seconds())
        once = f"summary-{deduplication_id(caller.team, caller.channel, caller.thread, minute)}"
        told = await self.asking.ask_prompt(caller, replies.SUMMARISE, once=once)
        if isinstance(told, Shortfall):
            return told
        if self.asking.is_looked_at_first(caller) and told is not None:
            return Reply(text=told)
        words = Reply(text=replies.summarising_thread(caller.channel or ""))
        return await self.answering.follow_up(self._with_button(caller, words), otherwise=words)

    async def _with_button(self, caller: Caller, reply: Reply) -> Reply:
        """The reply, and a button that opens the composer to have it done again and again."""
        form = Form(
            prompt=replies.SUMMARISE,
            when="every weekday at 9am",
            channel=caller.channel,
            origin=caller.channel,
            follows=caller.thread,
            timed=True,
        )
        name = await self.forms.keep_form(caller.team, form)
        return replace(reply, blocks=(section_block(reply.text), replies.follow_button(name)))
