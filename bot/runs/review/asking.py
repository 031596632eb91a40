"""Reviewers are asked about a post, told what was decided, and what was decided is carried out.

The review is written down before anybody is asked, and each card once it is there: an attempt that goes on
asks those who were not asked yet, twice rather than never. A decision before its time is found by the run
itself, in its claim; one that comes later has the run's job published again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot import replies
from bot.answers import Found, Renderings
from bot.errors import PostUnknown, SlackError, SlackRefused, SlackUnavailable
from bot.markdown import Part
from bot.replies import ReviewerProblem, ReviewFace, ReviewPress
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
    shape_of,
)
from bot.runs.review.review_store import ReviewStore
from bot.runs.review.reviewers import Reviewers
from bot.schedules import NOBODY, Policy, Review, Schedule
from bot.slack import Slack, write
from bot.stats import ReviewStep
from bot.workspaces import Workspaces
from scheduler import Closures, Done, Job, Publisher, deduplication_id, upcoming_runs

logger = logging.getLogger(__name__)

CHECK: Final = timedelta(minutes=10)
"""So long before its time, what a post was made of is read once more, to tell if it has changed."""


@dataclass(frozen=True, kw_only=True)
class ReviewDesk:
    """Asks reviewers."""

    store: ReviewStore
    reviewers: Reviewers
    policy: Policy
    workspaces: Workspaces
    publisher: Publisher
    renderings: Renderings
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
        is_known = before is not None and shape_of(before.facts.job) == shape_of(job)
        if before is not None and is_known and anew_after is None:
            if before.is_open:
                await self._ask_reviewers(schedule, before)
            return before
        people = await self.reviewers.find_reviewers(schedule, review)
        facts = ReviewFacts(
            job=replace(job, traceparent=None),
            slot=slot,
            due=due,
            until=self._end_of_late_posts(schedule, slot, due),
            reviewers=people.asked,
            undecided=review.undecided,
            waits=waits,
            is_required=review.is_required,
            material=found.answer.material,
        )
        is_clear = is_nothing_to_decide(found.answer)
        answer = pinned_answer(found, reviewed="" if is_clear else NOBODY)
        written, _ = await self.store.write_review(
            key, facts, found, answer, is_clear=is_clear, anew_after=anew_after, now=self.now()
        )
        opened = await self.store.find_review(key)
        if opened is None or not written or is_clear:
            return opened
        self.count_review("asked")
        if before is not None:
            await self._change_cards(before, replies.replaced_card(await self.face_of(before, schedule)))
        unfit = [*people.unfit, *await self._ask_reviewers(schedule, opened)]
        has_asked = len(people.asked) > len(unfit) - len(people.unfit)
        if unfit or not has_asked:
            words = replies.reviewers_unfit(schedule, unfit, nobody=not has_asked, undecided=review.undecided)
            await self._tell_owner(schedule, words)
        logger.info("review.asked id=%s reviewers=%d", schedule.id, len(people.asked))
        return opened

    def review_for(self, schedule: Schedule | None, decision: Decision) -> Review | None:
        """Who is to be asked about a run before it is posted; None if that is done, or nobody is."""
        return None if schedule is None or decision != "ask" else self.policy.review_of(schedule)

    def is_decidable(self, found: Found) -> bool:
        """Tell if there is something to look at: else its run ends as ever."""
        return not is_nothing_to_decide(found.answer)

    async def ask_and_wait(self, review: Review, found: Found, waiting: WaitingRun) -> Done:
        """Have `found` looked at now, and its run brought back when nobody is waited for any longer."""
        due = self.now() + review.lead
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

    def _end_of_late_posts(self, schedule: Schedule, slot: datetime | None, due: datetime) -> datetime:
        """Until its next slot, what was made for this one may be posted late, for half a day at most."""
        if slot is None:
            return due + LATE
        coming = upcoming_runs(schedule.timing, after=slot, count=1, closures=self.closures)
        return min([due + LATE, *coming])

    async def _ask_reviewers(
        self, schedule: Schedule, review: OpenReview
    ) -> list[tuple[str, ReviewerProblem]]:
        """Ask those who were not asked yet; the ones whom Slack would not give the message."""
        slack = await self.workspaces.slack(schedule.team)
        asked = {card.user for card in review.cards}
        waiting = [user for user in review.facts.reviewers if user not in asked]
        parts = replies.review_card(await self.face_of(review, schedule)) if waiting else ()
        unreached: list[tuple[str, ReviewerProblem]] = []
        for user in waiting:
            try:
                card = await _send_card(slack, user, parts)
            except SlackRefused as exc:
                logger.warning("review.not_asked id=%s: %s", schedule.id, exc)
                unreached.append((user, "no_message"))
            except PostUnknown as exc:
                raise SlackUnavailable(f"perhaps a reviewer was not asked: {exc}") from exc
            else:
                await self.store.record_card(review, card)
        return unreached

    async def face_of(self, review: OpenReview, schedule: Schedule) -> ReviewFace:
        """What cards show of it."""
        facts = review.facts
        press = ReviewPress(
            verb="post", schedule=review.key.schedule, occasion=review.key.occasion, round=review.round
        )
        return ReviewFace(
            schedule=schedule,
            answer=review.answer,
            body=await self.renderings.render_answer(review.answer),
            value=press.value,
            slot=facts.slot or facts.job.at,
            due=facts.due,
            until=facts.until,
            undecided=facts.undecided,
            waits=facts.waits,
        )

    async def show_decision(self, schedule: Schedule | None, key: ReviewKey) -> None:
        """Have all cards say what was decided. Raises `RedisUnavailable`; Slack's part is tried once."""
        review = await self.store.find_review(key)
        if schedule is None or review is None or review.state in ("asked", "clear"):
            return
        card = replies.decided_card(
            await self.face_of(review, schedule),
            review.state,
            by=review.by,
            can_post_late=review.may_be_posted_late(now=self.now()),
        )
        await self._change_cards(review, card)

    async def tell_of_change(self, schedule: Schedule, review: OpenReview) -> None:
        """Tell the reviewers that what it was made of has changed."""
        part = replies.sources_changed(await self.face_of(review, schedule))
        slack = await self.workspaces.slack(schedule.team)
        for card in review.cards:
            try:
                await slack.tell(card.user, part.text, blocks=part.blocks)
            except SlackError as exc:
                logger.warning("review.change_not_told id=%s: %s", schedule.id, exc)

    async def carry_out(self, review: OpenReview, *, is_late: bool) -> None:
        """Have the run do what was decided after its time had come. Raises `PublishError`."""
        if is_late:
            job = review.late_job
            await self.publisher.publish_job(job, deduplication_id=deduplication_id("late", job.id))
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
        """Have what it was made of read once more, shortly before its time. Raises `PublishError`."""
        now = self.now()
        at = max(review.facts.due - CHECK, now + (review.facts.due - now) / 2)
        name = deduplication_id("check", schedule.team, schedule.id, review.key.occasion, review.round)
        check = replace(job, review=f"check:{review.round}")
        await self.publisher.publish_job(check, deduplication_id=name, at=at)

    async def _change_cards(self, review: OpenReview, part: Part) -> None:
        slack = await self.workspaces.slack(review.key.team)
        for card in review.cards:
            try:
                await write(
                    slack.client.chat_update(
                        channel=card.channel, ts=card.ts, text=part.text, blocks=list(part.blocks)
                    )
                )
            except SlackError as exc:  # who presses its buttons hears what was decided
                logger.warning("review.card_not_changed id=%s: %s", review.key.schedule, exc)

    async def _tell_owner(self, schedule: Schedule, text: str) -> None:
        slack = await self.workspaces.slack(schedule.team)
        try:
            await slack.tell(schedule.user, text)
        except PostUnknown as exc:
            raise SlackUnavailable(f"perhaps the owner was not told: {exc}") from exc
        except SlackRefused as exc:
            logger.warning("review.owner_not_told id=%s: %s", schedule.id, exc)


async def _send_card(slack: Slack, user: str, parts: tuple[Part, ...]) -> Card:
    """Ask one person, in their direct messages. Raises `SlackError`."""
    first, *rest = parts
    posted = await write(
        slack.client.chat_postMessage(
            channel=user, text=first.text, blocks=list(first.blocks), unfurl_links=False, unfurl_media=False
        )
    )
    card = Card(user=user, channel=str(posted["channel"]), ts=str(posted["ts"]))
    for part in rest:
        await write(
            slack.client.chat_postMessage(
                channel=card.channel,
                thread_ts=card.ts,
                text=part.text,
                blocks=list(part.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
    return card
