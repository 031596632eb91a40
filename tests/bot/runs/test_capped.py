"""A cap on money or calls is in the way: nothing is asked, it is written down, and told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from bot.budget import Caps, parse_caps
from bot.schedules.schedule_store import ScheduleStore
from bot.sources import Link
from bot.storage.client import CountedRedis
from scheduler import Done, Drop, Job, Retry, warm_job
from tests.bot.announcing import JOB, Process, process
from tests.bot.fetch.site import open_site
from tests.bot.scheduled import job_of, store_daily
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Slack, limits
from tests.waiting import wait_until

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@asynccontextmanager
async def capped(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash, caps: Caps
) -> AsyncIterator[Process]:
    async with process(
        redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url, caps=caps
    ) as running:
        yield running


async def hourly(bot: Process, **fields: Any) -> Job:
    return job_of(await store_daily(bot.redis, bot.clock, **({"cron": "0 * * * *"} | fields)))


def answers(workspace: Slack) -> int:
    """Posts in the channel; what one person is told elsewhere is none."""
    return sum(post["channel"] == "C1" for post in workspace.posts)


async def test_a_schedule_at_its_cap_skips_its_runs_tells_its_owner_once_and_goes_on_the_next_day(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(schedule=parse_caps("1 call/day"))) as bot:
        job = await hourly(bot)
        for hour in range(4):
            if hour > 0:  # nothing is made ahead either, which is no complaint
                bot.clock.turn_to(NINE + hour * HOUR - timedelta(minutes=1))
                assert await bot.deliver(warm_job(job, NINE + hour * HOUR)) == Done(text="")
            bot.clock.turn_to(NINE + hour * HOUR)
            assert isinstance(await bot.deliver(job), Done)
        assert (model.requests, answers(workspace)) == (1, 1)
        runs = await ScheduleStore(redis=redis).read_history("T1", "kolu-tane")
        assert [(run.outcome, run.detail) for run in runs] == [
            *[("skipped", "cap_schedule")] * 3,
            ("posted", ""),
        ]
        assert sum("that could exceed" in whisper for whisper in workspace.whispers) == 1
        bot.clock.turn_to(NINE + 24 * HOUR)
        await bot.deliver(job)
        assert (model.requests, answers(workspace)) == (2, 2)


async def test_an_owner_whom_slack_did_not_let_hear_of_it_is_told_at_the_next_try(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(schedule=parse_caps("0.001/day"))) as bot:
        job = await hourly(bot)
        bot.clock.turn_to(NINE)
        workspace.next["chat.postEphemeral"].append(limits(60))
        assert isinstance(await bot.deliver(job), Retry)
        assert await bot.deliver(job) == Done(text="")
        (told,) = workspace.whispers
        assert "that could exceed" in told


async def test_an_owner_of_whom_no_time_was_left_to_tell_is_told_at_the_next_try(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async def hangs(*_: Any) -> Response:
        await asyncio.Event().wait()
        raise AssertionError("waited for ever, and past it")

    async with capped(redis, workspace, model, qstash, Caps(schedule=parse_caps("0.001/day"))) as bot:
        job = await hourly(bot)
        bot.clock.turn_to(NINE)
        workspace.next["chat.postEphemeral"].append(hangs)
        cut_short = asyncio.create_task(bot.deliver(job))
        await wait_until(lambda: workspace.requests["chat.postEphemeral"], "its owner is being told")
        cut_short.cancel()
        await asyncio.wait([cut_short])
        assert await bot.deliver(job) == Done(text="")
        (told,) = workspace.whispers
        assert "that could exceed" in told


async def test_a_schedules_cap_bars_nobody_who_asks_the_same_at_the_same_time(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(schedule=parse_caps("0.001/day"))) as bot:
        job = await hourly(bot)
        bot.clock.turn_to(NINE)
        asked = [replace(JOB, id=f"run-{number}", query=job.query) for number in range(3)]
        await asyncio.gather(*(bot.deliver(asking) for asking in (job, *asked)))
        assert (model.requests, answers(workspace)) == (1, 3)


async def test_what_is_in_the_cache_goes_out_whatever_is_spent(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(team=parse_caps("1 call/day"))) as bot:
        for number in range(3):
            await bot.deliver(replace(JOB, id=f"run-{number}"))
        assert (model.requests, answers(workspace)) == (1, 3)


async def test_a_person_who_asks_past_a_cap_is_told_each_time_and_a_bare_query_is_dropped(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(team=parse_caps("1 call/day"))) as bot:
        await bot.deliver(JOB)
        for number in range(2):
            job = replace(JOB, id=f"other-{number}", query=f"Another question {number}")
            assert await bot.deliver(job) == Done(text="")
        assert (
            sum(
                "today's limit of 1 model call for this workspace" in whisper
                for whisper in workspace.whispers
            )
            == 2
        )
        assert isinstance(await bot.deliver(Job(query="And this?", team="T1")), Drop)
        assert model.requests == 1


async def test_at_eighty_percent_the_person_it_concerns_is_warned_once(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(schedule=parse_caps("5 calls/day"))) as bot:
        job = await hourly(bot)
        for hour in range(5):
            bot.clock.turn_to(NINE + hour * HOUR)
            await bot.deliver(job)
        await wait_until(lambda: workspace.requests["chat.postMessage"] == 6, "five posts and a word")
        warned = [post for post in workspace.posts if post["channel"] == "U1"]
        assert len(warned) == 1
        assert "may have used 4 of its 5 model calls" in warned[0]["text"]


async def test_a_call_that_may_cost_more_than_is_left_is_not_made(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with capped(redis, workspace, model, qstash, Caps(team=parse_caps("0.01/day"))) as bot:
        await bot.deliver(JOB)
        assert (model.requests, answers(workspace)) == (0, 0)
        assert "$0.01" in workspace.whispers[0]


async def test_of_many_questions_at_once_in_three_processes_as_many_are_asked_as_the_cap_has_room_for(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    model.delay = timedelta(milliseconds=100)
    async with AsyncExitStack() as stack:
        caps = Caps(team=parse_caps("1 call/day"))
        bots = [
            await stack.enter_async_context(capped(redis, workspace, model, qstash, caps)) for _ in range(3)
        ]
        jobs = [replace(JOB, id=f"run-{number}", query=f"Question {number}?") for number in range(12)]
        await asyncio.gather(*(bots[number % 3].deliver(job) for number, job in enumerate(jobs)))
        assert (model.requests, answers(workspace)) == (1, 1)
        assert (
            sum("limit of 1 model call for this workspace" in whisper for whisper in workspace.whispers) == 11
        )


async def test_what_is_read_in_parts_is_capped_part_by_part(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with (
        open_site() as site,
        process(
            redis,
            slack_url=workspace.url,
            model=model.url,
            qstash_url=qstash.url,
            caps=Caps(team=parse_caps("3 calls/day")),
            window=4_000,
        ) as bot,
    ):
        text = "\n\n".join(f"Chapter {number}. " + f"Word{number} " * 300 for number in range(10))
        site.says("/book", text, Content_Type="text/plain")
        await bot.deliver(replace(JOB, sources=(Link(url=f"{site.url}/book").encode(),)))
        assert (model.requests, answers(workspace)) == (3, 0)
        (told,) = workspace.whispers
        assert "limit of 3 model calls for this workspace" in told
