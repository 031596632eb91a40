"""The answer to a preview: shown to one person, who may see it twice without harm.

It travels as a job like any other, so it survives a restart and shares its answer; it has no run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, assert_never

from bot import replies
from bot.answers import Answer, Answers, Found, NoAnswer, PostedAnswers, Question, Questions, Renderings
from bot.errors import SlackUnavailable
from bot.markdown import Part
from bot.model import Models
from bot.readers import hidden_from
from bot.replies.views import Trial, trial_parts, trial_words
from bot.runs.prepare import Prepare
from bot.runs.state.obstacles import ASKER_NO_VIEWER, ASKER_OUT, GAVE_UP, MODEL_GONE, Capped, answer_or_reason
from bot.runs.verdict import verdict_with
from bot.schedules import CannotRead, Permissions, ScheduleStore
from bot.slack import Caller
from bot.sources import FileViewers, Source, channels_read, decode_sources
from bot.workspaces import Workspaces
from scheduler import Done, Job, Verdict

logger = logging.getLogger(__name__)


class Screen(Protocol):
    """Shows previews in the forms in which they were asked for. All of it raises `BotError`."""

    async def show_step(self, job: Job, done: int, total: int) -> None:
        """Say how far a long reading is."""

    async def show_answer(
        self, job: Job, blocks: Sequence[Mapping[str, Any]], *, made: datetime
    ) -> Part | None:
        """Note that the answer made then was seen; the foot of the messages that show it, if no form does."""

    async def show_problem(self, job: Job, sentence: str) -> bool:
        """Say why there is no preview; False if no form says it."""


@dataclass(frozen=True, kw_only=True)
class PreviewDelivery:
    """Answers deliveries of previews."""

    answers: Answers
    questions: Questions
    renderings: Renderings
    prepare: Prepare
    screen: Screen
    workspaces: Workspaces
    permissions: Permissions
    store: ScheduleStore
    posted: PostedAnswers
    models: Models
    sandbox: bool
    now: Callable[[], datetime]

    async def show_preview(self, job: Job) -> Verdict:
        """Answer the one who asked, who may see it twice. Raises `BotError`."""
        if self.models.allowed_model(job.model) is None:
            return await self.give_up(job, MODEL_GONE)
        asker = Caller(team=job.team or "", user=job.user or "", channel=None)
        if (unread := await self._why_unread(asker, decode_sources(job.sources))) is not None:
            return await self.give_up(job, unread)
        question = self.questions.of_job(job, slot=None)
        await self.answers.check_held()  # no claim looks up what was withdrawn
        trials = await self._try_on_posted(job, question, asker)
        tell = partial(self.screen.show_step, job)
        result = await answer_or_reason(
            self.prepare.prepare_answer(job, question, slot=None, tell=tell, may_wait=True)
        )
        match result:
            case Found():
                return await self._show_answer(job, result, trials)
            case NoAnswer():
                return await self.give_up(job, result, trials)
            case Capped(cap=cap):
                return await self._tell_asker(job, replies.cap_reached(cap, schedule=None, query=job.query))
            case _:
                assert_never(result)

    async def give_up(self, job: Job, why: NoAnswer = GAVE_UP, trials: Sequence[Trial] = ()) -> Verdict:
        """Tell the one who asked that there will be no preview, and how the condition was met before.

        Raises `BotError`.
        """
        logger.warning("preview.given_up reason=%s", why.reason)
        said = replies.gave_up(
            job.query, reason=why.reason, name=why.name, status=why.status, sandbox=self.sandbox
        )
        tried = trial_words(job.post_if, trials, demo=self.models.demo) if job.post_if else ""
        return await self._tell_asker(job, f"{said}\n\n{tried}" if trials else said)

    async def _why_unread(self, asker: Caller, sources: Sequence[Source]) -> NoAnswer | None:
        """The reason why they may not read all of it now. Raises `SlackUnavailable`."""
        if await self.permissions.shut_among(channels_read(sources), asker):
            return ASKER_OUT
        files = [source for source in sources if isinstance(source.readers, FileViewers)]
        unread = await self.permissions.cannot_read(asker, files)
        if isinstance(unread, CannotRead) and unread.problem == "untold":
            raise SlackUnavailable("Slack does not tell who may see a file")
        return None if unread is None else ASKER_NO_VIEWER

    async def _try_on_posted(self, job: Job, question: Question, asker: Caller) -> list[Trial]:
        """Judge the latest posts of the schedule by the condition that is tried, for who may see them."""
        if job.post_if is None or job.schedule is None:
            return []
        (schedule,) = await self.store.read_records([(asker.team, job.schedule)])
        if schedule is None or not await self.permissions.may_see(asker, schedule):
            return []
        if await hidden_from(self.permissions.slack_of, asker, (schedule,)):
            return []
        posted = await self.posted.read_latest(asker.team, job.schedule, now=self.now())
        answers = [Answer(text=answer.text, made=answer.made, model="") for answer in posted]
        judging = (self.prepare.judge_shown(job, question, answer, may_wait=True) for answer in answers)
        judged: list[Answer] = []
        for answer in await asyncio.gather(*judging, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer  # tried again, when the others are judged already
            judged.append(answer)
        return [Trial(made=answer.made, judgement=answer.judgement) for answer in judged if answer.judgement]

    async def _show_answer(self, job: Job, found: Found, trials: Sequence[Trial]) -> Verdict:
        verdict = verdict_with(found, now=self.now())
        await self.answers.keep_preview(job.team or "", job.id or "", found.answer)
        cached = found.cache == "HIT"
        body = await self.renderings.render_answer(found.answer, tables=False)
        blocks = replies.preview_in_form(
            found.answer, query=job.query, body=body, cached=cached, demo=self.models.demo
        )
        tried: tuple[Part, ...] = ()
        if job.post_if is not None:
            if found.answer.judgement is not None:
                trials = (Trial(made=None, judgement=found.answer.judgement), *trials)
            tried = trial_parts(job.post_if, trials, demo=self.models.demo)
            blocks = (*blocks, *(block for part in tried for block in part.blocks))
        foot = await self.screen.show_answer(job, blocks, made=found.answer.made)
        if foot is None:
            return verdict
        parts = replies.answer_parts(
            found.answer,
            query=job.query,
            schedule=None,
            body=await self.renderings.render_answer(found.answer),
            demo=self.models.demo,
            cached=cached,
            costs=True,
            pressable=False,
        )
        slack = await self.workspaces.slack_of(job.team or "")
        for part in (*parts, *tried, foot):
            await slack.tell_person(
                job.user or "", part.text, blocks=part.blocks, channel=_channel_of(job), thread=job.thread
            )
        return verdict

    async def _tell_asker(self, job: Job, text: str) -> Verdict:
        if await self.screen.show_problem(job, text):
            return Done(text="")
        slack = await self.workspaces.slack_of(job.team or "")
        await slack.tell_person(job.user or "", text, channel=_channel_of(job), thread=job.thread)
        return Done(text="")


def _channel_of(job: Job) -> str | None:
    """The channel in which it was asked for; None where that was none."""
    return None if job.channel == job.user else job.channel
