"""Two copies of Precache on one Redis: one of them gets a delivery, and one gets it twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from scheduler import Job
from tests.running import ADA, GENERAL, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.slack_channel import TOKEN, Slack, loses, slack_channel

QUERY = "Why is the sky blue?"
JOB = Job(query=QUERY, team=TEAM, channel=GENERAL, user=ADA, id="run-1")
SLOT = replace(JOB, id=None, schedule="kolu-tane", cron="0 9 1 1 *", zone="Europe/Berlin")


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.delay = timedelta(milliseconds=200)
        yield stand_in


@pytest_asyncio.fixture
async def workspace() -> AsyncIterator[Slack]:
    async with slack_channel() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def replicas(
    model: OpenAI, workspace: Slack, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[list[Precache]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                precache(
                    valkey=valkey_socket,
                    data=tmp_path / name,
                    model_url=model.url,
                    SLACK_API_URL=workspace.url,
                    SLACK_BOT_TOKEN=TOKEN,
                    SLACK_SIGNING_SECRET="0123456789abcdef0123456789abcdef",
                )
            )
            for name in ("one", "two")
        ]


async def test_a_slot_that_both_get_at_once_is_posted_by_one(
    replicas: list[Precache], workspace: Slack, model: OpenAI
) -> None:
    first, second = await asyncio.gather(*(replica.deliver(SLOT) for replica in replicas))
    assert {first.status, second.status} == {200, 503}
    assert len(workspace.posts) == 1
    assert model.requests == 1
    again = await asyncio.gather(*(replica.deliver(SLOT) for replica in replicas))
    assert [delivery.status for delivery in again] == [200, 200]
    assert len(workspace.posts) == 1


async def test_ten_runs_of_one_question_over_both_cost_one_call(
    replicas: list[Precache], workspace: Slack, model: OpenAI
) -> None:
    deliveries = await asyncio.gather(
        *(replicas[n % 2].deliver(replace(JOB, id=f"run-{n}")) for n in range(10))
    )
    assert [delivery.status for delivery in deliveries] == [200] * 10
    assert sorted(delivery.headers["X-Cache"] for delivery in deliveries) == ["HIT"] * 9 + ["MISS"]
    assert sorted(post["metadata"]["event_payload"]["run"] for post in workspace.posts) == [
        f"{TEAM}:run-{n}" for n in range(10)
    ]
    assert model.requests == 1


async def test_what_one_was_told_the_other_knows(replicas: list[Precache], model: OpenAI) -> None:
    one, two = replicas
    assert (await one.deliver(Job(query=QUERY))).headers["X-Cache"] == "MISS"
    assert (await two.deliver(Job(query=QUERY))).headers["X-Cache"] == "HIT"
    assert model.requests == 1


async def test_a_retry_may_go_to_the_other_one(
    replicas: list[Precache], workspace: Slack, model: OpenAI
) -> None:
    one, two = replicas
    workspace.next["chat.postMessage"].append(loses)
    assert (await one.deliver(JOB)).status == 503
    assert (await two.deliver(JOB)).status == 200
    assert len(workspace.posts) == 1
    assert model.requests == 1
