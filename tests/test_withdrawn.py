"""Two copies of Precache on one Redis, which hold an answer that somebody withdraws."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from scheduler import Job
from tests.running import ADA, GENERAL, Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says
from tests.waiting import wait_until

BARE = Job(query="Why is the sky blue?")


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("A *wrong* answer.")
        yield stand_in


@pytest_asyncio.fixture
async def copies(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[list[Precache]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                precache(valkey=valkey_socket, data=tmp_path / name, model_url=model.url)
            )
            for name in ("one", "two")
        ]


async def withdraw(bot: Precache) -> None:
    """Have the answer posted, and press what withdraws it."""
    assert (await bot.deliver(replace(BARE, channel=GENERAL, id="shown"))).status == 200
    (post,) = await bot.posted()
    block = post["blocks"][-1]
    place = {"channel": post["channel"], "message_ts": post["ts"], "block_id": block["block_id"]}
    value = block["elements"][0]["negative_button"]["value"]
    await bot.do("act", user=ADA, action_id="vote", selected=value, **place)
    window = await bot.window("Never show this answer again")
    chosen = {"withdraw": {"input": ["withdraw"]}}
    assert await bot.do("submit", user=ADA, view_id=window["id"], values=chosen) == {"ok": True}
    await bot.told("I've withdrawn this answer")


async def test_a_withdrawn_answer_is_held_by_no_copy_for_long(copies: list[Precache], model: OpenAI) -> None:
    for copy in copies:
        for _ in range(2):
            assert "wrong" in (await copy.deliver(BARE)).text
    assert model.requests == 1
    model.otherwise = says("A good answer.")
    await withdraw(copies[0])
    for copy in copies:

        async def is_let_go(copy: Precache = copy) -> bool:
            return "wrong" not in (await copy.deliver(BARE)).text

        await wait_until(is_let_go, "the copy has let go of the answer")
    for copy in copies:
        again = await copy.deliver(BARE)
        assert ("good" in again.text, again.headers["X-Cache"]) == (True, "HIT")
