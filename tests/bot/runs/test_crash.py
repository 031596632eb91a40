"""A schedule that reads, compares and posts, whose process dies or is stopped at any step of it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from redis.asyncio import Redis as RawRedis
from starlette.responses import Response

from bot.answers.judging.comparison import Last
from bot.documents import Documents, open_documents
from bot.runs.state.claims import LEASE
from bot.sources import Link
from bot.storage.client import CountedRedis, rest_redis
from scheduler import Done, Job
from tests.bot.announcing import Clock, Process, process
from tests.bot.fetch.site import Site, open_site
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.fuse import Crash, Fuse
from tests.stand_ins.openai import OpenAI, openai, says
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Slack, slack_channel
from tests.stand_ins.upstash import TOKEN, upstash

NINE: Final = datetime(2027, 1, 13, 9, tzinfo=UTC)
DAY: Final = timedelta(days=1)
RUN: Final = f"T1:kolu-tane:{int((NINE + DAY).timestamp())}"


def voice(stand_in: OpenAI, body: dict[str, Any]) -> Response:
    """Tells the titles that it reads; of two answers that differ, all of the later one is new."""
    asked = str(body["messages"][-1]["content"])
    if "The later answer:" in asked:
        told = json.dumps({"changed": True, "difference": "New today."})
        answer = says(told)(stand_in, body)
    else:
        answer = says(f"Out: {', '.join(_titles(asked))}.")(stand_in, body)
    assert isinstance(answer, Response)
    return answer


def _titles(text: str) -> list[str]:
    return [title for title in ("First", "Second", "Third") if title in text]


@dataclass(kw_only=True)
class Town:
    """All that the process asks, and how it stood after the first day's post."""

    redis: CountedRedis
    raw: RawRedis
    valkey: Path
    workspace: Slack
    model: OpenAI
    qstash: QStash
    site: Site
    documents: Documents
    clock: Clock
    job: Job
    kept: dict[Any, Any]

    def feed(self, *titles: str, fuse: Fuse | None = None) -> None:
        items = "".join(
            f"<item><guid>{title}</guid><title>{title}</title>"
            f"<pubDate>{format_datetime(NINE - timedelta(hours=1))}</pubDate></item>"
            for title in titles
        )
        self.site.says("/feed", f"<rss version='2.0'><channel><title>Blog</title>{items}</channel></rss>")
        whole = self.site.pages["/feed"]

        async def handler(request: web.BaseRequest) -> web.StreamResponse:
            return (
                web.Response(status=503)
                if fuse is not None and await fuse.burns("site")
                else await whole(request)
            )

        self.site.pages["/feed"] = handler

    async def begin_again(self) -> None:
        """As it was after the first day."""
        await self.raw.flushall()
        for key, value in self.kept.items():
            await self.raw.restore(key, 0, value)
        del self.workspace.posts[1:]

    def process(self, redis: CountedRedis, **addresses: str) -> Any:
        return process(
            redis,
            slack_url=addresses.get("slack", self.workspace.url),
            model=addresses.get("model", self.model.url),
            qstash_url=addresses.get("qstash", self.qstash.url),
            clock=self.clock,
            documents=self.documents,
        )

    async def read_until(self) -> tuple[int, str]:
        read, last = await self.redis.hmget("precache:schedule:T1:kolu-tane", "read", "last")
        return int(read or 0), Last.decode(last or "").text


@pytest_asyncio.fixture
async def town(redis: CountedRedis, redis_raw: RawRedis, valkey_socket: Path) -> AsyncIterator[Town]:
    clock = Clock()
    async with (
        openai() as model,
        slack_channel() as workspace,
        run_qstash() as qstash,
        open_site() as site,
        open_documents(processes=1) as documents,
    ):
        workspace.now = lambda: clock().timestamp()
        model.otherwise = voice
        clock.turn_to(NINE)
        schedule = await store_daily(
            redis, clock, sources=(Link(url=f"{site.url}/feed"),), changes="difference"
        )
        town = Town(
            redis=redis,
            raw=redis_raw,
            valkey=valkey_socket,
            workspace=workspace,
            model=model,
            qstash=qstash,
            site=site,
            documents=documents,
            clock=clock,
            job=job_of(schedule),
            kept={},
        )
        town.feed("First")
        async with town.process(redis) as bot:
            assert isinstance(await bot.deliver(town.job), Done)
        town.kept = {key: await redis_raw.dump(key) for key in await redis_raw.keys()}
        yield town


# To have died before a step is to have died after the one before it: nothing gets through any more.
@pytest.mark.parametrize("crash", ["after", "stopped"])
async def test_the_next_delivery_ends_with_one_post_of_the_right_window_and_the_day_after_goes_on_from_it(
    town: Town, crash: Crash
) -> None:
    began, _ = await town.read_until()
    async with upstash(town.valkey) as rest, aiohttp.ClientSession() as http:
        targets = {
            "redis": rest.url,
            "slack": town.workspace.url.removesuffix("/api/"),
            "model": town.model.url,
            "qstash": town.qstash.url,
        }
        for step in count():
            fuse = Fuse(targets, http, passes=step, crash=crash)
            await live_a_day(town, fuse)
            if not fuse.blown:
                assert Counter(fuse.steps) == {"redis": 12, "site": 1, "model": 2, "slack": 1, "qstash": 1}
                return
            if crash != "stopped":
                await outlast(town)
            await heal(town, began, died=f"died {crash} step {step}: {fuse.steps[-1]}")


async def live_a_day(town: Town, fuse: Fuse) -> None:
    """The second slot, by a process that may die."""
    await town.begin_again()
    town.feed("First", "Second", fuse=fuse)
    town.clock.turn_to(NINE + DAY)
    async with (
        serve(fuse) as address,
        rest_redis(f"{address}/redis", TOKEN, within=timedelta(minutes=1)) as redis,
        town.process(
            redis, slack=f"{address}/slack/api/", model=f"{address}/model", qstash=f"{address}/qstash"
        ) as dying,
    ):
        delivery = asyncio.create_task(dying.deliver(town.job))
        reached = asyncio.create_task(fuse.reached.wait())
        await asyncio.wait({delivery, reached}, return_when=asyncio.FIRST_COMPLETED)
        reached.cancel()
        if fuse.crash == "stopped":
            delivery.cancel()
        await asyncio.wait({delivery, reached})
        fuse.over.set()


async def outlast(town: Town) -> None:
    """All leases end."""
    town.clock.turn_to(NINE + DAY + LEASE + timedelta(seconds=1))
    for key in await town.raw.keys("precache:flight:*"):
        await town.raw.delete(key)


async def heal(town: Town, began: int, *, died: str) -> None:
    """QStash comes again, to another process."""
    town.feed("First", "Second")
    async with town.process(town.redis) as heir:
        for _ in range(2):
            assert isinstance(await heir.deliver(town.job, retried=1), Done), died
        assert town.workspace.parts(RUN) == [0], died
        (post,) = town.workspace.posts[1:]
        assert post["text"] == "New today.", died
        until, last = await town.read_until()
        assert last == "Out: Second.", died
        window = [f"<!date^{moment // 1000}^" for moment in (began, until)]
        assert all(title in town.workspace.shown() for title in window), died
        await the_day_after(town, heir, died)


async def the_day_after(town: Town, heir: Process, died: str) -> None:
    town.feed("First", "Second", "Third")
    town.clock.turn_to(NINE + 2 * DAY)
    assert isinstance(await heir.deliver(town.job), Done), died
    _, last = await town.read_until()
    assert last == "Out: Third.", died
    compared = str(town.model.bodies[-1]["messages"][-1]["content"])
    assert "Out: Second." in compared, died
