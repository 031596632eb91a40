"""*Never show this answer again*: it is withdrawn first, then its post says so and a new answer is asked for.

Each step may be done again without harm, so a process that is lost in between leaves nothing half done: the
next one begins the same wish once more. The run of the new answer is named after the old one, so that it is
posted once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.errors import SlackRefused
from bot.feedback import Target, Withdrawing
from bot.replies.buttons import Press, read_press
from bot.replies.feedback import (
    find_target,
    not_yours_to_withdraw,
    nothing_to_withdraw,
    withdrawn_part,
    withdrawn_post,
    withdrawn_words,
)
from bot.schedules import Permissions, Schedule, ScheduleDirectory
from bot.slack import Caller, Slack, find_posted_run, replace_message
from bot.workspaces import Telling, Workspaces

logger = logging.getLogger(__name__)

AskAnother = Callable[[Caller, Press, str, str], Awaitable[str | None]]
"""Asks again what a post has answered: the caller, the button that says what, the thread to post in and the
run's name; the sentence about why not, or None."""


@dataclass(frozen=True, kw_only=True)
class PostSpot:
    """The message under which somebody has voted."""

    channel: str
    ts: str
    thread: str | None = None

    @property
    def root(self) -> str:
        """The first message of its thread, or itself."""
        return self.thread or self.ts


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """The words to tell the person, and whether they have just withdrawn it."""

    said: str
    is_new: bool = False


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """Withdraws answers."""

    withdrawing: Withdrawing
    directory: ScheduleDirectory
    permissions: Permissions
    workspaces: Workspaces
    telling: Telling
    ask_another: AskAnother

    async def may_withdraw(self, caller: Caller, target: Target, schedule: Schedule | None) -> bool:
        """True of the owner of its schedule, of who has asked for it, and of admins."""
        owner = target.asker if schedule is None else schedule.user
        return owner == caller.user or await self.permissions.is_admin(caller)

    async def withdraw_posted(
        self, caller: Caller, schedule: Schedule, *, channel: str, ts: str
    ) -> Withdrawn:
        """The same of the answer that this schedule has posted there. Raises `BotError`."""
        if schedule.user != caller.user and not await self.permissions.is_admin(caller):
            return Withdrawn(said=not_yours_to_withdraw(schedule.user))
        thread = schedule.thread if channel == schedule.channel else None
        first = PostSpot(channel=channel, ts=ts, thread=thread)
        slack = await self.workspaces.slack_of(caller.team)
        messages = await _find_if_there(slack, first, is_whole=True)
        target = find_target(messages)
        if target is None or target.schedule != schedule.id:
            return Withdrawn(said=nothing_to_withdraw())
        last = str(messages[-1]["ts"])
        spot = replace(first, ts=last, thread=thread or (None if last == ts else ts))
        return await self.withdraw_answer(replace(caller, channel=channel), target, schedule, spot)

    async def withdraw_answer(
        self, caller: Caller, target: Target, schedule: Schedule | None, spot: PostSpot
    ) -> Withdrawn:
        """Withdraw it, and say what became of that. Raises `BotError`."""
        if not await self.may_withdraw(caller, target, schedule):
            owner = target.asker if schedule is None else schedule.user
            return Withdrawn(said=not_yours_to_withdraw(owner))
        slack = await self.workspaces.slack_of(caller.team)
        messages = await _find_if_there(slack, spot)  # first: if Slack is down, nothing is done
        is_new = await self.withdrawing.withdraw_answer(caller.team, target)
        press = _find_refresh(messages, schedule)
        name = hashlib.sha256(f"{caller.team} {target.answer}".encode()).hexdigest()[:20]
        unasked = None if press is None else await self.ask_another(caller, press, spot.root, f"anew-{name}")
        is_remade = press is not None and unasked is None
        told = withdrawn_words(is_new=is_new or caller.asks_again, is_remade=is_remade)
        slack.kept_threads.forget_thread(spot.channel, spot.root)

        async def mark_posts() -> None:
            await self._mark_messages(slack, spot.channel, messages, user=caller.user, is_remade=is_remade)
            if schedule is not None:
                await self._mark_other_places(slack, schedule, spot, messages, user=caller.user)

        await self.telling.tell_surely(mark_posts, name="withdrawal")
        return Withdrawn(said=told if unasked is None else f"{told} {unasked}", is_new=is_new)

    async def _mark_messages(
        self,
        slack: Slack,
        channel: str,
        messages: Sequence[Mapping[str, Any]],
        *,
        user: str,
        is_remade: bool,
    ) -> None:
        """Say in each message of the answer that it is withdrawn; one that Slack will not change stays."""
        for number, message in enumerate(messages):
            part = withdrawn_part()
            if number == 0:
                head, buttons = _find_head(message), _buttons_left(messages[-1])
                part = withdrawn_post(user, head=head, buttons=buttons, is_remade=is_remade)
            try:
                await replace_message(slack, channel, message, text=part.text, blocks=part.blocks)
            except SlackRefused as exc:
                logger.warning("withdrawal.not_marked: %s", exc)

    async def _mark_other_places(
        self,
        slack: Slack,
        schedule: Schedule,
        spot: PostSpot,
        messages: Sequence[Mapping[str, Any]],
        *,
        user: str,
    ) -> None:
        """The same in the further places that the slot has posted to."""
        first = str(messages[0]["ts"]) if messages else spot.ts
        runs = await self.directory.read_history(schedule, most=50)
        slots = {run.slot for run in runs if (run.channel, run.ts) == (spot.channel, first) and run.slot}
        for run in runs:
            if run.slot in slots and run.ts and run.channel and run.channel != spot.channel:
                other = PostSpot(channel=run.channel, ts=run.ts)
                others = await _find_if_there(slack, other, is_whole=True)
                await self._mark_messages(slack, run.channel, others, user=user, is_remade=False)


async def _find_if_there(
    slack: Slack, spot: PostSpot, *, is_whole: bool = False
) -> Sequence[Mapping[str, Any]]:
    """The messages of the answer; none where the bot cannot read there any more."""
    try:
        return await find_posted_run(slack, spot.channel, spot.ts, root=spot.root, is_whole=is_whole)
    except SlackRefused as exc:
        logger.warning("withdrawal.not_found: %s", exc)
        return ()


def _find_refresh(messages: Sequence[Mapping[str, Any]], schedule: Schedule | None) -> Press | None:
    """The button that asks the same again: of its schedule, or as the post has it."""
    if schedule is not None:
        return Press(verb="refresh", schedule=schedule.id)
    for message in messages:
        for element in (_buttons_in(message) or {}).get("elements") or ():
            press = read_press(element)
            if press is not None and press.verb == "refresh":
                return press
    return None


def _find_head(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The question that an answer's first message begins with."""
    for block in message.get("blocks") or ():
        if block.get("type") == "context":
            return dict(block)
    return None


def _buttons_left(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row without *Ask about this*: what was withdrawn tells nothing more."""
    if (row := _buttons_in(message)) is None:
        return None
    presses = [(element, read_press(element)) for element in row.get("elements") or ()]
    elements = [element for element, press in presses if press is None or press.verb != "ask"]
    return {**row, "elements": elements} if elements else None


def _buttons_in(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """The row of buttons under an answer; not that of votes, where Slack has only plain ones for these."""
    for block in message.get("blocks") or ():
        is_row = block.get("type") == "actions"
        if is_row and any(read_press(element) is not None for element in block.get("elements") or ()):
            return dict(block)
    return None
