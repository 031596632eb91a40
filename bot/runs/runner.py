"""One run, from its claim to its post: claim → prepare → finish.

A run that is not finished is given back: the next attempt, here or in another copy, goes on from there.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never

from bot import replies
from bot.answers import Answers, Found, NoAnswer, Questions
from bot.budget import Later
from bot.errors import RedisUnavailable, SlackRefused, SlackUnavailable
from bot.runs.eyes.reader_guard import ASKS_CONSENT, READERS_UNTOLD, MayPost
from bot.runs.finish import Finish
from bot.runs.ledger.ledger import Ledger
from bot.runs.ledger.pinning import PinOnLanding
from bot.runs.places.admission import Admission
from bot.runs.places.fan_out import FanOut
from bot.runs.places.outcome import as_shared, encode_outcome
from bot.runs.post import NotBegun
from bot.runs.prepare import tell_nobody
from bot.runs.progress import Progress
from bot.runs.results import Results
from bot.runs.review.asking import ReviewDesk
from bot.runs.state.claims import LEASE, Begun, Busy, Claim, Ending, OpenPost, Over, Pinned, Taken, Undecided
from bot.runs.state.obstacles import (
    Capped,
    Closed,
    Skipped,
    reason_so_far,
)
from bot.runs.state.taken_run import TakenRun, WantedRun
from bot.runs.verdict import SOON, is_nothing_posted
from bot.schedules import Schedule, Warming, ticket_of
from bot.slack import is_direct
from bot.tracing import stage
from bot.workspaces import Workspaces
from scheduler import Closures, Done, PublishError, Retry, Verdict, run_of

logger = logging.getLogger(__name__)

_CLAIMS: Final = 16  # at once; a process has twice as many connections to Redis

MayRun = Callable[[Schedule | None, datetime | None, frozenset[str]], Awaitable[Admission]]
"""Tells if a schedule may run whose owner was last seen in its channels then, but for these; see
`owner_check.py`."""


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Takes runs from their claim to their post."""

    answers: Answers
    questions: Questions
    results: Results
    finish: Finish
    ledger: Ledger
    workspaces: Workspaces
    closures: Closures
    warming: Warming
    fan_out: FanOut
    desk: ReviewDesk
    now: Callable[[], datetime]
    may_run: MayRun
    may_post: MayPost
    claiming: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CLAIMS))
    """Claims wait here, and not for a connection to Redis: each names the time at which it is sent."""

    async def carry_out(self, wanted: WantedRun, *, last: bool = False) -> Verdict:
        """Do a run, and end the posts of slots before it; the `last` time nothing is read or asked.

        Raises `BotError` and `PublishError`.
        """
        token, claim = secrets.token_hex(8), None
        try:
            claim = await self._claim_run(wanted, token=token, last=last)
            verdict = await self._do_claimed(wanted, claim, token=token, last=last)
        except NotBegun as exc:
            await self._give_back(wanted, token=token, certain=True, error=exc)
            if isinstance(claim, Taken) and claim.schedule is None:
                await self.finish.tell_of_overtaken(TakenRun.of_claim(wanted, claim, token=token))
            return Done(text="nothing to do: overtaken")
        except BaseException as exc:
            # What an earlier try has left unsettled is so yet, whatever this one did or did not come to.
            unsettled = isinstance(claim, Taken) and claim.unsettled_since is not None
            await self._give_back(
                wanted, token=token, certain=is_nothing_posted(exc) and not unsettled, error=exc
            )
            raise
        if wanted.is_overtaken or not isinstance(claim, Taken | Over) or not isinstance(verdict, Done):
            return verdict
        return await self._end_earlier_posts(wanted, claim.earlier) or verdict

    async def _do_claimed(self, wanted: WantedRun, claim: Claim, *, token: str, last: bool) -> Verdict:
        match claim:
            case Over(reason=reason, progress=begun, is_spread=is_spread, copies=copies, untold=untold):
                if begun is not None:
                    await (await self._progress_of(wanted, begun)).take_away()
                if is_spread and wanted.job.also and not wanted.is_overtaken:
                    await self.fan_out.reach_again(wanted.job, slot=wanted.slot)
                await self.finish.publish_copies(wanted, copies)
                if untold is not None and wanted.job.place is None:
                    await self.desk.show_decision(untold, wanted.review_key)
                return Done(text=f"nothing to do: {reason}")
            case Busy(left=left):
                return Retry(after=left + SOON, reason="another delivery is on this run")
            case Later():
                return self._put_off(claim)
            case Undecided(due=due, unasked=schedule):
                done = await self.desk.bring_back(wanted.with_slot, run=wanted.run, due=due)
                if schedule is not None:
                    await self.desk.finish_waiting(schedule, wanted.review_key)
                return done
            case Taken():
                return await self._carry_on(TakenRun.of_claim(wanted, claim, token=token), last=last)
            case _:
                assert_never(claim)

    async def _end_earlier_posts(self, wanted: WantedRun, earlier: Sequence[OpenPost]) -> Verdict | None:
        """Complete the posts of slots before this one; a verdict where that is to be tried again.

        QStash's tries cannot: after the next slot they serve that one, as the clock tells.
        """
        for post in earlier:
            job = replace(wanted.job, channel=post.channel, thread=post.thread)
            overtaken = WantedRun(
                job=job,
                run=run_of(job, slot=post.slot) or "",
                slot=post.slot,
                question=self.questions.of_job(job, slot=post.slot),
                is_overtaken=True,
            )
            verdict = await self.carry_out(overtaken)
            if not isinstance(verdict, Done):
                return verdict
        return None

    async def _claim_run(self, wanted: WantedRun, *, token: str, last: bool) -> Claim:
        job, question, queue = wanted.job, wanted.question, wanted.post_queue
        record = job.schedule or job.id
        held = None if question.own else self.answers.held_answer(question)
        async with self.claiming:
            with stage("claim"):
                claim = await self.ledger.claim_run(
                    wanted.run,
                    token=token,
                    key=question.key,
                    made_after=question.made_after,
                    day=question.day,
                    recent=held,
                    schedule=(wanted.team, record) if record else None,
                    recurring=job.cron is not None,
                    ticket=ticket_of(job),
                    by_hand=wanted.is_by_hand,
                    open_post=wanted.open_post,
                    queue=replace(queue, in_person=True) if last else queue,
                    review=wanted.review_claim(
                        required=self.desk.policy.reviewers.get(wanted.post_place.channel, ()),
                        now=self.now(),
                    ),
                    now=self.now(),
                    lease=LEASE,
                )
        if held is not None and isinstance(claim, Taken) and claim.found is None:
            self.answers.forget_held(question)
        return claim

    async def _carry_on(self, taken: TakenRun, *, last: bool) -> Verdict:
        """Bring to its end what was claimed, from where the last attempt left it."""
        if taken.is_overtaken and taken.claim.found is None and taken.unposted is None:
            raise NotBegun("a later slot is posted")
        if (rest := taken.reason_to_rest(self.closures)) is not None:
            if rest.reason in ("condition", "paused"):  # nothing was due, so nothing is told or made ahead
                await self.finish.write_down(taken, Ending())
                return Done(text="")
            why = replies.BY_HAND if rest.reason == "skipped" else rest.holiday or rest.reason
            return await self._end_run(taken, Skipped(why=why))
        if taken.has_moved:  # the watchdog has the slot published again, for where it posts now
            await self.ledger.release_run(
                taken.run, token=taken.token, certain=True, open_post=taken.open_post
            )
            return Done(text="nothing to do: moved")
        if taken.is_taken_away:
            await self.finish.write_down(taken, Ending())
            return Done(text="")
        if taken.is_elsewhere and self.desk.policy.requires_review(taken.post_place.channel):
            return await self.finish.end_unreviewed(taken)
        untold = "owner_untold"
        try:
            admission = await self.may_run(taken.schedule, taken.claim.checked, taken.claim.out_of)
            if taken.job.place is not None:
                admission.check_told(taken.job.place)
            if admission.may_run and taken.job.place not in admission.out_of:
                untold = READERS_UNTOLD
                admission = replace(admission, may_show=await self.may_post(taken, last=last))
        except SlackUnavailable:
            if not last:
                raise
            return await self.finish.end_untold(taken, untold)
        if not admission.may_run:
            if taken.is_by_another:
                await self.finish.tell_user(taken, replies.gave_up(taken.job.query, reason="owner_out"))
            # It is paused, so nothing is made ahead for it.
            return await self.finish.finish_run(taken, Skipped(why="owner_out"))
        if taken.job.place in admission.out_of:
            return await self.finish.finish_run(taken, Closed())
        if admission.may_show == "none":
            return await self._end_run(taken, Skipped(why=ASKS_CONSENT))
        if (unposted := taken.unposted) is not None:
            return await self._end_run(taken, unposted)
        review = self.desk.review_for(taken.schedule, taken.claim.decision)
        progress = await self._progress_if_awaited(taken)
        result: Found | NoAnswer | Capped | None = taken.claim.found
        if result is None:
            if progress is not None and is_direct(taken.post_place.channel) and not last:
                await progress.show_beginning()
            pin = None if review else self._pin_on_landing(taken)
            if last:
                result = await self.results.find_last_good(taken)
            else:
                result = await self.results.make_result(
                    taken,
                    tell=progress.show_progress if progress else tell_nobody,
                    landing=pin,
                    is_old_fine=admission.may_show != "fresh",
                )
            if progress is not None:
                await progress.take_away()
            if review and isinstance(result, Found) and self.desk.is_decidable(result):
                return await self.desk.ask_and_wait(review, result, taken.waiting_run)
            if not isinstance(result, Capped):
                pinned = await self._pin_outcome(taken, result, pin)
                if pinned is None:
                    await self.answers.check_held()  # or its answer was withdrawn
                    return Retry(after=SOON, reason="the run was taken over, or its answer withdrawn")
                if isinstance(pinned, Later):
                    await self._spread_outcome(taken, result)
                    return self._put_off(pinned)
                taken = replace(taken, turn=pinned.turn)
        elif isinstance(result, Found) and not taken.question.own and not result.answer.reviewed:
            self.answers.hold_answer(taken.question, result.answer)
        verdict = await self._end_in_places(taken, result, admission, last=last)
        if progress is not None:
            await progress.take_away()  # if Slack would not have it before
        return verdict

    async def _end_in_places(
        self, taken: TakenRun, result: Found | NoAnswer | Capped, admission: Admission, *, last: bool
    ) -> Verdict:
        """Send the outcome on its way to the further places, and end the run in its own.

        Neither keeps the other from it: what QStash did not take is sent once more by the next delivery.
        """
        taken, unsent = await self._spread_outcome(taken, result)
        try:
            verdict = await self._end_in_place(taken, result, admission, last=last)
        except SlackRefused:
            if unsent is not None:
                raise unsent from None
            raise
        if unsent is not None:
            raise unsent
        return verdict

    async def _end_in_place(
        self, taken: TakenRun, result: Found | NoAnswer | Capped, admission: Admission, *, last: bool
    ) -> Verdict:
        place = taken.post_place.channel
        if taken.is_spread and place in admission.untold:
            if not last:
                raise SlackUnavailable("Slack does not tell who is in this place")
            return await self.finish.end_untold(taken, "owner_untold")
        if taken.is_spread and place in admission.out_of:
            return await self._end_run(taken, Closed(found=result))
        if admission.may_show == "elsewhere" and not isinstance(result, Capped):
            return await self._end_run(taken, Skipped(why=ASKS_CONSENT, found=result))
        return await self._end_run(taken, result)

    async def _spread_outcome(
        self, taken: TakenRun, result: Found | NoAnswer | Capped
    ) -> tuple[TakenRun, PublishError | None]:
        """Publish the messages to the further places, if they get it; the error is of what is not sent."""
        if isinstance(result, Capped) or not (channels := taken.further_places):
            return taken, None
        if not taken.is_to_post(result):
            return taken, None
        left = encode_outcome(as_shared(result)) if taken.needs_leaving(result) else None
        spread = replace(taken, is_spread=True)
        try:
            await self.fan_out.reach_places(taken.job, channels, slot=taken.slot, outcome=left)
        except PublishError as exc:
            logger.warning("run.not_spread run=%s: %s", taken.run, exc)
            return spread, exc
        return spread, None

    def _pin_on_landing(self, taken: TakenRun) -> PinOnLanding:
        return PinOnLanding(
            run=taken.run,
            token=taken.token,
            queue_of=lambda found: taken.post_queue if taken.is_to_post(found) else None,
            open_post=taken.open_post,
            pace=self.ledger.pace,
            now=self.now,
        )

    async def _pin_outcome(
        self, taken: TakenRun, result: Found | NoAnswer, pin: PinOnLanding | None
    ) -> Pinned | Later | None:
        """Pin the result and take its turn, unless that went with its landing."""
        if pin is not None and result is pin.found:
            return pin.outcome
        return await self.ledger.pin_outcome(
            taken.run,
            token=taken.token,
            found=result,
            queue=taken.post_queue if taken.is_to_post(result) else None,
            open_post=taken.open_post,
            now=self.now(),
        )

    def _put_off(self, later: Later) -> Retry:
        return Retry(after=later.at - self.now(), queued=True, reason="its turn in the channel comes later")

    async def _end_run(
        self, taken: TakenRun, result: Found | NoAnswer | Capped | Skipped | Closed
    ) -> Verdict:
        if taken.claim.decision == "undecided":
            await self.finish.tell_undecided(taken)
        verdict = await self.finish.finish_run(taken, result)
        if taken.is_past_deciding(result):
            await self.desk.show_decision(taken.schedule, taken.review_key)
        is_first = taken.job.place is None
        if taken.job.cron is not None and is_first and not taken.has_warm_up_ahead(self.now()):
            await self.warming.publish_warm_job(taken.schedule)
        return verdict

    async def _progress_if_awaited(self, taken: TakenRun) -> Progress | None:
        """For people who wait: for a long reading, and in direct messages for everything that they ask.

        A schedule's readers see its post alone.
        """
        asked_now = taken.job.at is None and is_direct(taken.post_place.channel)
        if taken.slot is not None or not (taken.job.sources or asked_now):
            return None
        return await self._progress_of(taken, taken.claim.progress)

    async def _progress_of(self, wanted: WantedRun, begun: Begun | None) -> Progress:
        slack = await self.workspaces.slack_of(wanted.team)
        return Progress(slack, self.ledger, wanted, begun=begun, now=self.now)

    async def _give_back(self, wanted: WantedRun, *, token: str, certain: bool, error: BaseException) -> None:
        """Give the run up; `certain` says that nothing was posted beyond what is recorded."""
        why = reason_so_far(error)
        try:
            await self.ledger.release_run(
                wanted.run, token=token, certain=certain, why=why, open_post=wanted.open_post
            )
        except RedisUnavailable as exc:
            logger.warning("run.not_released run=%s: %s", wanted.run, exc)  # its lease ends by itself
