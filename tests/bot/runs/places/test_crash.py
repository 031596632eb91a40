"""A slot with several places, whose process dies or is stopped at any step of it: each place has one post."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.runs.state.claims import LEASE
from bot.schedules.schedule import Place
from bot.storage.client import CountedRedis, rest_redis
from scheduler import Done, Job
from tests.bot.announcing import Clock, process
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.fuse import Crash, Fuse, live_until_burnt
from tests.stand_ins.openai import OpenAI, openai
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Slack, slack_channel
from tests.stand_ins.upstash import TOKEN, upstash

NINE: Final = datetime(2027, 1, 13, 9, tzinfo=UTC)
RUN: Final = f"T1:kolu-tane:{int(NINE.timestamp())}"
ALSO: Final = (Place(channel="C2"), Place(channel="D3", user="U3"))
RUNS: Final = (RUN, f"{RUN}:C2", f"{RUN}:D3")


class Town:
    """All that the process asks."""

    def __init__(self, redis: CountedRedis, raw: RawRedis, valkey: Path) -> None:
        self.redis, self.raw, self.valkey = redis, raw, valkey
        self.clock = Clock()
        self.workspace: Slack
        self.model: OpenAI
        self.qstash: QStash
        self.job: Job

    async def begin(self) -> None:
        """As it is before the slot."""
        await self.raw.flushall()
        self.workspace.posts.clear()
        self.qstash.messages.clear()
        self.qstash.waiting.clear()
        self.clock.turn_to(NINE)
        self.job = job_of(await store_daily(self.redis, self.clock, also=ALSO))

    def process(self, redis: CountedRedis, **addresses: str) -> Any:
        return process(
            redis,
            slack_url=addresses.get("slack", self.workspace.url),
            model=self.model.url,
            qstash_url=addresses.get("qstash", self.qstash.url),
            clock=self.clock,
        )

    def further(self) -> list[Job]:
        """What QStash brings to the further places."""
        jobs = [Job.decode(body) for body in self.qstash.waiting.values()]
        return [job for job in jobs if job.place is not None]

    async def outlast(self) -> None:
        """All leases end."""
        self.clock.turn_to(self.clock() + LEASE + timedelta(seconds=1))
        for key in await self.raw.keys("precache:flight:*"):
            await self.raw.delete(key)


@pytest_asyncio.fixture
async def town(redis: CountedRedis, redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[Town]:
    town = Town(redis, redis_raw, valkey_socket)
    async with openai() as town.model, slack_channel() as town.workspace, run_qstash() as town.qstash:
        town.workspace.now = lambda: town.clock().timestamp()
        yield town


async def live(town: Town, fuse: Fuse, jobs: list[Job]) -> None:
    """Deliveries to a process that may die."""
    async with (
        serve(fuse) as address,
        rest_redis(f"{address}/redis", TOKEN, within=timedelta(minutes=1)) as redis,
        # The model's address is a part of what makes two questions the same: it stays.
        town.process(redis, slack=f"{address}/slack/api/", qstash=f"{address}/qstash") as dying,
    ):

        async def deliver_all() -> None:
            for job in jobs:
                await dying.deliver(job)

        await live_until_burnt(fuse, deliver_all())


async def heal(town: Town, died: str) -> None:
    """QStash comes again, to another process, with the slot and with each of its places."""
    async with town.process(town.redis) as heir:
        for _ in range(2):
            assert isinstance(await heir.deliver(town.job, retried=1), Done), died
            for further in town.further():
                assert isinstance(await heir.deliver(further, retried=1), Done), died
        assert [town.workspace.parts(run) for run in RUNS] == [[0], [0], [0]], died
        assert len({post["text"] for post in town.workspace.posts}) == 1, died
        history = await heir.schedule_store.read_history("T1", "kolu-tane", most=None)
        assert sorted((run.channel or "", run.outcome) for run in history) == [
            ("C1", "posted"),
            ("C2", "posted"),
            ("D3", "posted"),
        ], died


@pytest.mark.parametrize("crash", ["after", "stopped"])
@pytest.mark.parametrize("dies", ["first", "further"])
async def test_after_a_death_at_any_step_each_place_has_one_post(town: Town, crash: Crash, dies: str) -> None:
    async with upstash(town.valkey) as rest, aiohttp.ClientSession() as http:
        targets = {
            "redis": rest.url,
            "slack": town.workspace.url.removesuffix("/api/"),
            "qstash": town.qstash.url,
        }
        for step in count():
            await town.begin()
            jobs = [town.job]
            if dies == "further":
                async with town.process(town.redis) as first:
                    assert isinstance(await first.deliver(town.job), Done)
                jobs = town.further()
            asked = town.model.requests
            fuse = Fuse(targets, http, passes=step, crash=crash)
            await live(town, fuse, jobs)
            if not fuse.blown:
                assert step > 3
                return
            if crash != "stopped":
                await town.outlast()
            await heal(town, died=f"died {crash} step {step} in the {dies}: {fuse.steps[-1]}")
            assert town.model.requests - asked <= (2 if dies == "first" else 0), (step, fuse.steps)
