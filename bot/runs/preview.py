"""The answer to a preview: shown to one person, who may see it twice without harm.

It travels as a job like any other, so it survives a restart and shares its answer; it has no run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot import replies
from bot.answers import Answers, Questions
from bot.errors import CapReached, ModelRefused, NoModel
from bot.markdown import Part
from bot.runs.prepare import Prepare
from bot.schedules import Permissions
from bot.slack import Caller
from bot.sources import Unreadable, channels_read, decode_sources
from bot.workspaces import Workspaces
from scheduler import Done, Job, Verdict

logger = logging.getLogger(__name__)


class PreviewFoot(Protocol):
    """What stands under a preview: when it would run, and what can be done with it."""

    async def __call__(self, job: Job, *, made: datetime) -> Part:
        """Note that the answer made then was seen. Raises `RedisUnavailable`."""


class PreviewDelivery:
    """Answers deliveries of previews."""

    def __init__(
        self,
        *,
        answers: Answers,
        questions: Questions,
        prepare: Prepare,
        foot: PreviewFoot,
        workspaces: Workspaces,
        permissions: Permissions,
        demo: bool,
        now: Callable[[], datetime],
    ) -> None:
        self._answers = answers
        self._questions = questions
        self._prepare = prepare
        self._foot = foot
        self._workspaces = workspaces
        self._permissions = permissions
        self._demo = demo
        self._now = now

    async def show(self, job: Job) -> Verdict:
        """Answer to the one who asked, who may see it twice. Raises `BotError`."""
        asker = Caller(team=job.team or "", user=job.user or "", channel=None)
        if await self._permissions.shut_among(channels_read(decode_sources(job.sources)), asker):
            return await self.give_up(job, reason="asker_out")
        question = self._questions.of_job(job, slot=None)
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
            return await self.give_up(job, reason=found.reason, name=found.name)
        now = self._now()
        team, name, user = job.team or "", job.id or "", job.user or ""
        foot = await self._foot(job, made=found.answer.made)
        await self._answers.keep_preview(team, name, found.answer)
        parts = replies.answer_parts(
            found.answer,
            query=job.query,
            schedule=None,
            demo=self._demo,
            cached=found.cache == "HIT",
            pressable=False,
        )
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
