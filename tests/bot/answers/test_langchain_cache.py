"""LangChain's seams, as LangChain itself uses them, around a model that speaks OpenAI's protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from langchain_core.outputs import ChatGeneration
from redis.asyncio import Redis as RawRedis

from bot.answers.answer_cache import AnswerCache, Wait
from bot.answers.flight import Flight
from bot.answers.langchain_cache import FlightCache
from bot.answers.records import Answer
from bot.budget import TeamMeter
from bot.budget.rate_limit import Limit, Rate
from bot.errors import Limited, ModelUnavailable, RedisUnavailable
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


@asynccontextmanager
async def flight(
    answer_cache: AnswerCache, *, made_after: datetime = START, lease: timedelta = LONG
) -> AsyncIterator[FlightCache]:
    async with Flight(answer_cache, key=KEY, made_after=made_after, lease=lease, now=lambda: START) as held:
        yield FlightCache(held)


def limiter(redis: Any, *, calls: int) -> TeamMeter:
    rate = Rate(calls=calls, window=timedelta(hours=1))
    limit = Limit(redis, overall=rate, per_team=rate)
    return TeamMeter(limit, purse_of(redis), team="T1", warned=lambda _: None)


async def taken(answer_cache: AnswerCache) -> bool:
    """True if someone holds the question; takes it if nobody does."""
    later = START + timedelta(days=1)
    return isinstance(await answer_cache.take_flight(KEY, token="probe", made_after=later, lease=LONG), Wait)


async def test_langchain_asks_the_cache_then_the_limiter_then_the_model(
    answer_cache: AnswerCache, redis: Any, chat: ChatModel, model: OpenAI
) -> None:
    gate = limiter(redis, calls=1)
    async with flight(answer_cache) as first:
        answer, called = await first.land_reply(
            await chat.reply_to(ModelRequest(query="Why?", cache=first, meter=gate))
        )
    assert (answer.text, answer.made, called) == ("An answer.", START, True)
    async with flight(answer_cache) as second:  # the limit is spent, and a hit does not ask it
        again, called = await second.land_reply(
            await chat.reply_to(ModelRequest(query="Why?", cache=second, meter=gate))
        )
    assert (again, called) == (answer, False)
    async with flight(answer_cache, made_after=START + LONG) as third:
        with pytest.raises(Limited):
            await chat.reply_to(ModelRequest(query="Why?", cache=third, meter=gate))
    assert model.requests == 1
    assert not await taken(answer_cache)


async def test_a_stored_answer_keeps_its_moment_and_its_tokens(
    answer_cache: AnswerCache, chat: ChatModel
) -> None:
    await answer_cache.land_flight(KEY, token="-", answer=STORED)
    async with flight(answer_cache) as cache:
        assert await cache.land_reply(await chat.reply_to(ModelRequest(query="Why?", cache=cache))) == (
            STORED,
            False,
        )


async def test_a_hit_is_a_list_because_langchain_takes_nothing_else_for_one(
    answer_cache: AnswerCache,
) -> None:
    await answer_cache.land_flight(KEY, token="-", answer=STORED)
    async with flight(answer_cache) as cache:
        found = await cache.alookup("prompt", "model")
    assert isinstance(found, list)
    assert isinstance(found[0], ChatGeneration)
    assert found[0].text == "Stored."


async def test_the_question_is_held_while_the_model_is_asked_and_then_free(
    answer_cache: AnswerCache, chat: ChatModel, model: OpenAI
) -> None:
    model.delay = timedelta(milliseconds=100)
    async with flight(answer_cache) as cache:
        asking = asyncio.create_task(chat.reply_to(ModelRequest(query="Why?", cache=cache)))
        await wait_until(lambda: model.requests, "the model is asked")
        assert await taken(answer_cache)
        await cache.land_reply(await asking)
    assert not await taken(answer_cache)


async def test_a_flight_that_fails_or_is_cancelled_frees_its_question(
    answer_cache: AnswerCache, chat: ChatModel, model: OpenAI
) -> None:
    model.next.append(fails(500))
    with pytest.raises(ModelUnavailable):
        async with flight(answer_cache) as cache:
            await chat.reply_to(ModelRequest(query="Why?", cache=cache))
    model.stalled = True

    async def fly() -> None:
        async with flight(answer_cache) as cache:
            await chat.reply_to(ModelRequest(query="Why?", cache=cache))

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
            assert await slow.alookup("", "") is None
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
        flight(AnswerCache(redis=redis)) as cache,
    ):
        rest.stalled = True
        with pytest.raises(RedisUnavailable):
            await cache.alookup("", "")
        rest.stalled = False
    assert not await taken(answer_cache)


async def test_an_answer_that_cannot_be_stored_is_given_all_the_same(
    rest: Upstash, chat: ChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        rest_redis(rest.url, TOKEN, within=timedelta(seconds=2)) as redis,
        flight(AnswerCache(redis=redis)) as cache,
    ):
        reply = await chat.reply_to(ModelRequest(query="Why?", cache=cache))
        rest.stalled = True
        answer, called = await cache.land_reply(reply)
    assert (answer.text, called) == ("An answer.", True)
    assert "answer.not_stored" in caplog.text
    assert "An answer." not in caplog.text


async def test_nobody_takes_the_place_of_an_answer_that_was_never_looked_up(
    answer_cache: AnswerCache, chat: ChatModel
) -> None:
    async with flight(answer_cache) as cache:
        with pytest.raises(RuntimeError, match="has not looked"):
            await cache.land_reply(await chat.reply_to(ModelRequest(query="Why?")))


async def test_only_the_asynchronous_half_may_be_used(answer_cache: AnswerCache) -> None:
    cache = FlightCache(Flight(answer_cache, key=KEY, made_after=START, lease=LONG, now=lambda: START))
    with pytest.raises(TypeError):
        cache.lookup("", "")
    with pytest.raises(TypeError):
        cache.update("", "", [])
    with pytest.raises(TypeError):
        cache.clear()
