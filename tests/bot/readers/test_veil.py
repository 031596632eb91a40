"""A schedule that reads something private has no words for people who may not read that, at any door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.feedback import Target, Votes
from bot.housekeeping.watchdog import slot_job
from bot.replies.readers import veiled_schedule
from bot.schedules import Run, Schedule, ScheduleStore
from bot.sources import File, encode_sources
from bot.storage import Retention
from bot.storage.client import CountedRedis
from bot.ui.answering import veiled_runs
from scheduler import Job
from tests.running import ADA, GENERAL, GRACE, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says

VEILED = "Reads something private"


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("The harvest is on Friday.")
        yield stand_in


@pytest_asyncio.fixture
async def bot(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running


async def private(bot: Precache, owner: str) -> str:
    """A channel of this person and the bot alone, where something was said."""
    made = await bot.do("channels", user=owner, name="board", is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=owner, channel=channel)
    await bot.type("We ship on Friday.", user=owner, channel=channel)
    return channel


async def the_schedule(redis: CountedRedis) -> Schedule:
    (found,) = await ScheduleStore(redis=redis).list_records(TEAM)
    return found


async def scheduled(bot: Precache, redis: CountedRedis, owner: str, *, agreed: bool = False) -> Schedule:
    """One that reads the private channel and posts to everyone; as of before consents, or with one."""
    await private(bot, owner)
    await bot.type("/precache every day at 9 summarise #board for the harvest", user=owner)
    await bot.agree(user=owner)
    await bot.told("Scheduled", user=owner)
    made = await the_schedule(redis)
    if agreed:
        return made
    written = await ScheduleStore(redis=redis).change_record(made, replace(made, consents=()))
    assert isinstance(written, Schedule)
    return written


def words_of(schedule: Schedule) -> tuple[str, ...]:
    """What nobody may be told who does not read the channel."""
    return ("harvest", str(schedule.sources[0].label.channel), "#board")


async def shown_to(bot: Precache, user: str) -> str:
    """Everything that this person was shown by the bot alone."""
    state = await bot.state(user)
    whispers = [shown for told in state["messages"].values() for shown in told if shown["ephemeral"]]
    return str([whispers, state["home"], state["views"]])


@pytest.mark.parametrize(("owner", "other"), [(ADA, GRACE), (GRACE, ADA)], ids=["a member", "an admin"])
async def test_who_may_not_read_the_source_is_told_no_words_of_the_schedule(
    bot: Precache, redis: CountedRedis, owner: str, other: str
) -> None:
    schedule = await scheduled(bot, redis, owner)
    assert (await bot.deliver(slot_job(schedule, now=datetime.now(UTC)))).status == 200
    await bot.type("/precache list", user=other)
    listed = await bot.told(VEILED, user=other)
    assert "`daily-0900`" in listed
    await bot.type(f"/precache show {schedule.id}", user=other)
    card = await bot.seen("Owner:", user=other)
    assert f"<@{owner}>" in str(card)
    await bot.press(card, "card_menu", option="Make a copy", user=other)
    await bot.told("So I can't open or run it", user=other)
    await bot.type(f"/precache history {schedule.id}", user=other)
    assert "nobody has agreed" in await bot.told("Last runs", user=other)
    await bot.type(f"/precache edit {schedule.id}", user=other)
    await bot.told("So I can't open or run it" if other == ADA else "or an admin can change", user=other)
    await bot.type(f"/precache subscribe {schedule.id}", user=other)
    await bot.told("read", user=other)
    await bot.open_home(VEILED, user=other)
    await bot.type(f"/precache run {schedule.id}", user=other)
    await bot.told("schedule `daily-0900` reads something that you can't read", user=other)
    await bot.type(f"/precache move {schedule.id} to #news", user=other)
    await bot.told("So I can't open or run it" if other == ADA else "or an admin can change", user=other)
    await bot.type(f"/precache copy {schedule.id} to #news", user=other)
    await bot.told("So I can't open or run it", user=other)
    await bot.type(f"/precache transfer {schedule.id} <@{other}>", user=other)
    await bot.told("everything that the schedule reads" if other == ADA else "or an admin can", user=other)
    await bot.type(f"/precache skip {schedule.id}", user=other)
    await bot.told("skip" if other == ADA else "or an admin can change", user=other)
    vote = Target(answer="0123456789ab", schedule=schedule.id, asker=owner)
    votes = Votes(redis=redis, retention=Retention(), now=lambda: datetime.now(UTC))
    await votes.record_vote(TEAM, vote, GRACE, "down", reason="No harvest is on a Friday.")
    await bot.type(f"/precache show {schedule.id}", user=other)
    await bot.told("1 down" if other == ADA else "Owner:", user=other)
    await bot.type(f"/precache pause {schedule.id}", user=other)
    await bot.told("paused" if other == ADA else "or an admin can change", user=other)
    await bot.type(f"/precache delete {schedule.id}", user=other)
    await bot.told("deleted" if other == ADA else "or an admin can change", user=other)
    shown = await shown_to(bot, other)
    assert not [words for words in words_of(schedule) if words in shown]


async def test_its_owner_and_who_reads_the_source_see_all_of_it(bot: Precache, redis: CountedRedis) -> None:
    schedule = await scheduled(bot, redis, GRACE)
    await bot.type("/precache list", user=GRACE)
    await bot.told("harvest", user=GRACE)
    channel = schedule.sources[0].label.channel
    await bot.do("invite", user=GRACE, channel=channel, target=ADA)
    await bot.type(f"/precache show {schedule.id}")
    assert f"<#{channel}>" in await bot.told("harvest")


async def test_where_someone_has_agreed_the_readers_of_the_place_see_all_of_it(
    bot: Precache, redis: CountedRedis
) -> None:
    schedule = await scheduled(bot, redis, GRACE, agreed=True)
    await bot.type(f"/precache show {schedule.id}")
    await bot.told("harvest")


async def test_a_channel_is_told_no_words_of_the_schedules_of_someone_who_has_left(
    bot: Precache, redis: CountedRedis
) -> None:
    schedule = await scheduled(bot, redis, GRACE)
    await bot.do("deactivate", user=ADA, target=GRACE)
    told = (await bot.seen("has left this workspace"))["text"]
    assert f"{VEILED}” · `daily-0900`" in told
    assert not [words for words in words_of(schedule) if words in told]


async def test_what_slack_does_not_tell_hides_it(bot: Precache, redis: CountedRedis) -> None:
    schedule = await scheduled(bot, redis, GRACE)
    await bot.do("invite", user=GRACE, channel=schedule.sources[0].label.channel, target=ADA)
    await bot.fault(method="conversations.members", kind="status", status=503, times=9)
    await bot.type("/precache list")
    assert "harvest" not in await bot.told(VEILED)


def test_a_judges_words_about_an_answer_are_left_out() -> None:
    schedule = Schedule(
        id="kolu-tane", team=TEAM, channel=GENERAL, user=GRACE, query="Ask", zone="UTC", cron="0 9 * * *"
    )
    moment = datetime(2026, 7, 1, 9, tzinfo=UTC)
    quiet = Run(at=moment, outcome="quiet", detail="The harvest is not sold.")
    elsewhere = Run(at=moment, outcome="posted", channel="C0OTHER0001")
    shown = veiled_schedule(schedule, here=GENERAL)
    assert veiled_runs([quiet, elsewhere], shown) == [replace(quiet, detail="")]


async def test_a_preview_reads_no_file_that_its_maker_sees_no_more(bot: Precache, model: OpenAI) -> None:
    sources = encode_sources([File(file="F0WITHDRAWN")])
    job = Job(
        kind="preview", id="p-1", query="Summarise", team=TEAM, channel=GENERAL, user=GRACE, sources=sources
    )
    assert (await bot.deliver(job)).status == 200
    await bot.told("you can still see the file it reads", user=GRACE)
    assert model.requests == 0
