"""POST /api/announce: a delivery becomes a verdict. Claim → answer → post → done.

Whatever is not done is given back, so that QStash's next attempt, here or in another copy, goes on from
there. What QStash has given up on comes back once more, to `failed`, where someone is told.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never
from zoneinfo import ZoneInfo

from bot import replies
from bot.answer import Answers, Question
from bot.book import Outcome, Run, Schedule, ticket_of
from bot.claims import Busy, Claim, Ending, Over, Taken
from bot.composer.preview import Showing
from bot.errors import (
    BotError,
    ModelRefused,
    NoModel,
    PostUnknown,
    RedisUnavailable,
    SlackRefused,
    SlackUnavailable,
)
from bot.model import Model
from bot.post import Place, post_answer
from bot.records import Found
from bot.slack import Slack
from bot.sources import Material, Unreadable, are_known, read
from bot.store import Store
from bot.verdict import nothing_posted, verdict_of
from bot.warming import Warming
from bot.workspaces import Workspaces
from scheduler import (
    Closures,
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
    is_free,
    next_hop,
    run_of,
    slot_of,
)

logger = logging.getLogger(__name__)

BUDGET: Final = timedelta(seconds=110)
"""What one delivery may take. It ends before its lease does, so a run never has two at work, unless two
copies' clocks differ by more than what lies between."""
LEASE: Final = BUDGET + timedelta(seconds=20)
_SOON: Final = timedelta(seconds=5)
_PUT_OFF: Final = timedelta(minutes=1)
_PATIENCE: Final = timedelta(hours=1)  # how long a run is put off because of the limit, before it fails


class Announcer:
    """Answers deliveries."""

    def __init__(
        self,
        *,
        answers: Answers,
        store: Store,
        workspaces: Workspaces,
        publisher: Publisher,
        model: Model,
        showing: Showing,
        closures: Closures,
        now: Callable[[], datetime],
        warming: Warming,
        after_post: Callable[[Taken], None] = lambda _: None,
    ) -> None:
        self._answers = answers
        self._store = store
        self._workspaces = workspaces
        self._publisher = publisher
        self._model = model
        self._showing = showing
        self._closures = closures
        self._now = now
        self._warming = warming
        self._after_post = after_post

    async def announce(self, delivery: Delivery) -> Verdict:
        """Do what the delivery asks for, within `BUDGET`."""
        job = delivery.job
        try:
            slot = self._slot(job)
        except WhenError:
            return Drop(reason="cron")
        if job.model not in (None, self._model.name):
            return Drop(reason="model")
        if not are_known(job.sources) or (job.sources and job.kind == "preview"):
            return Drop(reason="sources")
        run = run_of(job, slot=slot)
        try:
            async with asyncio.timeout(BUDGET.total_seconds()):
                verdict = await self._verdict(job, run, slot, retried=delivery.retried)
        except TimeoutError:
            verdict = Retry(after=_SOON, reason="out of time")
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
            verdict = Retry(after=_SOON, reason="out of time")
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
            if job.kind == "preview":
                return await self._showing.show(job)
            if job.kind == "warm" and not await self._warming.is_due(job):
                return Done(text="")
            question = self._answers.question(job, slot=slot)
            if job.kind == "warm" and question.made_after > self._now():
                return Done(text="")  # it comes too late for its slot, and too early for the next
            if run is None or job.kind == "warm":
                if job.sources:
                    return await self._read_and_find(job, question)
                return self._done(await self._answers.find(question))
            return await self._run(job, run, question)
        except (BotError, PublishError) as exc:
            return verdict_of(exc, retried=retried)

    async def _read_and_find(self, job: Job, question: Question) -> Verdict:
        """The answer about its sources; made ahead, it is kept with what it tells of them."""
        read_at = self._now()
        material = await self._read(job)
        if isinstance(material, Unreadable):
            return Drop(reason=f"source_{material.problem}")
        found = await self._answers.find(self._answers.about(question, job, material))
        if job.kind == "warm":
            answer = replace(found.answer, credit=replies.credit(material))
            await self._answers.keep_read(question, answer, read=read_at)
        return self._done(found)

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
            await self._publisher.publish(job, deduplication_id=name, at=at)
            return Done(text="")
        if await self._overtaken(job, slot):
            return Done(text="")
        return await self._run(job, run, self._answers.question(job, slot=slot), last=True)

    async def _hopped(self, job: Job) -> bool:
        """Whether `job` came before its time; then it is sent on its way again, unless it was deleted."""
        if job.id is None or (hop := next_hop(job, now=self._now())) is None:
            return False
        if not await self._store.is_deleted(job.team or "", job.id):
            await self._publisher.publish(hop.job, deduplication_id=hop.deduplication_id, at=hop.at)
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
        return await self._store.in_hand(run, now=now)

    async def _run(self, job: Job, run: str, question: Question, *, last: bool = False) -> Verdict:
        """Take a run from its claim to its post; `last` means that the model is not asked any more."""
        token = secrets.token_hex(8)
        try:
            claim = await self._claim(job, run, question, token=token)
            match claim:
                case Over(reason=reason):
                    return Done(text=f"nothing to do: {reason}")
                case Busy(left=left):
                    return Retry(after=left + _SOON, reason="another delivery is on this run")
                case Taken():
                    return await self._answer_and_post(job, run, question, claim, token=token, last=last)
                case _:
                    assert_never(claim)
        except BaseException as exc:
            await self._give_back(run, token=token, certain=nothing_posted(exc))
            raise

    async def _claim(self, job: Job, run: str, question: Question, *, token: str) -> Claim:
        record = job.schedule or job.id
        return await self._store.claim(
            run,
            token=token,
            key=question.key,
            made_after=question.made_after,
            recent=None if job.sources else self._answers.recent(question),
            schedule=(job.team or "", record) if record else None,
            recurring=job.cron is not None,
            ticket=ticket_of(job),
            by_hand=job.id is not None and job.schedule is not None,
            now=self._now(),
            lease=LEASE,
        )

    async def _answer_and_post(
        self, job: Job, run: str, question: Question, claim: Taken, *, token: str, last: bool
    ) -> Verdict:
        if (rest := self._rests(claim.schedule, slot_of(job, now=self._now()))) is not None:
            await self._store.posted(run, ts="", ending=self._ending(job, claim, "skipped", rest))
            return Done(text="")
        found = claim.found
        if found is not None:
            if not job.sources:
                self._answers.remember(question, found.answer)
        else:
            credit = ""
            if job.sources:
                material = await self._read(job)
                if isinstance(material, Unreadable):
                    reason = f"source_{material.problem}"
                    await self._tell(job, reason)
                    ending = self._ending(job, claim, "failed", reason)
                    await self._store.posted(run, ts="", ending=ending)
                    return Done(text="")
                question = self._answers.about(question, job, material)
                credit = replies.credit(material)
            found_or_drop = await self._find(job, question, last=last)
            if isinstance(found_or_drop, Drop):
                if last:  # told once, however often QStash calls back
                    ending = self._ending(job, claim, "failed", found_or_drop.reason)
                    await self._store.posted(run, ts="", ending=ending)
                    return Done(text="")
                await self._give_back(run, token=token, certain=True)
                return found_or_drop
            found = replace(found_or_drop, answer=replace(found_or_drop.answer, credit=credit))
            if not await self._store.posting(run, token=token, found=found, now=self._now()):
                return Retry(after=_SOON, reason="the run was taken over")
        stale = found.cache == "STALE"
        parts = replies.posts(
            found.answer,
            query=job.query,
            schedule=claim.schedule,
            shared=claim.shared,
            demo=self._model.demo,
            cached=found.cache == "HIT",
            stale_at=self._now() if stale else None,
        )
        place = Place(channel=job.channel or "", thread=job.thread)
        try:
            slack = await self._slack(job)
            await post_answer(
                slack,
                self._store,
                place=place,
                run=run,
                claim=claim,
                parts=parts,
                now=self._now,
                ending=self._ending(job, claim, "stale" if stale else "posted", found=found),
            )
        except SlackRefused as exc:
            try:
                await self._tell(job, exc.code if exc.code in replies.REASONS else "slack_refused")
            except SlackUnavailable:
                logger.warning("run.not_told run=%s", run)
            raise
        self._after_post(claim)
        if job.cron is not None:
            await self._warming.ahead(claim.schedule)
        return self._done(found)

    def _rests(self, schedule: Schedule | None, slot: datetime | None) -> str | None:
        """Why a schedule does not run at `slot`: its holiday's name, or that it has ended."""
        if schedule is None or slot is None:
            return None
        if schedule.until is not None and slot > schedule.until:
            return "ended"
        day = slot.astimezone(ZoneInfo(schedule.zone)).date()
        return is_free(day, calendar=schedule.holidays, closures=self._closures)

    def _ending(
        self, job: Job, claim: Taken, outcome: Outcome, detail: str = "", *, found: Found | None = None
    ) -> Ending:
        """What is written down of a run: in its schedule's history, and in what its team has used."""
        tally: dict[str, int] = {outcome: 1}
        if found is not None:
            tally[found.cache] = 1
            if found.cache == "MISS":
                tally["tokens_in"] = found.answer.tokens_in or 0
                tally["tokens_out"] = found.answer.tokens_out or 0
        return Ending(
            schedule=(job.team or "", claim.schedule.id if claim.schedule else ""),
            line=Run(at=self._now(), outcome=outcome, detail=detail),
            tally=tally,
        )

    async def _find(self, job: Job, question: Question, *, last: bool) -> Found | Drop:
        """The answer; when the model will not give one, the last good one; else whoever asked is told."""
        reason = "gave_up"
        if not last:
            try:
                # The store was asked on the way to the claim, unless it took reading to know the question.
                return await (self._answers.find if question.material else self._answers.ask)(question)
            except NoModel:
                reason = "no_model"
            except ModelRefused as exc:
                logger.error("model.refused: %s", exc)  # noqa: TRY400 - a sentence for the operator
                reason = "model_refused"
        answer = await self._answers.last_good(question)
        if answer is not None:
            fresh = answer.made >= question.made_after  # another run has made it since
            return Found(answer=answer, cache="HIT" if fresh else "STALE")
        await self._tell(job, reason)
        return Drop(reason=reason)

    async def _tell(self, job: Job, reason: str) -> None:
        """Raises `SlackUnavailable` if they were certainly not told."""
        logger.warning("run.given_up reason=%s", reason)
        if job.user is None:
            return
        try:
            slack = await self._slack(job)
            await slack.tell(job.user, replies.gave_up(job.query, reason=reason), channel=job.channel)
        except (PostUnknown, SlackRefused) as exc:
            logger.warning("run.not_told: %s", exc)

    async def _read(self, job: Job) -> Material | Unreadable:
        """What its sources say now. Raises `SlackError`."""
        slack = await self._slack(job)
        return await read(
            job.sources, slack, now=self._now(), zone=job.zone if job.cron and job.zone else "UTC"
        )

    async def _check_installed(self, job: Job) -> None:
        """For a team that has gone, nothing is spent and nothing is kept. Raises `NotInstalled`."""
        if job.team is not None:
            await self._slack(job)

    async def _slack(self, job: Job) -> Slack:
        """Where to speak; raises `NotInstalled`."""
        return await self._workspaces.slack(job.team or "")

    async def _give_back(self, run: str, *, token: str, certain: bool) -> None:
        try:
            await self._store.release(run, token=token, certain=certain)
        except RedisUnavailable as exc:
            logger.warning("run.not_released run=%s: %s", run, exc)  # its lease ends by itself

    def _done(self, found: Found) -> Done:
        age = max(self._now() - found.answer.made, timedelta(0))
        return Done(text=found.answer.text, cache=found.cache, age=age)


def _log(verdict: Verdict, *, run: str) -> None:
    match verdict:
        case Done(cache=cache):
            logger.info("announce.done run=%s cache=%s", run, cache or "-")
        case Retry(after=after, reason=reason):
            logger.warning("announce.retry run=%s after=%.0fs: %s", run, after.total_seconds(), reason)
        case Drop(reason=reason):
            logger.error("announce.dropped run=%s: %s", run, reason)
