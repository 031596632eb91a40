"""An answer for one person's eyes, before it becomes a schedule: asked for here, shown by `bot.runs`.

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

from bot import replies
from bot.markdown import Part
from bot.replies import composer_words, section_block
from bot.schedules import Draft, NotPublished
from bot.slack import AGAIN, Caller, caller_of
from bot.sources import Reading, encode_sources
from bot.ui.answering import Answering
from bot.ui.composer import modal
from bot.ui.composer.elements import button_element
from bot.ui.composer.form import DEFAULT_ZONE, Form
from bot.ui.composer.kept_forms import Forms
from bot.ui.composer.saving import FormProblem, Saved, Saving
from bot.ui.composer.source_fields import Offer, read_sources
from bot.ui.composer.times import read_times
from scheduler import Closures, Job, Once, Publisher, PublishError, Timing

logger = logging.getLogger(__name__)

POST_HERE: Final = "preview_post"


@dataclass(frozen=True, kw_only=True)
class Previews:
    """Asks for previews, and posts them when their reader likes them."""

    forms: Forms
    saving: Saving
    offer: Offer
    publisher: Publisher
    answering: Answering
    now: Callable[[], datetime]

    def register(self, app: AsyncApp) -> None:
        app.action(POST_HERE)(self.on_post_here)

    async def start_preview(self, caller: Caller, form: Form) -> str | FormProblem | NotPublished:
        """Have the form's prompt answered to the caller alone; the preview's id.

        Raises `RedisUnavailable` and `SlackError`.
        """
        recurs = read_times(form, now=self.now()).recurs
        reads = read_sources(form, offer=self.offer, recurs=recurs)
        if not isinstance(reads, Reading):
            block, sentence = next(iter(reads.items()))
            return FormProblem(sentence=replies.escape(sentence), form=form, block=block)
        if (refused := await self.saving.cannot_ask(caller, form, reads.sources)) is not None:
            return refused
        name = await self.forms.keep_form(caller.team, form)
        asked = replace(form, preview=None, unfolded=False)
        wish = hashlib.sha256(f"{caller.user} {caller.channel} {asked.encode()}".encode()).hexdigest()
        if (earlier := await self.forms.claim_wish(caller.team, wish, name)) != name:
            return earlier  # a double click
        job = Job(
            id=name,
            kind="preview",
            query=reads.query,
            sources=encode_sources(reads.sources),
            model=form.model,
            changes=form.changes if recurs else "always",
            team=caller.team,
            channel=caller.channel or caller.user,
            user=caller.user,
            max_age=None if form.freshness is None else timedelta(seconds=form.freshness),
            asked=self.now(),
        )
        try:
            await self.publisher.publish_job(job, deduplication_id=name)
        except PublishError as exc:
            logger.warning("preview.not_published: %s", exc)
            await self.forms.release_wish(caller.team, wish)
            return NotPublished(error=exc)
        return name

    async def on_post_here(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
        name = str(body["actions"][0].get("value") or "")
        self.answering.start_answer(caller, self._post_preview(caller, name))

    async def _post_preview(self, caller: Caller, name: str) -> str | None:
        form = await self.forms.find_form(caller.team, name)
        if form is None or caller.channel is None:
            return composer_words.PREVIEW_GONE
        reads = read_sources(form, offer=self.offer, recurs=False)
        if not isinstance(reads, Reading):
            return replies.escape(" ".join(reads.values()))
        draft = Draft(
            query=reads.query,
            sources=reads.sources,
            model=form.model,
            timing=Timing(when=Once(at=self.now(), zone=DEFAULT_ZONE)),
            channel=caller.channel,
            mentions=form.mentions,
            keep=form.keep,
            preview=name,
        )
        outcome = await self.saving.save_form(caller, form, draft, once=f"{name}-{caller.channel}")
        return outcome.confirmation if isinstance(outcome, Saved) else outcome.sentence


@dataclass(frozen=True, kw_only=True)
class FormFoot:
    """The foot of a preview: what its form says of times, and buttons to save or post it."""

    forms: Forms
    closures: Closures
    now: Callable[[], datetime]

    async def __call__(self, job: Job, *, made: datetime) -> Part:
        """Keep with the form when the answer that was seen was made. Raises `RedisUnavailable`."""
        team, name = job.team or "", job.id or ""
        form = await self.forms.find_form(team, name) or Form(prompt=job.query, channel=job.channel)
        await self.forms.keep_form(team, replace(form, keep=made), name=name)
        return preview_foot(form, name=name, now=self.now(), closures=self.closures)


def preview_foot(form: Form, *, name: str, now: datetime, closures: Closures) -> Part:
    """Under a preview, whose own last line says what it cost: when it would run, and what can be done."""
    lines = [composer_words.ONLY_YOU]
    timing = read_times(form, now=now).timing
    if timing is not None:
        lines.append(modal.describe_time(form, now=now, closures=closures))
    text = "\n".join(lines)
    save = {**button_element(composer_words.SAVE_PREVIEW, AGAIN), "value": name, "style": "primary"}
    post = {**button_element(composer_words.POST_PREVIEW, POST_HERE), "value": name}
    buttons = {"type": "actions", "elements": [save, post]}
    return Part(text=text, blocks=(section_block(text), buttons))
