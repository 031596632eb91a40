"""Asks reviewers about a post, tells them the decision, and has it carried out.

The review is written down before anybody is asked, and each card once it is there: an attempt that is lost
leaves a lease, after which another one asks those who were not asked yet. A decision before its time is found
by the run itself, in its claim; one that comes later has the run's job published again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.answers import Found
from bot.errors import PostUnknown, RedisUnavailable, SlackError, SlackRefused, SlackUnavailable
from bot.promises import Promises
from bot.replies.review import (
    ReviewerProblem,
    decided_card,
    replaced_card,
    reviewers_unfit,
    settled_card,
    sources_changed,
)
from bot.runs.review.cards import ReviewCards
from bot.runs.review.records import (
    LATE,
    Card,
    Decision,
    OpenReview,
    ReviewFacts,
    ReviewKey,
    WaitingRun,
    is_nothing_to_decide,
    pinned_answer,
)
from bot.runs.review.review_store import ReviewStore
from bot.runs.review.reviewers import Reviewers
from bot.schedules import NOBODY, Policy, Review, Schedule
from bot.slack import Wish
from bot.stats import ReviewStep
from bot.workspaces import Workspaces
from scheduler import Closures, Done, Job, Publisher, deduplication_id, upcoming_runs

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=130)
"""The time for which nobody else asks the reviewers: longer than a delivery may take."""
_SOON: Final = timedelta(seconds=5)
CHECK: Final = timedelta(minutes=10)
"""The time before a post at which its sources are read once more, to see if they have changed."""


@dataclass(frozen=True, kw_only=True)
class ReviewDesk:
    """Asks reviewers."""

    store: ReviewStore
    cards: ReviewCards
    reviewers: Reviewers
    policy: Policy
    workspaces: Workspaces
    publisher: Publisher
    promises: Promises
    closures: Closures
    now: Callable[[], datetime]
    count_review: Callable[[ReviewStep], None]

    async def open_review(
        self,
        schedule: Schedule,
        review: Review,
        found: Found,
        *,
        key: ReviewKey,
        job: Job,
        slot: datetime | None,
        due: datetime,
        waits: bool,
        anew_after: int | None = None,
    ) -> OpenReview | None:
        """Have `found` looked at before `job` posts it; None if there is nothing to decide about.

        Where that was begun before, it goes on. Raises `SlackUnavailable`, `RedisUnavailable`.
        """
        before = await self.store.find_review(key)
        if before is not None and anew_after is None and before.is_about(job, review):
            await self.finish_asking(schedule, before)
            return before
        people = await self.reviewers.find_reviewers(schedule, review)
        facts = ReviewFacts(
            job=replace(job, traceparent=None),
            slot=slot,
            due=due,
            until=self._end_of_late_posts(schedule, slot, due),
            reviewers=people.asked,
            unfit=people.unfit,
            undecided=review.undecided,
            waits=waits,
            required=review.by if review.is_required else (),
            material=found.answer.material,
        )
        is_clear = is_nothing_to_decide(found.answer)
        answer = pinned_answer(found, reviewed="" if is_clear else NOBODY)
        now = self.now()
        is_written, number = await self.store.write_review(
            key, facts, found, answer, is_clear=is_clear, anew_after=anew_after, now=now, lease=LEASE
        )
        if not is_written or number != (before.round if before else 0) + 1:
            there = await self.store.find_review(key)  # as another attempt has left it
            if there is not None:
                await self.finish_asking(schedule, there)
            return there
        opened = OpenReview(
            key=key,
            facts=facts,
            state="clear" if is_clear else "asked",
            round=number,
            answer=answer,
            old_cards=(*before.cards, *before.old_cards) if before else (),
            since=now,
        )
        if not is_clear:
            self.count_review("asked")
        if not is_clear or opened.old_cards:
            await self._ask_reviewers(schedule, opened, until=now + LEASE, settle=False)
        return opened

    async def finish_asking(self, schedule: Schedule, review: OpenReview) -> None:
        """Ask those whom a lost attempt has not asked. Raises `SlackUnavailable` while another is at it."""
        if review.asking is None:
            return
        taken = await self.store.take_asking(review, now=self.now(), lease=LEASE)
        if isinstance(taken, timedelta):
            raise SlackUnavailable("another delivery asks the reviewers", retry_after=taken + _SOON)
        if taken is not None:
            latest = await self.store.find_review(review.key)
            if latest is not None and latest.round == review.round:
                await self._ask_reviewers(schedule, latest, until=taken, settle=True)

    async def finish_waiting(self, schedule: Schedule, key: ReviewKey) -> None:
        """The same, of a review by its name."""
        review = await self.store.find_review(key)
        if review is not None:
            await self.finish_asking(schedule, review)

    async def _ask_reviewers(
        self, schedule: Schedule, review: OpenReview, *, until: datetime, settle: bool
    ) -> None:
        """Send what cards are missing, have old ones say so, and tell the owner who could not be asked."""
        try:
            is_asked = review.state != "clear"
            unreached = (
                await self.cards.send_cards(schedule, review, until=until, settle=settle) if is_asked else []
            )
            if review.old_cards:
                face = await self.cards.face_of(review, schedule)
                words = replaced_card(face) if is_asked else settled_card(face)
                old_cards = await self._cards_of_readers(schedule, review.old_cards)
                await self.cards.change_cards(review, old_cards, words)
            if review.is_open:
                await self._tell_of_unfit(schedule, review, unreached)
        except BaseException:
            await self._leave_asking(review)
            raise
        if await self.store.end_asking(review, is_done=True):  # it was decided while they were asked
            await self.show_decision(schedule, review.key)

    async def _leave_asking(self, review: OpenReview) -> None:
        """Let the next attempt go on at once."""
        try:
            await self.store.end_asking(review, is_done=False)
        except RedisUnavailable as exc:  # its lease ends by itself
            logger.warning("review.not_left id=%s: %s", review.key.schedule, exc)

    async def _tell_of_unfit(
        self, schedule: Schedule, review: OpenReview, unreached: Sequence[tuple[str, ReviewerProblem]]
    ) -> None:
        facts = review.facts
        unfit = [*facts.unfit, *unreached]
        has_asked = len(facts.reviewers) > len(unreached)
        if unfit or not has_asked:
            words = reviewers_unfit(schedule, unfit, nobody=not has_asked, undecided=facts.undecided)
            await self._tell_owner(schedule, words)
        logger.info("review.asked id=%s reviewers=%d", schedule.id, len(facts.reviewers))

    def review_for(self, schedule: Schedule | None, decision: Decision) -> Review | None:
        """The people to ask about a run before it is posted; None if that is done, or there is nobody."""
        return None if schedule is None or decision != "ask" else self.policy.review_of(schedule)

    def is_decidable(self, found: Found) -> bool:
        """Tell if there is something to look at: else its run ends as ever."""
        return not is_nothing_to_decide(found.answer)

    async def ask_and_wait(self, review: Review, found: Found, waiting: WaitingRun) -> Done:
        """Have `found` looked at now, and its run brought back when nobody is waited for any longer."""
        due = self._end_of_waiting(review, waiting)
        opened = await self.open_review(
            waiting.schedule,
            review,
            found,
            key=waiting.key,
            job=waiting.job,
            slot=waiting.slot,
            due=due,
            waits=True,
        )
        due = opened.facts.due if opened is not None else due
        done = await self.bring_back(waiting.job, run=waiting.run, due=due)
        await self.store.let_run_wait(waiting.run, token=waiting.token, due=due)
        return done

    def _end_of_waiting(self, review: Review, waiting: WaitingRun) -> datetime:
        """The moment up to which a run waits that nobody was asked about: its next slot overtakes it."""
        now = self.now()
        due = now + review.lead
        if waiting.slot is None or waiting.schedule.cron is None:
            return due
        timing = waiting.schedule.timing
        coming = upcoming_runs(timing, after=waiting.slot, count=1, closures=self.closures)
        return max(min([due, *coming]), now)

    def _end_of_late_posts(self, schedule: Schedule, slot: datetime | None, due: datetime) -> datetime:
        """Until its next slot, what was made for this one may be posted late, for half a day at most."""
        if slot is None:
            return due + LATE
        coming = upcoming_runs(schedule.timing, after=slot, count=1, closures=self.closures)
        return min([due + LATE, *coming])

    async def show_decision(self, schedule: Schedule | None, key: ReviewKey) -> None:
        """Have all cards say what was decided. Raises `RedisUnavailable`; Slack's part is tried once."""
        review = await self.store.find_review(key)
        if schedule is None or review is None or review.state in ("asked", "clear"):
            return
        card = decided_card(
            await self.cards.face_of(review, schedule),
            review.state,
            by=review.by,
            can_post_late=review.may_be_posted_late(now=self.now()),
        )
        await self.cards.change_cards(review, await self._cards_of_readers(schedule, review.cards), card)
        if review.state in ("undecided", "unseen"):
            await self.store.record_told(review)

    async def tell_of_change(self, schedule: Schedule, review: OpenReview) -> None:
        """Tell the reviewers that its sources have changed."""
        part = sources_changed(await self.cards.face_of(review, schedule))
        slack = await self.workspaces.slack_of(schedule.team)
        for card in await self._cards_of_readers(schedule, review.cards):
            try:
                await slack.tell_person(card.user, part.text, blocks=part.blocks)
            except SlackError as exc:
                logger.warning("review.change_not_told id=%s: %s", schedule.id, exc)

    async def _cards_of_readers(self, schedule: Schedule, cards: Sequence[Card]) -> list[Card]:
        """The cards of the reviewers who may still read its sources; the others learn nothing more."""
        found = []
        for card in cards:
            try:
                if await self.reviewers.may_look(schedule, card.user):
                    found.append(card)
            except SlackError as exc:
                logger.warning("review.reader_untold id=%s: %s", schedule.id, exc)
        return found

    async def carry_out(
        self, schedule: Schedule, review: OpenReview, *, is_late: bool, wish: Wish | None = None
    ) -> None:
        """Have the run do what was decided after its time had come. Raises `PublishError`."""
        if is_late:
            job = review.late_job_of(schedule)
            name = deduplication_id("late", job.id)
            await self.promises.publish_promised(job, deduplication_id=name, wish=wish)
        elif review.facts.waits:
            job, key = review.facts.job, review.key
            name = deduplication_id("decided", key.team, key.schedule, key.occasion, review.round)
            await self.publisher.publish_job(job, deduplication_id=name)

    async def bring_back(self, job: Job, *, run: str, due: datetime) -> Done:
        """Have a run that waits come back when nobody is waited for any longer. Raises `PublishError`.

        Under one name however often it is asked for, unless that may be the message that it came with.
        """
        near = due - self.now() < timedelta(minutes=2)
        name = deduplication_id("undecided", run, due, int(self.now().timestamp()) // 10 if near else "")
        await self.publisher.publish_job(job, deduplication_id=name, at=due)
        return Done(text="waits for its reviewers")

    async def make_again(self, review: OpenReview, schedule: Schedule, job: Job) -> None:
        """Have the answer made again, and looked at again. Raises `PublishError`."""
        name = deduplication_id("anew", schedule.team, schedule.id, review.key.occasion, review.round)
        again = replace(job, review=f"anew:{review.round}")
        await self.publisher.publish_job(again, deduplication_id=name)

    async def check_later(self, review: OpenReview, schedule: Schedule, job: Job) -> None:
        """Have its sources read once more, shortly before its time. Raises `PublishError`."""
        now = self.now()
        at = max(review.facts.due - CHECK, now + (review.facts.due - now) / 2)
        name = deduplication_id("check", schedule.team, schedule.id, review.key.occasion, review.round)
        check = replace(job, review=f"check:{review.round}")
        await self.publisher.publish_job(check, deduplication_id=name, at=at)

    async def _tell_owner(self, schedule: Schedule, text: str) -> None:
        slack = await self.workspaces.slack_of(schedule.team)
        try:
            await slack.tell_person(schedule.user, text)
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps the owner was not told: {exc}") from exc
        except SlackRefused as exc:
            logger.warning("review.owner_not_told id=%s: %s", schedule.id, exc)
