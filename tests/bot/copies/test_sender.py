"""Copies for subscribers: exactly one for each post, and nothing that its reader may not read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse

from bot.replies.subscriptions import digest_part
from bot.runs.state.claims import LEASE
from bot.schedules.schedule import Place, Schedule
from bot.sources import Channel
from bot.storage.client import CountedRedis, rest_redis
from bot.subscriptions import (
    MOST_OF_PERSON,
    MOST_OF_SCHEDULE,
    PostLine,
    Subscription,
    SubscriptionStore,
    make_copy_job,
)
from scheduler import Done, Drop, Job, Retry
from tests.bot.announcing import Clock, Process, process
from tests.stand_ins.fuse import Crash, Fuse
from tests.stand_ins.openai import OpenAI, says
from tests.stand_ins.qstash import QStash, reply
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Slack, fails, loses, refuses
from tests.stand_ins.upstash import TOKEN as REST_TOKEN
from tests.stand_ins.upstash import upstash

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = Schedule(
    id="kolu-tane", team="T1", channel="C1", user="U1", query="Why?", zone="UTC", cron="0 9 * * *"
)
AT_ONCE = Subscription(
    team="T1",
    schedule="kolu-tane",
    user="U2",
    rhythm="at_once",
    channel="C1",
    direct="D2",
    title="Why?",
    since=NINE - DAY,
)
AT_FIVE = replace(AT_ONCE, rhythm="daily", cron="0 17 * * *", zone="UTC")
FRIDAYS = replace(AT_ONCE, rhythm="weekly", cron="0 17 * * 5", zone="UTC")
REF = ("T1", "kolu-tane", "U2")


@dataclass(kw_only=True)
class Newsroom:
    """A schedule at nine each day, one subscriber, and a process whose clock stands where a test wants it."""

    bot: Process
    workspace: Slack
    qstash: QStash
    schedule: Schedule
    subscriptions: SubscriptionStore

    async def subscribe(self, subscription: Subscription) -> None:
        assert await self.subscriptions.put_record(subscription, now=NINE - DAY) is None

    async def post(self, day: int = 0, *, channel: str | None = None) -> None:
        """Have it post at nine, so many days later; in one of its further places with a `channel`."""
        slot = NINE + day * DAY
        self.bot.clock.turn_to(slot)
        job = replace(
            self.schedule.job, id=None, schedule=self.schedule.id, cron=self.schedule.cron, zone="UTC"
        )
        if channel is not None:
            job = job.for_place(channel, slot=slot, ticket="slot")
        verdict = await self.bot.deliver(job)
        assert isinstance(verdict, Done), verdict

    async def at(self, hours: float, job: Job | None) -> Any:
        """Deliver a job so many hours after nine."""
        assert job is not None
        self.bot.clock.turn_to(NINE + timedelta(hours=hours))
        return await self.bot.deliver(job)

    def copies(self) -> list[str]:
        """What the subscriber was sent."""
        return [str(post["blocks"]) for post in self.workspace.posts if post["channel"] == "D2"]

    def published(self) -> list[Job]:
        """The copies that QStash was given."""
        jobs = [Job.decode(body) for body in self.qstash.waiting.values()]
        return [job for job in jobs if job.kind == "copy"]

    async def known(self) -> Subscription | None:
        return await self.subscriptions.find_record(REF)


@pytest_asyncio.fixture
async def news(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> AsyncIterator[Newsroom]:
    model.otherwise = says("All is well.")
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as bot:
        workspace.now = lambda: bot.clock().timestamp()
        made = await bot.schedule_store.add_record(DAILY, now=NINE - DAY)
        assert isinstance(made, Schedule)
        active = await bot.schedule_store.change_record(made, replace(made, state="active"))
        assert isinstance(active, Schedule)
        yield Newsroom(
            bot=bot,
            workspace=workspace,
            qstash=qstash,
            schedule=active,
            subscriptions=SubscriptionStore(redis=redis),
        )


COPY = make_copy_job(("T1", "kolu-tane"), "U2", slot=NINE)


async def test_a_post_publishes_a_copy_for_each_who_wants_it_at_once_and_for_nobody_else(
    news: Newsroom,
) -> None:
    await news.post()
    assert news.published() == []
    await news.subscribe(AT_ONCE)
    await news.subscribe(replace(AT_FIVE, user="U3"))
    await news.post(1)
    assert news.published() == [make_copy_job(("T1", "kolu-tane"), "U2", slot=NINE + DAY)]


async def test_a_copy_is_sent_once_however_often_it_comes(news: Newsroom) -> None:
    await news.subscribe(AT_ONCE)
    await news.post()
    verdicts = await asyncio.gather(*(news.at(0.01, COPY) for _ in range(5)))
    assert sum(isinstance(verdict, Done) for verdict in verdicts) >= 1
    assert isinstance(await news.at(0.02, COPY), Done)
    (copy,) = news.copies()
    assert "All is well." in copy
    assert "|Posted> in <#C1> just now" in copy


@pytest.mark.parametrize("fault", [loses, fails])
async def test_of_a_copy_whose_answer_is_lost_there_is_one(news: Newsroom, fault: Any) -> None:
    await news.subscribe(AT_ONCE)
    await news.post()
    news.workspace.next["chat.postMessage"].append(fault)
    assert isinstance(await news.at(0.01, COPY), Retry)
    assert isinstance(await news.at(0.2, COPY), Done)
    assert len(news.copies()) == 1


async def test_copies_that_could_not_be_published_are_when_the_run_comes_again(news: Newsroom) -> None:
    await news.subscribe(AT_ONCE)
    news.bot.clock.turn_to(NINE)
    news.qstash.faults += [reply(503, "no"), reply(503, "no")]
    schedule = news.schedule
    job = replace(schedule.job, id=None, schedule=schedule.id, cron=schedule.cron, zone="UTC")
    assert isinstance(await news.bot.deliver(job), Retry)
    assert news.published() == []
    assert isinstance(await news.bot.deliver(job, retried=1), Done)
    assert news.published() == [COPY]
    assert len(news.workspace.posts) == 1


async def test_at_their_hour_a_reader_is_sent_the_newest_post_with_its_age(news: Newsroom) -> None:
    await news.subscribe(AT_FIVE)
    await news.post()
    await news.at(8.1, AT_FIVE.slot_job)
    (copy,) = news.copies()
    assert "|Posted> in <#C1> 8 hours ago" in copy


async def test_where_nothing_is_new_nothing_is_sent(news: Newsroom) -> None:
    await news.subscribe(AT_FIVE)
    assert await news.at(8, AT_FIVE.slot_job) == Done(text="nothing to do: nothing")
    await news.post(1)
    await news.at(24 + 8, AT_FIVE.slot_job)
    assert await news.at(48 + 8, AT_FIVE.slot_job) == Done(text="nothing to do: nothing")
    assert len(news.copies()) == 1


async def test_a_change_of_time_does_not_send_a_post_twice(news: Newsroom) -> None:
    await news.subscribe(AT_ONCE)
    await news.post()
    await news.at(0.01, COPY)
    await news.subscribe(AT_FIVE)
    await news.at(8, AT_FIVE.slot_job)
    assert len(news.copies()) == 1
    assert await news.at(8.1, make_copy_job(("T1", "kolu-tane"), "U2", slot=NINE)) == Done(
        text="nothing to do: sent"
    )


async def test_a_delivery_from_before_a_change_sends_nothing(news: Newsroom) -> None:
    await news.subscribe(replace(AT_FIVE, cron="0 18 * * *"))
    await news.post()
    assert await news.at(8, AT_FIVE.slot_job) == Done(text="nothing to do: ended")
    assert await news.at(8, COPY) == Done(text="nothing to do: ended")


async def test_a_week_is_one_message_with_each_post_and_its_link(news: Newsroom, model: OpenAI) -> None:
    await news.subscribe(FRIDAYS)  # the 13th is a Wednesday
    for day, text in enumerate(("## Ships\n\nTwo came in.", "Three went *out*.", "None moved.")):
        model.otherwise = says(text)
        await news.post(day)
    await news.at(48 + 8, FRIDAYS.slot_job)
    (digest,) = news.copies()
    assert "3 posts since the last digest" in digest
    for words in ("Ships", "Two came in."):
        assert words in digest
    assert digest.count("https://town.slack.example/archives/C1/p") == 3
    await news.at(48 + 8.1, FRIDAYS.slot_job)
    assert len(news.copies()) == 1
    await news.post(3)
    await news.at((7 + 2) * 24 + 8, FRIDAYS.slot_job)
    assert "1 post since the last digest" in news.copies()[-1]


async def test_a_digest_has_no_words_of_a_schedule_that_reads_something_private_since(news: Newsroom) -> None:
    await news.subscribe(replace(FRIDAYS, title="Ships"))
    await news.post()
    secret = replace(news.schedule, query="Who leaves us?", sources=(Channel(channel="C0PRIVATE01"),))
    assert isinstance(await news.bot.schedule_store.change_record(news.schedule, secret), Schedule)
    news.workspace.closed = {"C0PRIVATE01"}
    news.workspace.members = ("U1",)
    await news.at(48 + 8, FRIDAYS.slot_job)
    (digest,) = news.copies()
    assert "“Ships”: 1 post since" in digest
    assert "Who leaves us?" not in digest


def test_a_digest_is_no_longer_than_slack_takes() -> None:
    """Of a hundred long posts the newest are listed, and the others counted."""
    line = PostLine(at=NINE, text="# Head\n\n" + "Much & more <said>. " * 20, places={"C1": "1.0"})
    lines = [
        (replace(line, at=NINE - hour * timedelta(hours=1)), "https://a.example/p") for hour in range(30)
    ]
    part = digest_part(lines, DAILY, more=70)
    shown = sum("https://a.example/p" in str(block) for block in part.blocks)
    assert 10 < shown < 30
    assert "100 posts since the last digest" in part.text
    assert f"and {100 - shown} older posts" in str(part.blocks)
    assert len(json.dumps(part.blocks)) < 13_000 * 2
    assert sum(len(block["text"]["text"]) for block in part.blocks if block["type"] == "section") < 10_000


async def test_a_post_that_was_deleted_is_not_shown(news: Newsroom) -> None:
    await news.subscribe(AT_FIVE)
    await news.post()
    news.workspace.posts.clear()
    assert isinstance(await news.at(8, AT_FIVE.slot_job), Done)
    assert news.copies() == []
    assert await news.known() is not None


async def test_who_has_left_a_private_channel_is_sent_nothing_and_told_once(news: Newsroom) -> None:
    await news.subscribe(AT_FIVE)
    await news.post()
    news.workspace.private, news.workspace.members = True, ("U1",)
    assert isinstance(await news.at(8, AT_FIVE.slot_job), Done)
    assert news.copies() == []
    (told,) = [post["text"] for post in news.workspace.posts if post["channel"] == "U2"]
    assert told.startswith("You can no longer read where")
    assert await news.known() is None
    assert await news.at(24 + 8, AT_FIVE.slot_job) == Done(text="nothing to do: ended")


async def test_a_guest_is_sent_what_is_posted_where_they_are_and_nothing_else(news: Newsroom) -> None:
    async def guest(slack: Slack, method: str, arguments: Any) -> Any:
        return JSONResponse({"ok": True, "user": {"id": arguments["user"], "is_restricted": True}})

    news.workspace.next["users.info"].append(guest)
    await news.subscribe(AT_FIVE)
    await news.post()
    news.workspace.members = ("U1", "U2")
    await news.at(8, AT_FIVE.slot_job)
    assert len(news.copies()) == 1
    await news.post(1)
    news.workspace.members = ("U1",)
    await news.at(24 + 8, AT_FIVE.slot_job)
    assert len(news.copies()) == 1
    assert await news.known() is None


async def test_while_slack_does_not_tell_who_may_read_nothing_is_sent_yet(news: Newsroom) -> None:
    await news.subscribe(AT_FIVE)
    await news.post()
    news.workspace.next["conversations.info"].append(fails)
    assert isinstance(await news.at(8, AT_FIVE.slot_job), Retry)
    assert news.copies() == []
    assert isinstance(await news.at(8.1, AT_FIVE.slot_job), Done)
    assert len(news.copies()) == 1


async def test_where_slack_refuses_to_tell_who_may_read_nothing_is_sent_and_nothing_ends(
    news: Newsroom,
) -> None:
    await news.subscribe(AT_FIVE)
    await news.post()
    news.workspace.next["conversations.info"] += [refuses("channel_not_found")] * 2
    assert isinstance(await news.at(8, AT_FIVE.slot_job), Done)
    assert news.copies() == []
    assert await news.known() is not None


async def test_somebody_who_is_gone_is_sent_nothing_more(news: Newsroom) -> None:
    await news.subscribe(AT_ONCE)
    await news.post()
    news.workspace.next["users.info"].append(refuses("user_not_found"))
    assert isinstance(await news.at(0.1, COPY), Done)
    assert (news.copies(), await news.known()) == ([], None)


async def test_a_person_to_whom_nobody_may_write_is_not_tried_for_ever(news: Newsroom) -> None:
    await news.subscribe(AT_ONCE)
    await news.post()
    news.workspace.next["chat.postMessage"].append(refuses("cannot_dm_bot"))
    assert isinstance(await news.at(0.1, COPY), Drop)
    assert (news.copies(), await news.known()) == ([], None)


@pytest.mark.parametrize("state", ["paused", "deleted"])
async def test_of_a_schedule_that_is_paused_or_gone_nothing_is_sent(news: Newsroom, state: str) -> None:
    await news.subscribe(AT_FIVE)
    await news.post()
    store = news.bot.schedule_store
    if state == "paused":
        await store.change_record(news.schedule, replace(news.schedule, state="paused"))
    else:
        await store.delete_record(news.schedule)
    assert await news.at(8, AT_FIVE.slot_job) == Done(text="nothing to do: off")
    assert news.copies() == []


async def test_of_several_places_a_reader_is_sent_what_stands_where_they_may_read(news: Newsroom) -> None:
    """In a place that it did not reach, nobody has it; nor do they have it by a subscription."""
    await news.subscribe(replace(AT_ONCE, channel="C2"))
    store = news.bot.schedule_store
    changed = await store.change_record(
        news.schedule, news.schedule.at_places([Place(channel="C1"), Place(channel="C2")])
    )
    assert isinstance(changed, Schedule)
    news.schedule = changed

    async def only_c2(slack: Slack, method: str, arguments: Any) -> Any:
        members = ["U1", "U2"] if arguments["channel"] == "C2" else ["U1"]
        return JSONResponse({"ok": True, "members": members})

    news.workspace.private = True
    news.workspace.next["conversations.members"] += [only_c2] * 20
    await news.post()
    assert news.published() == []
    early = replace(AT_FIVE, channel="C2", cron="30 9 * * *")
    await news.subscribe(early)
    assert isinstance(await news.at(0.5, early.slot_job), Done)
    assert news.copies() == []
    await news.subscribe(replace(AT_ONCE, channel="C2"))
    await news.post(0, channel="C2")
    assert news.published() == [COPY]
    assert isinstance(await news.at(1, COPY), Done)
    (copy,) = news.copies()
    assert "/archives/C2/p" in copy


@pytest.mark.parametrize("crash", ["before", "after"])
async def test_a_process_may_die_at_any_step_and_there_is_one_copy(
    news: Newsroom, valkey_socket: Path, crash: Crash
) -> None:
    """`kill -9` between any two steps and within each; another process finishes when the lease ends."""
    await news.subscribe(AT_ONCE)
    async with upstash(valkey_socket) as rest, aiohttp.ClientSession() as http:
        targets = {"redis": rest.url, "slack": news.workspace.url.removesuffix("/api/")}
        for step in range(30):
            day = step + 1
            await news.post(day)
            job = make_copy_job(("T1", "kolu-tane"), "U2", slot=NINE + day * DAY)
            fuse = Fuse(targets, http, passes=step, crash=crash)
            clock = Clock()
            clock.turn_to(NINE + day * DAY)
            async with (
                serve(fuse) as address,
                rest_redis(f"{address}/redis", REST_TOKEN) as dying_redis,
                process(dying_redis, slack_url=f"{address}/slack/api/", model="", clock=clock) as dying,
            ):
                await dying.deliver(job)
            if not fuse.blown:
                break
            news.bot.clock.turn_to(NINE + day * DAY + LEASE + timedelta(seconds=1))
            for _ in range(2):
                assert isinstance(await news.bot.deliver(job, retried=1), Done), f"died {crash} {step}"
            assert len(news.copies()) == step + 1, f"died {crash} step {step}"
    assert step == 6, "claim, person, channel, link, copy, done"


async def test_what_is_kept_ends_with_the_last_subscription(news: Newsroom, redis_raw: RawRedis) -> None:
    """What was posted is kept for eight days, and a subscription until it ends."""
    await news.post()
    assert not [key async for key in redis_raw.scan_iter("precache:posted:*")], "nobody wants it"
    await news.subscribe(AT_ONCE)
    await news.subscribe(replace(AT_FIVE, user="U3"))
    await news.post(1)
    kept = [key async for key in redis_raw.scan_iter("precache:posted:*")]
    assert len(kept) == 2
    assert all([0 < await redis_raw.ttl(key) <= 8 * 86_400 for key in kept])
    for user in ("U2", "U3"):
        assert await news.subscriptions.remove_record(("T1", "kolu-tane", user)) is not None
    patterns = ("posted:*", "subscribe*", "copied:*", "subscriptions")
    assert not [key for pattern in patterns async for key in redis_raw.scan_iter(f"precache:{pattern}")]


async def test_there_is_a_bound_for_a_person_and_for_a_schedule(news: Newsroom) -> None:
    for number in range(MOST_OF_PERSON):
        await news.subscribe(replace(AT_ONCE, schedule=f"s-{number}"))
    assert await news.subscriptions.put_record(AT_ONCE, now=NINE) == "many"
    for number in range(MOST_OF_SCHEDULE):
        await news.subscribe(replace(AT_ONCE, user=f"U9{number}"))
    assert await news.subscriptions.put_record(replace(AT_ONCE, user="U3"), now=NINE) == "full"
    assert await news.subscriptions.put_record(replace(AT_FIVE, user="U90"), now=NINE) is None, "a change"


async def test_what_makes_no_sense_sends_nothing(news: Newsroom) -> None:
    for job in (
        Job(kind="copy", query="copy", team="T1", user="U2", id="nobody", at=NINE),
        Job(kind="copy", query="copy", id="kolu-tane.U2", at=NINE),
        Job(kind="digest", query="copy", team="T1", id="kolu-tane.U2"),
    ):
        assert await news.at(0, job) == Drop(reason="copy")
    assert await news.at(0, make_copy_job(("T9", "kolu-tane"), "U2", slot=NINE)) == Done(
        text="nothing to do: ended"
    )
