"""The answer to a preview: shown to one person, who may see it twice without harm.

It travels as a job like any other, so it survives a restart and shares its answer; it has no run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, assert_never

from bot import replies
from bot.answers import Answers, Found, NoAnswer, Questions
from bot.markdown import Part
from bot.model import Models
from bot.runs.obstacles import ASKER_OUT, GAVE_UP, MODEL_GONE, Capped, answer_or_reason
from bot.runs.prepare import Prepare
from bot.runs.verdict import verdict_with
from bot.schedules import Permissions
from bot.slack import Caller
from bot.sources import channels_read, decode_sources
from bot.workspaces import Workspaces
from scheduler import Done, Job, Verdict

logger = logging.getLogger(__name__)


class PreviewFoot(Protocol):
    """Writes the foot of a preview: when it would run, and what can be done with it."""

    async def __call__(self, job: Job, *, made: datetime) -> Part:
        """Note that the answer made then was seen. Raises `RedisUnavailable`."""


@dataclass(frozen=True, kw_only=True)
class PreviewDelivery:
    """Answers deliveries of previews."""

    answers: Answers
    questions: Questions
    prepare: Prepare
    foot: PreviewFoot
    workspaces: Workspaces
    permissions: Permissions
    models: Models
    now: Callable[[], datetime]

    async def show_preview(self, job: Job) -> Verdict:
        """Answer the one who asked, who may see it twice. Raises `BotError`."""
        if self.models.allowed_model(job.model) is None:
            return await self.give_up(job, MODEL_GONE)
        asker = Caller(team=job.team or "", user=job.user or "", channel=None)
        if await self.permissions.shut_among(channels_read(decode_sources(job.sources)), asker):
            return await self.give_up(job, ASKER_OUT)
        question = self.questions.of_job(job, slot=None)
        result = await answer_or_reason(self.prepare.prepare_answer(job, question, slot=None))
        match result:
            case Found():
                return await self._show_answer(job, result)
            case NoAnswer():
                return await self.give_up(job, result)
            case Capped(cap=cap):
                return await self._tell_asker(job, replies.cap_reached(cap, schedule=None, query=job.query))
            case _:
                assert_never(result)

    async def give_up(self, job: Job, why: NoAnswer = GAVE_UP) -> Verdict:
        """Tell the one who asked that there will be no preview. Raises `BotError`."""
        logger.warning("preview.given_up reason=%s", why.reason)
        return await self._tell_asker(job, replies.gave_up(job.query, reason=why.reason, name=why.name))

    async def _show_answer(self, job: Job, found: Found) -> Verdict:
        verdict = verdict_with(found, now=self.now())
        foot = await self.foot(job, made=found.answer.made)
        await self.answers.keep_preview(job.team or "", job.id or "", found.answer)
        parts = replies.answer_parts(
            found.answer,
            query=job.query,
            schedule=None,
            demo=self.models.demo,
            cached=found.cache == "HIT",
            pressable=False,
        )
        slack = await self.workspaces.slack(job.team or "")
        for part in (*parts, foot):
            await slack.tell(job.user or "", part.text, blocks=part.blocks, channel=_channel_of(job))
        return verdict

    async def _tell_asker(self, job: Job, text: str) -> Verdict:
        slack = await self.workspaces.slack(job.team or "")
        await slack.tell(job.user or "", text, channel=_channel_of(job))
        return Done(text="")


def _channel_of(job: Job) -> str | None:
    """The channel in which it was asked for; None where that was none."""
    return None if job.channel == job.user else job.channel
