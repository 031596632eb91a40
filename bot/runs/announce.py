"""POST /api/announce: a delivery becomes a verdict.

What QStash has given up on comes back once more, to `failed`, where the last good answer goes out or someone
is told. What a single run goes through stands in `run.py`.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.answers import Question, Questions
from bot.errors import BotError, CapReached, SourceUnavailable
from bot.model import Models
from bot.runs.claims import BUDGET
from bot.runs.ledger import Ledger
from bot.runs.prepare import Prepare
from bot.runs.preview import PreviewDelivery
from bot.runs.runner import SOON, MayRun, Runs, done
from bot.runs.verdict import verdict_of
from bot.schedules import ScheduleStore, Warming
from bot.sources import PASSING, Unreadable, are_readable, decode_sources
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


class Announcer:
    """Answers deliveries."""

    def __init__(
        self,
        *,
        runs: Runs,
        prepare: Prepare,
        questions: Questions,
        ledger: Ledger,
        store: ScheduleStore,
        workspaces: Workspaces,
        publisher: Publisher,
        models: Models,
        showing: PreviewDelivery,
        warming: Warming,
        now: Callable[[], datetime],
        may_run: MayRun,
    ) -> None:
        self._runs = runs
        self._prepare = prepare
        self._questions = questions
        self._ledger = ledger
        self._store = store
        self._workspaces = workspaces
        self._publisher = publisher
        self._models = models
        self._showing = showing
        self._warming = warming
        self._now = now
        self._may_run = may_run

    async def announce(self, delivery: Delivery) -> Verdict:
        """Do what the delivery asks for, within `BUDGET`."""
        job = delivery.job
        try:
            slot = self._slot(job)
        except WhenError:
            return Drop(reason="cron")
        if not are_readable(decode_sources(job.sources)):
            return Drop(reason="sources")
        run = run_of(job, slot=slot)
        try:
            async with asyncio.timeout(BUDGET.total_seconds()):
                verdict = await self._verdict(job, run, slot, retried=delivery.retried)
        except TimeoutError:
            verdict = Retry(after=SOON, reason="out of time")
        _log(verdict, run=run or "-")
        return verdict

    async def failed(self, failure: Failure) -> Verdict:
        """QStash has given up: the last good answer goes out, or else whoever asked is told."""
        job = failure.job
        try:
            slot = slot_of(job, now=failure.created_at)
        except WhenError:
            return Drop(reason="cron")
        run = run_of(job, slot=slot)
        if run is None or job.kind == "warm" or failure.status == 489:
            return Done(text="")  # nobody waits for it, or they were told when it was dropped
        try:
            async with asyncio.timeout(BUDGET.total_seconds()):
                verdict = await self._last_resort(failure, run, slot)
        except TimeoutError:
            verdict = Retry(after=SOON, reason="out of time")
        except (BotError, PublishError) as exc:
            verdict = verdict_of(exc, retried=failure.retried)
        _log(verdict, run=run)
        return verdict

    def _slot(self, job: Job) -> datetime | None:
        now = self._now()
        if job.kind == "warm" and job.cron and job.zone:
            return Cron.parse(job.cron, zone=job.zone).next_after(now)
        return slot_of(job, now=now)

    async def _verdict(self, job: Job, run: str | None, slot: datetime | None, *, retried: int) -> Verdict:
        try:
            await self._check_installed(job)
            if await self._hopped(job):
                return Done(text="")
            if self._models.of(job.model) is None and (run is None or job.kind != "post"):
                return await self._without_model(job)
            if job.kind == "preview":
                return await self._showing.show(job)
            if job.kind == "warm":
                return await self._warmed(job, slot)
            question = self._questions.of_job(job, slot=slot)
            if run is None:
                return await self._answered(job, question)
            return await self._runs.run(job, run, question, slot=slot)
        except (BotError, PublishError) as exc:
            return verdict_of(exc, retried=retried)

    async def _answered(self, job: Job, question: Question) -> Verdict:
        """The answer, to whoever called."""
        found = await self._prepare.find(job, question, slot=None)
        if isinstance(found, Unreadable):
            return Drop(reason=found.reason)
        return done(found, now=self._now())

    async def _warmed(self, job: Job, slot: datetime | None) -> Verdict:
        """The answer for a slot to come. What is in its way is told at the slot, and not here."""
        due = await self._warming.find_due(job)
        if due is None or not await self._may_run(*due):
            return Done(text="")
        question = self._questions.of_job(job, slot=slot)
        if question.made_after > self._now():
            return Done(text="")  # it comes too late for its slot, and too early for the next
        try:
            found = await self._prepare.find(job, replace(question, ahead=not question.own), slot=slot)
        except CapReached:
            return Done(text="")
        if not isinstance(found, Unreadable):
            return done(found, now=self._now())
        if found.problem in PASSING:
            raise SourceUnavailable(found.problem)
        return Done(text="")

    async def _without_model(self, job: Job) -> Verdict:
        """The operator has taken the model away that it asks for, and it has no run that would say so."""
        if job.kind == "preview":
            return await self._showing.give_up(job, reason="model_gone")
        return Drop(reason="model")

    async def _last_resort(self, failure: Failure, run: str, slot: datetime | None) -> Verdict:
        job = failure.job
        await self._check_installed(job)
        if job.kind == "preview":
            return await self._showing.give_up(job)
        if await self._hopped(job):
            return Done(text="")
        if failure.status == 429 and (at := self._put_off_to(job, slot)) is not None:
            # The limit was in the way all the time: that is no failure.
            name = deduplication_id(run, "put off", int(failure.created_at.timestamp()))
            await self._publisher.publish_job(job, deduplication_id=name, at=at)
            return Done(text="")
        if await self._overtaken(job, slot):
            return Done(text="")
        return await self._runs.run(job, run, self._questions.of_job(job, slot=slot), slot=slot, last=True)

    async def _hopped(self, job: Job) -> bool:
        """Whether `job` came before its time; then it is sent on its way again, unless it was deleted."""
        if job.id is None or (hop := next_hop(job, now=self._now())) is None:
            return False
        if not await self._store.is_deleted(job.team or "", job.id):
            await self._publisher.publish_job(hop.job, deduplication_id=hop.deduplication_id, at=hop.at)
        return True

    def _put_off_to(self, job: Job, slot: datetime | None) -> datetime | None:
        """When to try again after the limit was in the way; None if it would be too late by then."""
        due = slot or job.at or job.asked
        at = self._now() + _PUT_OFF * random.uniform(1, 3)  # noqa: S311 - spreads the crowd
        if due is None or at - due > _PATIENCE or slot_of(job, now=at) != slot:
            return None
        return at

    async def _overtaken(self, job: Job, slot: datetime | None) -> bool:
        """Whether a later slot of the schedule is posted or about to be: nobody wants this one after it."""
        now = self._now()
        later = slot_of(job, now=now)
        if later == slot or (run := run_of(job, slot=later)) is None:
            return False
        return await self._ledger.is_in_hand(run, now=now)

    async def _check_installed(self, job: Job) -> None:
        """For a team that has gone, nothing is spent and nothing is kept. Raises `NotInstalled`."""
        if job.team is not None:
            await self._workspaces.slack(job.team)


def _log(verdict: Verdict, *, run: str) -> None:
    match verdict:
        case Done(cache=cache):
            logger.info("announce.done run=%s cache=%s", run, cache or "-")
        case Retry(after=after, reason=reason):
            logger.warning("announce.retry run=%s after=%.0fs: %s", run, after.total_seconds(), reason)
        case Drop(reason=reason):
            logger.error("announce.dropped run=%s: %s", run, reason)
