"""Exactly one post: whatever dies, gets lost or comes twice, on a real Valkey and a Slack that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from starlette.responses import Response

from bot.answers.records import Answer
from bot.budget import Pace, PostQueue
from bot.runs.owner_check import EVERY
from bot.runs.state.claims import BUDGET, LEASE, Taken
from bot.schedules.schedule import Schedule
from bot.storage.client import CountedRedis, rest_redis
from scheduler import Done, Drop, Job, Retry, Verdict, run_of
from tests.bot.announcing import JOB, RUN, Clock, Process, process
from tests.stand_ins.fuse import Crash, Fuse
from tests.stand_ins.openai import OpenAI, says
from tests.stand_ins.openai import fails as answers_with
from tests.stand_ins.qstash import QStash
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import (
    Arguments,
    Slack,
    fails,
    limits,
    loses,
    obeys,
    refuses,
    stalls,
    strays,
)
from tests.stand_ins.upstash import TOKEN, upstash
from tests.waiting import wait_until

DAILY = Schedule(
    id="kolu-tane", team="T1", channel="C1", user="U1", query=JOB.query, zone="UTC", cron="0 9 * * *"
)


@pytest_asyncio.fixture
async def bot(redis: CountedRedis, workspace: Slack, model: OpenAI) -> AsyncIterator[Process]:
    async with process(redis, slack_url=workspace.url, model=model.url) as running:
        yield running


def three_parts(word: str) -> str:
    """An answer that takes three messages, and says in each of them which answer it is."""
    return "\n\n".join(f"{word} " * 120 for _ in range(10))


def cache_of(verdict: Verdict) -> str | None:
    assert isinstance(verdict, Done), verdict
    return verdict.cache


async def test_a_delivery_is_posted_once_however_often_it_comes(bot: Process, workspace: Slack) -> None:
    assert cache_of(await bot.deliver()) == "MISS"
    for _ in range(3):
        assert await bot.deliver() == Done(text="nothing to do: posted")
    assert workspace.parts(RUN) == [0]


async def test_deliveries_at_the_same_time_make_one_post(bot: Process, workspace: Slack) -> None:
    verdicts = await asyncio.gather(*(bot.deliver() for _ in range(10)))
    assert sum(isinstance(verdict, Done) for verdict in verdicts) == 1
    others = [verdict for verdict in verdicts if isinstance(verdict, Retry)]
    assert len(others) == 9
    # After the lease of who is at it, whose end Redis knows to the millisecond.
    assert all(BUDGET < verdict.after <= LEASE + timedelta(seconds=6) for verdict in others)
    assert workspace.parts(RUN) == [0]


async def test_a_long_answer_goes_on_in_a_thread(bot: Process, workspace: Slack, model: OpenAI) -> None:
    model.otherwise = says(three_parts("alpha"))
    await bot.deliver()
    assert workspace.parts(RUN) == [0, 1, 2]
    first, *rest = workspace.posts
    assert "thread_ts" not in first
    assert [post["thread_ts"] for post in rest] == [first["ts"]] * 2


async def test_slack_opens_no_link_of_an_answer(bot: Process, workspace: Slack, model: OpenAI) -> None:
    """An address that a source put into the answer would carry what it says to its server at once."""
    model.otherwise = says("See https://evil.example/?said=all ![it](https://evil.example/i.png) " * 200)
    await bot.deliver()
    assert len(workspace.posts) > 1
    for post in workspace.posts:
        assert (post["unfurl_links"], post["unfurl_media"]) == (False, False)
        assert "image" not in {block["type"] for block in post["blocks"]}


@pytest.mark.parametrize("parts", [1, 3])
async def test_of_an_answer_to_a_thread_that_is_gone_no_more_than_one_part_gets_into_the_channel(
    bot: Process, workspace: Slack, model: OpenAI, parts: int
) -> None:
    model.otherwise = says(three_parts("alpha") if parts > 1 else "Short.")
    workspace.next["chat.postMessage"].append(strays)
    verdict = await bot.deliver(replace(JOB, thread="1700000000.000001"))
    assert workspace.parts(RUN) == [0]
    told = "the thread that it belongs to is gone" in "".join(workspace.whispers)
    assert (isinstance(verdict, Drop), told) == ((True, True) if parts > 1 else (False, False))


async def test_an_answer_to_a_thread_stays_in_it(bot: Process, workspace: Slack, model: OpenAI) -> None:
    model.otherwise = says(three_parts("alpha"))
    await bot.deliver(replace(JOB, thread="1700000000.000001"))
    assert [post["thread_ts"] for post in workspace.posts] == ["1700000000.000001"] * 3


@pytest.mark.parametrize("fault", [loses, fails])
@pytest.mark.parametrize("thread", [None, "1700000000.000001"])
@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_part_whose_fate_is_unknown_is_looked_for_and_then_the_run_goes_on(
    bot: Process, workspace: Slack, model: OpenAI, part: int, thread: str | None, fault: Any
) -> None:
    model.next.append(says(three_parts("alpha")))
    model.otherwise = says("Another answer.")
    workspace.next["chat.postMessage"].extend([*[obeys] * part, fault])
    job = replace(JOB, thread=thread)
    assert await bot.deliver(job) == Retry(after=timedelta(seconds=10), reason="Slack answered 502")
    assert cache_of(await bot.deliver(job, retried=1)) == "MISS", "the answer is still the one made for it"
    assert workspace.parts(RUN) == [0, 1, 2]
    assert all("alpha" in post["text"] for post in workspace.posts)
    looked_in = "conversations.history" if part == 0 and thread is None else "conversations.replies"
    assert workspace.requests[looked_in] == 1
    assert model.requests == 1


async def test_what_was_certainly_not_posted_is_not_looked_for(bot: Process, workspace: Slack) -> None:
    workspace.next["chat.postMessage"].append(limits(60))
    assert await bot.deliver() == Retry(after=timedelta(seconds=60), reason="Slack limits the rate")
    bot.clock.ahead += timedelta(seconds=60)
    assert isinstance(await bot.deliver(), Done)
    assert workspace.parts(RUN) == [0]
    assert workspace.requests["conversations.history"] == 0


async def test_a_history_that_cannot_be_read_now_is_read_at_the_next_try(
    bot: Process, workspace: Slack
) -> None:
    workspace.next["chat.postMessage"].append(loses)
    workspace.next["conversations.history"].append(fails)
    assert isinstance(await bot.deliver(), Retry)
    assert isinstance(await bot.deliver(), Retry)
    assert isinstance(await bot.deliver(), Done)
    assert workspace.parts(RUN) == [0]
    assert workspace.requests["chat.postMessage"] == 1


async def test_a_part_whose_fate_is_unknown_is_looked_for_also_after_a_try_that_came_to_nothing(
    redis: CountedRedis, workspace: Slack, model: OpenAI
) -> None:
    async with process(redis, slack_url=workspace.url, model=model.url, watchful=True) as bot:
        slot = bot.clock()
        assert isinstance(await bot.schedule_store.add_record(DAILY, now=slot), Schedule)
        job = replace(JOB, id=None, schedule=DAILY.id, cron=DAILY.cron, zone="UTC", asked=None)
        workspace.next["chat.postMessage"].append(loses)
        assert isinstance(await bot.deliver(job), Retry)
        bot.clock.ahead = EVERY + timedelta(seconds=1)
        workspace.next["conversations.info"].append(fails)
        assert isinstance(await bot.deliver(job, sent_at=slot), Retry)
        assert isinstance(await bot.deliver(job, sent_at=slot), Done)
        assert len(workspace.posts) == 1


async def test_a_post_that_may_not_be_looked_for_is_told_and_never_repeated(
    bot: Process, workspace: Slack
) -> None:
    workspace.next["chat.postMessage"].append(loses)
    workspace.next["conversations.history"].append(refuses("missing_scope"))
    assert isinstance(await bot.deliver(), Retry)
    assert isinstance(await bot.deliver(), Drop)
    assert "I didn't post it again" in workspace.whispers[0]
    assert isinstance(await bot.deliver(), Done), "it is over: the person who asked knows what to look for"
    assert len(workspace.whispers) == 1
    assert workspace.requests["chat.postMessage"] == 1


async def test_a_process_that_is_stopped_while_it_posts_gives_its_run_back(
    bot: Process, workspace: Slack
) -> None:
    workspace.next["chat.postMessage"].append(stalls)
    posting = asyncio.create_task(bot.deliver())
    await wait_until(lambda: workspace.posts, "the message is in the channel")
    posting.cancel()
    await asyncio.wait({posting})
    assert isinstance(await bot.deliver(), Done), "nobody waits for a lease"
    assert workspace.parts(RUN) == [0]


async def test_a_retry_repeats_the_post_as_it_was(bot: Process, workspace: Slack, model: OpenAI) -> None:
    """The answer is an hour older by then, and still the one that was made for this run."""
    workspace.next["chat.postMessage"].append(fails)
    await bot.deliver()
    bot.clock.ahead = timedelta(hours=2)
    assert cache_of(await bot.deliver()) == "MISS"
    assert "last good" not in workspace.shown()
    assert "Reused from" not in workspace.shown()


@pytest.mark.parametrize("crash", ["before", "after"])
async def test_a_process_may_die_at_any_step_and_each_part_is_posted_once(
    redis: CountedRedis, workspace: Slack, model: OpenAI, valkey_socket: Path, crash: Crash
) -> None:
    """`kill -9` between any two steps and within each; another process finishes when the lease ends."""
    async with upstash(valkey_socket) as rest, aiohttp.ClientSession() as http:
        targets = {"redis": rest.url, "slack": workspace.url.removesuffix("/api/")}
        for step in range(100):
            await redis.flushall()
            workspace.posts.clear()
            model.next.append(says(three_parts("alpha")))
            fuse, clock = Fuse(targets, http, passes=step, crash=crash), Clock()
            async with (
                serve(fuse) as address,
                rest_redis(f"{address}/redis", TOKEN) as dying_redis,
                process(
                    dying_redis, slack_url=f"{address}/slack/api/", model=model.url, clock=clock
                ) as dying,
            ):
                await dying.deliver()
            if not fuse.blown:
                break
            model.next.clear()
            model.otherwise = says(three_parts("omega"))
            clock.ahead = LEASE + timedelta(seconds=1)
            await redis.delete(
                "precache:flight:" + dying.questions.of_job(JOB, slot=None).key
            )  # its lease ends
            async with process(redis, slack_url=workspace.url, model=model.url, clock=clock) as heir:
                assert isinstance(await heir.deliver(retried=1), Done), f"died {crash} step {step}"
                assert isinstance(await heir.deliver(retried=1), Done)
            assert workspace.parts(RUN) == [0, 1, 2], f"died {crash} step {step}"
            words = {"alpha" in post["text"] for post in workspace.posts}
            assert len(words) == 1, f"two answers are mixed: died {crash} step {step}"
    assert step == 9, "claim, flight, landing, three posts, two parts, done"


async def test_what_was_found_again_is_the_thread_of_what_follows(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    model.otherwise = says(three_parts("alpha"))
    workspace.next["chat.postMessage"].append(loses)
    await bot.deliver()
    await bot.deliver()
    first, *rest = workspace.posts
    assert [post["thread_ts"] for post in rest] == [first["ts"]] * 2


async def claim_elsewhere(bot: Process, run: str, *, at: datetime, queue: PostQueue | None = None) -> Taken:
    """Claim a run as another copy does."""
    claim = await bot.ledger.claim_run(
        run,
        token="other",
        key="key",
        made_after=at,
        recent=Answer(text="x", made=at, model="m"),
        schedule=None,
        queue=queue,
        now=at,
        lease=LEASE,
    )
    assert isinstance(claim, Taken)
    return claim


async def test_a_holder_that_lost_its_run_posts_nothing(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    """Its clock stood still, or the machine did; another took the run, and is at work."""
    model.delay = timedelta(milliseconds=300)
    slow = asyncio.create_task(bot.deliver())
    await wait_until(lambda: model.requests, "the model is asked")
    await claim_elsewhere(bot, RUN, at=bot.clock() + LEASE)
    assert isinstance(await slow, Retry)
    assert workspace.posts == []


async def test_a_holder_that_lost_its_run_while_slack_wanted_patience_posts_nothing(
    bot: Process, workspace: Slack
) -> None:
    async def stand_still(slack: Slack, method: str, arguments: Arguments) -> Response:
        bot.clock.ahead += 2 * LEASE
        await claim_elsewhere(bot, RUN, at=bot.clock())
        return await limits(0)(slack, method, arguments)

    workspace.next["chat.postMessage"].append(stand_still)
    assert isinstance(await bot.deliver(), Retry)
    assert workspace.posts == []


# Turns in a channel

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
BUSY = [replace(JOB, id=f"slot-{n}", at=NINE) for n in range(9)]


class StoppedClock(Clock):
    """Nine, and so much later as it is told."""

    def __call__(self) -> datetime:
        return NINE + self.ahead


async def test_a_turn_that_is_near_is_waited_for_and_one_that_is_far_away_is_qstashs(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    slept: list[float] = []
    clock = StoppedClock()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    one, two = (
        process(
            redis,
            slack_url=workspace.url,
            model=model.url,
            qstash_url=qstash.url,
            clock=clock,
            pace=Pace(),
            sleep=sleep,
        )
        for _ in range(2)
    )
    async with one as bot, two as other:
        verdicts = [await (other if n % 2 else bot).deliver(job) for n, job in enumerate(BUSY)]
        queued = [verdict for verdict in verdicts if isinstance(verdict, Retry)]
        assert [verdict.queued for verdict in queued] == [True] * 3
        assert len(workspace.posts) == len(slept) + 1 == 6
        assert slept == sorted(slept)
        # Back once more, and QStash has brought it before: its tries are kept for failures.
        assert await bot.deliver(BUSY[8], retried=1) == Done(text="")
        (asked,) = qstash.asked
        assert Job.decode(asked.body) == BUSY[8]
        # That, brought too early by the clock of a copy, must not be taken for what is published then.
        assert await other.deliver(BUSY[8], retried=1) == Done(text="")
        assert len(qstash.waiting) == 2
        clock.ahead += queued[-1].after
        assert cache_of(await other.deliver(BUSY[8])) == "HIT"
        assert await bot.deliver(BUSY[8]) == Done(text="nothing to do: posted")
        assert workspace.parts(f"T1:slot-8:{int(NINE.timestamp())}") == [0]


async def test_the_parts_of_a_long_post_have_a_turn_each(
    redis: CountedRedis, workspace: Slack, model: OpenAI
) -> None:
    slept: list[float] = []
    model.otherwise = says("\n\n".join(f"{n} " * 400 for n in range(30)))

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with process(redis, slack_url=workspace.url, model=model.url, pace=Pace(), sleep=sleep) as bot:
        await bot.deliver()
    number = len(workspace.posts)
    assert number > Pace().burst
    assert len(slept) == number - Pace().burst


async def test_what_slack_refuses_takes_a_turn_behind_those_that_wait(
    redis: CountedRedis, workspace: Slack, model: OpenAI
) -> None:
    """Sent a second later, it would be in the way of the next one, and that one of the next."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def limit(slack: Slack, method: str, arguments: Arguments) -> Response:
        for run in ("T1:run-2", "T1:run-3"):
            await claim_elsewhere(running, run, at=NINE, queue=PostQueue(team="T1", channel="C1"))
        return await limits(1)(slack, method, arguments)

    at_nine = process(
        redis, slack_url=workspace.url, model=model.url, clock=StoppedClock(), pace=Pace(), sleep=sleep
    )
    async with at_nine as running:
        workspace.next["chat.postMessage"].append(limit)
        assert isinstance(await running.deliver(BUSY[0]), Done)
    assert slept == [3 * Pace().channel.total_seconds()]
    assert workspace.requests["chat.postMessage"] == 2


async def test_what_slack_asks_for_once_counts_for_the_channel_in_the_other_copy_too(
    redis: CountedRedis, workspace: Slack, model: OpenAI
) -> None:
    one, two = (process(redis, slack_url=workspace.url, model=model.url, pace=Pace()) for _ in range(2))
    async with one as bot, two as other:
        workspace.next["chat.postMessage"].append(limits(60))
        assert isinstance(await bot.deliver(), Retry)
        waits = await other.deliver(replace(JOB, id="run-2"))
        assert isinstance(waits, Retry)
        assert waits.queued
        assert timedelta(seconds=50) < waits.after <= timedelta(seconds=60)
        assert workspace.requests["chat.postMessage"] == 1
        assert isinstance(await other.deliver(replace(JOB, id="run-3", channel="C2")), Done)


@pytest.mark.parametrize("fault", [fails, loses])
@pytest.mark.parametrize(
    ("met", "posted"), [("channel_not_found", []), ("outside its thread", [0]), ("no model", [])]
)
async def test_a_report_that_may_not_have_been_heard_is_made_again_and_nothing_is_posted_again(
    bot: Process, workspace: Slack, model: OpenAI, fault: Any, met: str, posted: list[int]
) -> None:
    job = JOB
    if met == "no model":
        model.otherwise = answers_with(401)
    elif met == "outside its thread":
        job = replace(JOB, thread="1700000000.000001")
        model.otherwise = says(three_parts("alpha"))
        workspace.next["chat.postMessage"].append(strays)
        workspace.next["conversations.replies"].append(refuses("thread_not_found"))
    else:
        workspace.next["chat.postMessage"].extend([refuses(met)] * 2)
    workspace.next["chat.postEphemeral"].append(fault)
    assert isinstance(await bot.deliver(job), Retry)
    assert isinstance(await bot.deliver(job, retried=1), Done if met == "no model" else Drop)
    assert await bot.deliver(job) == Done(text="nothing to do: posted")
    assert workspace.requests["chat.postEphemeral"] == 2
    assert len(workspace.whispers) == (2 if fault is loses else 1)
    assert workspace.parts(RUN) == posted


@pytest.mark.parametrize(
    ("met", "posted"),
    [([obeys, fails], [0, 1, 2]), ([loses], [0, 1, 2]), ([fails], []), ([obeys, limits(60)], [0, 1, 2])],
    ids=["part 1 is unknown", "part 0 is there, unknown", "part 0 is not there", "part 1 is put off"],
)
@pytest.mark.parametrize("again", [False, True], ids=["its own delivery", "a retry after it"])
async def test_a_post_that_was_begun_gets_its_end_with_the_next_slot_and_none_is_begun_late(
    redis: CountedRedis, workspace: Slack, model: OpenAI, met: list[Any], posted: list[int], again: bool
) -> None:
    """QStash's tries of a slot serve the next one once that has come."""
    clock, job = Clock(), replace(JOB, id=None, schedule="often", cron="*/5 * * * *", zone="UTC", asked=None)
    slots = [datetime(2027, 1, 13, 9, minute, tzinfo=UTC) for minute in (0, 5)]
    first, second = (run_of(job, slot=slot) or "" for slot in slots)
    workspace.now = lambda: clock().timestamp()
    async with process(redis, slack_url=workspace.url, model=model.url, clock=clock) as bot:
        clock.turn_to(slots[0])
        model.next.append(says(three_parts("alpha")))
        model.otherwise = says("Short.")
        workspace.next["chat.postMessage"].extend(met)
        assert isinstance(await bot.deliver(job), Retry)
        clock.turn_to(slots[1])
        if again:
            await bot.ledger.record_posted(second, ts="1.0")
        assert isinstance(await bot.deliver(job, retried=3 * again), Done)
        assert workspace.parts(first) == posted
        assert workspace.parts(second) == ([] if again else [0])
        assert all("alpha" in post["text"] for post in workspace.posts if first in str(post["metadata"]))
        requests = redis.requests
        clock.turn_to(slots[1] + timedelta(minutes=5))
        await bot.deliver(job)
        assert redis.requests - requests <= 4, "nothing is left to be seen to"
        await bot.give_up(job, created_at=slots[0])
        assert workspace.parts(first) == posted
