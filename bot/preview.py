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

from bot import modal, replies
from bot.background import Background
from bot.errors import BotError, RedisUnavailable
from bot.form import DEFAULT_ZONE, Form, read_times
from bot.forms import Forms
from bot.interaction import AGAIN, caller_of
from bot.markdown import Part
from bot.records import Answer, Found
from bot.refusals import NotPublished
from bot.saving import Saved, Saving
from bot.schedules import Caller, Draft
from bot.slack import Slack
from bot.views import whisper
from bot.workspaces import Workspaces
from scheduler import Closures, Job, Once, Publisher, PublishError, Timing

logger = logging.getLogger(__name__)

POST_HERE: Final = "preview_post"
_DOUBLE_CLICK: Final = 5  # seconds in which the same wish is one wish
_GONE: Final = "That preview is more than a day old. Please ask for another one."


class Previews:
    """Asks for previews, and posts them when their reader likes them."""

    def __init__(
        self,
        *,
        forms: Forms,
        saving: Saving,
        publisher: Publisher,
        workspaces: Workspaces,
        background: Background,
        now: Callable[[], datetime],
    ) -> None:
        self._forms = forms
        self._saving = saving
        self._publisher = publisher
        self._workspaces = workspaces
        self._background = background
        self._now = now

    def register(self, app: AsyncApp) -> None:
        app.action(POST_HERE)(self.post_here)

    async def start(self, caller: Caller, query: str, *, form: Form | None = None) -> str | NotPublished:
        """Have `query` answered to the caller alone; the preview's id. Raises `RedisUnavailable`."""
        form = form or Form(prompt=query, channel=caller.channel, origin=caller.channel)
        name = await self._forms.keep(caller.team, form)
        job = Job(
            id=name,
            kind="preview",
            query=query.strip(),
            team=caller.team,
            channel=caller.channel or caller.user,
            user=caller.user,
            max_age=None if form.freshness is None else timedelta(seconds=form.freshness),
            asked=self._now(),
        )
        wish = f"{caller.team} {caller.user} {form.encode()} {int(self._now().timestamp()) // _DOUBLE_CLICK}"
        once = f"preview-{hashlib.sha256(wish.encode()).hexdigest()[:24]}"
        try:
            await self._publisher.publish(job, deduplication_id=once)
        except PublishError as exc:
            logger.warning("preview.not_published: %s", exc)
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
        except Exception:
            logger.exception("preview.failed")
            told = replies.broken()
        if told is None:
            return
        try:
            slack = await self._workspaces.slack(caller.team)
            await whisper(slack, caller.user, told, [modal.section(told)], channel=caller.channel)
        except BotError as exc:
            logger.warning("preview.not_told: %s", exc)

    async def _posted(self, caller: Caller, name: str) -> str | None:
        form = await self._forms.find(caller.team, name)
        if form is None or caller.channel is None:
            return _GONE
        draft = Draft(
            query=form.query,
            timing=Timing(when=Once(at=self._now(), zone=DEFAULT_ZONE)),
            channel=caller.channel,
            mentions=form.mentions,
            keep=form.keep,
        )
        outcome = await self._saving.save(caller, form, draft, once=f"{name}-{caller.channel}")
        return outcome.confirmation if isinstance(outcome, Saved) else outcome.sentence


async def show_preview(
    slack: Slack, job: Job, found: Found, *, forms: Forms, closures: Closures, now: datetime, demo: bool
) -> None:
    """Show an answer to the one who asked, with what can be made of it. Raises `BotError`."""
    team, name, user = job.team or "", job.id or "", job.user or ""
    form = await forms.find(team, name) or Form(prompt=job.query, channel=job.channel)
    await forms.keep(team, replace(form, keep=found.answer.made), name=name)
    parts = replies.posts(
        found.answer, query=job.query, schedule=None, demo=demo, cached=found.cache == "HIT"
    )
    foot = preview_foot(form, found.answer, name=name, now=now, closures=closures)
    channel = None if job.channel == user else job.channel
    for part in (*parts, foot):
        await whisper(slack, user, part.text, part.blocks, channel=channel)


def preview_foot(form: Form, answer: Answer, *, name: str, now: datetime, closures: Closures) -> Part:
    """Under a preview: what it cost, when it would run, and what can be done with it."""
    facts = ["Only you see this preview", answer.model]
    if answer.tokens_in is not None and answer.tokens_out is not None:
        facts.append(f"{answer.tokens_in:,} tokens in, {answer.tokens_out:,} out")
    lines = [replies.escape(" · ".join(facts))]
    timing = read_times(form, now=now).timing
    if timing is not None:
        lines.append(modal.understood(form, now=now, closures=closures))
    text = "\n".join(lines)
    save = {**modal.button("Save as schedule", AGAIN), "value": name, "style": "primary"}
    post = {**modal.button("Post here", POST_HERE), "value": name}
    buttons = {"type": "actions", "elements": [save, post]}
    return Part(text=text, blocks=(modal.section(text), buttons))
