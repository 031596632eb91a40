"""Whoever has left a private channel has nothing more posted there, and nothing more read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.book import Book
from bot.upstash import CountedRedis
from tests.running import GENERAL, GRACE, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says
from tests.waiting import wait_until


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("Well.")
        yield stand_in


@pytest_asyncio.fixture
async def bot(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running


async def private(bot: Precache) -> str:
    """A channel of Grace that the bot is in, where something was said."""
    made = await bot.do("channels", user=GRACE, name="secrets", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=GRACE, channel=channel)
    await bot.type("We ship on Friday.", user=GRACE, channel=channel)
    return channel


@pytest.mark.parametrize(("reads", "words"), [(True, "reads any more"), (False, "posts to any more")])
async def test_whoever_has_left_a_private_channel_is_told_that_it_is_paused(
    bot: Precache, redis: CountedRedis, reads: bool, words: str
) -> None:
    channel = await private(bot)
    at = GENERAL if reads else channel
    await bot.type("/precache every day at 9 summarise #secrets", user=GRACE, channel=at)
    name = (await bot.told("Scheduled", user=GRACE, channel=at)).partition("show ")[2].partition("`")[0]
    await bot.do("leave", user=GRACE, channel=channel)
    await bot.type(f"/precache run {name}", user=GRACE)

    async def paused() -> bool:
        found = await Book(redis=redis).find(TEAM, name)
        return found is not None and found.state == "paused"

    await wait_until(paused, "the schedule to be paused")
    await bot.seen(words, user=GRACE, channel="D0GRACE0001")
