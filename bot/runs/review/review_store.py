"""The reviews in Redis. Every one ends by itself, a week after its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from upstash_redis.asyncio import Redis

from bot.answers import Answer, Found
from bot.runs.review.records import (
    CARD,
    KEPT,
    OLD_CARD,
    Card,
    OpenReview,
    ReviewClaim,
    ReviewFacts,
    ReviewKey,
    ReviewState,
    cache_of,
    shape_of,
)
from bot.runs.review.scripts import (
    DecideReview,
    EndAsking,
    LetRunWait,
    RecordCard,
    RecordTold,
    TakeAsking,
    WriteReview,
)
from bot.runs.review.waiting import AskedReview
from bot.storage import asked_key, moment_of, ms_of, review_key, run_key, run_script, whole_seconds

Verdict = Literal["post", "skip"]


@dataclass(frozen=True, kw_only=True)
class Decided:
    """This decision counts; `is_late` if the run was over without one."""

    is_late: bool = False


@dataclass(frozen=True, kw_only=True)
class NotDecided:
    """It does not: the review is gone, is about another answer by now, or was decided before."""

    why: Literal["gone", "anew", "known"]
    state: ReviewState = "asked"
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewStore:
    """Opens reviews, and writes down who decides what."""

    redis: Redis = field(repr=False)

    async def find_review(self, key: ReviewKey) -> OpenReview | None:
        """The review as it stands. Raises `NewerRecord`."""
        return OpenReview.decode(key, await self.redis.hgetall(_hash_of(key)))

    async def write_review(
        self,
        key: ReviewKey,
        facts: ReviewFacts,
        found: Found,
        answer: Answer,
        *,
        is_clear: bool = False,
        anew_after: int | None = None,
        now: datetime,
        lease: timedelta,
    ) -> tuple[bool, int]:
        """Open it with an `answer`, or anew after that round; True if that was done, and its round.

        Its reviewers are to be asked then, and nobody else asks them within the `lease`.
        """
        call = WriteReview(
            review=_hash_of(key),
            doc=facts.encode(),
            state="clear" if is_clear else "asked",
            shape=shape_of(facts.job),
            answer=answer.encode(),
            cache=cache_of(found),
            why=found.why,
            read=str(ms_of(answer.read)) if answer.read else "",
            due=ms_of(facts.due),
            undecided=facts.undecided,
            required=facts.required,
            anew=anew_after is not None,
            seen=anew_after or 0,
            now=ms_of(now),
            lease_end=ms_of(now + lease),
            ttl=whole_seconds(max(facts.due - now, now - now) + KEPT),
        )
        word, number = await run_script(self.redis, call)
        return word == "written", int(number)

    async def take_asking(
        self, review: OpenReview, *, now: datetime, lease: timedelta
    ) -> datetime | timedelta | None:
        """Go on asking its reviewers, until the moment that this returns; else how long another attempt is at
        it, or None if they are asked.
        """
        until = moment_of(ms_of(now + lease))
        call = TakeAsking(
            review=_hash_of(review.key), round=review.round, now=ms_of(now), lease_end=ms_of(until)
        )
        match await run_script(self.redis, call):
            case ["taken"]:
                return until
            case ["busy", lease_end]:
                return moment_of(lease_end) - now
            case _:
                return None

    async def end_asking(self, review: OpenReview, *, is_done: bool) -> bool:
        """All are asked, or another attempt is to go on; True if it is decided about by now."""
        call = EndAsking(
            review=_hash_of(review.key),
            round=review.round,
            is_done=is_done,
            old=tuple(f"{OLD_CARD}{card.place}" for card in review.old_cards) if is_done else (),
        )
        return bool(await run_script(self.redis, call))

    async def record_card(self, review: OpenReview, card: Card, *, now: datetime) -> None:
        call = RecordCard(
            review=_hash_of(review.key),
            round=review.round,
            field=f"{CARD}{card.user}",
            card=card.place,
            asked=asked_key(review.key.team, card.user),
            member=AskedReview.of_card(review, card).member,
            due=ms_of(review.facts.due),
            now=ms_of(now),
            ttl=whole_seconds(max(review.facts.due - now, now - now) + KEPT),
        )
        await run_script(self.redis, call)

    async def record_told(self, review: OpenReview) -> None:
        """Note that its cards say that its time has come."""
        await run_script(self.redis, RecordTold(review=_hash_of(review.key), round=review.round))

    async def decide_review(
        self, review: OpenReview, verdict: Verdict, answer: Answer, *, by: str, name: str, now: datetime
    ) -> Decided | NotDecided:
        """Write down a decision, if it is the first."""
        call = DecideReview(
            review=_hash_of(review.key),
            round=review.round,
            verdict=verdict,
            answer=answer.encode(),
            by=by,
            name=name,
            now=ms_of(now),
            late_until=ms_of(review.facts.until),
        )
        match await run_script(self.redis, call):
            case ["decided"]:
                return Decided()
            case ["late"]:
                return Decided(is_late=True)
            case ["gone"]:
                return NotDecided(why="gone")
            case ["anew"]:
                return NotDecided(why="anew")
            case ["known", state, by_whom]:
                return NotDecided(why="known", state=state, by=by_whom)
            case _:
                raise AssertionError("the script returned something else")

    async def let_run_wait(self, run: str, *, token: str, due: datetime) -> None:
        """Give up a run until a decision brings it back, or its time is over."""
        await run_script(self.redis, LetRunWait(run=run_key(run), token=token, due=ms_of(due)))


def review_arguments(claim: ReviewClaim | None) -> dict[str, Any]:
    """The arguments of a `ReviewedScript`; None is no run of a schedule."""
    if claim is None:
        return {
            "review": review_key("", "", ""),
            "review_shape": "",
            "review_moment": 0,
            "review_required": (),
            "review_late": False,
        }
    return {
        "review": review_key(*claim.schedule, claim.occasion),
        "review_shape": claim.shape,
        "review_moment": ms_of(claim.moment),
        "review_required": claim.required,
        "review_late": claim.is_late,
    }


def _hash_of(key: ReviewKey) -> str:
    return review_key(key.team, key.schedule, key.occasion)
