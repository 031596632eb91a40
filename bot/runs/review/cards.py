"""The cards on which reviewers are asked about a post; each of them is sent one.

Slack has no idempotency key, so a card says in its metadata which review it is about, and whom it asks. What
an attempt that was lost may have sent is looked for in the person's direct messages before it is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.answers import Renderings
from bot.errors import PostUnknown, SlackError, SlackRefused, SlackUnavailable
from bot.markdown import Part
from bot.replies.review import ReviewerProblem, ReviewFace, ReviewPress, review_card
from bot.runs.review.records import Card, OpenReview
from bot.runs.review.review_store import ReviewStore
from bot.schedules import Schedule
from bot.slack import Mark, Slack, find_direct_channel, write_call
from bot.workspaces import Workspaces

logger = logging.getLogger(__name__)

EVENT_TYPE: Final = "precache_review"
_CLOCKS: Final = timedelta(minutes=2)
"""The most by which Slack's clock may differ from ours."""
_TO_SEND: Final = timedelta(seconds=15)
"""The part of its lease that an attempt must have left to send another card."""


@dataclass(frozen=True, kw_only=True)
class ReviewCards:
    """Sends cards, and changes them."""

    store: ReviewStore
    workspaces: Workspaces
    renderings: Renderings
    now: Callable[[], datetime]

    async def send_cards(
        self, schedule: Schedule, review: OpenReview, *, until: datetime, settle: bool
    ) -> list[tuple[str, ReviewerProblem]]:
        """Ask the reviewers who have no card yet; return those to whom Slack would not give one.

        `until` then nobody else asks them. With `settle`, an earlier attempt may have sent cards and not have
        come to write that down. Where it is decided about by now, none are sent. Raises `SlackUnavailable`,
        `RedisUnavailable`.
        """
        slack = await self.workspaces.slack_of(schedule.team)
        known = {card.user for card in review.cards}
        waiting = [user for user in review.facts.reviewers if user not in known]
        parts = review_card(await self.face_of(review, schedule)) if waiting else ()
        unreached: list[tuple[str, ReviewerProblem]] = []
        for user in waiting:
            sending = _Sending(slack=slack, review=review, user=user, until=until, now=self.now)
            try:
                card = await sending.send_card(parts, settle=settle)
            except SlackRefused as exc:
                logger.warning("review.not_asked id=%s: %s", schedule.id, exc)
                unreached.append((user, "no_message"))
            except PostUnknown as exc:
                raise SlackUnavailable(f"perhaps a reviewer was not asked: {exc}") from exc
            else:
                if card is not None:
                    await self.store.record_card(review, card, now=self.now())
        return unreached

    async def face_of(self, review: OpenReview, schedule: Schedule) -> ReviewFace:
        """The face of a review, as cards show it."""
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

    async def change_cards(self, review: OpenReview, cards: Sequence[Card], part: Part) -> None:
        """Have cards say something else; each is tried once."""
        slack = await self.workspaces.slack_of(review.key.team)
        for card in cards:
            try:
                await write_call(
                    slack.client.chat_update(
                        channel=card.channel, ts=card.ts, text=part.text, blocks=list(part.blocks)
                    )
                )
            except SlackError as exc:  # who presses its buttons hears what was decided
                logger.warning("review.card_not_changed id=%s: %s", review.key.schedule, exc)


@dataclass(frozen=True, kw_only=True)
class _Sending:
    """One card on its way to one person."""

    slack: Slack
    review: OpenReview
    user: str
    until: datetime
    now: Callable[[], datetime]

    async def send_card(self, parts: Sequence[Part], *, settle: bool) -> Card | None:
        """Send it, or find it where it is; None if it is not wanted any more. Raises `SlackError`."""
        card = await self._find_card() if settle else None
        if card is None:
            if not self.review.is_open:
                return None
            card = await self._send_part(parts[0], number=0, card=None)
            settle = False
        for number, part in enumerate(parts[1:], start=1):
            if not (settle and await self._find_part(card.channel, number=number, thread=card.ts)):
                await self._send_part(part, number=number, card=card)
        return card

    async def _find_card(self) -> Card | None:
        channel = await find_direct_channel(self.slack, self.user)
        if channel is None:
            return None
        ts = await self._find_part(channel, number=0)
        return None if ts is None else Card(user=self.user, channel=channel, ts=ts)

    async def _find_part(self, channel: str, *, number: int, thread: str | None = None) -> str | None:
        since = self.review.since
        if since is None:
            return None
        mark = self._mark_of(number)
        return await self.slack.find_post(channel, mark=mark, since=since - _CLOCKS, thread=thread)

    async def _send_part(self, part: Part, *, number: int, card: Card | None) -> Card:
        if self.now() > self.until - _TO_SEND:
            raise SlackUnavailable("another attempt may ask this reviewer by now")
        posted = await write_call(
            self.slack.client.chat_postMessage(
                channel=self.user if card is None else card.channel,
                thread_ts=None if card is None else card.ts,
                text=part.text,
                blocks=list(part.blocks),
                metadata=self._mark_of(number).metadata(),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        if card is not None:
            return card
        return Card(user=self.user, channel=str(posted["channel"]), ts=str(posted["ts"]))

    def _mark_of(self, number: int) -> Mark:
        key = self.review.key
        name = f"{key.team}:{key.schedule}/{key.occasion}/{self.review.round}:{self.user}"
        return Mark(run=name, part=number, event=EVENT_TYPE)
