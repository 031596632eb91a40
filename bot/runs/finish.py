"""The end of a run: it posts what came of it, or tells why there is nothing, and is written down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from bot import replies
from bot.answers import Found, NoAnswer, Renderings
from bot.budget import Purse
from bot.errors import CapReached, PostUnknown, SlackRefused, SlackUnavailable
from bot.markdown import Part
from bot.replies.feedback import with_thumbs
from bot.replies.review import nobody_decided
from bot.runs.demo_notice import DemoNotice
from bot.runs.ledger.ledger import Ledger
from bot.runs.places.telling_once import TellingOnce
from bot.runs.post import Sleep, post_answer
from bot.runs.state.claims import Ending
from bot.runs.state.ending import make_ending
from bot.runs.state.obstacles import CLOSING, GAVE_UP, Capped, Closed, Skipped
from bot.runs.state.taken_run import TakenRun, WantedRun
from bot.runs.verdict import is_nothing_posted, verdict_with
from bot.sources import is_talk
from bot.stats import Metrics
from bot.subscriptions import CopyFanOut
from bot.tracing import stage
from bot.workspaces import Workspaces
from scheduler import Done, Verdict

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Finish:
    """Ends runs."""

    ledger: Ledger
    renderings: Renderings
    workspaces: Workspaces
    purse: Purse
    metrics: Metrics
    demo_notice: DemoNotice
    telling_once: TellingOnce
    copy_fan_out: CopyFanOut
    costs: bool
    """Posts say which model answered, and what that cost."""
    sandbox: bool
    """The readers run the bot themselves, and are told its settings."""
    now: Callable[[], datetime]
    sleep: Sleep

    async def finish_run(self, taken: TakenRun, result: Found | NoAnswer | Capped | Skipped | Closed) -> Done:
        """Post what came of the run, or tell why there is nothing, and write it down."""
        match result:
            case Found(answer=answer):
                await self._post_found(taken, result)
                return verdict_with(result, now=self.now()) if answer.text else Done(text="")
            case NoAnswer():
                await self._explain_no_answer(taken, result)
            case Capped(cap=cap):
                await self._tell_of_cap(taken, cap)
                await self.write_down(
                    taken, make_ending(taken, "skipped", f"cap_{cap.scope}", now=self.now())
                )
            case Skipped(why=why, found=found):
                kept = found if isinstance(found, Found) else None
                await self.write_down(taken, make_ending(taken, "skipped", why, found=kept, now=self.now()))
            case Closed(found=found):
                await self._end_closed(taken, found if isinstance(found, Found) else None)
            case _:
                assert_never(result)
        return Done(text="")

    async def write_down(self, taken: TakenRun, ending: Ending) -> None:
        """Write down a run that posts nothing."""
        await self.ledger.record_posted(taken.run, ts="", ending=ending, open_post=taken.open_post)
        self._count_ending(ending)

    async def tell_user(self, taken: TakenRun, text: str) -> None:
        """Tell the person it concerns, or find out that Slack never will.

        Raises `SlackUnavailable` if it is not certain that they have heard it: told twice rather than never.
        """
        job, user = taken.job, taken.told_user
        if user is None:
            return
        try:
            slack = await self.workspaces.slack_of(taken.team)
            await slack.tell_person(user, text, channel=job.channel, thread=job.thread)
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps they were not told: {exc}") from exc
        except SlackRefused as exc:
            logger.warning("run.not_told: %s", exc)

    async def tell_of_reason(self, taken: TakenRun, reason: str, text: str) -> None:
        """As `tell_user`; of several places, the first with this reason tells it for all of them."""
        if not taken.is_one_of_several:
            await self.tell_user(taken, text)
            return
        run = taken.first_run
        if await self.telling_once.take_reason(run, reason, teller=taken.run):
            await self.tell_user(taken, text)

    async def end_untold(self, taken: TakenRun, reason: str) -> Verdict:
        """End a run of which Slack has not told in all the tries who is there."""
        logger.warning("run.%s run=%s", reason, taken.run)
        told = replies.gave_up(taken.job.query, reason=reason)
        await self.tell_of_reason(taken, reason, told)
        ending = make_ending(taken, "failed", reason, now=self.now())
        await self.write_down(taken, ending)
        return Done(text="")

    async def end_unreviewed(self, taken: TakenRun) -> Verdict:
        """End a run that nobody could look at, for no schedule posts there, where somebody has to."""
        reason = "unreviewed"
        logger.warning("run.%s run=%s", reason, taken.run)
        await self.tell_user(taken, replies.gave_up(taken.job.query, reason=reason))
        await self.write_down(taken, make_ending(taken, "skipped", reason, now=self.now()))
        return Done(text="")

    async def tell_of_overtaken(self, taken: TakenRun) -> None:
        """End a slot that is not begun any more, of a schedule without a record: no watchdog tells of it."""
        reason = (taken.claim.why or GAVE_UP).reason
        await self.tell_of_reason(taken, reason, replies.gave_up(taken.job.query, reason=reason))
        await self.write_down(taken, make_ending(taken, "failed", reason, now=self.now()))

    async def tell_undecided(self, taken: TakenRun) -> None:
        """Tell its owner that no reviewer has decided about it, so it is not posted; once for all places."""
        if taken.schedule is None:
            return
        text = nobody_decided(taken.schedule, slot=taken.slot or taken.job.at)
        await self.tell_of_reason(taken, replies.UNDECIDED, text)
        self.metrics.count_review("undecided")

    async def _end_closed(self, taken: TakenRun, found: Found | None) -> None:
        """End the run in a place that is not open to its owner, or whose person has left."""
        is_person = taken.post_place.channel.startswith("D")
        reason = "person_gone" if is_person else "owner_out"
        await self._tell_of_closed(taken, reason)
        ending = make_ending(taken, "failed" if is_person else "skipped", reason, found=found, now=self.now())
        await self.write_down(taken, ending)

    async def _tell_of_closed(self, taken: TakenRun, reason: str) -> None:
        """Tell the owner once of a closed place, with a button that takes it away."""
        schedule, channel = taken.schedule, taken.post_place.channel
        if schedule is None:
            return
        ref = (schedule.team, schedule.id)
        if await self.telling_once.is_closed_told(ref, channel):
            return
        try:
            told = replies.place_closed(schedule, channel, reason=reason)
            slack = await self.workspaces.slack_of(taken.team)
            await slack.tell_person(schedule.user, told.text, blocks=told.blocks)
        except SlackRefused as exc:
            logger.warning("run.not_told: %s", exc)
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps they were not told: {exc}") from exc
        await self.telling_once.record_closed(ref, channel)

    async def _post_found(self, taken: TakenRun, found: Found) -> None:
        answer, job, schedule = found.answer, taken.job, taken.schedule
        if answer.judgement is not None and answer.is_quiet:
            if job.cron is None:  # no later run will show that it is alive
                await self.tell_user(
                    taken, replies.kept_back(job.query, job.post_if or "", answer.judgement.reason)
                )
            reason = answer.judgement.reason
            await self.write_down(taken, make_ending(taken, "quiet", reason, found=found, now=self.now()))
            return
        if answer.unchanged:
            ending = make_ending(taken, "unchanged", found=found, now=self.now())
            if job.changes == "always":  # readers of the others know that silence says so
                parts = replies.nothing_new(job.query, schedule, unjudged=answer.is_open)
                await self._post_parts(taken, parts, ending)
            else:
                await self.write_down(taken, ending)
            return
        stale = found.cache == "STALE"
        parts = replies.answer_parts(
            answer,
            query=job.query,
            schedule=schedule,
            body=await self.renderings.render_answer(answer),
            shared=taken.claim.shared,
            kept=job.id or "",
            talk=is_talk(job.sources),
            demo=await self.demo_notice.is_due(taken),
            costs=self.costs,
            cached=found.cache == "HIT" and job.place is None and not taken.has_paid_for(found),
            stale_at=self.now() if stale else None,
            why=found.why,
        )
        parts = with_thumbs(parts, taken.vote_target(answer))
        ending = make_ending(taken, "stale" if stale else "posted", found=found, now=self.now())
        await self._post_parts(taken, parts, ending)
        self.metrics.count_post(late=None if taken.slot is None else self.now() - taken.slot)

    async def _explain_no_answer(self, taken: TakenRun, why: NoAnswer) -> None:
        """Say that there is no answer, once, however often QStash calls back.

        A schedule whose silence could be taken for "all clear" says it where it posts, others to their owner.
        """
        logger.warning("run.no_answer run=%s reason=%s", taken.run, why.reason)
        job, ending = taken.job, make_ending(taken, "failed", why.reason, now=self.now())
        if taken.explains_in_channel:
            parts = replies.no_answer(
                job.query,
                taken.schedule,
                reason=why.reason,
                name=why.name,
                status=why.status,
                sandbox=self.sandbox,
            )
            await self._post_parts(taken, parts, ending)
        else:
            recurs = taken.slot is not None and taken.schedule is not None and taken.schedule.cron is not None
            told = replies.gave_up(
                job.query,
                reason=why.reason,
                name=why.name,
                status=why.status,
                recurs=recurs,
                sandbox=self.sandbox,
            )
            await self.tell_of_reason(taken, why.reason, told)
            await self.write_down(taken, ending)

    async def _tell_of_cap(self, taken: TakenRun, cap: CapReached) -> None:
        """Tell the person who asked now each time, and a schedule's owner once."""
        logger.warning("run.capped run=%s scope=%s", taken.run, cap.scope)
        team, who = taken.team, taken.job.schedule or ""
        if taken.slot is not None and not await self.purse.take_first_refusal(
            cap, team=team, who=who, run=taken.run
        ):
            return
        await self.tell_user(taken, replies.cap_reached(cap, schedule=taken.schedule, query=taken.job.query))

    async def _post_parts(self, taken: TakenRun, parts: tuple[Part, ...], ending: Ending) -> None:
        try:
            slack = await self.workspaces.slack_of(taken.team)
            with stage("post", kind="client", attributes={"precache.parts": len(parts)}):
                copies = await post_answer(
                    slack, self.ledger, taken, parts, ending=ending, now=self.now, sleep=self.sleep
                )
        except SlackRefused as exc:
            await self._tell_of_refusal(taken, exc)
            # It is over, and that is told: the watchdog need not look after it.
            refused = make_ending(taken, "failed", exc.code, now=self.now())
            if taken.is_spread:  # the other places have it
                refused = replace(refused, read=ending.read, last=ending.last)
            await self.write_down(taken, refused)
            raise
        self._count_ending(ending)
        await self.publish_copies(taken, copies)

    async def publish_copies(self, wanted: WantedRun, users: Sequence[str]) -> None:
        """Have what is posted for a slot sent to its subscribers. Raises `PublishError`."""
        slot = wanted.served_slot
        if users and slot is not None and wanted.job.schedule is not None:
            ref = wanted.team, wanted.job.schedule
            await self.copy_fan_out.publish_copies(ref, users, slot=slot)

    async def _tell_of_refusal(self, taken: TakenRun, error: SlackRefused) -> None:
        reason = error.code if error.code in replies.REASONS else "slack_refused"
        try:
            if taken.is_one_of_several and error.code in CLOSING:
                await self._tell_of_closed(taken, error.code)
            else:
                await self.tell_of_reason(taken, reason, replies.gave_up(taken.job.query, reason=reason))
        except SlackUnavailable as exc:  # the next try comes to the same, and tells of it
            if is_nothing_posted(error):
                raise
            raise PostUnknown(str(exc)) from exc  # something may be posted, which is to be looked for then

    def _count_ending(self, ending: Ending) -> None:
        if ending.line is not None:
            self.metrics.count_run(ending.line.outcome)
