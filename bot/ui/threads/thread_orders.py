"""Orders about *this* in a thread: its schedule, or what the answer in it was asked, as its buttons tell.

The first message counts, or else the newest answer that has such a button.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.commands import name_this
from bot.errors import SlackRefused
from bot.replies.buttons import Press, read_press
from bot.slack import Caller, posted_run_in, read_thread
from bot.sources import Reading
from bot.ui.composer import Form, Forms, Offer, read_sources
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ThreadOrders:
    """Finds the schedule or the prompt that *this* means."""

    workspaces: Workspaces
    forms: Forms
    offer: Offer

    async def name_schedule(self, caller: Caller, text: str) -> str:
        """The order with the id of the thread's schedule in the place of *this*; other texts as they are.

        Raises `SlackUnavailable`.
        """
        if caller.thread is None or name_this(text, "this") is None:
            return text
        press = await self._find_press(caller)
        named = name_this(text, press.schedule) if press is not None and press.schedule else None
        return named or text

    async def find_repeated(self, caller: Caller, *, recurs: bool) -> str | Reading | None:
        """The id of the thread's schedule, or the prompt that its answer was asked; None if neither is known.

        Raises `SlackUnavailable` and `RedisUnavailable`.
        """
        press = await self._find_press(caller)
        if press is None or press.schedule:
            return None if press is None else press.schedule
        form: Form | None = Form(prompt=press.query, channel=caller.channel, origin=caller.channel)
        if press.kept:
            form = await self.forms.find_form(caller.team, press.kept)
        if form is None:
            return None
        reads = read_sources(replace(form, channel=caller.channel), offer=self.offer, recurs=recurs)
        return reads if isinstance(reads, Reading) else None

    async def _find_press(self, caller: Caller) -> Press | None:
        """The button that says what the answer in the thread is about."""
        if caller.channel is None or caller.thread is None:
            return None
        slack = await self.workspaces.slack_of(caller.team)
        try:
            said = await read_thread(slack, caller.channel, caller.thread, before=caller.said)
        except SlackRefused as exc:
            logger.info("thread.not_read: %s", exc)
            return None
        return find_press(said.messages, root=caller.thread, me=await slack.own_id())


def find_press(messages: Sequence[Mapping[str, Any]], *, root: str, me: str) -> Press | None:
    """The button under the answer at the root, with all its parts; or under the newest answer that has"
    " one."""
    runs: dict[str, list[Press]] = {}
    first = ""
    for message in messages:
        run = posted_run_in(message) if message.get("user") == me else None
        if run is not None:
            runs.setdefault(run, []).extend(_presses_in(message))
            first = run if message.get("ts") == root else first
    ordered = [*([first] if first else []), *reversed([run for run in runs if run != first])]
    return next((press for run in ordered for press in runs[run]), None)


def _presses_in(message: Mapping[str, Any]) -> Iterator[Press]:
    """Those buttons of an answer that name a schedule or a prompt."""
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            press = read_press(element) if isinstance(element, dict) else None
            if press is not None and (press.schedule or press.query or press.kept):
                yield press
