"""The ground of the bot's tests: an empty Valkey through the client the product uses, stand-ins for the
services that are not ours, and an announcer between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.answers.answer_cache import AnswerCache
from bot.runs.ledger.ledger import Ledger
from bot.schedules.schedule_store import ScheduleStore
from bot.slack import Slack as OurSlack
from bot.slack import connect_slack
from bot.storage.client import CountedRedis, socket_redis
from tests.bot.announcing import Process, process
from tests.bot.sandbox.town import TOKEN, Town, open_town
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.slack_channel import Slack, slack_channel


@pytest_asyncio.fixture
async def redis(redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[CountedRedis]:
    # Patient, because a machine that has much else to do is no outage.
    async with socket_redis(f"unix://{valkey_socket}", within=timedelta(seconds=30)) as client:
        yield client


@pytest_asyncio.fixture
async def ledger(redis: CountedRedis) -> Ledger:
    return Ledger(redis=redis)


@pytest_asyncio.fixture
async def answer_cache(redis: CountedRedis) -> AnswerCache:
    return AnswerCache(redis=redis)


@pytest_asyncio.fixture
async def schedule_store(redis: CountedRedis) -> ScheduleStore:
    return ScheduleStore(redis=redis)


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def workspace() -> AsyncIterator[Slack]:
    async with slack_channel() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def qstash() -> AsyncIterator[QStash]:
    async with run_qstash() as stand_in:
        yield stand_in


@pytest_asyncio.fixture
async def bot(redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash) -> AsyncIterator[Process]:
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as running:
        yield running


@pytest_asyncio.fixture
async def town(redis_raw: RawRedis) -> AsyncIterator[Town]:
    """A sandbox of its own, for what is said to Slack's API alone."""
    async with open_town(redis_raw) as opened:
        yield opened


@pytest_asyncio.fixture
async def slack(town: Town) -> AsyncIterator[OurSlack]:
    async with connect_slack(token=TOKEN, api_url=f"{town.url}/sandbox/api/") as connected:
        yield connected
