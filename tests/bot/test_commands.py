"""What is typed after /precache, done by the whole app: what it asks of Slack, and what it says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from tests.running import Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says

UNTOLD = "Slack did not tell me your time zone just now"
SECRET = "a-prompt-that-nobody-else-may-read"


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("Because of Rayleigh scattering.")
        yield stand_in


@pytest_asyncio.fixture
async def bot(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running


@pytest.mark.parametrize(
    "fault",
    [{"kind": "error", "error": "invalid_auth"}, {"kind": "ratelimited"}, {"kind": "status"}],
    ids=lambda fault: str(fault["kind"]),
)
async def test_a_time_is_not_taken_for_utc_while_slack_does_not_tell_the_zone(
    bot: Precache, fault: dict[str, str]
) -> None:
    await bot.fault(method="users.info", times=2, **fault)
    await bot.type("/precache every day at 9 What is new?")
    await bot.told(UNTOLD)
    await bot.type("/precache every day at 9 in Asia/Tokyo What is new?")
    assert "Asia/Tokyo" in await bot.told("Scheduled")
    await bot.type("/precache every day at 10 What is new?")
    told = await bot.told("10:00")
    assert "Europe/Berlin" in told
    assert not any("has no time zone" in each for each in await bot.whispers())


async def test_what_needs_no_zone_goes_through_without_one(bot: Precache, model: OpenAI) -> None:
    await bot.fault(method="users.info", kind="error", times=9)
    await bot.type("/precache in 20 minutes What is new?")
    assert "has no time zone" not in await bot.told("Scheduled")
    await bot.type("/precache Why is the sky blue?")
    await bot.posted()
    assert model.requests == 1
