"""The thumbs under answers, and the line that says why one is down.

A vote counts as soon as it is pressed; the window that asks why may be closed, or not open at all.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.errors import SlackError, SlackRefused, SlackUnavailable
from bot.feedback import REASON_LIMIT, Recorded, Target, Thumb, Votes, decode_target
from bot.replies.commands import slack_down
from bot.replies.feedback import (
    REASON_FIELD,
    VOTE_ACTION,
    VOTE_WINDOW,
    WITHDRAW_FIELD,
    ReadBy,
    VotePress,
    read_latest_press,
    read_vote_press,
    reason_kept,
    reason_passed_on,
    reason_told,
    vote_counted,
    vote_in_vain,
    vote_window,
)
from bot.schedules import Looks, Schedule, ScheduleStore
from bot.slack import Caller, caller_of, open_view
from bot.ui.answering import Answering, Shortfall, field_of
from bot.ui.feedback.withdrawal import PostSpot, Withdrawal, Withdrawn
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

CountVote = Callable[[Literal["up", "down", "withdrawn"]], None]


@dataclass(frozen=True, kw_only=True)
class _Reason:
    """The window as it came back."""

    target: Target
    spot: PostSpot
    text: str
    is_withdrawn: bool


@dataclass(frozen=True, kw_only=True)
class Voting:
    """Counts votes."""

    votes: Votes
    withdrawal: Withdrawal
    schedule_store: ScheduleStore
    looks: Looks
    workspaces: Workspaces
    answering: Answering
    count: CountVote

    def register(self, app: AsyncApp) -> None:
        app.action(VOTE_ACTION)(self.on_press)
        app.view(VOTE_WINDOW)(self.on_submit)

    async def on_press(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.answering.answer_press(body, context, self._do_press)

    async def on_submit(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        await ack()
        reason = read_reason(view)
        channel = None if reason is None else reason.spot.channel
        caller = caller_of(body, context, channel=channel)
        self.answering.start_answer(caller, self._do_submit(caller, reason))

    async def _do_press(self, caller: Caller, body: Mapping[str, Any]) -> Shortfall | str | None:
        """The reply; None where a window opens instead."""
        if (latest := read_latest_press(body["actions"][0])) is not None:
            return await self._withdraw_latest(caller, *latest)
        press, spot = read_vote_press(body["actions"][0]), _spot_of(caller, body)
        if press is None or spot is None:
            return replies.button_outdated()
        slack = await self.workspaces.slack_of(caller.team)  # nothing is kept for a team that has gone
        schedule = await self._find_schedule(caller, press.target)
        if press.verb == "withdraw":
            return await self._count_withdrawal(
                self.withdrawal.withdraw_answer(caller, press.target, schedule, spot)
            )
        if press.target.schedule and schedule is None:
            return vote_in_vain()
        recorded = await self._record_vote(caller, press, schedule)
        if press.verb == "down" and not caller.asks_again:
            view = vote_window(
                read_by=_reader_of(press.target, caller),
                may_withdraw=await self.withdrawal.may_withdraw(caller, press.target, schedule),
                metadata=_write_origin(press.target, spot),
            )
            if view is None:
                return vote_counted(recorded)
            try:
                await open_view(slack, str(body.get("trigger_id") or ""), view)
            except SlackError:  # the vote counts all the same
                return vote_counted(recorded)
            return None
        return vote_counted("new" if caller.asks_again and recorded == "same" else recorded)

    async def _record_vote(self, caller: Caller, press: VotePress, schedule: Schedule | None) -> Recorded:
        thumb: Thumb = "up" if press.verb == "up" else "down"
        recorded = await self.votes.record_vote(caller.team, press.target, caller.user, thumb)
        if recorded != "same":
            self.count(thumb)
        if schedule is not None:
            await self.looks.note_look(schedule)
        return recorded

    async def _do_submit(self, caller: Caller, reason: _Reason | None) -> Shortfall | str | None:
        if reason is None:
            return replies.button_outdated()
        await self.workspaces.slack_of(caller.team)
        schedule = await self._find_schedule(caller, reason.target)
        if reason.target.schedule and schedule is None:
            return vote_in_vain()
        if reason.text:
            await self.votes.record_vote(caller.team, reason.target, caller.user, "down", reason=reason.text)
            if _reader_of(reason.target, caller) == "asker":
                await self._tell_asker(caller, reason)
        if reason.is_withdrawn:
            return await self._count_withdrawal(
                self.withdrawal.withdraw_answer(caller, reason.target, schedule, reason.spot)
            )
        if not reason.text:
            return None
        if schedule is None and reason.target.asker:
            return reason_passed_on(reason.target.asker)
        return reason_kept()

    async def _tell_asker(self, caller: Caller, reason: _Reason) -> None:
        """Tell who has asked at once, as there is no schedule to look at: twice rather than never."""
        slack = await self.workspaces.slack_of(caller.team)

        async def tell() -> None:
            try:
                link = await slack.get_permalink(reason.spot.channel, reason.spot.ts)
            except SlackRefused:  # it was deleted meanwhile
                link = ""
            await slack.tell_person(reason.target.asker, reason_told(reason.text, link))

        await self.answering.telling.tell_surely(tell, name="vote_reason")

    async def _withdraw_latest(self, caller: Caller, name: str, channel: str, ts: str) -> Shortfall | str:
        """Withdraw the answer that a schedule had posted last when its card was shown."""
        (schedule,) = await self.schedule_store.read_records([(caller.team, name)])
        if schedule is None:
            return replies.schedule_gone()
        return await self._count_withdrawal(
            self.withdrawal.withdraw_posted(caller, schedule, channel=channel, ts=ts)
        )

    async def _count_withdrawal(self, withdrawing: Awaitable[Withdrawn]) -> Shortfall | str:
        """Withdraw it, and say what came of that."""
        try:
            outcome = await withdrawing
        except SlackUnavailable as exc:
            logger.warning("withdrawal.slack_down: %s", exc)
            return Shortfall(sentence=slack_down())
        if outcome.is_new:
            self.count("withdrawn")
        return outcome.said

    async def _find_schedule(self, caller: Caller, target: Target) -> Schedule | None:
        if not target.schedule:
            return None
        (found,) = await self.schedule_store.read_records([(caller.team, target.schedule)])
        return found


def _reader_of(target: Target, caller: Caller) -> ReadBy:
    """The people who read why this person has voted an answer down."""
    if target.schedule:
        return "owner"
    return "asker" if target.asker and target.asker != caller.user else "nobody"


def _spot_of(caller: Caller, body: Mapping[str, Any]) -> PostSpot | None:
    container = body.get("container") or {}
    ts, thread = container.get("message_ts"), container.get("thread_ts")
    if not caller.channel or not isinstance(ts, str):
        return None
    return PostSpot(channel=caller.channel, ts=ts, thread=thread if isinstance(thread, str) else None)


def _write_origin(target: Target, spot: PostSpot) -> str:
    told = {"target": target.value, "channel": spot.channel, "ts": spot.ts, "thread": spot.thread}
    return json.dumps(told, separators=(",", ":"))


def read_reason(view: Mapping[str, Any]) -> _Reason | None:
    """Read the window; None if it is none of ours."""
    try:
        raw = json.loads(view.get("private_metadata") or "")
    except (TypeError, ValueError, RecursionError):
        return None
    told = raw if isinstance(raw, dict) else {}
    value, channel, ts = (told.get(name) for name in ("target", "channel", "ts"))
    thread = told.get("thread")
    target = decode_target(value) if isinstance(value, str) else None
    if target is None or not isinstance(channel, str) or not isinstance(ts, str):
        return None
    typed = field_of(view, REASON_FIELD).get("value")
    chosen = field_of(view, WITHDRAW_FIELD).get("selected_options")
    text = typed.encode("utf-8", "replace").decode() if isinstance(typed, str) else ""
    return _Reason(
        target=target,
        spot=PostSpot(channel=channel, ts=ts, thread=thread if isinstance(thread, str) else None),
        text=" ".join(text.split())[:REASON_LIMIT],
        is_withdrawn=bool(chosen),
    )
