"""The right to make an answer, around a model that speaks OpenAI's protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.answers.answer_cache import AnswerCache, Wait
from bot.answers.flight import Flight
from bot.answers.records import Answer
from bot.budget import Caps, TeamMeter, parse_caps
from bot.budget.rate import Rate
from bot.budget.rate_limit import Limit
from bot.budget.tally import read_tallies
from bot.errors import CapReached, Limited, ModelUnavailable, RedisUnavailable
from bot.model import ChatModel, ModelRequest, ModelSettings
from bot.storage.client import rest_redis
from tests.bot.paying import purse_of
from tests.stand_ins.openai import OpenAI, fails
from tests.stand_ins.upstash import TOKEN, Upstash, upstash
from tests.waiting import wait_until

KEY = "key"
LONG = timedelta(minutes=1)
START = datetime(2026, 11, 22, 9, tzinfo=UTC)
STORED = Answer(text="Stored.", made=START, model="m", tokens_in=3, tokens_out=5)


@pytest_asyncio.fixture
async def chat(model: OpenAI) -> AsyncIterator[ChatModel]:
    chat = ChatModel(ModelSettings(name="openai:test", base_url=model.url))
    yield chat
    await chat.aclose()


def flight(
    answer_cache: AnswerCache,
    *,
    made_after: datetime = START,
    lease: timedelta = LONG,
    meter: TeamMeter | None = None,
) -> Flight:
    return Flight(answer_cache, key=KEY, made_after=made_after, lease=lease, now=lambda: START, meter=meter)


async def ask(held: Flight, chat: ChatModel, meter: TeamMeter | None = None) -> Answer:
    """The stored answer, or the model's, which is stored."""
    request = ModelRequest(query="Why?", meter=meter)
    await chat.get_ready()
    stored = await held.find_or_take(chat.first_call(request))
    if stored is not None:
        return stored
    answer = Answer.of_reply(await chat.reply_to(request), made=START, cost=None)
    await held.land_answer(answer)
    return answer


def metered(
    redis: Any,
    *,
    calls: int = 100,
    caps: Caps = Caps(),  # noqa: B008 - frozen
) -> TeamMeter:
    rate = Rate(calls=calls, window=timedelta(days=30))
    limit = Limit(redis, overall=rate, per_team=rate)
    return TeamMeter(limit, purse_of(redis, caps=caps), team="T1", warned=lambda _: None)


async def taken(answer_cache: AnswerCache) -> bool:
    """True if someone holds the question; takes it if nobody does."""
    later = START + timedelta(days=1)
    return isinstance(await answer_cache.take_flight(KEY, token="probe", made_after=later, lease=LONG), Wait)


async def taken_by_any(redis: Any) -> bool:
    return bool(await redis.keys("precache:flight:*"))


async def test_the_store_is_asked_then_the_limit_then_the_model(
    answer_cache: AnswerCache, redis: Any, chat: ChatModel, model: OpenAI
) -> None:
    meter = metered(redis, calls=1)
    async with flight(answer_cache, meter=meter) as first:
        answer = await ask(first, chat, meter)
    assert (answer.text, answer.made) == ("An answer.", START)
    async with flight(answer_cache, meter=meter) as second:  # the limit is spent, and a hit does not ask it
        assert await ask(second, chat, meter) == answer
    for _ in range(2):  # the second time without asking Redis for its leave
        with pytest.raises(Limited):
            async with flight(answer_cache, made_after=START + LONG, meter=meter) as third:
                await ask(third, chat, meter)
        assert not await taken_by_any(redis)
    async with flight(answer_cache, meter=meter) as fourth:  # who is blocked gets what is there
        assert await ask(fourth, chat, meter) == answer
    assert model.requests == 1


async def test_a_question_is_taken_with_the_leave_to_ask_in_one_round_trip_and_given_back_in_another(
    answer_cache: AnswerCache, redis: Any, redis_raw: RawRedis, chat: ChatModel
) -> None:
    meter = metered(redis)
    await chat.get_ready()
    async with flight(answer_cache, meter=meter) as held:
        await ask(held, chat, meter)
        assert redis.requests == 2
    assert redis.requests == 2
    (day,) = await read_tallies(redis, "T1", [datetime.now(UTC).date()])
    assert day["calls"] == 1


@pytest.mark.parametrize("caps", ["1 call/month", "0.001/month"])
async def test_a_question_that_a_cap_keeps_back_is_free_and_nothing_is_counted(
    answer_cache: AnswerCache, redis: Any, chat: ChatModel, model: OpenAI, caps: str
) -> None:
    meter = metered(redis, calls=2, caps=Caps(team=parse_caps(caps)))
    outcomes: list[type] = []
    for number in range(2):
        try:
            async with flight(answer_cache, made_after=START + number * LONG, meter=meter) as held:
                outcomes.append(type(await ask(held, chat, meter)))
        except CapReached as exc:
            outcomes.append(type(exc))
        assert not await taken_by_any(redis)
    assert outcomes[-1] is CapReached
    counted = [int(await redis.get(key)) for key in await redis.keys("precache:limit:*")]
    assert sum(counted) == 2 * model.requests, "the team's rate and all teams'"


async def test_a_call_that_fails_is_settled_with_the_end_of_its_flight(
    answer_cache: AnswerCache, redis: Any, chat: ChatModel, model: OpenAI
) -> None:
    model.next.append(fails(500))
    meter = metered(redis)
    with pytest.raises(ModelUnavailable):
        async with flight(answer_cache, meter=meter) as held:
            await ask(held, chat, meter)
    assert redis.requests == 2
    assert not await taken_by_any(redis)
    month = f"precache:spent:T1:{datetime.now(UTC):%Y-%m}"
    assert await redis.hmget(month, "money", "calls") == ["0", "0"]


async def test_of_a_crowd_over_two_copies_one_asks_and_one_call_is_counted(
    redis: Any, valkey_socket: Path, chat: ChatModel, model: OpenAI
) -> None:
    model.delay = timedelta(milliseconds=150)

    async def answer(copy: Any) -> str:
        meter = metered(copy, caps=Caps(team=parse_caps("1 call/month")))
        async with flight(AnswerCache(redis=copy), meter=meter) as held:
            return (await ask(held, chat, meter)).text

    async with (
        upstash(valkey_socket) as stand_in,
        rest_redis(stand_in.url, TOKEN) as other,
    ):
        answers = await asyncio.gather(*(answer(copy) for copy in (redis, other) for _ in range(20)))
    assert (set(answers), model.requests) == ({"An answer."}, 1)


async def test_a_stored_answer_keeps_its_moment_and_its_tokens(
    answer_cache: AnswerCache, chat: ChatModel
) -> None:
    await answer_cache.land_flight(KEY, token="-", answer=STORED)
    async with flight(answer_cache) as held:
        assert await ask(held, chat) == STORED


async def test_the_question_is_held_while_the_model_is_asked_and_then_free(
    answer_cache: AnswerCache, chat: ChatModel, model: OpenAI
) -> None:
    model.delay = timedelta(milliseconds=100)
    async with flight(answer_cache) as held:
        asking = asyncio.create_task(ask(held, chat))
        await wait_until(lambda: model.requests, "the model is asked")
        assert await taken(answer_cache)
        await asking
    assert not await taken(answer_cache)


async def test_a_flight_that_fails_or_is_cancelled_frees_its_question(
    answer_cache: AnswerCache, chat: ChatModel, model: OpenAI
) -> None:
    model.next.append(fails(500))
    with pytest.raises(ModelUnavailable):
        async with flight(answer_cache) as held:
            await ask(held, chat)
    model.stalled = True

    async def fly() -> None:
        async with flight(answer_cache) as held:
            await ask(held, chat)

    flying = asyncio.create_task(fly())
    await wait_until(lambda: model.requests == 2, "the model is asked")
    flying.cancel()
    await asyncio.wait({flying})
    assert not await taken(answer_cache)


async def test_a_flight_ends_with_its_lease_and_frees_nothing_that_another_holds(
    answer_cache: AnswerCache,
) -> None:
    async def outlast() -> None:
        async with flight(answer_cache, lease=timedelta(milliseconds=50)) as slow:
            assert await slow.find_or_take() is None
            await asyncio.Event().wait()

    with pytest.raises(ModelUnavailable, match="lease"):
        await outlast()

    async def other() -> bool:
        mine = await answer_cache.take_flight(KEY, token="other", made_after=START, lease=LONG)
        return mine is None

    await wait_until(other, "the lease ends and another takes the question")
    await answer_cache.land_flight(KEY, token="slow", answer=None)
    assert await taken(answer_cache)


@pytest_asyncio.fixture
async def rest(redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[Upstash]:
    async with upstash(valkey_socket) as stand_in:
        yield stand_in


async def test_a_question_taken_by_an_answer_that_got_lost_is_freed(
    rest: Upstash, answer_cache: AnswerCache
) -> None:
    async with (
        rest_redis(rest.url, TOKEN, within=timedelta(milliseconds=300)) as redis,
        flight(AnswerCache(redis=redis)) as held,
    ):
        rest.stalled = True
        with pytest.raises(RedisUnavailable):
            await held.find_or_take()
        rest.stalled = False
    assert not await taken(answer_cache)
