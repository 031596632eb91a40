"""A post that is looked at first, whose process dies or is stopped at any step on its way.

It is made ahead and meets its condition, its reviewers are asked, one edits it, the others' cards say so, and
the slot posts it in a channel and to a person, and sends it to a subscriber.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import Response

from bot.documents import Documents, open_documents
from bot.errors import BotError
from bot.replies.review import ReviewPress
from bot.runs.state.claims import LEASE
from bot.schedules import Place, Review, Schedule
from bot.slack import Caller, Wish
from bot.storage.client import CountedRedis, rest_redis
from bot.subscriptions import Subscription, SubscriptionStore
from bot.ui import Deciding
from scheduler import Done, Job, PublishError, review_job
from tests.bot.announcing import Clock, Process, process
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.fuse import Crash, Fuse, live_until_burnt
from tests.stand_ins.openai import OpenAI, openai, says
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Slack, slack_channel
from tests.stand_ins.upstash import TOKEN, upstash

SLOT: Final = datetime(2027, 1, 13, 9, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
STRIDE: Final = 1 if os.environ.get("KILLS") == "all" else 3
"""By default each third step; `make kills` goes through all of them."""
REVIEWERS: Final = ("U7", "U8")
PLACES: Final = ("C1", "D3")
SUBSCRIBER: Final = "U4"
PRESSED: Final = ReviewPress(verb="edit", schedule="kolu-tane", occasion=str(int(SLOT.timestamp())), round=1)
EDIT: Final = "As edited."
Road = Literal["ahead", "unasked", "late"]
"""Decided before the slot; asked only at the slot, and decided then; decided after it."""


Act = Callable[[Process], Awaitable[object]]


class Town:
    """All that the process asks."""

    def __init__(self, redis: CountedRedis, raw: RawRedis, valkey: Path, road: Road) -> None:
        self.redis, self.raw, self.valkey, self.road = redis, raw, valkey, road
        self.clock = Clock()
        self.workspace: Slack
        self.model: OpenAI
        self.qstash: QStash
        self.documents: Documents
        self.schedule: Schedule
        self.has_pressed = False

    async def begin(self) -> None:
        """As it is before anything is asked."""
        await self.raw.flushall()
        for kept in (
            self.workspace.posts,
            self.workspace.whispers,
            self.qstash.messages,
            self.qstash.waiting,
        ):
            kept.clear()
        self.has_pressed = False
        self.clock.turn_to(SLOT - 2 * HOUR)
        self.schedule = await store_daily(
            self.redis,
            self.clock,
            also=(Place(channel="D3", user="U3"),),
            review=Review(by=REVIEWERS),
            changes="only",
            post_if="something happened",
        )
        subscription = Subscription(
            team="T1",
            schedule=self.schedule.id,
            user=SUBSCRIBER,
            rhythm="at_once",
            channel="C1",
            direct=SUBSCRIBER,
            title="",
            since=self.clock(),
        )
        await SubscriptionStore(redis=self.redis).put_record(subscription, now=self.clock())
        if self.road != "unasked":
            self.qstash.waiting["ahead"] = review_job(job_of(self.schedule), SLOT).encode()

    def process(self, redis: CountedRedis, **addresses: str) -> Any:
        return process(
            redis,
            slack_url=addresses.get("slack", self.workspace.url),
            model=self.model.url,
            qstash_url=addresses.get("qstash", self.qstash.url),
            clock=self.clock,
            documents=self.documents,
        )

    def brought(self) -> list[Job]:
        """What QStash brings beside the slot: it knows nothing of the time of day."""
        return [Job.decode(body) for body in self.qstash.waiting.values()]

    async def press(self, bot: Process, *, again: bool = False) -> str | None:
        """U7 edits the post; `again` as an intent of a process that is lost."""
        self.has_pressed = True
        caller = Caller(
            team="T1", user="U7", channel="U7", wish=Wish(id="w", at=self.clock(), is_again=again)
        )
        deciding = Deciding(desk=bot.ground.review_desk, schedule_store=bot.schedule_store, now=self.clock)
        found = await deciding.find_review(caller, PRESSED)
        return found if isinstance(found, str) else await deciding.decide(caller, found, "post", text=EDIT)

    @property
    def is_asked(self) -> bool:
        return any(post["channel"] == "U7" for post in self.workspace.posts)

    async def live(self, bot: Process, fuse: Fuse) -> None:
        """Do all of it, unless the process dies."""

        async def ask_ahead(_: Process) -> None:
            self.clock.turn_to(SLOT - HOUR)
            for job in self.brought():
                await bot.deliver(job)

        async def serve_slot(_: Process) -> None:
            self.clock.turn_to(SLOT)
            await bot.deliver(job_of(self.schedule))

        acts: dict[Road, tuple[Act, ...]] = {
            "ahead": (ask_ahead, self.press, serve_slot),
            "unasked": (serve_slot, self.press),
            "late": (ask_ahead, serve_slot, self.press),
        }
        with suppress(BotError, PublishError):
            for act in (*acts[self.road], self.deliver_posts):
                if not fuse.blown:
                    await act(bot)

    async def deliver_posts(self, bot: Process) -> None:
        done: list[Job] = []
        while jobs := [job for job in self.brought() if job.kind in ("post", "copy") and job not in done]:
            for job in jobs:
                assert isinstance(await bot.deliver(job), Done)
            done += jobs

    async def outlast(self) -> None:
        """All leases end."""
        self.clock.turn_to(self.clock() + LEASE + timedelta(seconds=1))
        for key in await self.raw.keys("precache:flight:*"):
            await self.raw.delete(key)

    async def heal(self, died: str) -> None:
        """Everything comes again, to another process."""
        async with self.process(self.redis) as heir:
            for _ in range(2):
                if self.road != "unasked" and self.clock() < SLOT:
                    for job in self.brought():
                        if job.kind == "review" and not (job.review or "").startswith("check"):
                            assert isinstance(await heir.deliver(job, retried=1), Done), died
                if self.has_pressed or (self.road == "ahead" and self.clock() < SLOT):
                    told = await self.press(heir, again=self.has_pressed)
                    assert told is None, (died, told)
                if self.clock() < SLOT:
                    self.clock.turn_to(SLOT)
                assert isinstance(await heir.deliver(job_of(self.schedule), retried=1), Done), died
                if not self.has_pressed:
                    assert await self.press(heir) is None, died
                await self.deliver_posts(heir)
        await self.judge(died)

    async def judge(self, died: str) -> None:
        posts = self.workspace.posts
        for channel in (*PLACES, SUBSCRIBER):
            (post,) = [post for post in posts if post["channel"] == channel]
            assert EDIT in str(post["blocks"]), died
        for user in REVIEWERS:
            (card,) = [post for post in posts if post["channel"] == user]
            assert "review_post" not in str(card["blocks"]), died
            assert "<@U7>" in str(card["blocks"]), died
        owner = [words for words in self.workspace.whispers if "Nobody reviewed" in words]
        assert len(owner) in ((1, 2) if self.road == "late" else (0,)), died
        review = await self.redis.hgetall(f"precache:review:T1:kolu-tane:{PRESSED.occasion}")
        assert review["asking"] == "", died


def voice(stand_in: OpenAI, body: dict[str, Any]) -> Response:
    """What is judged is met."""
    asked = str(body["messages"][-1]["content"])
    told = json.dumps({"reason": "It did.", "met": "yes"}) if "The condition" in asked else "Something."
    answer = says(told)(stand_in, body)
    assert isinstance(answer, Response)
    return answer


@pytest_asyncio.fixture
async def town(
    redis: CountedRedis, redis_raw: RawRedis, valkey_socket: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Town]:
    town = Town(redis, redis_raw, valkey_socket, request.param)
    async with (
        openai() as town.model,
        slack_channel() as town.workspace,
        run_qstash() as town.qstash,
        open_documents(processes=1) as town.documents,
    ):
        town.workspace.now = lambda: town.clock().timestamp()
        town.model.otherwise = voice
        yield town


@pytest.mark.parametrize(
    ("town", "crash", "steps"),
    [
        ("ahead", "after", count(0, STRIDE)),
        ("ahead", "stopped", count(1, 2 * STRIDE)),
        ("unasked", "after", count(0, STRIDE)),
        ("late", "after", count(17, STRIDE)),  # until then it is as for the first
    ],
    ids=["ahead", "stopped", "unasked", "late"],
    indirect=["town"],
)
async def test_after_a_death_at_any_step_each_reviewer_has_one_card_and_each_place_one_post(
    town: Town, crash: Crash, steps: Iterator[int]
) -> None:
    async with upstash(town.valkey) as rest, aiohttp.ClientSession() as http:
        targets = {
            "redis": rest.url,
            "slack": town.workspace.url.removesuffix("/api/"),
            "qstash": town.qstash.url,
        }
        for step in steps:
            await town.begin()
            asked = town.model.requests
            fuse = Fuse(targets, http, passes=step, crash=crash)
            async with (
                serve(fuse) as address,
                rest_redis(f"{address}/redis", TOKEN, within=timedelta(minutes=1)) as redis,
                town.process(redis, slack=f"{address}/slack/api/", qstash=f"{address}/qstash") as dying,
            ):
                await live_until_burnt(fuse, town.live(dying, fuse))
            if not fuse.blown:
                assert step > 20, fuse.steps
                await town.judge("nobody died")
                return
            await town.outlast()
            await town.heal(f"died {crash} step {step}: {fuse.steps[-1]}")
            assert town.model.requests - asked <= 4, (step, fuse.steps)
