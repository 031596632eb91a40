"""The buttons on reviewers' cards, and the window in which they edit a post.

A window may be submitted long after it was opened: what was decided meanwhile is said in its place, with all
that was typed.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.background import Background
from bot.replies.buttons import INPUT
from bot.replies.review import (
    EDIT_LIMIT,
    REVIEW_ACTION,
    REVIEW_WINDOW,
    ReviewPress,
    edit_empty,
    edit_too_long,
    edit_window,
    late_edit_window,
    read_review_press,
    read_review_value,
    spread_text,
    too_long_to_edit,
)
from bot.replies.text import with_typed_text, without_marks
from bot.schedules import NotPublished
from bot.slack import Caller, caller_of, open_view
from bot.ui.answering import TO_SHOW, Answering, Shortfall, fields_of
from bot.ui.review.deciding import Decidable, Deciding
from bot.workspaces import Workspaces
from scheduler import PublishError

logger = logging.getLogger(__name__)

_UNSEEN = "\u200b\u2060\ufeff"


@dataclass(frozen=True, kw_only=True)
class _Edit:
    """A window that was submitted: the review that it is about, and the post's new words."""

    press: ReviewPress
    text: str


@dataclass(frozen=True, kw_only=True)
class ReviewButtons:
    """Does what reviewers ask for with a button or the window."""

    deciding: Deciding
    workspaces: Workspaces
    background: Background
    answering: Answering

    def register(self, app: AsyncApp) -> None:
        app.action(REVIEW_ACTION)(self.on_press)
        app.view(REVIEW_WINDOW)(self.on_edit)

    async def on_press(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.answering.answer_press(body, context, self._do_press)

    async def _do_press(self, caller: Caller, body: Mapping[str, Any]) -> Shortfall | str | None:
        press = read_review_press(body["actions"][0])
        if press is None:
            return replies.button_outdated()
        found = await self.deciding.find_review(caller, press)
        if isinstance(found, str):
            return found
        match press.verb:
            case "post" | "skip":
                return await self.deciding.decide(caller, found, press.verb)
            case "edit":
                return await self._open_window(caller, found, press, trigger_id=body.get("trigger_id"))
            case "anew":
                try:
                    return await self.deciding.make_again(found)
                except PublishError as exc:
                    logger.warning("review.not_published: %s", exc)
                    return Shortfall.of_refusal(NotPublished(error=exc))

    async def _open_window(
        self, caller: Caller, found: Decidable, press: ReviewPress, *, trigger_id: object
    ) -> str | None:
        review = found.review
        may_be_late = review.may_be_posted_late(now=self.deciding.now())
        if not (review.is_open or may_be_late):
            return await self.deciding.tell_outcome(found.schedule, review)
        text = review.answer.text
        if len(text) > EDIT_LIMIT:
            return too_long_to_edit()
        _, glue = spread_text(text)
        metadata = json.dumps({"review": press.value, "glue": glue}, separators=(",", ":"))
        view = edit_window(found.schedule, text, metadata=metadata)
        await open_view(await self.workspaces.slack_of(caller.team), str(trigger_id or ""), view)
        return None

    async def on_edit(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        edit = read_edit(view)
        caller = caller_of(body, context, channel=None)
        if edit is None:
            await ack(response_action="errors", errors={"text": replies.button_outdated()})
            return
        if (wrong := fault_in_edit(edit.text)) is not None:
            if caller.asks_again:
                await ack()
                await self.answering.tell_caller(caller, with_typed_text(wrong, edit.text))
            else:
                await ack(response_action="errors", errors={"text": without_marks(wrong)})
            return
        answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.background.start_task(self._save_edit(caller, edit, answer), name="review.edit")
        await asyncio.wait({answer}, timeout=0 if caller.asks_again else TO_SHOW)
        if not answer.done():
            answer.cancel()
            await ack()
        elif (told := answer.result()) is None:
            await ack()
        else:
            await ack(response_action="update", view=late_edit_window(told, edit.text))

    async def _save_edit(self, caller: Caller, edit: _Edit, answer: asyncio.Future[str | None]) -> None:
        """Decide to post the new words; if that does not count, nothing that was typed is lost."""
        outcome = await self.answering.attempt(self._decide_edit(caller, edit))
        told = outcome.sentence if isinstance(outcome, Shortfall) else outcome
        if not answer.done():
            answer.set_result(told)
        elif told is not None:
            await self.answering.tell_caller(caller, with_typed_text(told, edit.text))

    async def _decide_edit(self, caller: Caller, edit: _Edit) -> str | None:
        found = await self.deciding.find_review(caller, edit.press)
        if isinstance(found, str):
            return found
        return await self.deciding.decide(caller, found, "post", text=edit.text)


def fault_in_edit(text: str) -> str | None:
    """The sentence about an edit that cannot be posted."""
    if not text.strip().strip(_UNSEEN):
        return edit_empty()
    return edit_too_long(len(text)) if len(text) > EDIT_LIMIT else None


def read_edit(view: Mapping[str, Any]) -> _Edit | None:
    """Read a window that came back; None if it is none of ours."""
    try:
        raw = json.loads(view.get("private_metadata") or "")
    except (TypeError, ValueError, RecursionError):
        return None
    press = read_review_value("edit", raw.get("review")) if isinstance(raw, dict) else None
    if press is None:
        return None
    glue = raw.get("glue")
    joints = [joint if isinstance(joint, str) else "" for joint in glue] if isinstance(glue, list) else []
    pieces = _typed_pieces(fields_of(view))
    text = pieces[0] if pieces else ""
    for number, piece in enumerate(pieces[1:]):
        joint = joints[number][:1] if number < len(joints) else "\n" if piece else ""
        text += joint + piece
    return _Edit(press=press, text=text.strip())


def _typed_pieces(values: Mapping[str, Any]) -> list[str]:
    """The texts of all fields, in their order."""
    pieces = list[str]()
    while isinstance(field := values.get(f"text{len(pieces) or ''}"), dict):
        element = field.get(INPUT)
        typed = element.get("value") if isinstance(element, dict) else None
        pieces.append(typed.encode("utf-8", "replace").decode() if isinstance(typed, str) else "")
    return pieces
