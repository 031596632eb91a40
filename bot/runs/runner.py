"""One run, from its claim to its post: claim → prepare → post → done.

Whatever is not done is given back, so that the next attempt, here or in another copy, goes on from there.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot import replies
from bot.answers import Answers, Found, NoAnswer, Question
from bot.budget import Purse
from bot.errors import (
    CapReached,
    ModelRefused,
    ModelUnavailable,
    NoModel,
    PostUnknown,
    RedisUnavailable,
    SlackRefused,
    SlackUnavailable,
    SourceUnavailable,
)
from bot.markdown import Part
from bot.model import Models
from bot.runs.claims import LEASE, Begun, Busy, Claim, Ending, Over, Taken
from bot.runs.ledger import Ledger
from bot.runs.post import UNSETTLED, place_of, post_answer
from bot.runs.prepare import Prepare, untold
from bot.runs.progress import Progress
from bot.runs.taken_run import Skipped, Task
from bot.runs.verdict import nothing_posted, why_of
from bot.schedules import Schedule, Warming, ticket_of
from bot.slack import Slack
from bot.sources import PASSING, Unreadable, reason_of
from bot.stats import Metrics
from bot.workspaces import Workspaces
from scheduler import Closures, Done, Job, Retry, Verdict

logger = logging.getLogger(__name__)

SOON: Final = timedelta(seconds=5)
_PATIENCE: Final = timedelta(minutes=15)
"""With a provider that says when to come back: a quota that is full again tomorrow is not waited for."""


MayRun = Callable[[Schedule | None, datetime | None], Awaitable[bool]]
"""Tells if a schedule may run, whose owner was last seen in its channels then; see `owner_check.py`."""


class Runs:
    """Takes runs from their claim to their post."""

    def __init__(
        self,
        *,
        answers: Answers,
        prepare: Prepare,
        ledger: Ledger,
        workspaces: Workspaces,
        models: Models,
        purse: Purse,
        closures: Closures,
        warming: Warming,
        metrics: Metrics,
        now: Callable[[], datetime],
        may_run: MayRun,
    ) -> None:
        self._answers = answers
        self._prepare = prepare
        self._ledger = ledger
        self._workspaces = workspaces
        self._models = models
        self._purse = purse
        self._closures = closures
        self._warming = warming
        self._metrics = metrics
        self._now = now
        self._may_run = may_run

    async def run(
        self, job: Job, run: str, question: Question, *, slot: datetime | None, last: bool = False
    ) -> Verdict:
        """Do `run`; `last`: nothing is read or asked any more. Raises `BotError` and `PublishError`."""
        token = secrets.token_hex(8)
        try:
            claim = await self._claim(job, run, question, token=token)
            match claim:
                case Over(reason=reason, progress=begun):
                    if begun is not None:
                        await self._telling(job, run, begun, await self._slack(job)).end()
                    return Done(text=f"nothing to do: {reason}")
                case Busy(left=left):
                    return Retry(after=left + SOON, reason="another delivery is on this run")
                case Taken():
                    task = Task(job=job, run=run, question=question, slot=slot, claim=claim, token=token)
                    return await self._do(task, last=last)
                case _:
                    assert_never(claim)
        except BaseException as exc:
            await self._give_back(run, token=token, error=exc)
            raise

    async def _claim(self, job: Job, run: str, question: Question, *, token: str) -> Claim:
        record = job.schedule or job.id
        return await self._ledger.claim_run(
            run,
            token=token,
            key=question.key,
            made_after=question.made_after,
            recent=None if question.own else self._answers.recent(question),
            schedule=(job.team or "", record) if record else None,
            recurring=job.cron is not None,
            ticket=ticket_of(job),
            by_hand=job.id is not None and job.schedule is not None,
            now=self._now(),
            lease=LEASE,
        )

    async def _do(self, task: Task, *, last: bool) -> Verdict:
        if (rest := task.rests(self._closures)) is not None:
            return await self._end(task, Skipped(why=rest))
        if not await self._may_run(task.claim.schedule, task.claim.checked):
            if task.by_another:
                await self._tell(task, replies.gave_up(task.job.query, reason="owner_out"))
            await self._over(task, task.ending("skipped", "owner_out", now=self._now()))
            return Done(text="")  # it is paused, so nothing is made ahead for it
        progress = await self._progress(task)
        outcome: Found | NoAnswer | Skipped | None = task.claim.found
        if outcome is None:
            outcome = await (self._last_good(task) if last else self._found(task, progress))
            if progress is not None:
                await progress.end()
            if not isinstance(outcome, Skipped) and not await self._ledger.pin_outcome(
                task.run, token=task.token, found=outcome, now=self._now()
            ):
                return Retry(after=SOON, reason="the run was taken over")
        elif isinstance(outcome, Found) and not task.question.own:
            self._answers.remember(task.question, outcome.answer)
        verdict = await self._end(task, outcome)
        if progress is not None:
            await progress.end()  # if Slack would not have it before
        return verdict

    async def _end(self, task: Task, outcome: Found | NoAnswer | Skipped) -> Verdict:
        """Post what came of the run, or say why there is nothing, and write it down."""
        verdict = Done(text="")
        match outcome:
            case Found(answer=answer):
                await self._post(task, outcome)
                if answer.text:
                    verdict = done(outcome, now=self._now())
            case NoAnswer():
                await self._explain(task, outcome)
            case Skipped(why=why):
                await self._over(task, task.ending("skipped", why, now=self._now()))
            case _:
                assert_never(outcome)
        if task.job.cron is not None:
            await self._warming.publish_warm_job(task.claim.schedule)
        return verdict

    async def _over(self, task: Task, ending: Ending) -> None:
        """Write down a run that posts nothing."""
        await self._ledger.record_posted(task.run, ts="", ending=ending)
        self._count(ending)

    def _count(self, ending: Ending) -> None:
        if ending.line is not None:
            self._metrics.ran(ending.line.outcome)

    async def _post(self, task: Task, found: Found) -> None:
        answer, schedule, stale = found.answer, task.claim.schedule, found.cache == "STALE"
        if answer.unchanged:
            ending = task.ending("unchanged", found=found, now=self._now())
            if task.job.changes == "always":  # others know that silence says so
                await self._post_parts(task, replies.nothing_new(task.job.query, schedule), ending)
            else:
                await self._over(task, ending)
            return
        parts = replies.answer_parts(
            answer,
            query=task.job.query,
            schedule=schedule,
            shared=task.claim.shared,
            kept=task.job.id or "",
            demo=self._models.demo,
            cached=found.cache == "HIT" and not task.was_paid(found),
            stale_at=self._now() if stale else None,
            why=found.why,
        )
        ending = task.ending("stale" if stale else "posted", found=found, now=self._now())
        await self._post_parts(task, parts, ending)
        self._metrics.posted(late=None if task.slot is None else self._now() - task.slot)

    async def _post_parts(self, task: Task, parts: tuple[Part, ...], ending: Ending) -> None:
        try:
            await post_answer(
                await self._slack(task.job),
                self._ledger,
                place=place_of(task.job),
                run=task.run,
                claim=task.claim,
                parts=parts,
                now=self._now,
                ending=ending,
            )
        except SlackRefused as exc:
            try:
                reason = exc.code if exc.code in replies.REASONS else "slack_refused"
                await self._tell(task, replies.gave_up(task.job.query, reason=reason))
            except SlackUnavailable:
                if exc.code != UNSETTLED:
                    raise  # the next try comes to the same, and tells of it
                logger.warning("run.not_told run=%s", task.run)
            # It is over, and that is told: whoever looks for runs that came to nothing need not.
            await self._over(task, task.ending("failed", exc.code, now=self._now()))
            raise
        self._count(ending)

    # Answers, and what there is instead of them

    async def _found(self, task: Task, progress: Progress | None) -> Found | NoAnswer | Skipped:
        """What it posts; when the model will not give it, the last good answer; else why there is none."""
        job, question = task.job, task.question
        if self._models.of(job.model) is None:
            return NoAnswer(reason="model_gone")

        if question.own and task.claim.preview is not None:
            shown = await self._answers.previewed(job.team or "", task.claim.preview)
            if shown is not None:
                return Found(answer=shown, cache="HIT")
        try:
            if not question.own:
                return await self._answers.obtain(question, look_first=False)  # the claim has looked
            found = await self._prepare.find(
                job, question, slot=task.slot, tell=progress.tell if progress else untold
            )
        except CapReached as exc:
            return await self._capped(task, exc)
        except NoModel:
            return await self._last_good(task, NoAnswer(reason="no_model"))
        except ModelRefused as exc:
            logger.error("model.refused: %s", exc)  # noqa: TRY400 - a sentence for the operator
            return await self._last_good(task, NoAnswer(reason="model_refused"))
        except ModelUnavailable as exc:
            if exc.retry_after is None or exc.retry_after <= _PATIENCE:
                raise
            logger.warning("model.away: %s", exc)
            return await self._last_good(task, NoAnswer(reason="model_away"))
        except SlackRefused:
            return NoAnswer(reason=reason_of("refused"))
        if not isinstance(found, Unreadable):
            return found
        if found.problem in PASSING and task.slot is not None:  # nobody waits, and it may pass
            raise SourceUnavailable(found.problem, name=found.name)
        return NoAnswer(reason=found.reason, name=found.name)

    async def _last_good(self, task: Task, why: NoAnswer | None = None) -> Found | NoAnswer:
        why = why or task.claim.why or NoAnswer(reason="gave_up")
        if self._models.of(task.job.model) is None:
            return NoAnswer(reason="model_gone")
        answer = await self._answers.last_good(task.question)
        if answer is not None:
            if answer.as_of >= task.question.made_after:  # another run has made it since
                return Found(answer=answer, cache="HIT")
            if task.job.changes == "always" and answer.text:  # the others' readers have seen it
                return Found(answer=answer, cache="STALE", why=why.reason)
        return why

    async def _capped(self, task: Task, cap: CapReached) -> Skipped:
        """A cap on money or calls is in the way: whoever asked now is told, a schedule's owner once."""
        job, schedule = task.job, task.claim.schedule
        logger.warning("run.capped run=%s scope=%s", task.run, cap.scope)
        team, who = job.team or "", job.schedule or ""
        if task.slot is None or await self._purse.take_first_refusal(cap, team=team, who=who):
            try:
                await self._tell(task, replies.cap_reached(cap, schedule=schedule, query=job.query))
            except BaseException:  # also where the time runs out: whoever was not told is to be told yet
                if task.slot is not None:
                    await self._purse.forget_refusal_told(cap, team=team, who=who)
                raise
        return Skipped(why=f"cap_{cap.scope}")

    async def _explain(self, task: Task, why: NoAnswer) -> None:
        """Say that there is no answer, once, however often QStash calls back.

        A schedule whose silence could be taken for "all clear" says it where it posts, others to their owner.
        """
        logger.warning("run.no_answer run=%s reason=%s", task.run, why.reason)
        job, ending = task.job, task.ending("failed", why.reason, now=self._now())
        if task.slot is not None and (job.sources or job.changes != "always"):
            parts = replies.no_answer(job.query, task.claim.schedule, reason=why.reason, name=why.name)
            await self._post_parts(task, parts, ending)
        else:
            await self._tell(task, replies.gave_up(job.query, reason=why.reason, name=why.name))
            await self._over(task, ending)

    async def _tell(self, task: Task, text: str) -> None:
        """A word to whom it concerns. Raises `SlackUnavailable` if they certainly did not hear it."""
        job, user = task.job, task.user
        if user is None:
            return
        try:
            await (await self._slack(job)).tell(user, text, channel=job.channel, thread=job.thread)
        except (PostUnknown, SlackRefused) as exc:
            logger.warning("run.not_told: %s", exc)

    async def _progress(self, task: Task) -> Progress | None:
        """For whoever waits for a long reading; a schedule's readers see its post alone."""
        job = task.job
        if not job.sources or task.slot is not None:
            return None
        return self._telling(job, task.run, task.claim.progress, await self._slack(job))

    def _telling(self, job: Job, run: str, begun: Begun | None, slack: Slack) -> Progress:
        return Progress(slack, self._ledger, run=run, place=place_of(job), begun=begun, now=self._now)

    async def _slack(self, job: Job) -> Slack:
        return await self._workspaces.slack(job.team or "")

    async def _give_back(self, run: str, *, token: str, error: BaseException) -> None:
        try:
            await self._ledger.release_run(run, token=token, certain=nothing_posted(error), why=why_of(error))
        except RedisUnavailable as exc:
            logger.warning("run.not_released run=%s: %s", run, exc)  # its lease ends by itself


def done(found: Found, *, now: datetime) -> Done:
    """The verdict that carries an answer."""
    return Done(text=found.answer.text, cache=found.cache, age=max(now - found.answer.made, timedelta(0)))
