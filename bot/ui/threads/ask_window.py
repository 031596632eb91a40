"""*Ask about this*, under every answer: a window with one field, so that nobody has to mention the bot."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.replies.commands import nothing_asked
from bot.replies.text import Reply
from bot.replies.views import ASK_CALLBACK, ASK_FIELD, ask_window
from bot.slack import Caller, caller_of, open_view
from bot.ui.answering import Answering, Shortfall
from bot.workspaces import Workspaces


class AskPrompt(Protocol):
    """Has a prompt answered where the caller is; see `Asking`."""

    async def ask_prompt(
        self, caller: Caller, query: str, *, about: str | None = None
    ) -> str | Shortfall | None:
        """The words to tell them meanwhile."""


class Orders(Protocol):
    """Does what is typed, as in the thread; see `Commands`."""

    async def is_order(self, caller: Caller, text: str) -> bool:
        """True of what is to be done with a schedule, or at a time."""

    async def run_typed(
        self, caller: Caller, typed: str, *, trigger_id: str
    ) -> Reply | Shortfall | str | None:
        """What to tell them."""


@dataclass(frozen=True, kw_only=True)
class AskWindow:
    """Opens the window, and asks what is typed into it."""

    asking: AskPrompt
    orders: Orders
    workspaces: Workspaces
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.view(ASK_CALLBACK)(self.on_question)

    async def open_window(self, caller: Caller, container: Mapping[str, Any], *, trigger_id: str) -> None:
        """Open it over the post in `container`. Raises `SlackError`."""
        post = str(container.get("message_ts") or "")
        origin = {
            "channel": caller.channel,
            "thread": str(container.get("thread_ts") or post),
            "about": post,
        }
        slack = await self.workspaces.slack_of(caller.team)
        await open_view(slack, trigger_id, ask_window(metadata=json.dumps(origin)))

    async def on_question(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        """Ask it; the answer comes to the post's thread."""
        origin, query = _read_origin(view.get("private_metadata")), _typed_question(view)
        if origin is None:
            await ack(response_action="errors", errors={ASK_FIELD: replies.button_outdated()})
            return
        if not query:
            await ack(response_action="errors", errors={ASK_FIELD: nothing_asked()})
            return
        await ack()
        channel, thread, about = origin
        caller = replace(caller_of(body, context, channel=channel), thread=thread)
        asked = caller.asked_at(self.now())
        caller = replace(caller, said=f"{asked.timestamp():.6f}")
        self.answering.start_answer(caller, self._ask_or_obey(caller, query, about=about), typed=query)

    async def _ask_or_obey(self, caller: Caller, query: str, *, about: str) -> Reply | Shortfall | str | None:
        """An order is no question: `pause this until monday`."""
        if await self.orders.is_order(caller, query):
            return await self.orders.run_typed(caller, query, trigger_id="")
        return await self.asking.ask_prompt(caller, query, about=about)


def _read_origin(text: object) -> tuple[str, str, str] | None:
    """The channel, the thread and the post; None if the window is none of ours."""
    try:
        raw = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    match raw:
        case {"channel": str(channel), "thread": str(thread), "about": str(about)} if channel and thread:
            return channel, thread, about
        case _:
            return None


def _typed_question(view: Mapping[str, Any]) -> str:
    """The text in the field; empty if it is missing or odd."""
    match view:
        case {"state": {"values": {"question": {"input": {"value": str(typed)}}}}}:
            return typed.encode("utf-8", "replace").decode().strip()
        case _:
            return ""
