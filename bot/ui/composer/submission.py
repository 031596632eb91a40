"""A modal that is submitted: it waits a moment for its outcome, so that a refusal is said at its field.

A later refusal comes as a message with a button that opens the composer as it was left. Where the bot is not
in a public channel, a button in the modal lets it join.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.background import Background
from bot.errors import RedisUnavailable
from bot.replies.commands import begun_again
from bot.replies.text import Reply, escape_mrkdwn, section_block, without_marks
from bot.replies.views import composer_words
from bot.schedules import Draft
from bot.slack import AGAIN, Caller, caller_of
from bot.ui.answering import TO_SHOW, Answering, Shortfall, join_channel
from bot.ui.composer.draft import check_form
from bot.ui.composer.fields import button_element, quoted_blocks
from bot.ui.composer.form import Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.modal import JOIN
from bot.ui.composer.open_modals import ZONE_PATIENCE, OpenModals
from bot.ui.composer.saving import FormProblem, Saved, Saving
from bot.ui.composer.source_fields import Offer
from bot.ui.composer.state import read_form
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Reopening:
    """Offers to open the composer."""

    forms: Forms
    answering: Answering

    async def offer_form(self, caller: Caller, form: Form, sentence: str) -> None:
        """Say `sentence`, with a button that opens the composer with `form` in it."""
        sentence = begun_again(sentence) if caller.asks_again else sentence
        try:
            name = await self.forms.keep_form(caller.team, form)
        except RedisUnavailable:
            name = None
        blocks: list[dict[str, Any]] = [section_block(sentence)]
        if name is not None:
            button = {**button_element(composer_words.OPEN, AGAIN), "value": name, "style": "primary"}
            blocks.append({"type": "actions", "elements": [button]})
        else:  # what was typed, to copy
            blocks += quoted_blocks(form.query)
        await self.answering.tell_caller(caller, Reply(text=sentence, blocks=tuple(blocks)))


@dataclass(frozen=True, kw_only=True)
class Submissions:
    """Saves what was typed, and answers the modal."""

    forms: Forms
    saving: Saving
    modals: OpenModals
    reopening: Reopening
    answering: Answering
    background: Background
    offer: Offer
    now: Callable[[], datetime]

    async def on_submit(
        self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any], context: AsyncBoltContext
    ) -> None:
        form = read_form(view)
        caller = caller_of(body, context, channel=form.origin)
        patience = 0 if caller.asks_again else TO_SHOW  # nobody waits at a window that is long gone
        if not form.zone_told:
            patience -= ZONE_PATIENCE
            patience, form = max(patience, 0), await self.modals.with_zone(caller, form)
        held = await self.answering.attempt(self.forms.with_held_sources(caller.team, form))
        if isinstance(held, Shortfall):
            if caller.asks_again:
                await ack()
                await self.reopening.offer_form(caller, form, held.sentence)
                return
            shown = self.modals.make_view(form, problem=held.sentence)
            await ack(response_action="update", view=shown)
            return
        form = held
        checked = check_form(form, now=self.now(), offer=self.offer)
        if isinstance(checked, dict):
            sentence = escape_mrkdwn(" ".join(checked.values()))
            if caller.asks_again:
                await ack()
                await self.reopening.offer_form(caller, form, sentence)
                return
            await self._show_wrong(ack, form, checked, view, problem=sentence)
            return
        answer: asyncio.Future[FormProblem | None] = asyncio.get_running_loop().create_future()
        self.background.start_task(
            self._save_and_tell(caller, form, checked, str(view.get("id")), answer), name="composer.save"
        )
        await asyncio.wait({answer}, timeout=patience)
        if not answer.done():
            answer.cancel()
            await ack()
        elif (problem := answer.result()) is None:
            await ack()
        elif problem.block is not None:
            wrong = {problem.block: problem.sentence}
            await self._show_wrong(ack, problem.form, wrong, view, problem=problem.sentence)
            if problem.join:  # a button that no field can show
                self.background.start_task(
                    self.modals.update_modal(
                        caller, view, problem.form, problem=problem.sentence, join=problem.join
                    ),
                    name="composer.join",
                )
        else:
            shown = self.modals.make_view(problem.form, problem=problem.sentence)
            await ack(response_action="update", view=shown)

    async def _save_and_tell(
        self, caller: Caller, form: Form, draft: Draft, view: str, answer: asyncio.Future[FormProblem | None]
    ) -> None:
        saved = await self.answering.attempt(self.saving.save_form(caller, form, draft, once=view))
        if isinstance(saved, Shortfall):
            saved = FormProblem(sentence=saved.sentence, form=form)
        problem = saved if isinstance(saved, FormProblem) else None
        if not answer.done():
            answer.set_result(problem)
        elif problem is not None:
            await self.reopening.offer_form(caller, problem.form, problem.sentence)
        if isinstance(saved, Saved) and saved.confirmation is not None:
            await self.answering.tell_caller(caller, Reply(text=saved.confirmation))

    async def _show_wrong(
        self,
        ack: AsyncAck,
        form: Form,
        wrong: Mapping[str, str],
        shown: Mapping[str, Any],
        *,
        problem: str,
    ) -> None:
        """Each sentence at its field; where a field is folded away, it is unfolded."""
        names = {block.get("block_id") for block in shown.get("blocks") or ()}
        if not wrong.keys() <= names:
            view = self.modals.make_view(replace(form, unfolded=True, sourced=True), problem=problem)
            await ack(response_action="update", view=view)
        else:
            await ack(
                response_action="errors", errors={block: without_marks(text) for block, text in wrong.items()}
            )


@dataclass(frozen=True, kw_only=True)
class Joining:
    """Joins a channel for the person who fills in a form, and leaves what they typed in it."""

    workspaces: Workspaces
    modals: OpenModals
    answering: Answering
    background: Background

    def register(self, app: AsyncApp) -> None:
        app.action(JOIN)(self.on_join)

    async def on_join(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self.background.start_task(self._join_and_show(body, context), name="composer.join")

    async def _join_and_show(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        view, channel = body["view"], str(body["actions"][0].get("value") or "")
        form = read_form(view)
        caller = caller_of(body, context, channel=form.origin)
        failed = await self.answering.attempt(self._join_channel(caller, channel))
        if failed is None:
            await self.modals.update_modal(caller, view, form, note=composer_words.JOINED)
        else:
            await self.modals.update_modal(caller, view, form, problem=failed.sentence)

    async def _join_channel(self, caller: Caller, channel: str) -> Shortfall | None:
        slack = await self.workspaces.slack_of(caller.team)
        return await join_channel(slack, channel, user=caller.user)
