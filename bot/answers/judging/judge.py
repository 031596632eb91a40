"""The judge at work: a model is asked about an answer, twice at most, and its costs are the answer's.

The cheap comparison comes first: what is no news is not judged any further.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.answers.answers import Answers
from bot.answers.fitting import sum_costs
from bot.answers.judging import comparison, condition
from bot.answers.judging.comparison import Last
from bot.answers.question import Question, Questions
from bot.answers.records import Answer, Found, Judgement
from bot.day import UTC_ZONE
from bot.errors import BotError, CapReached, Limited, Misshapen, ModelError, ModelRefused, ModelUnavailable
from scheduler import Job

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=30)
"""The time for which a post waits for its condition; after it, the condition is open."""


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Judges answers."""

    answers: Answers
    questions: Questions

    async def compare_with(self, last: Last, job: Job, question: Question, answer: Answer) -> Answer:
        """The answer as far as it is new; the model is not asked about what reads the same."""
        if comparison.reads_the_same(last.text, answer.text):
            return replace(answer, unchanged=True)
        aside = self.questions.on_the_way(
            question,
            comparison.comparison_question(question.filled_query, last.text, answer.text),
            system=comparison.SYSTEM,
            shape=comparison.SHAPE,
        )
        try:
            judged = await self._ask_with_repeat(aside, about="changes")
        except (Misshapen, ModelRefused) as exc:  # better to read it again than never
            logger.log(_level_of(exc), "changes.not_judged: %s", exc)
            return replace(answer, unjudged=True, paid=True)
        answer = _with_costs(answer, judged)
        changed, difference = comparison.read_judgement(judged.answer.text)
        if not changed:
            return replace(answer, unchanged=True)
        if job.changes == "difference" and difference:
            return replace(answer, text=difference, whole=answer.text)
        return answer

    async def judge_condition(
        self, job: Job, question: Question, answer: Answer, *, may_wait: bool = False
    ) -> Answer:
        """The answer with the judgement on its job's condition; as it was, where that has none.

        It is judged once a run, whatever its places, before a reviewer is asked, and not again after an edit.
        What cannot be judged is open. Where it `may_wait`, ahead of its slot or for a trial, what may pass is
        raised instead: `ModelUnavailable` and `Limited`. Raises `RedisUnavailable`.
        """
        if job.post_if is None or (answer.unchanged and job.changes != "always"):
            return answer
        zone = UTC_ZONE if question.moment is None else question.moment.zone
        asked = condition.condition_question(
            job.post_if, answer.whole or answer.text, of=answer.as_of, zone=zone
        )
        aside = self.questions.on_the_way(question, asked, system=condition.SYSTEM, shape=condition.SHAPE)
        aside = replace(aside, moment=None, day=None)  # of time, it is told the day of the answer alone
        try:
            judged = await self._ask_in_time(aside)
        except (ModelError, Limited, CapReached) as exc:
            has_replied = isinstance(exc, Misshapen | ModelRefused)
            if may_wait and not has_replied and not isinstance(exc, CapReached):
                raise
            logger.log(_level_of(exc), "condition.not_judged: %s", exc)
            return replace(answer, judgement=Judgement(outcome="open"), paid=answer.paid or has_replied)
        judgement = condition.read_condition_judgement(judged.answer.text)
        return replace(_with_costs(answer, judged), judgement=judgement)

    async def _ask_in_time(self, aside: Question) -> Found:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return await self._ask_with_repeat(aside, about="condition")
        except TimeoutError as exc:
            raise ModelUnavailable("the judgement took too long") from exc

    async def _ask_with_repeat(self, aside: Question, *, about: str) -> Found:
        """Ask once more for a reply that has lost its shape. Raises what asking a model raises."""
        try:
            return await self.answers.obtain_answer(aside, look_first=False)
        except Misshapen as exc:
            logger.warning("%s.misshapen: %s", about, exc)
        return await self.answers.obtain_answer(aside, look_first=False)


def _level_of(error: BotError) -> int:
    """The operator can do something about a model that refuses."""
    return logging.ERROR if isinstance(error, ModelRefused) else logging.WARNING


def _with_costs(answer: Answer, judged: Found) -> Answer:
    """The answer, which has taken this judgement too."""
    if judged.cache != "MISS":
        return answer
    return replace(answer, cost=sum_costs(answer.cost, judged.answer.cost), paid=True)
