"""An answer for one person's eyes, before it becomes a schedule: asked for here, shown when it is there.

It travels as a job like any other, so it survives a restart and shares its answer; it has no run, because
showing it twice does no harm. The form behind it waits under the job's id.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot import replies
from bot.answer import Answers
from bot.background import Background
from bot.caller import Caller
from bot.composer import fields, modal
from bot.composer.form import DEFAULT_ZONE, Form, read_times
from bot.composer.forms import Forms
from bot.composer.reads import Offer, read_sources
from bot.composer.saving import Problem, Saved, Saving
from bot.errors import BotError, CapReached, ModelRefused, NoModel, RedisUnavailable, SlackError
from bot.interaction import AGAIN, caller_of
from bot.markdown import Part
from bot.permissions import Permissions
from bot.prepare import Prepare
from bot.reading import Reading, channels_in
from bot.refusals import NotPublished
from bot.replies.text import section
from bot.schedules import Draft
from bot.sources import Unreadable
from bot.workspaces import Workspaces
from scheduler import Closures, Done, Job, Once, Publisher, PublishError, Timing, Verdict

logger = logging.getLogger(__name__)

POST_HERE: Final = "preview_post"
_GONE: Final = "That preview is more than a day old. Please ask for another one."


class Previews:
    """Asks for previews, and posts them when their reader likes them."""

    def __init__(
        self,
        *,
        forms: Forms,
        saving: Saving,
        offer: Offer,
        publisher: Publisher,
        workspaces: Workspaces,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._forms = forms
        self._saving = saving
        self._offer = offer
        self._publisher = publisher
        self._workspaces = workspaces
        self._background = background
        self._now = now

    def register(self, app: AsyncApp) -> None:
        app.action(POST_HERE)(self.post_here)

    async def start(self, caller: Caller, form: Form) -> str | Problem | NotPublished:
        """Have the form's prompt answered to the caller alone; the preview's id.

        Raises `RedisUnavailable` and `SlackError`.
        """
        recurs = read_times(form, now=self._now()).recurs
        reads = read_sources(form, offer=self._offer, recurs=recurs)
        if not isinstance(reads, Reading):
            block, sentence = next(iter(reads.items()))
            return Problem(sentence=replies.escape(sentence), form=form, block=block)
        if (refused := await self._saving.cannot_ask(caller, form, reads.sources)) is not None:
            return refused
        name = await self._forms.keep(caller.team, form)
        asked = replace(form, preview=None, unfolded=False)
        wish = hashlib.sha256(f"{caller.user} {caller.channel} {asked.encode()}".encode()).hexdigest()
        if (earlier := await self._forms.first(caller.team, wish, name)) != name:
            return earlier  # a double click
        job = Job(
            id=name,
            kind="preview",
            query=reads.query,
            sources=reads.sources,
            model=form.model,
            changes=form.changes if recurs else "always",
            team=caller.team,
            channel=caller.channel or caller.user,
            user=caller.user,
            max_age=None if form.freshness is None else timedelta(seconds=form.freshness),
            asked=self._now(),
        )
        try:
            await self._publisher.publish_job(job, deduplication_id=name)
        except PublishError as exc:
            logger.warning("preview.not_published: %s", exc)
            await self._forms.unheard(caller.team, wish)
            return NotPublished(error=exc)
        return name

    async def post_here(self, ack: AsyncAck, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._background.start(self._post_here(body, context), name="preview.post")

    async def _post_here(self, body: Mapping[str, Any], context: AsyncBoltContext) -> None:
        caller = caller_of(body, context, channel=(body.get("channel") or {}).get("id"))
        try:
            told = await self._posted(caller, str(body["actions"][0].get("value") or ""))
        except RedisUnavailable:
            logger.warning("preview.redis_unavailable", exc_info=True)
            told = replies.memory_down()
        except SlackError as exc:
            logger.warning("preview.slack_failed: %s", exc)
            told = replies.slack_down()
        except Exception:
            logger.exception("preview.failed")
            told = replies.broken()
        if told is None:
            return
        try:
            slack = await self._workspaces.slack(caller.team)
            await slack.tell(caller.user, told, blocks=[section(told)], channel=caller.channel)
        except BotError as exc:
            logger.warning("preview.not_told: %s", exc)

    async def _posted(self, caller: Caller, name: str) -> str | None:
        form = await self._forms.find(caller.team, name)
        if form is None or caller.channel is None:
            return _GONE
        reads = read_sources(form, offer=self._offer, recurs=False)
        if not isinstance(reads, Reading):
            return replies.escape(" ".join(reads.values()))
        draft = Draft(
            query=reads.query,
            sources=reads.sources,
            model=form.model,
            timing=Timing(when=Once(at=self._now(), zone=DEFAULT_ZONE)),
            channel=caller.channel,
            mentions=form.mentions,
            keep=form.keep,
            preview=name,
        )
        outcome = await self._saving.save(caller, form, draft, once=f"{name}-{caller.channel}")
        return outcome.confirmation if isinstance(outcome, Saved) else outcome.sentence


class Showing:
    """Answers deliveries of previews."""

    def __init__(
        self,
        *,
        answers: Answers,
        prepare: Prepare,
        forms: Forms,
        workspaces: Workspaces,
        permissions: Permissions,
        closures: Closures,
        demo: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._answers = answers
        self._prepare = prepare
        self._forms = forms
        self._workspaces = workspaces
        self._permissions = permissions
        self._closures = closures
        self._demo = demo
        self._now = now

    async def show(self, job: Job) -> Verdict:
        """Answer to the one who asked, who may see it twice. Raises `BotError`."""
        asker = Caller(team=job.team or "", user=job.user or "", channel=None)
        if await self._permissions.shut_among(channels_in(job.sources), asker):
            return await self.give_up(job, reason="asker_out")
        question = self._answers.question(job, slot=None)
        try:
            found = await self._prepare.find(job, question, slot=None)
        except CapReached as exc:
            return await self._tell(job, replies.cap_reached(exc, schedule=None, query=job.query))
        except NoModel:
            return await self.give_up(job, reason="no_model")
        except ModelRefused as exc:
            logger.error("model.refused: %s", exc)  # noqa: TRY400 - a sentence for the operator
            return await self.give_up(job, reason="model_refused")
        if isinstance(found, Unreadable):
            return await self.give_up(job, reason=f"source_{found.problem}", name=found.name)
        now = self._now()
        team, name, user = job.team or "", job.id or "", job.user or ""
        form = await self._forms.find(team, name) or Form(prompt=job.query, channel=job.channel)
        await self._forms.keep(team, replace(form, keep=found.answer.made), name=name)
        await self._answers.keep_preview(team, name, found.answer)
        parts = replies.posts(
            found.answer,
            query=job.query,
            schedule=None,
            demo=self._demo,
            cached=found.cache == "HIT",
            pressable=False,
        )
        foot = preview_foot(form, name=name, now=now, closures=self._closures)
        slack = await self._workspaces.slack(team)
        for part in (*parts, foot):
            await slack.tell(user, part.text, blocks=part.blocks, channel=_place(job))
        return Done(text=found.answer.text, cache=found.cache, age=max(now - found.answer.made, timedelta(0)))

    async def give_up(self, job: Job, *, reason: str = "gave_up", name: str = "") -> Verdict:
        """Tell the one who asked that there will be no preview. Raises `BotError`."""
        logger.warning("preview.given_up reason=%s", reason)
        return await self._tell(job, replies.gave_up(job.query, reason=reason, name=name))

    async def _tell(self, job: Job, text: str) -> Verdict:
        slack = await self._workspaces.slack(job.team or "")
        await slack.tell(job.user or "", text, channel=_place(job))
        return Done(text="")


def _place(job: Job) -> str | None:
    """The channel in which it was asked for; None where that was none."""
    return None if job.channel == job.user else job.channel


def preview_foot(form: Form, *, name: str, now: datetime, closures: Closures) -> Part:
    """Under a preview, whose own last line says what it cost: when it would run, and what can be done."""
    lines = ["Only you see this preview."]
    timing = read_times(form, now=now).timing
    if timing is not None:
        lines.append(modal.understood(form, now=now, closures=closures))
    text = "\n".join(lines)
    save = {**fields.button("Save as schedule", AGAIN), "value": name, "style": "primary"}
    post = {**fields.button("Post here", POST_HERE), "value": name}
    buttons = {"type": "actions", "elements": [save, post]}
    return Part(text=text, blocks=(section(text), buttons))
