"""Makes a post ahead of its time and has it looked at; shortly before, its sources are read again.

What is in the way of that is told at its time, and not here: it is then looked at before it is posted.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from bot.answers import Found, NoAnswer, Question, Questions
from bot.errors import CapReached
from bot.runs.places.admission import Admission
from bot.runs.review.asking import ReviewDesk
from bot.runs.review.records import OpenReview, ReviewKey, occasion_of
from bot.schedules import Review, Schedule, Warming
from scheduler import Done, Job, Verdict, oldest_answer

logger = logging.getLogger(__name__)

_ANEW: Final = "anew:"
_CHECK: Final = "check:"


class Preparing(Protocol):
    """Makes answers for runs, and reads their sources."""

    async def prepare_answer(
        self, job: Job, question: Question, *, slot: datetime | None, may_wait: bool
    ) -> Found | NoAnswer: ...

    async def read_fingerprint(self, job: Job, *, slot: datetime | None) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class ReviewAhead:
    """Does the jobs of the kind `review`."""

    desk: ReviewDesk
    warming: Warming
    questions: Questions
    preparing: Preparing
    may_run: Callable[[Schedule | None, datetime | None, frozenset[str]], Awaitable[Admission]]
    now: Callable[[], datetime]

    async def look_ahead(self, job: Job) -> Verdict:
        """Have the run of `job.at` looked at, or do the rest that `job.review` names. Raises `BotError`."""
        found = await self.warming.find_to_review(job)
        if found is None or job.at is None or not (await self.may_run(*found, frozenset())).may_run:
            return Done(text="")
        schedule = found[0]
        review = self.desk.policy.review_of(schedule)
        if review is None:
            return Done(text="")
        run = self._run_of(job, schedule)
        slot = job.at if job.cron else None
        occasion = occasion_of(run, slot=slot)
        key = ReviewKey(team=schedule.team, schedule=schedule.id, occasion=occasion)
        word = job.review or ""
        if word.startswith(_CHECK):
            return await self._check_sources(key, schedule, run, number=word.removeprefix(_CHECK), slot=slot)
        anew = _round_in(word.removeprefix(_ANEW)) if word.startswith(_ANEW) else None
        opened = None if anew is None else await self.desk.store.find_review(key)
        if opened is not None and anew is not None and opened.round == anew + 1:  # made, if not yet asked
            await self.desk.finish_asking(schedule, opened)
        elif anew is None or (opened is not None and opened.round == anew):
            opened = await self._make_and_ask(schedule, review, run, key=key, slot=slot, anew_after=anew)
        else:
            return Done(text="")
        if opened is not None and _may_be_made_again(opened) and opened.facts.material:
            await self.desk.check_later(opened, schedule, job)
        if slot is not None and anew is None:
            await self.warming.publish_following(schedule, slot=slot)
        return Done(text="")

    async def _make_and_ask(
        self,
        schedule: Schedule,
        review: Review,
        run: Job,
        *,
        key: ReviewKey,
        slot: datetime | None,
        anew_after: int | None,
    ) -> OpenReview | None:
        assert run.at is not None  # noqa: S101 - a run ahead has its time
        question = self.questions.of_job(run, slot=slot)
        oldest = run.at - review.lead if slot is None else oldest_answer(run, slot=slot, lead=review.lead)
        made_after = self.now() if anew_after is not None else min(oldest, self.now())
        try:
            found = await self.preparing.prepare_answer(
                run, replace(question, made_after=made_after), slot=slot, may_wait=True
            )
        except CapReached:
            return None
        if not isinstance(found, Found) or found.cache == "STALE":
            return None
        return await self.desk.open_review(
            schedule,
            review,
            found,
            key=key,
            job=run,
            slot=slot,
            due=run.at,
            waits=False,
            anew_after=anew_after,
        )

    async def _check_sources(
        self, key: ReviewKey, schedule: Schedule, run: Job, *, number: str, slot: datetime | None
    ) -> Verdict:
        """Read its sources once more, which costs no model call, and tell the reviewers if they changed."""
        review = await self.desk.store.find_review(key)
        if review is None or review.round != _round_in(number) or not _may_be_made_again(review):
            return Done(text="")
        now_read = await self.preparing.read_fingerprint(run, slot=slot)
        if now_read is not None and now_read != review.facts.material:
            await self.desk.tell_of_change(schedule, review)
        return Done(text="")

    def _run_of(self, job: Job, schedule: Schedule) -> Job:
        """The run that a job ahead is about: with its place, its owner and its time."""
        mine = schedule.job
        return replace(
            job,
            kind="post",
            channel=mine.channel,
            also=mine.also,
            user=mine.user,
            thread=mine.thread,
            review=None,
            hop=0,
        )


def _may_be_made_again(review: OpenReview) -> bool:
    return review.state in ("asked", "post", "skip")


def _round_in(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
