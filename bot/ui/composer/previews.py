"""An answer for one person's eyes, before it becomes a schedule: asked for here, shown by `preview_screen`.

The form behind it waits under the job's id.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.commands import tidy_condition
from bot.day import find_variables
from bot.promises import Promises
from bot.replies.readers import agree_to_post
from bot.replies.text import Reply, escape_mrkdwn
from bot.replies.views import saving_words
from bot.schedules import Draft, NotPublished
from bot.slack import Caller, caller_of
from bot.sources import Reading, encode_sources
from bot.ui.answering import Answering
from bot.ui.composer.form import DEFAULT_ZONE, Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.saving import FormProblem, Saved, Saving
from bot.ui.composer.shown_preview import ShownPreview, fingerprint_of_question
from bot.ui.composer.source_fields import Offer, read_sources
from bot.ui.composer.times import read_times
from scheduler import Job, Once, PublishError, Timing

logger = logging.getLogger(__name__)

POST_HERE: Final = "preview_post"
POST_AGREED: Final = "preview_agree"
"""Under the question who would see it; its value is the preview's id, and the ticket of what was shown."""


@dataclass(frozen=True, kw_only=True)
class Previews:
    """Asks for previews, and posts them when their reader likes them."""

    forms: Forms
    saving: Saving
    offer: Offer
    promises: Promises
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.action(POST_HERE)(self.on_post_here)
        app.action(POST_AGREED)(self.on_post_agreed)

    async def start_preview(
        self, caller: Caller, form: Form, *, window: str | None = None, window_hash: str = ""
    ) -> str | FormProblem | NotPublished:
        """Have the form's prompt answered to the caller alone, in the modal `window`; the preview's id.

        What was previewed already is asked again. Raises `RedisUnavailable` and `SlackError`.
        """
        recurs = read_times(form, now=self.now()).recurs
        reads = read_sources(form, offer=self.offer, recurs=recurs)
        if not isinstance(reads, Reading):
            block, sentence = next(iter(reads.items()))
            return FormProblem(sentence=escape_mrkdwn(sentence), form=form, block=block)
        if (refused := await self.saving.cannot_ask(caller, form, reads.sources)) is not None:
            return refused
        question = fingerprint_of_question(form)
        before = await self.forms.find_preview(caller.team, form.preview) if window else None
        again = before is not None and before.is_done and before.question == question
        asked = replace(form, preview=form.preview if again else None, unfolded=False, sourced=False)
        wish = hashlib.sha256(f"{caller.user} {caller.channel} {asked.encode()}".encode()).hexdigest()
        name = await self.forms.keep_form(
            caller.team, replace(form, window=window), name=caller.wish.id if caller.wish else None
        )
        if (earlier := await self.forms.claim_wish(caller.team, wish, name)) != name:
            return earlier  # a double click
        if window is not None:
            await self.forms.keep_preview(caller.team, name, ShownPreview.working(question))
            shown = replace(form, preview=name)
            await self.forms.keep_open_form(caller.team, window, shown, view_hash=window_hash)
        condition = tidy_condition(form.post_if) or None
        max_age = None if form.freshness is None else timedelta(seconds=form.freshness)
        job = Job(
            id=name,
            kind="preview",
            query=reads.query,
            sources=encode_sources(reads.sources),
            model=form.model,
            changes=form.changes if recurs else "always",
            post_if=condition,
            schedule=form.editing if condition else None,
            team=caller.team,
            channel=caller.channel or caller.user,
            user=caller.user,
            max_age=timedelta(0) if again else max_age,
            asked=self.now(),
            asker_zone=form.zone,
            fills_for=(form.channel or caller.channel or caller.user)
            if find_variables(reads.query)
            else None,
        )
        try:
            await self.promises.publish_promised(job, deduplication_id=name, wish=caller.wish)
        except PublishError as exc:
            logger.warning("preview.not_published: %s", exc)
            await self.forms.release_wish(caller.team, wish)
            return NotPublished(error=exc)
        return name

    async def on_post_here(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        caller = _caller_of_press(body, context)
        name = str(body["actions"][0].get("value") or "")
        self.answering.start_answer(caller, self._post_preview(caller, name))

    async def on_post_agreed(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        caller = _caller_of_press(body, context)
        name, _, ticket = str(body["actions"][0].get("value") or "").partition(" ")
        self.answering.start_answer(caller, self._post_preview(caller, name, agreed=ticket))

    async def _post_preview(self, caller: Caller, name: str, *, agreed: str = "") -> Reply | str | None:
        form = await self.forms.find_form(caller.team, name)
        if form is None or caller.channel is None:
            return saving_words.PREVIEW_GONE
        reads = read_sources(form, offer=self.offer, recurs=False)
        if not isinstance(reads, Reading):
            return escape_mrkdwn(" ".join(reads.values()))
        draft = Draft(
            query=reads.query,
            sources=reads.sources,
            model=form.model,
            timing=Timing(when=Once(at=self.now(), zone=DEFAULT_ZONE)),
            channel=caller.channel,
            thread=caller.thread,
            mentions=form.mentions,
            keep=form.keep,
            preview=name,
            agreed=agreed,
        )
        outcome = await self.saving.save_form(caller, form, draft, once=f"{name}-{caller.channel}")
        if isinstance(outcome, Saved):
            return outcome.confirmation
        if not outcome.form.ticket:
            return outcome.sentence
        return agree_to_post(outcome.form.exposed, action=POST_AGREED, value=f"{name} {outcome.form.ticket}")


def _caller_of_press(body: Mapping[str, Any], context: AsyncBoltContext) -> Caller:
    """The one who presses, in the channel and the thread in which the preview is seen."""
    caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
    thread = (body.get("container") or {}).get("thread_ts")
    return caller.in_thread(thread if isinstance(thread, str) else None)
