"""Freshness and flights, with a real Valkey and a model that speaks OpenAI's protocol."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import Response

from bot.answers.answer_cache import AnswerCache
from bot.answers.answers import Answers
from bot.answers.freshness import Freshness
from bot.answers.question import Question, Questions, question_key
from bot.answers.records import Answer, Found
from bot.budget.rate import Rate
from bot.errors import Limited, ModelRefused, ModelUnavailable
from bot.model import ChatModel, Models, ModelSettings
from bot.storage.client import CountedRedis, rest_redis, socket_redis
from scheduler import Job
from tests.bot.paying import metering, purse_of
from tests.stand_ins.openai import OpenAI, answers, fails, says
from tests.stand_ins.upstash import TOKEN, upstash
from tests.waiting import wait_until

JOB = Job(query="Why is the sky blue?", team="T1")
HOUR = timedelta(hours=1)
PLENTY = Rate(calls=1_000, window=HOUR)


class Replica:
    """One process's share of the work."""

    def __init__(self, redis: CountedRedis, settings: ModelSettings, rate: Rate) -> None:
        self.redis = redis
        self.answer_cache = AnswerCache(redis=redis)
        self.model = ChatModel(settings)
        self.answers = Answers(
            self.answer_cache,
            Models(self.model),
            meter=metering(redis, purse_of(redis), rate=rate),
            now=now,
        )
        self.questions = Questions(models=Models(self.model), freshness=Freshness(), now=now)

    def question(self, job: Job = JOB, *, max_age: timedelta | None = None) -> Question:
        return self.questions.of_job(replace(job, max_age=max_age), slot=None)

    async def ask(self, job: Job = JOB, *, max_age: timedelta | None = None) -> Found:
        return await self.answers.obtain_answer(self.question(job, max_age=max_age))


def now() -> datetime:
    return datetime.now(UTC)


Replicate = Callable[..., Any]


@pytest.fixture
def replicate(model: OpenAI, redis_raw: RawRedis, valkey_socket: Path) -> Replicate:
    @asynccontextmanager
    async def running(*, rate: Rate = PLENTY, **settings: Any) -> AsyncIterator[Replica]:
        named = ModelSettings(name="openai:test", base_url=model.url, **settings)
        async with socket_redis(f"unix://{valkey_socket}") as redis:
            replica = Replica(redis, named, rate)
            try:
                yield replica
            finally:
                await replica.answers.aclose()
                await replica.model.aclose()

    return running


@pytest_asyncio.fixture
async def one(replicate: Replicate) -> AsyncIterator[Replica]:
    async with replicate() as replica:
        yield replica


@pytest_asyncio.fixture
async def two(replicate: Replicate) -> AsyncIterator[Replica]:
    async with replicate() as replica:
        yield replica


async def test_an_answer_is_made_once_then_held_here_and_found_elsewhere(
    one: Replica, two: Replica, model: OpenAI
) -> None:
    made = await one.ask()
    before = one.redis.requests
    held, found = await one.ask(), await two.ask()
    assert (made.cache, held.cache, found.cache) == ("MISS", "HIT", "HIT")
    assert one.redis.requests == before
    assert two.redis.requests == 1
    assert made.answer.text == held.answer.text == found.answer.text == "An answer."
    assert (made.answer.tokens_out, found.answer.tokens_out) == (2, 2)
    assert model.requests == 1


async def test_all_who_ask_the_same_at_once_in_one_process_share_a_call(one: Replica, model: OpenAI) -> None:
    found = await asyncio.gather(*(one.ask() for _ in range(50)))
    assert sorted(answered.cache for answered in found) == ["HIT"] * 49 + ["MISS"]
    assert model.requests == 1


async def test_all_who_ask_the_same_at_once_in_two_processes_share_a_call(
    one: Replica, two: Replica, model: OpenAI
) -> None:
    model.delay = timedelta(milliseconds=300)
    found = await asyncio.gather(*(replica.ask() for replica in (one, two) for _ in range(20)))
    assert [answered.cache for answered in found].count("MISS") == 1
    assert len({answered.answer.text for answered in found}) == 1
    assert model.requests == 1


async def test_a_failure_reaches_all_who_joined_and_the_next_one_tries_again(
    one: Replica, model: OpenAI
) -> None:
    model.next.append(fails(503))
    model.delay = timedelta(milliseconds=50)
    failed = await asyncio.gather(*(one.ask() for _ in range(5)), return_exceptions=True)
    assert [type(failure) for failure in failed] == [ModelUnavailable] * 5
    assert model.requests == 1
    assert (await one.ask()).cache == "MISS"


async def test_a_failure_in_one_process_frees_the_question_for_another(
    one: Replica, two: Replica, model: OpenAI
) -> None:
    model.next.append(fails(503))
    with pytest.raises(ModelUnavailable):
        await one.ask()
    assert (await two.ask()).cache == "MISS"


async def test_who_gives_up_waiting_takes_nothing_from_those_who_joined(one: Replica, model: OpenAI) -> None:
    model.stalled = True
    first = asyncio.create_task(one.ask())
    await wait_until(lambda: model.requests, "the first one asks the model")
    joined = asyncio.create_task(one.ask())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    assert first.cancelled()
    assert not joined.done()
    await one.answers.aclose()
    with pytest.raises(ModelUnavailable, match="being stopped"):
        await joined
    assert model.requests == 1


async def test_a_flight_that_everyone_left_lands_for_the_next_one(one: Replica, model: OpenAI) -> None:
    model.delay = timedelta(milliseconds=100)
    only = asyncio.create_task(one.ask())
    await wait_until(lambda: model.requests, "the model is asked")
    only.cancel()
    await wait_until(lambda: one.answers.held_answer(one.question()), "the answer is held")
    assert (await one.ask()).cache == "HIT"
    assert model.requests == 1


async def test_a_failure_that_nobody_waits_for_any_more_is_no_complaint(one: Replica, model: OpenAI) -> None:
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    model.delay = timedelta(milliseconds=100)
    model.next.append(fails(503))
    only = asyncio.create_task(one.ask())
    await wait_until(lambda: model.requests, "the model is asked")
    only.cancel()
    key = one.question().key

    async def free() -> bool:
        return await one.redis.exists(f"precache:flight:{key}") == 0

    await wait_until(free, "the flight ends")
    with contextlib.suppress(ModelUnavailable):  # it may be about to land
        await one.ask()
    assert (await one.ask()).answer.text == "An answer."
    gc.collect()
    assert unheard == []


async def test_the_limit_is_told_as_it_is_and_spends_no_call(replicate: Replicate, model: OpenAI) -> None:
    async with replicate(rate=Rate(calls=1, window=HOUR)) as limited:
        await limited.ask()
        with pytest.raises(Limited) as refused:
            await limited.ask(replace(JOB, query="Something else"))
        assert timedelta(0) < refused.value.retry_after <= 2 * HOUR
        assert (await limited.ask()).cache == "HIT", "the cache is not limited"
    assert model.requests == 1


async def test_a_cut_off_answer_is_given_and_not_kept(one: Replica, two: Replica, model: OpenAI) -> None:
    model.next.append(says("Half an ans", finish_reason="length"))
    found = await one.ask()
    assert (found.answer.text, found.answer.complete) == ("Half an ans", False)
    assert await one.answer_cache.find_answer(one.question().key) is None
    assert (await one.ask()).answer.text == "An answer."
    assert (await two.ask()).answer.complete


async def test_an_answer_that_cannot_be_stored_is_given_all_the_same(
    valkey_socket: Path, redis_raw: RawRedis, model: OpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        upstash(valkey_socket) as stand_in,
        rest_redis(stand_in.url, TOKEN, within=timedelta(seconds=2)) as redis,
    ):
        replica = Replica(redis, ModelSettings(name="openai:test", base_url=model.url), PLENTY)

        def answer(server: OpenAI, body: dict[str, Any]) -> Response:
            stand_in.fails = "money_change"  # of the script that goes with the answer
            answered = says("An answer.")(server, body)
            assert isinstance(answered, Response)
            return answered

        model.next.append(answer)
        found = await replica.ask()
        await asyncio.gather(replica.answers.aclose(), replica.model.aclose())
    assert (found.answer.text, found.cache) == ("An answer.", "MISS")
    assert "answer.not_stored" in caplog.text
    assert "money.not_settled" in caplog.text
    assert "An answer." not in caplog.text


async def test_an_empty_answer_is_a_failure_and_not_kept(one: Replica, model: OpenAI) -> None:
    model.next.append(says("  \n"))
    with pytest.raises(ModelRefused, match="empty"):
        await one.ask()
    assert await one.answer_cache.find_answer(one.question().key) is None
    assert (await one.ask()).answer.text == "An answer."


async def test_half_of_a_surrogate_pair_costs_no_answer(one: Replica, two: Replica, model: OpenAI) -> None:
    body = (
        b'{"id": "1", "object": "chat.completion", "created": 1, "model": "test", "choices": [{"index": 0,'
        b' "finish_reason": "stop", "message": {"role": "assistant", "content": "half \\ud83d of it"}}]}'
    )
    model.next.append(answers(Response(body, media_type="application/json")))
    assert (await one.ask()).answer.text == "half ? of it"
    assert (await two.ask()).answer.text == "half ? of it"


async def test_a_question_whose_asker_died_is_asked_again_when_its_lease_ends(
    one: Replica, model: OpenAI
) -> None:
    question = one.question()
    lease = timedelta(milliseconds=300)
    await one.answer_cache.take_flight(
        question.key, token="dead", made_after=question.made_after, lease=lease
    )
    assert (await one.answers.obtain_answer(question)).cache == "MISS"
    assert model.requests == 1


async def test_those_who_wait_for_another_process_take_its_answer(one: Replica, model: OpenAI) -> None:
    question = one.question()
    await one.answer_cache.take_flight(
        question.key, token="other", made_after=question.made_after, lease=HOUR
    )
    waiting = asyncio.create_task(one.answers.obtain_answer(question))
    await wait_until(lambda: one.redis.requests >= 4, "it asks Redis again and again")
    other = Answer(text="From elsewhere.", made=now(), model="m")
    await one.answer_cache.land_flight(question.key, token="other", answer=other)
    found = await waiting
    assert (found.cache, found.answer.text) == ("HIT", "From elsewhere.")
    assert model.requests == 0


async def test_those_for_whom_a_shared_answer_is_too_old_share_the_next_one(
    one: Replica, model: OpenAI
) -> None:
    easy = one.question(max_age=HOUR)
    await one.answer_cache.take_flight(easy.key, token="other", made_after=easy.made_after, lease=HOUR)
    leader = asyncio.create_task(one.answers.obtain_answer(easy))
    await wait_until(lambda: one.redis.requests >= 3, "the first one waits for the other process")
    strict = one.question(max_age=timedelta(minutes=5))
    joined = [asyncio.create_task(one.answers.obtain_answer(strict, look_first=False)) for _ in range(5)]
    await asyncio.sleep(0)
    old = Answer(text="Ten minutes old.", made=now() - timedelta(minutes=10), model="m")
    await one.answer_cache.land_flight(easy.key, token="other", answer=old)
    assert (await leader).answer.text == "Ten minutes old."
    found = await asyncio.gather(*joined)
    assert [answered.answer.text for answered in found] == ["An answer."] * 5
    assert model.requests == 1


async def test_a_refresh_asks_again_and_replaces(one: Replica, two: Replica, model: OpenAI) -> None:
    await one.ask()
    model.otherwise = says("A newer answer.")
    refreshed = await one.ask(max_age=timedelta(0))
    assert (refreshed.cache, refreshed.answer.text) == ("MISS", "A newer answer.")
    assert (await one.ask()).answer.text == "A newer answer."
    assert (await two.ask()).answer.text == "A newer answer."
    assert model.requests == 2


async def test_who_is_content_with_what_is_stored_does_not_wait_for_a_refresh(
    one: Replica, two: Replica, model: OpenAI
) -> None:
    await two.ask()
    model.stalled = True
    refreshing = asyncio.create_task(one.ask(max_age=timedelta(0)))
    await wait_until(lambda: model.requests == 2, "the model is asked again")
    assert (await one.ask()).cache == "HIT"
    await one.answers.aclose()
    with pytest.raises(ModelUnavailable):
        await refreshing


async def test_an_older_answer_never_takes_the_place_of_a_newer_one(one: Replica) -> None:
    question = one.question()
    newer = Answer(text="newer", made=now(), model="m")
    one.answers.hold_answer(question, newer)
    one.answers.hold_answer(question, replace(newer, text="older", made=newer.made - timedelta(seconds=1)))
    one.answers.hold_answer(question, replace(newer, text="half", complete=False))
    assert one.answers.held_answer(question) == newer


async def test_an_answer_that_is_too_old_is_not_held_out(one: Replica) -> None:
    question = one.question(max_age=HOUR)
    old = Answer(text="old", made=question.made_after - timedelta(milliseconds=1), model="m")
    one.answers.hold_answer(question, old)
    assert one.answers.held_answer(question) is None
    assert one.answers.held_answer(replace(question, made_after=old.made)) == old


async def test_teams_and_models_never_share_an_answer(
    one: Replica, replicate: Replicate, model: OpenAI
) -> None:
    await one.ask()
    assert (await one.ask(replace(JOB, team="T2"))).cache == "MISS"
    assert (await one.ask(replace(JOB, team=None))).cache == "MISS"
    async with replicate(temperature=0.3) as warmer:
        assert (await warmer.ask()).cache == "MISS"
    assert model.requests == 4


async def test_white_space_around_a_question_makes_no_difference(one: Replica, model: OpenAI) -> None:
    await one.ask()
    assert (await one.ask(replace(JOB, query=f"\n  {JOB.query}\t "))).cache == "HIT"
    assert (await one.ask(replace(JOB, query=JOB.query.replace(" ", "  ")))).cache == "MISS"
    assert model.requests == 2


def test_a_key_says_where_each_of_its_parts_ends() -> None:
    keys = {
        question_key(team="T1", model="m", query="q"),
        question_key(team="T1", model="mq", query=""),
        question_key(team="T", model="1m", query="q"),
        question_key(team='T1","m', model="", query="q"),
    }
    assert len(keys) == 4
    # No library has a say in it: an upgrade leaves the cache warm.
    written = sha256(b'["v2","T1","m","q"]').hexdigest()
    assert question_key(team="T1", model="m", query="q") == f"T1:{written[:32]}"


async def test_a_slot_takes_what_was_made_for_it_and_not_what_was_made_before(one: Replica) -> None:
    slot = datetime(2026, 11, 22, 9, tzinfo=UTC)
    job = replace(JOB, schedule="kolu-tane", cron="0 9 * * *", zone="UTC")
    assert one.questions.of_job(job, slot=slot).made_after == slot - Freshness().lead
    early = replace(job, lead=timedelta(minutes=20))
    assert one.questions.of_job(early, slot=slot).made_after == slot - timedelta(minutes=20)
