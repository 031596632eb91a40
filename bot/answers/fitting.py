"""Asks about material that has to fit: in smaller parts again, when its model turns out to take less.

A model's window is often not known before its server refuses a question, or cuts it without a word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot.answers.answers import Answers
from bot.answers.condense import Condense, Tell
from bot.answers.question import Question, Questions
from bot.answers.records import Answer
from bot.errors import ModelRefused
from bot.sources import Material
from scheduler import Job

_WINDOWS: Final = 4
"""The windows that are tried for one question."""


@dataclass(frozen=True, kw_only=True)
class FittingAnswer:
    """An answer with the cost of all that it took, and the question and material that it answers."""

    answer: Answer
    question: Question
    material: Material | None


@dataclass(frozen=True, kw_only=True)
class AskAbout:
    """Asks a job's question about what was read for it."""

    answers: Answers
    questions: Questions

    async def __call__(
        self, job: Job, question: Question, material: Material | None, tell: Tell
    ) -> FittingAnswer:
        """Raises what asking a model raises."""
        if material is None:
            return await self._ask_question(job, question, None)
        await self.answers.get_model_ready(question)
        cost: int | None = 0
        tries_left = _WINDOWS
        while True:
            window, tries_left = self.answers.window_of(question), tries_left - 1
            try:
                found = await self._ask_condensed(job, question, material, tell)
            except ModelRefused as exc:
                if exc.why == "too_long" and tries_left and self._takes_less(question, window):
                    continue
                raise
            cost = sum_costs(cost, found.answer.cost)
            if not (found.answer.partly_read and tries_left and self._takes_less(question, window)):
                return replace(found, answer=replace(found.answer, cost=cost))

    async def _ask_condensed(
        self, job: Job, question: Question, material: Material, tell: Tell
    ) -> FittingAnswer:
        condensed = await Condense(answers=self.answers, questions=self.questions)(question, material, tell)
        found = await self._ask_question(job, question, condensed.material)
        answer = replace(
            found.answer,
            cost=sum_costs(found.answer.cost, condensed.cost),
            paid=found.answer.paid or condensed.paid,
            partly_read=found.answer.partly_read or condensed.partly_read,
        )
        return replace(found, answer=answer)

    async def _ask_question(self, job: Job, question: Question, material: Material | None) -> FittingAnswer:
        shared = self.questions.about_material(question, job, material)
        found = await self.answers.obtain_answer(shared, look_first=False)
        answer = replace(found.answer, paid=found.cache == "MISS")
        return FittingAnswer(answer=answer, question=shared, material=material)

    def _takes_less(self, question: Question, window: int) -> bool:
        return self.answers.window_of(question) < window


def sum_costs(one: int | None, other: int | None) -> int | None:
    """Add two costs; None where one of them is not known."""
    return None if one is None or other is None else one + other
