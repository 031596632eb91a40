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
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot import replies
from bot.answer import Answers, Found, Question
from bot.errors import (
    BotError,
    Limited,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    NoModel,
    RedisUnavailable,
    SlackError,
    SlackRefused,
    SlackUnavailable,
)
from bot.model import Model
from bot.post import Place, post_answer
from bot.records import Busy, Claim, Over, Taken
from bot.slack import Slack
from bot.store import Store
from scheduler import (
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
    next_hop,
    run_of,
    slot_of,
)

logger = logging.getLogger(__name__)

BUDGET: Final = timedelta(seconds=110)
"""What one delivery may take. It ends before its lease does, so a run never has two at work."""
LEASE: Final = BUDGET + timedelta(seconds=20)
_SOON: Final = timedelta(seconds=5)
_BACKOFF: Final = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=6))
_PUT_OFF: Final = timedelta(minutes=1)
_PATIENCE: Final = timedelta(hours=1)  # how long a one-off is put off because of the limit, before it fails


class Announcer:
    """Answers deliveries."""

    def __init__(
        self,
        *,
        answers: Answers,
        store: Store,
        slack: Slack,
        publisher: Publisher,
        model: Model,
        now: Callable[[], datetime],
    ) -> None:
        self._answers = answers
        self._store = store
        self._slack = slack
        self._publisher = publisher
        self._model = model
        self._now = now

    async def announce(self, delivery: Delivery) -> Verdict:
        """Do what the delivery asks for, within `BUDGET`."""
        job = delivery.job
        try:
            slot = slot_of(job, now=self._now())
        except WhenError:
            return Drop(reason="cron")
        if job.model not in (None, self._model.name):
            return Drop(reason="model")
        if job.sources:
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
        if run is None or failure.status == 489:  # nobody waits for it, or they were told when it was dropped
            return Done(text="")
        try:
            async with asyncio.timeout(BUDGET.total_seconds()):
                if failure.status == 429 and job.asked and self._now() - job.asked < _PATIENCE:
                    return await self._put_off(job, failure)
                return await self._run(job, run, self._answers.question(job, slot=slot), last=True)
        except TimeoutError:
            return Retry(after=_SOON, reason="out of time")
        except (BotError, PublishError) as exc:
            return _verdict(exc, retried=failure.retried)

    async def _verdict(self, job: Job, run: str | None, slot: datetime | None, *, retried: int) -> Verdict:
        try:
            if (hop := next_hop(job, now=self._now())) is not None:
                await self._publisher.publish(hop.job, deduplication_id=hop.deduplication_id, at=hop.at)
                return Done(text="")
            question = self._answers.question(job, slot=slot)
            if run is None or job.kind == "warm":
                return self._done(await self._answers.find(question))
            return await self._run(job, run, question)
        except (BotError, PublishError) as exc:
            return _verdict(exc, retried=retried)

    async def _run(self, job: Job, run: str, question: Question, *, last: bool = False) -> Verdict:
        """Take a run from its claim to its post; `last` means that the model is not asked any more."""
        token = secrets.token_hex(8)
        claim = await self._claim(job, run, question, token=token)
        match claim:
            case Over(reason=reason):
                return Done(text=f"nothing to do: {reason}")
            case Busy(left=left):
                return Retry(after=left + _SOON, reason="another delivery is on this run")
            case Taken():
                pass
            case _:
                assert_never(claim)
        try:
            return await self._answer_and_post(job, run, question, claim, token=token, last=last)
        except BaseException as exc:
            # Only these leave no doubt that nothing was posted beyond the record.
            certain = isinstance(exc, Limited | ModelError | SlackUnavailable | SlackRefused)
            await self._give_back(run, token=token, certain=certain)
            raise

    async def _claim(self, job: Job, run: str, question: Question, *, token: str) -> Claim:
        record = job.schedule or job.id
        return await self._store.claim(
            run,
            token=token,
            key=question.key,
            made_after=question.made_after,
            recent=self._answers.recent(question),
            schedule=(job.team or "", record) if record else None,
            now=self._now(),
            lease=LEASE,
        )

    async def _answer_and_post(
        self, job: Job, run: str, question: Question, claim: Taken, *, token: str, last: bool
    ) -> Verdict:
        if claim.answer is not None:
            self._answers.remember(question, claim.answer)
            found = Found(answer=claim.answer, cache="HIT")
        else:
            found_or_drop = await self._find(job, question, last=last)
            if isinstance(found_or_drop, Drop):
                if last:  # told once, however often QStash calls back
                    await self._store.posted(run, ts="")
                else:
                    await self._give_back(run, token=token, certain=True)
                return found_or_drop
            found = found_or_drop
            if not await self._store.posting(run, token=token, answer=found.answer, now=self._now()):
                return Retry(after=_SOON, reason="the run was taken over")
        parts = replies.posts(
            found.answer,
            query=job.query,
            schedule=job.schedule,
            demo=self._model.demo,
            cached=found.cache == "HIT",
            stale_at=self._now() if found.answer.made < question.made_after else None,
        )
        place = Place(channel=job.channel or "", thread=job.thread)
        try:
            await post_answer(
                self._slack, self._store, place=place, run=run, claim=claim, parts=parts, now=self._now
            )
        except SlackRefused as exc:
            await self._tell(job, exc.code if exc.code in replies.REASONS else "slack_refused")
            raise
        return self._done(found)

    async def _find(self, job: Job, question: Question, *, last: bool) -> Found | Drop:
        """The answer; when the model will not give one, the last good one; else whoever asked is told."""
        reason = "gave_up"
        if not last:
            try:
                return await self._answers.ask(question)
            except NoModel:
                reason = "no_model"
            except ModelRefused as exc:
                logger.error("model.refused: %s", exc)  # noqa: TRY400 - a sentence for the operator
                reason = "model_refused"
        answer = await self._answers.last_good(question)
        if answer is not None:
            return Found(answer=answer, cache="STALE")
        await self._tell(job, reason)
        return Drop(reason=reason)

    async def _put_off(self, job: Job, failure: Failure) -> Verdict:
        """The limit was in the way all the time: that is no failure, and it is tried again later."""
        at = self._now() + _PUT_OFF * random.uniform(1, 3)  # noqa: S311 - spreads the crowd
        name = f"{job.id}-off-{int(failure.created_at.timestamp())}"
        await self._publisher.publish(job, deduplication_id=name, at=at)
        return Done(text="put off")

    async def _tell(self, job: Job, reason: str) -> None:
        logger.warning("run.given_up reason=%s", reason)
        if job.user is None:
            return
        try:
            await self._slack.tell(job.user, replies.gave_up(job.query, reason=reason), channel=job.channel)
        except SlackError as exc:
            logger.warning("run.not_told: %s", exc)

    async def _give_back(self, run: str, *, token: str, certain: bool) -> None:
        try:
            await self._store.release(run, token=token, certain=certain)
        except RedisUnavailable as exc:
            logger.warning("run.not_released run=%s: %s", run, exc)  # its lease ends by itself

    def _done(self, found: Found) -> Done:
        age = max(self._now() - found.answer.made, timedelta(0))
        return Done(text=found.answer.text, cache=found.cache, age=age)


def _verdict(error: BotError | PublishError, *, retried: int) -> Verdict:
    """The one table from what went wrong to what QStash should do."""
    backoff = _BACKOFF[min(retried, len(_BACKOFF) - 1)]
    match error:
        case Limited(retry_after=after):
            return Retry(after=after, limited=True, reason="limited")
        case SlackUnavailable(retry_after=after) | ModelUnavailable(retry_after=after):
            return Retry(after=after or backoff, reason=str(error))
        case ModelError() | SlackRefused():
            return Drop(reason=str(error))
        case _:
            return Retry(after=backoff, reason=str(error))


def _log(verdict: Verdict, *, run: str) -> None:
    match verdict:
        case Done(cache=cache):
            logger.info("announce.done run=%s cache=%s", run, cache or "-")
        case Retry(after=after, reason=reason):
            logger.warning("announce.retry run=%s after=%.0fs: %s", run, after.total_seconds(), reason)
        case Drop(reason=reason):
            logger.error("announce.dropped run=%s: %s", run, reason)
