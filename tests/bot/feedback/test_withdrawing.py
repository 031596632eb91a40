"""What Redis keeps of an answer, once it is withdrawn: no claim gets it, and nothing is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.answers import Answer, AnswerCache, Last, PostedAnswer
from bot.feedback import Target, Votes, Withdrawing
from bot.runs import Ledger, Taken
from bot.storage import (
    CountedRedis,
    Retention,
    newest_post_key,
    schedule_key,
    votes_key,
    week_posts_key,
    withdrawals_key,
    withdrawn_key,
)
from bot.subscriptions import KeptPost, keep_arguments

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY = "T1:0123456789abcdef"
ANSWER = Answer(text='Wrong, "id":"fedcba654321"', made=NOW, model="m", id="abcdef123456")
OTHER = replace(ANSWER, text="Right.", id="fedcba654321")
TARGET = Target(answer=ANSWER.name, schedule="kolu", asker="U1")
REF = ("T1", "kolu")


@pytest.fixture
def withdrawing(redis: CountedRedis) -> Withdrawing:
    return Withdrawing(redis=redis, now=lambda: NOW)


async def found_by_claim(ledger: Ledger, run: str, *, recent: Answer | None = None) -> str | None:
    claim = await ledger.claim_run(
        f"T1:{run}",
        token=run,
        key=KEY,
        made_after=NOW - MINUTE,
        recent=recent,
        schedule=None,
        now=NOW,
        lease=MINUTE,
    )
    assert isinstance(claim, Taken)
    return claim.found.answer.text if claim.found is not None and hasattr(claim.found, "answer") else None


async def test_no_claim_gets_what_is_withdrawn_wherever_it_is_kept(
    redis: CountedRedis, ledger: Ledger, answer_cache: AnswerCache, withdrawing: Withdrawing
) -> None:
    await answer_cache.land_flight(KEY, token="t", answer=ANSWER)
    assert await found_by_claim(ledger, "before") == ANSWER.text
    assert await withdrawing.withdraw_answer("T1", TARGET)
    assert not await withdrawing.withdraw_answer("T1", TARGET), "it was withdrawn before"
    before = redis.requests
    assert await found_by_claim(ledger, "stored") is None
    assert redis.requests == before + 1
    assert await found_by_claim(ledger, "held", recent=ANSWER) is None
    assert await found_by_claim(ledger, "other", recent=OTHER) == OTHER.text
    assert await answer_cache.find_answer(KEY) is None, "as the last good one neither"
    taken = await answer_cache.take_flight(KEY, token="t", made_after=NOW - MINUTE, lease=MINUTE)
    assert taken is None, "a new one is to be made"
    await answer_cache.land_flight(KEY, token="t", answer=OTHER)
    assert await found_by_claim(ledger, "new") == OTHER.text


async def test_an_answer_of_before_answers_had_names_is_withdrawn_by_when_it_was_made(
    ledger: Ledger, answer_cache: AnswerCache, withdrawing: Withdrawing
) -> None:
    old = replace(ANSWER, id="", text="Old.")
    await answer_cache.land_flight(KEY, token="t", answer=old)
    await withdrawing.withdraw_answer("T1", Target(answer=old.name))
    assert await found_by_claim(ledger, "old") is None


@pytest.mark.parametrize(("kept", "is_left"), [(ANSWER, False), (OTHER, True)])
async def test_nothing_is_compared_with_it_tried_on_it_or_sent_of_it(
    redis: CountedRedis, withdrawing: Withdrawing, kept: Answer, is_left: bool
) -> None:
    last = Last(asked="x", text=kept.text, made=NOW, id=kept.id).encode()
    posted = PostedAnswer(text=kept.text, made=NOW, id=kept.id).encode()
    post = keep_arguments(KeptPost(at=NOW, slot=NOW, query="q", answer=kept), REF, Retention())
    await redis.hset(schedule_key(*REF), values={"last": last, "posted": 3, "posted3": posted})
    await redis.hset(newest_post_key(*REF), values={"at": 1, "body": post["kept"]})
    await redis.rpush(week_posts_key(*REF), f"1 1 C1=1.0 {post['kept_line']}")
    await withdrawing.withdraw_answer("T1", TARGET)
    left = [
        await redis.hget(schedule_key(*REF), "last"),
        await redis.hget(schedule_key(*REF), "posted3"),
        await redis.hget(newest_post_key(*REF), "body"),
        await redis.lindex(week_posts_key(*REF), 0),
    ]
    assert [value is not None for value in left] == [is_left] * 4


async def test_all_that_is_kept_for_it_ends_by_itself(redis: CountedRedis, withdrawing: Withdrawing) -> None:
    votes = Votes(redis=redis, retention=Retention(history=timedelta(days=3)), now=lambda: NOW)
    assert await votes.record_vote("T1", TARGET, "U1", "down", reason="No") == "new"
    await withdrawing.withdraw_answer("T1", TARGET)
    assert await redis.ttl(votes_key("T1", "kolu")) == 3 * 86_400
    assert 0 < await redis.ttl(withdrawn_key("T1")) <= 60 * 86_400
    assert 0 < await redis.ttl(withdrawals_key()) <= 3_600


async def test_old_votes_go_and_only_the_newest_are_kept(redis: CountedRedis) -> None:
    moment = NOW
    retention = Retention(history=timedelta(days=3))
    votes = Votes(redis=redis, retention=retention, now=lambda: moment, most=5)
    await votes.record_vote("T1", TARGET, "U0", "down", reason="Old")
    moment = NOW + timedelta(days=4)
    for number in range(7):
        moment += timedelta(seconds=1)
        await votes.record_vote("T1", TARGET, f"U{number}", "up")
    assert await redis.hlen(votes_key("T1", "kolu")) == 5
    told = await votes.read_feedback("T1", "kolu")
    assert (told.up, told.down, told.reasons) == (5, 0, ())
