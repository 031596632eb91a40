"""Carries out a reviewer's decision, if they may make it and it comes in time.

What comes back from a card is a name of a review and nothing more: everything else is looked up. The first
decision counts; everyone after that is told what was decided.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot import replies
from bot.errors import SlackError
from bot.replies.review import (
    ReviewPress,
    made_anew,
    not_a_reviewer,
    review_anew,
    review_gone,
    review_not_theirs,
    review_outcome,
    review_pointless,
)
from bot.runs import Decided, NotDecided, OpenReview, ReviewDesk, ReviewKey
from bot.schedules import NotPublished, Schedule, ScheduleStore
from bot.slack import Caller
from scheduler import Job, PublishError, review_job, runs_at

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Decidable:
    """A review that someone may decide, of a run that still comes, or has come."""

    schedule: Schedule
    review: OpenReview


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """Decides for reviewers."""

    desk: ReviewDesk
    schedule_store: ScheduleStore
    now: Callable[[], datetime]

    async def find_review(self, caller: Caller, press: ReviewPress) -> Decidable | str:
        """The review of a card, if this person may decide about it; else a sentence.

        Raises `SlackError`, `RedisUnavailable`.
        """
        key = ReviewKey(team=caller.team, schedule=press.schedule, occasion=press.occasion)
        review = await self.desk.store.find_review(key)
        if review is None or review.state == "clear":
            return review_gone()
        schedule = await self.schedule_store.find_record(caller.team, press.schedule)
        if caller.user not in review.facts.reviewers:
            return not_a_reviewer(None)
        if schedule is not None and not await self.desk.reviewers.may_look(schedule, caller.user):
            return review_not_theirs()
        if schedule is None or schedule.id != press.schedule or not self._still_comes(schedule, review):
            known = schedule if schedule is not None and schedule.id == press.schedule else None
            return review_pointless(known)
        wanted = self.desk.policy.review_of(schedule)
        if wanted is None or not await self.desk.reviewers.is_reviewer(schedule, wanted, caller.user):
            return not_a_reviewer(schedule)
        if review.round != press.round:
            return review_anew()
        return Decidable(schedule=schedule, review=review)

    def _still_comes(self, schedule: Schedule, review: OpenReview) -> bool:
        """False if the schedule was paused, or changed so that this is not what it posts then."""
        facts = review.facts
        if schedule.state == "paused" and not facts.job.id:
            return False
        asks = (schedule.query, schedule.job.sources, schedule.model)
        if asks != (facts.job.query, facts.job.sources, facts.job.model):
            return False
        if facts.slot is not None:
            return schedule.cron is not None and runs_at(
                schedule.timing, facts.slot, closures=self.desk.closures
            )
        is_one_off = facts.job.id == schedule.id
        return not is_one_off or schedule.at == facts.job.at

    async def decide(
        self, caller: Caller, found: Decidable, verdict: str, *, text: str | None = None
    ) -> str | None:
        """Write down the decision, `text` being the post's new words, and do what follows from it at once.

        None if it counts: the card says so. Else what was decided before. Raises `RedisUnavailable`.
        """
        review, schedule = found.review, found.schedule
        facts, answer = review.facts, review.answer
        name = await self._name_of(caller)
        is_late = review.state == "undecided"
        decided_answer = replace(
            answer,
            reviewed=name,
            edited=text is not None and text != answer.text,
            text=answer.text if text is None else text,
            posted_for=(facts.slot or facts.job.at) if is_late or facts.waits else None,
        )
        outcome = await self.desk.store.decide_review(
            review,
            "post" if verdict == "post" else "skip",
            decided_answer,
            by=caller.user,
            name=name,
            now=self.now(),
        )
        if isinstance(outcome, Decided):
            step = "skipped" if verdict == "skip" else "edited" if decided_answer.edited else "posted"
            self.desk.count_review(step)  # type: ignore[arg-type]  # one of three
        elif outcome.why != "known":
            return review_gone() if outcome.why == "gone" else review_anew()
        try:  # also of what was decided before: QStash may not have had it, or a card not have been changed
            await self.desk.carry_out(schedule, review, is_late=self._is_late(outcome), wish=caller.wish)
        except PublishError as exc:
            logger.warning("review.not_published id=%s: %s", schedule.id, exc)
            return replies.refusal_words(NotPublished(error=exc))
        await self.desk.show_decision(schedule, review.key)
        if isinstance(outcome, Decided) or self._is_done_before(caller, outcome):
            return None
        return await self.tell_outcome(schedule, review)

    def _is_done_before(self, caller: Caller, outcome: NotDecided) -> bool:
        """True if the process that decided it for the same person was lost before it was done."""
        return caller.asks_again and outcome.why == "known" and outcome.by == caller.user

    def _is_late(self, outcome: Decided | NotDecided) -> bool:
        return outcome.is_late if isinstance(outcome, Decided) else outcome.state == "late"

    async def tell_outcome(self, schedule: Schedule, review: OpenReview) -> str:
        """Say what was decided, as it stands now."""
        latest = await self.desk.store.find_review(review.key)
        if latest is None:
            return review_gone()
        face = await self.desk.cards.face_of(latest, schedule)
        return review_outcome(face, latest.state, by=latest.by)

    async def make_again(self, found: Decidable) -> str:
        """Have the answer made again before its time. Raises `PublishError`."""
        review, schedule = found.review, found.schedule
        job = review.facts.job
        if review.facts.waits or job.at is None or job.at <= self.now():
            return await self.tell_outcome(schedule, review)
        await self.desk.make_again(review, schedule, self._job_ahead(job))
        return made_anew()

    def _job_ahead(self, job: Job) -> Job:
        assert job.at is not None  # noqa: S101 - what is made ahead has its time
        return review_job(job, job.at)

    async def _name_of(self, caller: Caller) -> str:
        """The name by which a post says who has looked at it; it notifies nobody."""
        slack = await self.desk.workspaces.slack_of(caller.team)
        try:
            return (await slack.user_profile(caller.user)).name or "a reviewer"
        except SlackError as exc:
            logger.warning("review.name_untold: %s", exc)
            return "a reviewer"
