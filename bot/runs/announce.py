"""POST /api/announce: a delivery becomes a verdict.

A job that QStash has given up on comes back once more, to `announce_failure`: the last good answer is posted,
or someone is told. `runner.py` takes a single run to its post.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from bot.answers import Answer, Answers, Found, NoAnswer, Question, Questions, Renderings
from bot.errors import BotError, CapReached, RedisUnavailable, StillListening
from bot.model import Models
from bot.promises import Promises
from bot.runs.eyes.reader_guard import MayPrepare
from bot.runs.prepare import Prepare
from bot.runs.preview import PreviewDelivery
from bot.runs.review.ahead import ReviewAhead
from bot.runs.runner import MayRun, Runs
from bot.runs.state.claims import BUDGET
from bot.runs.state.taken_run import WantedRun
from bot.runs.verdict import SOON, verdict_of, verdict_with
from bot.schedules import ScheduleStore, Warming
from bot.sources import are_readable, decode_sources
from bot.tracing import Attributes, Tracer, Work, begin_work
from bot.workspaces import Workspaces
from scheduler import (
    Cron,
    Delivery,
    Done,
    Drop,
    Failure,
    Job,
    Publisher,
    PublishError,
    Retry,
    Verdict,
    WhenError,
    deduplication_id,
    next_hop,
    run_of,
    slot_of,
)

logger = logging.getLogger(__name__)

_PUT_OFF: Final = timedelta(minutes=1)
_PATIENCE: Final = timedelta(hours=1)  # how long a run is put off because of the limit, before it fails

_PATIENT_TRIES: Final = 2
"""Deliveries of a slot that wait for a transcriber: the post is a minute late at most."""

_COPIES: Final = frozenset({"copy", "digest"})
"""The kinds of jobs for subscribers."""

SendCopy = Callable[[Job, datetime | None], Awaitable[Verdict]]
"""Sends what such a job asks for, at its slot."""


@dataclass(frozen=True, kw_only=True)
class _DueJob:
    """A job at its time."""

    job: Job
    slot: datetime | None
    """The slot that it serves, or that is made ahead."""
    run: str | None
    """The run that it is; None for one that posts nowhere."""

    moment: datetime
    """The time of that by QStash's clock, which fires the slots."""

    @classmethod
    def at(cls, moment: datetime, job: Job) -> Self:
        """The job as it is at that moment. Raises `WhenError`."""
        if job.kind == "warm" and job.cron and job.zone:
            slot: datetime | None = job.at or Cron.parse(job.cron, zone=job.zone).next_after(moment)
        else:
            slot = slot_of(job, now=moment)
        return cls(job=job, slot=slot, run=run_of(job, slot=slot), moment=moment)

    @property
    def with_slot(self) -> Job:
        """The job to publish again: it names its slot, which the clock may not tell any more then."""
        return self.job if self.slot is None else replace(self.job, at=self.slot)


@dataclass(frozen=True, kw_only=True)
class Announcer:
    """Answers deliveries."""

    runs: Runs
    answers: Answers
    renderings: Renderings
    prepare: Prepare
    questions: Questions
    store: ScheduleStore
    workspaces: Workspaces
    publisher: Publisher
    models: Models
    previews: PreviewDelivery
    promises: Promises
    warming: Warming
    reviews: ReviewAhead
    send_copy: SendCopy
    now: Callable[[], datetime]
    may_run: MayRun
    may_prepare: MayPrepare
    tracer: Tracer | None = None

    async def announce(self, delivery: Delivery) -> Verdict:
        """Do what the delivery asks for, within `BUDGET`."""
        try:
            due = _DueJob.at(delivery.sent_at or self.now(), delivery.job)
        except WhenError:
            return Drop(reason="cron")
        if not are_readable(decode_sources(delivery.job.sources)):
            return Drop(reason="sources")
        if (held := self._find_held(due, delivery.body)) is not None:
            return self._return_held(held)
        with self._begin_work(due, message=delivery.message_id, retried=delivery.retried) as work:
            serving = self._serve_due(due, retried=delivery.retried)
            return await _in_time(serving, work, run=due.run, retried=delivery.retried)

    def _begin_work(self, due: _DueJob, *, message: str = "", retried: int) -> Work:
        attributes: Attributes = {
            "messaging.system": "qstash",
            "messaging.operation.type": "process",
            "messaging.destination.name": "announce",
            "messaging.message.id": message,
            "precache.kind": due.job.kind,
            "precache.run": due.run or "",
            "precache.team": due.job.team or "",
            "precache.retried": retried,
        }
        return begin_work(
            self.tracer,
            "process announce",
            kind="consumer",
            parent=due.job.traceparent,
            attributes=attributes,
        )

    def answer_again(self, body: bytes) -> Done | None:
        """The answer to someone who sends the very bytes that were answered from here before."""
        held = self.answers.held_again(body)
        return None if held is None else self._return_held(held)

    async def announce_failure(self, failure: Failure) -> Verdict:
        """QStash has given up: post the last good answer, or else tell the person who asked."""
        try:
            due = _DueJob.at(failure.created_at, failure.job)
        except WhenError:
            return Drop(reason="cron")
        if due.job.kind in _COPIES and failure.status != 489:
            with self._begin_work(due, retried=failure.retried) as work:
                serving = self._serve_copy(due, retried=failure.retried)
                return await _in_time(serving, work, run=due.run, retried=failure.retried)
        if due.run is None or due.job.kind in ("warm", "review") or failure.status == 489:
            return Done(text="")  # nobody waits for it, or they were told when it was dropped
        with self._begin_work(due, retried=failure.retried) as work:
            serving = self._serve_last(failure, due, run=due.run)
            return await _in_time(serving, work, run=due.run, retried=failure.retried)

    def _find_held(self, due: _DueJob, body: bytes) -> Answer | None:
        """The answer to someone who waits for it, if this process holds it: nothing is waited for then."""
        job = due.job
        is_plain = due.run is None and job.kind == "post" and job.team is None and job.id is None
        if not is_plain or self.models.allowed_model(job.model) is None:
            return None
        question = self.questions.of_job(job, slot=due.slot)
        if question.own:
            return None
        if due.slot is None:  # or the same bytes ask for another answer at each slot
            self.answers.hold_body(body, question, max_age=self.questions.freshness.max_age_of(job))
        return self.answers.held_unasked(question)

    def _return_held(self, answer: Answer) -> Done:
        verdict = verdict_with(Found(answer=answer, cache="HIT"), now=self.now())
        _log_verdict(verdict, run="-")
        return verdict

    async def _serve_due(self, due: _DueJob, *, retried: int) -> Verdict:
        job = due.job
        await self._check_installed(job)
        if job.kind == "review":
            return await self._look_ahead(job)
        if await self._forward_if_early(job, moment=due.moment):
            return Done(text="")
        if job.kind == "preview":
            return await self._end_preview(job, await self.previews.show_preview(job))
        if job.kind in _COPIES:
            return await self._serve_copy(due, retried=retried)
        if (job.kind == "warm" or due.run is None) and self.models.allowed_model(job.model) is None:
            return Drop(reason="model")  # no run of it would say so
        if job.kind == "warm":
            return await self._prepare_ahead(due)
        question = self._question_of(due)
        if due.run is None:
            return await self._answer_caller(job, question)
        is_patient = retried < _PATIENT_TRIES
        wanted = WantedRun(job=job, run=due.run, slot=due.slot, question=question, is_patient=is_patient)
        try:
            verdict = await self.runs.carry_out(wanted)
        except StillListening as exc:  # no failure, and as often as it takes
            verdict = Retry(after=SOON, queued=True, reason=str(exc))
        if isinstance(verdict, Retry) and verdict.queued and retried:
            return await self._publish_again(due, run=due.run, after=verdict.after)
        return verdict

    async def _end_preview(self, job: Job, verdict: Verdict) -> Verdict:
        """Nobody waits for it any more: its asker has seen it, or was told that there is none."""
        try:
            await self.promises.settle_preview(job)
        except RedisUnavailable as exc:  # they may see it twice
            logger.warning("preview.not_settled: %s", exc)
        return verdict

    async def _serve_copy(self, due: _DueJob, *, retried: int) -> Verdict:
        """Send a subscriber what a schedule has posted."""
        verdict = await self.send_copy(due.job, due.slot)
        if isinstance(verdict, Retry) and verdict.queued and retried:
            name = f"{due.job.team}:{due.job.schedule}:{due.job.user}"
            return await self._publish_again(due, run=name, after=verdict.after)
        return verdict

    def _question_of(self, due: _DueJob) -> Question:
        """Its question; the answer that is made now is fresh, also by a clock that the slot is ahead of."""
        question, now = self.questions.of_job(due.job, slot=due.slot), self.now()
        return question if question.made_after <= now else replace(question, made_after=now)

    async def _publish_again(self, due: _DueJob, *, run: str, after: timedelta) -> Done:
        """Have it brought back for its turn as a new message: QStash's tries are there for failures.

        Each time as another one: QStash would drop what it takes for the message that it has just brought, to
        a copy whose clock is slow. Two do no harm, for the run is posted once.
        """
        name = deduplication_id(run, "turn", secrets.token_hex(8))
        await self.publisher.publish_job(due.with_slot, deduplication_id=name, at=self.now() + after)
        return Done(text="")

    async def _serve_last(self, failure: Failure, due: _DueJob, *, run: str) -> Verdict:
        job = due.job
        await self._check_installed(job)
        if job.kind == "preview":
            return await self._end_preview(job, await self.previews.give_up(job))
        if await self._forward_if_early(job, moment=self.now()):
            return Done(text="")
        if failure.status == 429 and (at := self._time_to_put_off(due)) is not None:
            # The limit was in the way all the time: that is no failure.
            name = deduplication_id(run, "put off", int(failure.created_at.timestamp()))
            await self.publisher.publish_job(due.with_slot, deduplication_id=name, at=at)
            return Done(text="")
        wanted = WantedRun(job=job, run=run, slot=due.slot, question=self._question_of(due))
        return await self.runs.carry_out(wanted, last=True)

    async def _answer_caller(self, job: Job, question: Question) -> Verdict:
        found = await self.prepare.prepare_answer(job, question, slot=None)
        if isinstance(found, NoAnswer):
            return Drop(reason=found.reason)
        return verdict_with(found, now=self.now())

    async def _look_ahead(self, job: Job) -> Verdict:
        if self.models.allowed_model(job.model) is None:
            return Drop(reason="model")
        return await self.reviews.look_ahead(job)

    async def _prepare_ahead(self, due: _DueJob) -> Verdict:
        """Have the answer for a slot to come; what is in its way is told at the slot, and not here."""
        ahead = await self.warming.find_due(due.job)
        if ahead is None or not (await self.may_run(*ahead, frozenset())).may_run:
            return Done(text="")
        if not await self.may_prepare(due.job, ahead[0]):
            return Done(text="")
        question = self.questions.of_job(due.job, slot=due.slot)
        if question.made_after > self.now():
            return Done(text="")  # it comes too late for its slot, and too early for the next
        question = replace(question, ahead=not question.own)
        try:
            timing = None if ahead[0] is None else ahead[0].timing
            found = await self.prepare.prepare_answer(
                due.job, question, slot=due.slot, may_wait=True, is_patient=True, timing=timing
            )
        except CapReached:
            return Done(text="")
        if not isinstance(found, Found):
            return Done(text="")
        await self.renderings.render_answer(found.answer)  # at the slot it is only posted
        if due.slot is not None:
            await self.warming.publish_following(ahead[0], slot=due.slot)
        return verdict_with(found, now=self.now())

    async def _forward_if_early(self, job: Job, *, moment: datetime) -> bool:
        """Send a job that came too early on its way again, unless it was deleted; False if it is due."""
        if job.id is None or (hop := next_hop(job, now=moment)) is None:
            return False
        if not await self.store.is_deleted(job.team or "", job.id):
            await self.publisher.publish_job(hop.job, deduplication_id=hop.deduplication_id, at=hop.at)
        return True

    def _time_to_put_off(self, due: _DueJob) -> datetime | None:
        """Find a time to try again after the limit was in the way; None if it would be too late by then."""
        job = due.job
        wanted = due.slot or job.at or job.asked
        at = self.now() + _PUT_OFF * random.uniform(1, 3)  # noqa: S311 - spreads the crowd
        if wanted is None or at - wanted > _PATIENCE or slot_of(replace(job, at=None), now=at) != due.slot:
            return None
        return at

    async def _check_installed(self, job: Job) -> None:
        """Spend and keep nothing for a team that has gone: raises `NotInstalled`."""
        if job.team is not None:
            await self.workspaces.slack_of(job.team)


async def _in_time(serving: Awaitable[Verdict], work: Work, *, run: str | None, retried: int) -> Verdict:
    """Wait for a verdict within `BUDGET`, and log it; an error becomes one."""
    try:
        async with asyncio.timeout(BUDGET.total_seconds()):
            verdict = await serving
    except TimeoutError:
        verdict = Retry(after=SOON, reason="out of time")
    except (BotError, PublishError) as exc:
        verdict = verdict_of(exc, retried=retried)
    work.set_attributes({"precache.verdict": type(verdict).__name__.lower()})
    _log_verdict(verdict, run=run or "-", work=work)
    return verdict


def _log_verdict(verdict: Verdict, *, run: str, work: Work | None = None) -> None:
    match verdict:
        case Done(cache=cache):
            if work is None:
                logger.info("announce.done run=%s cache=%s", run, cache or "-")
                return
            logger.info(
                "announce.done run=%s team=%s cache=%s seconds=%.3f stages=%s",
                run,
                work.attributes.get("precache.team") or "-",
                cache or "-",
                work.seconds,
                work.stages,
            )
        case Retry(after=after, reason=reason, queued=True):
            logger.info("announce.queued run=%s after=%.0fs: %s", run, after.total_seconds(), reason)
        case Retry(after=after, reason=reason):
            logger.warning("announce.retry run=%s after=%.0fs: %s", run, after.total_seconds(), reason)
        case Drop(reason=reason):
            logger.error("announce.dropped run=%s: %s", run, reason)
