"""A person who has left a private channel has nothing more posted there, and nothing more read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.housekeeping.watchdog import slot_job
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import CountedRedis
from bot.storage.keys import schedule_key
from scheduler import Cron, Job, warm_job
from tests.running import ADA, GENERAL, GRACE, TEAM, Precache, precache
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


async def scheduled(bot: Precache, what: str, *, channel: str, at: str = "9") -> str:
    await bot.type(f"/precache every day at {at} {what}", user=GRACE, channel=channel)
    if "#secrets" in what and channel == GENERAL:
        await bot.agree(user=GRACE, channel=channel)
    return await bot.made(user=GRACE, channel=channel)


async def slot(redis: CountedRedis, name: str) -> Job:
    """The job that QStash brings when it is time."""
    (found,) = await ScheduleStore(redis=redis).read_records([(TEAM, name)])
    assert found is not None
    return slot_job(found, now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("reads", "words"), [(True, "” reads, so I paused it"), (False, "” posts to, so I paused it")]
)
async def test_nothing_is_posted_for_a_person_who_has_left_a_private_channel_and_they_are_told(
    bot: Precache, redis: CountedRedis, model: OpenAI, reads: bool, words: str
) -> None:
    channel = await private(bot)
    at = GENERAL if reads else channel
    name = await scheduled(bot, "summarise #secrets", channel=at)
    await bot.do("leave", user=GRACE, channel=channel)
    job = await slot(redis, name)
    assert (await bot.deliver(job)).status == 200
    await bot.seen(words, user=GRACE, channel="D0GRACE0001")
    assert model.requests == 0
    assert await bot.posts(channel=GENERAL) == []
    schedule_store = ScheduleStore(redis=redis)
    (found,) = await schedule_store.read_records([(TEAM, name)])
    assert found is not None
    assert found.state == "paused"
    assert [(run.outcome, run.detail) for run in await schedule_store.read_history(TEAM, name)] == [
        ("skipped", "owner_out")
    ]


async def test_while_slack_does_not_tell_who_is_there_nothing_is_posted_yet(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    await private(bot)
    name = await scheduled(bot, "summarise #secrets", channel=GENERAL)
    job = await slot(redis, name)
    await bot.fault(method="conversations.info", kind="status", status=503)
    assert (await bot.deliver(job)).status == 503
    assert model.requests == 0
    assert (await bot.deliver(job)).status == 200
    assert len(await bot.posts(channel=GENERAL)) == 1


async def test_what_slack_does_not_tell_in_all_the_tries_is_told_and_nothing_is_posted(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    channel = await private(bot)
    name = await scheduled(bot, "What is new?", channel=channel)
    job = await slot(redis, name)
    await bot.fault(method="conversations.members", kind="error", error="fetch_members_failed", times=3)
    for _ in range(2):
        assert (await bot.deliver(job)).status == 503
    assert (await bot.give_up(job, status=503)).status == 200
    await bot.seen("whether the schedule's owner is still in", user=GRACE, channel=channel)
    assert model.requests == 0
    assert await bot.posts(channel=channel) == []
    assert [
        (run.outcome, run.detail) for run in await ScheduleStore(redis=redis).read_history(TEAM, name)
    ] == [("failed", "owner_untold")]


async def test_who_runs_the_schedule_of_one_who_has_left_hears_that_it_is_paused(
    bot: Precache, model: OpenAI
) -> None:
    channel = await private(bot)
    name = await scheduled(bot, "summarise #secrets", channel=GENERAL)
    await bot.do("leave", user=GRACE, channel=channel)
    await bot.type(f"/precache run {name}", user=ADA)
    assert "is no longer in that channel" in await bot.told("couldn't answer", user=ADA)
    assert model.requests == 0


async def test_statistics_name_nothing_of_a_private_channel_to_who_has_left_it(
    bot: Precache, redis: CountedRedis
) -> None:
    channel = await private(bot)
    name = await scheduled(bot, "Only we read this", channel=channel)
    await bot.type(f"/precache rename {name} Lay-offs", user=GRACE, channel=channel)
    await bot.told("Lay-offs", user=GRACE, channel=channel)
    assert (await bot.deliver(await slot(redis, name))).status == 200

    async def stats() -> str:
        """The words about the schedule, which come to Grace alone."""
        before = len(await bot.whispers(user=GRACE))
        await bot.type("/precache stats", user=GRACE)

        async def told() -> str | None:
            new = (await bot.whispers(user=GRACE))[before:]
            return next((whisper for whisper in new if "Top schedules" in whisper), None)

        return await wait_until(told, "the statistics")

    assert "Lay-offs" in await stats()
    await bot.do("leave", user=GRACE, channel=channel)
    assert "Lay-offs" not in await stats()


async def test_nothing_is_made_ahead_for_a_person_who_has_left(
    model: OpenAI, valkey_socket: Path, redis: CountedRedis, tmp_path: Path
) -> None:
    schedule_store = ScheduleStore(redis=redis)
    async with precache(
        valkey=valkey_socket, data=tmp_path, model_url=model.url, PRECACHE_LEAD="86400"
    ) as bot:
        channel = await private(bot)
        soon = datetime.now(UTC) + timedelta(hours=2)
        name = await scheduled(bot, "What is new?", channel=channel, at=f"{soon:%H:%M} UTC")
        job = await slot(redis, name)
        ahead = warm_job(job, Cron.parse(job.cron or "", zone=job.zone or "").next_after(datetime.now(UTC)))
        assert (await bot.deliver(ahead)).text == "Well."
        await bot.do("leave", user=GRACE, channel=channel)
        await redis.hdel(schedule_key(TEAM, name), "checked")  # more than an hour ago
        assert (await bot.deliver(ahead)).text == ""
    (found,) = await schedule_store.read_records([(TEAM, name)])
    assert found is not None
    assert found.state == "paused"


async def test_a_person_who_has_left_a_private_channel_neither_sees_nor_runs_its_schedules_there(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    channel = await private(bot)
    name = await scheduled(bot, "Only we read this", channel=channel)
    await bot.type("/precache list mine", user=GRACE)
    await bot.told("Only we read this", user=GRACE)
    await bot.open_home("Only we read this", user=GRACE)
    await bot.do("leave", user=GRACE, channel=channel)
    await bot.open_home("First steps", user=GRACE)
    await bot.type("/precache list mine", user=GRACE)
    await bot.told("You haven't scheduled anything yet", user=GRACE)
    for number, verb in enumerate(("show", "run", "history", "edit", "resume"), 1):
        await bot.type(f"/precache {verb} {name}", user=GRACE)

        async def refused(number: int = number) -> bool:
            told = [
                whisper for whisper in await bot.whispers(user=GRACE) if "I can't show or run it" in whisper
            ]
            return len(told) == number

        await wait_until(refused, f"a refusal to {verb}")
    assert model.requests == 0
    await bot.type(f"/precache transfer {name} @ada", user=GRACE)
    await bot.told("You can only give", user=GRACE)
    await bot.type(f"/precache delete {name}", user=GRACE)
    await bot.told("is deleted", user=GRACE)
    assert await ScheduleStore(redis=redis).list_records(TEAM) == []


async def test_a_home_that_follows_a_change_shows_nothing_of_a_channel_that_its_reader_has_just_left(
    bot: Precache,
) -> None:
    channel = await private(bot)
    await scheduled(bot, "Only we read this", channel=channel)
    await bot.open_home("Only we read this", user=GRACE)
    await bot.do("leave", user=GRACE, channel=channel)
    await scheduled(bot, "All read this", channel=GENERAL)
    await bot.home("All read this", user=GRACE, without="Only we read this")


async def test_a_preview_of_a_private_channel_does_not_come_to_a_person_who_has_left(
    bot: Precache, model: OpenAI
) -> None:
    channel = await private(bot)
    await bot.do("leave", user=GRACE, channel=channel)
    source = {"type": "channel", "channel": channel, "hours": 24}
    job = Job(
        kind="preview", id="p-1", query="Summarise", team=TEAM, channel=GENERAL, user=GRACE, sources=(source,)
    )
    assert (await bot.deliver(job)).status == 200
    await bot.told("you're no longer in the channel", user=GRACE)
    assert model.requests == 0
