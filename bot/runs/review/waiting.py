"""The posts about which a person was asked to decide, as their App Home looks them up.

A set of each person's names them until their time; if they are still open stands with the review alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from upstash_redis.asyncio.client import AsyncPipeline

from bot.runs.review.records import Card, OpenReview
from bot.schedules import Beside
from bot.storage import asked_key, moment_of, ms_of


@dataclass(frozen=True, kw_only=True)
class AskedReview:
    """A review that somebody was asked to decide about."""

    schedule: str
    occasion: str
    round: int
    card: Card
    due: datetime

    @classmethod
    def of_card(cls, review: OpenReview, card: Card) -> Self:
        key = review.key
        return cls(
            schedule=key.schedule,
            occasion=key.occasion,
            round=review.round,
            card=card,
            due=review.facts.due,
        )

    @property
    def member(self) -> str:
        return f"{self.schedule} {self.occasion} {self.round} {self.card.place}"

    @classmethod
    def decode(cls, user: str, member: str, due: float) -> Self | None:
        """None for what a newer copy has written otherwise."""
        match member.split(" "):
            case [schedule, occasion, number, channel, ts] if number.isdecimal():
                card = Card(user=user, channel=channel, ts=ts)
                return cls(
                    schedule=schedule,
                    occasion=occasion,
                    round=int(number),
                    card=card,
                    due=moment_of(int(due)),
                )
            case _:
                return None


@dataclass(kw_only=True)
class AskedPage:
    """The reviews that wait for one person, read with the records of a page and what else is read there."""

    team: str
    user: str
    now: datetime
    beside: Beside
    found: tuple[AskedReview, ...] = ()
    """Those whose time has not come, soonest first."""

    def queue_reads(self, pipeline: AsyncPipeline, ids: Sequence[str]) -> None:
        key, now = asked_key(self.team, self.user), str(ms_of(self.now))
        pipeline.zrange(key, now, "+inf", sortby="BYSCORE", withscores=True)
        self.beside.queue_reads(pipeline, ids)

    def hear_replies(self, replies: Sequence[Any]) -> None:
        asked, *others = replies
        read = (AskedReview.decode(self.user, str(member), float(due)) for member, due in asked)
        self.found = tuple(review for review in read if review is not None)
        self.beside.hear_replies(others)
