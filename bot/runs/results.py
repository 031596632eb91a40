"""What a run posts: its answer, or the last good one, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from bot.answers import Answers, Found, LandingStep, NoAnswer, Tell
from bot.model import Models
from bot.runs.prepare import Prepare
from bot.runs.state.obstacles import GAVE_UP, MODEL_GONE, Capped, answer_or_reason
from bot.runs.state.taken_run import TakenRun


@dataclass(frozen=True, kw_only=True)
class Results:
    """Makes the results of runs, or finds the last good ones."""

    answers: Answers
    models: Models
    prepare: Prepare

    async def make_result(
        self, taken: TakenRun, *, tell: Tell, landing: LandingStep | None, is_old_fine: bool
    ) -> Found | NoAnswer | Capped:
        """Its answer; the last good one, if an old one is fine; else why there is none.

        `tell` hears how far a long reading is; `landing` goes along with what is stored.
        """
        question = taken.question
        if self.models.allowed_model(taken.job.model) is None:
            return MODEL_GONE
        if question.own and taken.claim.preview is not None:
            shown = await self.answers.preview_answer(taken.team, taken.claim.preview)
            if shown is not None and shown.day == question.day:
                shown = await self.prepare.judge_shown(taken.job, question, shown)
                return Found(answer=shown, cache="HIT")
        result = await answer_or_reason(
            self.prepare.prepare_answer(
                taken.job,
                question,
                slot=taken.slot,
                tell=tell,
                look_first=False,  # the claim has looked
                landing=landing,
                is_patient=taken.is_patient,
                timing=taken.timing,
            )
        )
        if isinstance(result, NoAnswer) and is_old_fine and not result.is_for_want_of_a_source:
            return await self.find_last_good(taken, result)
        return result

    async def find_last_good(self, taken: TakenRun, why: NoAnswer | None = None) -> Found | NoAnswer:
        """The last good answer, with the reason `why` it is no better; or that reason alone."""
        why = why or taken.claim.why or GAVE_UP
        if self.models.allowed_model(taken.job.model) is None:
            return MODEL_GONE
        answer = await self.answers.last_good(taken.question)
        if answer is not None:
            is_of_day = answer.day == taken.question.day
            if is_of_day and answer.as_of >= taken.question.made_after:  # another run has made it since
                return Found(answer=answer, cache="HIT")
            if not taken.job.is_selective and answer.text:  # the others' readers take it for news
                return Found(answer=answer, cache="STALE", why=why.reason)
        return why
