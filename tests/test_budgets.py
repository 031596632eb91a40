"""What an answer may cost, counted: round trips to Redis, requests to Slack, calls of the model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio
from aiohttp import web
from redis.asyncio import Redis as RawRedis

from bot.book import Book, Schedule
from bot.upstash import CountedRedis, socket_redis
from scheduler import Done, Job, warm_job
from tests.bot.announcing import JOB, Process, process
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.slack_channel import Slack, slack_channel

BARE = Job(query=JOB.query, team=JOB.team)


@pytest_asyncio.fixture
async def model(redis_raw: RawRedis) -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def workspace() -> AsyncIterator[Slack]:
    async with slack_channel() as stand_in:
        yield stand_in


@asynccontextmanager
async def copy(
    valkey_socket: Path, workspace: Slack, model: OpenAI, qstash: str = "http://127.0.0.1:9"
) -> AsyncIterator[Process]:
    async with (
        socket_redis(f"unix://{valkey_socket}") as redis,
        process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash) as running,
    ):
        yield running


@pytest_asyncio.fixture
async def warm(valkey_socket: Path, workspace: Slack, model: OpenAI) -> AsyncIterator[Process]:
    """A process that has answered the question before."""
    async with copy(valkey_socket, workspace, model) as running:
        await running.deliver(BARE)
        yield running


@pytest_asyncio.fixture
async def cold(warm: Process, valkey_socket: Path, workspace: Slack, model: OpenAI) -> AsyncIterator[Process]:
    """Another one, which has not."""
    async with copy(valkey_socket, workspace, model) as running:
        yield running


async def spent(on: Process, job: Job) -> int:
    """Round trips to Redis."""
    redis: CountedRedis = on.redis
    before = redis.requests
    verdict = await on.deliver(job)
    assert isinstance(verdict, Done)
    assert verdict.cache == "HIT"
    return redis.requests - before


async def test_a_cached_answer_is_posted_with_two_round_trips_to_redis_and_one_to_slack(
    warm: Process, cold: Process, workspace: Slack, model: OpenAI
) -> None:
    for n, each in enumerate((warm, cold)):
        assert await spent(each, replace(JOB, id=f"run-{n}")) == 2
    assert workspace.requests == {"chat.postMessage": 2}
    assert model.requests == 1


async def test_a_cached_answer_that_is_not_posted_costs_nothing_here_and_one_round_trip_elsewhere(
    warm: Process, cold: Process, workspace: Slack, model: OpenAI
) -> None:
    assert await spent(warm, BARE) == 0
    assert await spent(cold, BARE) == 1
    assert await spent(cold, BARE) == 0
    assert not workspace.requests
    assert model.requests == 1


async def test_a_hundred_who_ask_the_same_at_once_cost_one_call(
    warm: Process, cold: Process, model: OpenAI
) -> None:
    model.delay = timedelta(milliseconds=200)
    job = replace(BARE, query="Something new")
    verdicts = await asyncio.gather(*(each.deliver(job) for each in (warm, cold) for _ in range(50)))
    assert all(isinstance(each, Done) for each in verdicts)
    assert model.requests == 2, "one for this question, one for the one before it"


async def test_a_slot_whose_answer_was_made_ahead_calls_no_model_and_asks_redis_twice_and_slack_once(
    valkey_socket: Path, workspace: Slack, model: OpenAI
) -> None:
    async with (
        run_qstash() as qstash,
        copy(valkey_socket, workspace, model, qstash.url) as one,
        copy(valkey_socket, workspace, model, qstash.url) as other,
    ):
        nine = datetime(2027, 1, 13, 9, tzinfo=UTC)
        daily = Schedule(
            id="kolu-tane", team="T1", channel="C1", user="U1", query="Why?", zone="UTC", cron="0 9 * * *"
        )
        await Book(redis=one.redis).add(daily, now=one.clock())
        job = replace(daily.job, id=None, schedule=daily.id, cron=daily.cron, zone="UTC")
        for each in (one, other):
            each.clock.ahead = nine - timedelta(minutes=1) - datetime.now(UTC)
        await one.deliver(warm_job(job, nine))
        assert (model.requests, len(qstash.asked)) == (1, 0)

        at_the_post = 0

        async def look(stand_in: QStash, request: web.Request) -> web.StreamResponse:
            nonlocal at_the_post
            at_the_post = sum(workspace.requests.values())
            return await stand_in.take(request)

        qstash.faults.append(look)
        other.clock.ahead = nine - datetime.now(UTC)
        assert await spent(other, job) == 2
        assert model.requests == 1
        assert workspace.requests == {"chat.postMessage": 1}
        assert (len(qstash.asked), at_the_post) == (1, 1), "the next slot's message, after the post"


async def test_a_run_that_is_over_costs_one_round_trip(warm: Process, workspace: Slack) -> None:
    await warm.deliver(JOB)
    before = warm.redis.requests
    assert await warm.deliver(JOB) == Done(text="nothing to do: posted")
    assert warm.redis.requests == before + 1
    assert workspace.requests == {"chat.postMessage": 1}
