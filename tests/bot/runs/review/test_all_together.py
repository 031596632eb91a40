"""A schedule with everything: places of which one is closed and one is a person, a reviewer, a condition,
only what is new, and subscribers. Each run asks once, judges once, and tells everyone once.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest_asyncio
from starlette.responses import Response

from bot.replies.review import ReviewPress
from bot.schedules import Place, Review, Run, Schedule
from bot.slack import Caller
from bot.storage.client import CountedRedis
from bot.subscriptions import Subscription, SubscriptionStore
from bot.ui import Deciding
from scheduler import Done, Drop, Job
from tests.bot.announcing import Clock, Process, process
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.openai import OpenAI, openai, says
from tests.stand_ins.qstash import QStash, run_qstash
from tests.stand_ins.slack_channel import Arguments, Slack, slack_channel

NINE: Final = datetime(2027, 1, 13, 9, tzinfo=UTC)
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
OPEN: Final = ("C1", "D3")
CLOSED: Final = "C2"


class Workspace(Slack):
    """C2 is archived, and all channels are private: Slack tells who is in them."""

    def do(self, method: str, arguments: Arguments) -> dict[str, Any]:
        if method == "chat.postMessage" and arguments["channel"] == CLOSED:
            return {"ok": False, "error": "is_archived"}
        return super().do(method, arguments)


class House:
    """All that a process asks, and a process."""

    def __init__(self, bot: Process, workspace: Slack, model: OpenAI, qstash: QStash) -> None:
        self.bot, self.workspace, self.model, self.qstash = bot, workspace, model, qstash
        self.schedule: Schedule
        self.news = ""

    def voice(self, _: OpenAI, body: dict[str, Any]) -> Response:
        """News are new if they are others, and matter if they say so."""
        asked = str(body["messages"][-1]["content"])
        told = self.news
        if "The later answer" in asked:
            told = json.dumps({"changed": True, "difference": ""})
        elif "The condition" in asked:
            told = json.dumps({"reason": "It says so.", "met": "yes" if "matters." in asked else "no"})
        answer = says(told)(self.model, body)
        assert isinstance(answer, Response)
        return answer

    async def settle_in(self) -> None:
        self.model.otherwise = self.voice
        bot = self.bot
        bot.clock.turn_to(NINE - DAY / 2)
        self.schedule = await store_daily(
            bot.redis,
            bot.clock,
            also=(Place(channel=CLOSED), Place(channel="D3", user="U3")),
            review=Review(by=("U7",)),
            changes="only",
            post_if="it matters",
        )
        for user in ("U4", "U6"):  # U6 is in no channel
            subscription = Subscription(
                team="T1",
                schedule=self.schedule.id,
                user=user,
                rhythm="at_once",
                channel="C1",
                direct=user,
                title="",
                since=NINE - DAY,
            )
            await SubscriptionStore(redis=bot.redis).put_record(subscription, now=bot.clock())

    async def make_ahead(self, day: int, news: str) -> int:
        """Have the answer of a day made and looked at; the number of model calls."""
        self.news, before = news, self.model.requests
        bot, slot = self.bot, NINE + day * DAY
        bot.clock.turn_to(slot - HOUR - HOUR / 4)
        await bot.warming.publish_warm_job(self.schedule)
        (ahead,) = [job for job in self.brought("review") if job.at == slot and job.review is None]
        bot.clock.turn_to(slot - HOUR)
        assert isinstance(await bot.deliver(ahead), Done)
        return self.model.requests - before

    async def press(self, verb: str, occasion: str, *, text: str | None = None) -> str | None:
        deciding = Deciding(
            desk=self.bot.ground.review_desk, schedule_store=self.bot.schedule_store, now=self.bot.clock
        )
        press = ReviewPress(verb="post", schedule=self.schedule.id, occasion=occasion, round=1)
        caller = Caller(team="T1", user="U7", channel="U7")
        found = await deciding.find_review(caller, press)
        return found if isinstance(found, str) else await deciding.decide(caller, found, verb, text=text)

    async def spend(self, job: Job) -> tuple[int, int]:
        """The requests to Redis and to Slack of one delivery."""
        redis, slack = self.bot.redis.requests, self.workspace.requests.total()
        assert isinstance(await self.bot.deliver(job), Done)
        return self.bot.redis.requests - redis, self.workspace.requests.total() - slack

    async def fire(self, day: int) -> None:
        """QStash brings the slot, and what that publishes, twice."""
        self.bot.clock.turn_to(NINE + day * DAY)
        for _ in range(2):
            assert isinstance(await self.bot.deliver(job_of(self.schedule)), Done)
        await self.bring_rest()

    async def bring_rest(self) -> None:
        done: list[Job] = []
        while jobs := [job for job in self.brought("post", "copy") if job not in done]:
            for job in jobs:
                for _ in range(2):
                    assert isinstance(await self.bot.deliver(job), Done | Drop)
            done += jobs

    def brought(self, *kinds: str) -> list[Job]:
        jobs = [Job.decode(body) for body in self.qstash.waiting.values()]
        return [job for job in jobs if job.kind in kinds]

    def texts(self, channel: str) -> list[str]:
        return [
            str(post.get("blocks") or post["text"])
            for post in self.workspace.posts
            if post["channel"] == channel
        ]

    @property
    def counts(self) -> dict[str, int]:
        """The messages in each place."""
        return {channel: len(self.texts(channel)) for channel in (*OPEN, CLOSED, "U4", "U6", "U7", "U1")}

    async def outcomes(self, channel: str = "C1") -> Sequence[tuple[str, str]]:
        """The history in one place, oldest first."""
        runs: list[Run] = await self.bot.schedule_store.read_history("T1", self.schedule.id, most=None)
        return [(run.outcome, run.detail) for run in runs if run.channel == channel][::-1]


def occasion(day: int) -> str:
    return str(int((NINE + day * DAY).timestamp()))


@pytest_asyncio.fixture
async def house(redis: CountedRedis) -> AsyncIterator[House]:
    clock = Clock()
    workspace = Workspace(private=True, members=("U1", "U3", "U4", "U7"))
    async with openai() as model, slack_channel(workspace), run_qstash() as qstash:
        workspace.now = lambda: clock().timestamp()
        async with process(
            redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url, clock=clock
        ) as bot:
            house = House(bot, workspace, model, qstash)
            await house.settle_in()
            yield house


async def test_each_run_asks_once_judges_once_and_tells_everyone_once(house: House) -> None:
    # It is made, judged and shown to the reviewer, who edits it.
    assert await house.make_ahead(0, "One matters.") == 2, "the answer, and the judgement"
    assert house.counts["U7"] == 1
    assert await house.press("post", occasion(0), text="Edited.") is None
    house.bot.clock.turn_to(NINE)
    assert await house.spend(job_of(house.schedule)) == (2, 1)
    (person,) = [job for job in house.brought("post") if job.place == "D3"]
    assert await house.spend(person) == (2, 1)
    await house.fire(0)
    assert house.counts == {"C1": 1, "D3": 1, "C2": 0, "U4": 1, "U6": 1, "U7": 1, "U1": 1}
    for channel in (*OPEN, "U4"):
        assert "Edited." in house.texts(channel)[0]
        assert "One matters" not in house.texts(channel)[0]
    assert "Edited" not in house.texts("U6")[0], "who may not read it hears that it has ended"
    assert "Remove this place" in house.texts("U1")[0]
    assert house.model.requests == 2, "an edit is not judged again"

    # The same once more is no news: nobody is asked, and it is not judged.
    assert await house.make_ahead(1, "Edited.") == 1
    await house.fire(1)
    # News that do not matter are not shown to the reviewer.
    assert await house.make_ahead(2, "Two is nothing.") == 3
    await house.fire(2)
    # What matters is skipped.
    assert await house.make_ahead(3, "Three matters.") == 2
    assert await house.press("skip", occasion(3)) is None
    await house.fire(3)
    # Nobody decides, and somebody does so afterwards.
    assert await house.make_ahead(4, "Four matters.") == 2
    await house.fire(4)
    assert house.counts == {"C1": 1, "D3": 1, "C2": 0, "U4": 1, "U6": 1, "U7": 3, "U1": 1}
    assert sum("Nobody reviewed" in words for words in house.workspace.whispers) == 1
    house.bot.clock.turn_to(NINE + 4 * DAY + HOUR)
    assert await house.press("post", occasion(4)) is None
    await house.bring_rest()
    assert house.counts == {"C1": 2, "D3": 2, "C2": 0, "U4": 2, "U6": 1, "U7": 3, "U1": 1}

    # Its owner refreshes it: that is made, judged and looked at, too.
    before = house.model.requests
    house.news = "Five matters."
    by_hand = replace(house.schedule.job, id="kolu-tane-77", schedule=house.schedule.id)
    assert isinstance(await house.bot.deliver(by_hand), Done)
    assert house.model.requests - before == 2
    assert house.counts["C1"] == 2
    assert await house.press("post", "kolu-tane-77") is None
    await house.bring_rest()
    assert house.counts == {"C1": 3, "D3": 3, "C2": 0, "U4": 2, "U6": 1, "U7": 4, "U1": 1}

    assert await house.outcomes() == [
        ("posted", ""),
        ("unchanged", ""),
        ("quiet", "It says so."),
        ("skipped", "review_skip"),
        ("skipped", "undecided"),
        ("posted", ""),
        ("posted", ""),
    ]
    assert await house.outcomes(CLOSED) == [("failed", "is_archived")] * 3
