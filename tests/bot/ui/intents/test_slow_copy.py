"""A copy that was believed lost, and goes on: what another one has done meanwhile is not done twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.storage.client import CountedRedis, rest_redis
from tests.bot.announcing import process
from tests.bot.asked import Body, command, mention, press
from tests.bot.scheduled import DAILY, store_daily
from tests.bot.ui.intents.desk import Desk
from tests.stand_ins.gate import Gate
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash, reply
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Slack
from tests.stand_ins.upstash import TOKEN, upstash
from tests.waiting import wait_until


@dataclass(frozen=True, kw_only=True)
class Town:
    """Two copies, of which one is held at the gate."""

    slow: Desk
    other: Desk
    gate: Gate
    raw: RawRedis

    async def begin_again(self) -> None:
        await self.raw.flushall()
        slack, qstash = self.other.workspace, self.other.qstash
        for kept in (slack.posts, slack.whispers, qstash.waiting, qstash.messages, qstash.repeating):
            kept.clear()
        await store_daily(self.other.process.redis, self.other.process.clock, state="active")
        qstash.repeating[DAILY.id] = b""


@pytest_asyncio.fixture
async def town(
    redis: CountedRedis,
    redis_raw: RawRedis,
    valkey_socket: Path,
    workspace: Slack,
    model: OpenAI,
    qstash: QStash,
) -> AsyncIterator[Town]:
    async with upstash(valkey_socket) as rest, aiohttp.ClientSession() as http:
        targets = {
            "redis": rest.url,
            "slack": workspace.url.removesuffix("/api/"),
            "qstash": qstash.url,
        }
        gate = Gate(targets, http)
        async with (
            serve(gate) as address,
            rest_redis(f"{address}/redis", TOKEN) as held,
            process(
                held, slack_url=f"{address}/slack/api/", model=model.url, qstash_url=f"{address}/qstash"
            ) as slow,
            process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as other,
        ):
            yield Town(
                slow=Desk.of_process(slow, workspace, qstash),
                other=Desk.of_process(other, workspace, qstash),
                gate=gate,
                raw=redis_raw,
            )


@asynccontextmanager
async def held_after(town: Town, body: Body, steps: int) -> AsyncIterator[bool]:
    """Inside, the work on `body` is held after so many steps; false if it has no more than that."""
    await town.begin_again()
    town.gate.hold_after(steps)
    hearing = asyncio.create_task(town.slow.hear(body))
    await wait_until(lambda: town.gate.held.is_set() or hearing.done(), "it is held, or done")
    yield town.gate.held.is_set()
    town.gate.open_again()
    assert await hearing == 200


@pytest.mark.parametrize(
    ("body", "jobs", "schedules"),
    [
        (mention("Why is it?"), {"Why is it?": 1}, {DAILY.query: 1}),
        (command("every day at 18:30 Good evening"), {}, {DAILY.query: 1, "Good evening": 1}),
        (press("card_delete", DAILY.id), {}, {}),
    ],
    ids=["mention", "schedule", "delete"],
)
async def test_what_two_copies_are_at_work_on_has_one_effect_wherever_the_first_was_held(
    town: Town, body: dict[str, Any], jobs: dict[str, int], schedules: dict[str, int]
) -> None:
    qstash = town.other.qstash
    for steps in count():
        async with held_after(town, body, steps) as is_held:
            await town.other.take_up()
            qstash.faults.append(reply(503, "down"))  # for the first copy: it has nothing to take back
        qstash.faults.clear()
        where = f"held after {steps} steps"
        asked = Counter(job.query for job in town.other.jobs if job.kind != "warm")
        found = await town.other.schedules()
        assert (asked, Counter(schedule.query for schedule in found)) == (jobs, schedules), where
        assert qstash.repeating.keys() == {schedule.id for schedule in found}, where
        assert await town.other.notes() == [], where
        said = town.other.said
        assert said, where
        assert not [words for words in said if "changed" in words.lower()], (where, said)
        if not is_held:
            return
