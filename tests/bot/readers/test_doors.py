"""Attempts to get private words out by every door; each is kept as it was tried."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.housekeeping.watchdog import slot_job
from bot.schedules import Schedule, ScheduleStore
from bot.storage.client import CountedRedis
from bot.storage.keys import schedule_key
from scheduler import Cron, Job, warm_job
from tests.running import ADA, GENERAL, GRACE, NEWS, RANDOM, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, openai, says
from tests.waiting import wait_until

SECRET = "The harvest is on Friday."
HER_DM = "D0GRACE0001"


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says(SECRET)
        yield stand_in


@pytest_asyncio.fixture
async def bot(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        await running.do("invite", user=ADA, channel=RANDOM)
        yield running


async def private(bot: Precache, name: str = "board", *others: str) -> str:
    """A channel of Grace, of these and of the bot, where something was said."""
    made = await bot.do("channels", user=GRACE, name=name, is_private=True)
    channel = str(made["channel"]["id"])
    await bot.do("invite", user=GRACE, channel=channel)
    for person in others:
        await bot.do("invite", user=GRACE, channel=channel, target=person)
    await bot.type("We ship on Friday.", user=GRACE, channel=channel)
    return channel


async def the_schedule(redis: CountedRedis) -> Schedule:
    (found,) = await ScheduleStore(redis=redis).list_records(TEAM)
    return found


async def scheduled(bot: Precache, redis: CountedRedis, *, to: str = GENERAL) -> Schedule:
    """Grace's, of her private channel, with her consent where that is needed."""
    await bot.type("/precache every day at 9 summarise #board", user=GRACE, channel=to)
    if to in (GENERAL, NEWS):
        await bot.agree(user=GRACE, channel=to)
    await bot.told("Scheduled", user=GRACE, channel=to)
    return await the_schedule(redis)


async def as_before_consents(redis: CountedRedis, schedule: Schedule) -> Schedule:
    """The same, as a record that was written before there were consents."""
    written = await ScheduleStore(redis=redis).change_record(schedule, replace(schedule, consents=()))
    assert isinstance(written, Schedule)
    return written


def slot_of(schedule: Schedule) -> Job:
    return slot_job(schedule, now=datetime.now(UTC))


async def history(redis: CountedRedis, schedule: Schedule) -> list[tuple[str, str]]:
    runs = await ScheduleStore(redis=redis).read_history(TEAM, schedule.id)
    return [(run.outcome, run.detail) for run in runs]


async def test_a_private_channel_is_posted_elsewhere_only_after_who_sees_it_was_agreed_to(
    bot: Precache, redis: CountedRedis
) -> None:
    board = await private(bot)
    await bot.type("/precache every day at 9 summarise #board", user=GRACE)
    told = await bot.told("would be seen by everyone in this workspace", user=GRACE)
    assert f"<#{board}>" in told
    assert await ScheduleStore(redis=redis).list_records(TEAM) == []
    await bot.agree(user=GRACE)
    await bot.told("Scheduled", user=GRACE)
    made = await the_schedule(redis)
    assert [(consent.place, consent.by, consent.is_open) for consent in made.consents] == [
        (GENERAL, GRACE, True)
    ]
    assert (await bot.deliver(slot_of(made))).status == 200
    assert len(await bot.posts()) == 1
    await bot.type(f"/precache show {made.id}", user=GRACE)
    await bot.told(f"agreed by <@{GRACE}>", user=GRACE)


async def test_asked_at_once_it_is_answered_there_only_after_consent(bot: Precache, model: OpenAI) -> None:
    await private(bot)
    await bot.type("/precache summarise #board", user=GRACE)
    await bot.told("would be seen", user=GRACE)
    assert model.requests == 0
    await bot.agree(user=GRACE)
    await bot.posted()


async def test_a_question_that_is_dropped_posts_nothing(bot: Precache, model: OpenAI) -> None:
    await private(bot)
    await bot.type("/precache summarise #board", user=GRACE)
    await bot.told("would be seen", user=GRACE)
    shown = await bot.seen("consent_drop", user=GRACE)
    await bot.press(shown, "consent_drop", user=GRACE)
    await bot.seen("Nothing was posted", user=GRACE)
    assert model.requests == 0


async def test_shown_only_to_the_one_who_asks_it_is_seen_by_nobody_else(bot: Precache) -> None:
    await private(bot)
    await bot.type("/precache summarise #board", user=GRACE)
    shown = await bot.seen("consent_preview", user=GRACE)
    await bot.press(shown, "consent_preview", user=GRACE)
    await bot.told(SECRET, user=GRACE)
    assert SECRET not in str(await bot.messages(user=ADA))


async def test_a_schedule_of_before_asks_its_owner_once_and_posts_the_slot_that_waits(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    await private(bot)
    schedule = await as_before_consents(redis, await scheduled(bot, redis))
    job = slot_of(schedule)
    assert (await bot.deliver(job)).status == 200
    question = await bot.seen("needs your consent", user=GRACE, channel=HER_DM)
    assert await bot.posts() == []
    assert model.requests == 0
    assert await history(redis, schedule) == [("skipped", "asks_consent")]
    assert job.at is None
    again = replace(job, id=f"{schedule.id}-1", cron=None, zone=None, lead=None, asked=datetime.now(UTC))
    assert (await bot.deliver(again)).status == 200, "a run by hand asks the owner nothing twice"
    found = await bot.messages(user=GRACE, channel=HER_DM)
    assert len([shown for shown in found if "needs your consent" in shown["text"]]) == 1
    await bot.press(question, "consent_allow", user=GRACE)
    await bot.posted()
    assert [consent.by for consent in (await the_schedule(redis)).consents] == [GRACE]


async def test_of_several_places_those_with_a_consent_get_their_post_and_the_others_wait(
    bot: Precache, redis: CountedRedis
) -> None:
    board = await private(bot)
    await bot.type(f"/precache every day at 9 to #general, <#{board}>: summarise #board", user=GRACE)
    await bot.agree(user=GRACE)
    await bot.told("Scheduled", user=GRACE)
    schedule = await as_before_consents(redis, await the_schedule(redis))
    assert len(schedule.places) == 2
    assert (await bot.deliver(slot_of(schedule))).status == 200
    question = await bot.seen("needs your consent", user=GRACE, channel=HER_DM)

    async def in_board() -> bool:
        return SECRET in str(await bot.messages(user=GRACE, channel=board))

    await wait_until(in_board, "the post in the channel that it reads")
    assert await bot.posts() == []
    await bot.press(question, "consent_allow", user=GRACE)
    await bot.posted()
    found = await bot.messages(user=GRACE, channel=board)
    assert len([shown for shown in found if SECRET in str(shown)]) == 1, "nobody gets it twice"


async def test_a_channel_that_turns_public_between_warm_and_slot_gets_nothing(
    model: OpenAI, valkey_socket: Path, redis: CountedRedis, tmp_path: Path
) -> None:
    async with precache(
        valkey=valkey_socket, data=tmp_path, model_url=model.url, PRECACHE_LEAD="86400"
    ) as bot:
        await private(bot)
        few = await private(bot, "few")
        soon = datetime.now(UTC) + timedelta(hours=2)
        await bot.type(f"/precache every day at {soon:%H:%M} UTC summarise #board", user=GRACE, channel=few)
        await bot.told("Scheduled", user=GRACE, channel=few)
        schedule = await the_schedule(redis)
        job = slot_of(schedule)
        slot = Cron.parse(job.cron or "", zone=job.zone or "").next_after(datetime.now(UTC))
        assert (await bot.deliver(warm_job(job, slot))).text == SECRET
        await bot.do("convert", user=GRACE, channel=few, is_private=False)
        ready = replace(job, at=slot, id=f"{schedule.id}-2", cron=None, zone=None, lead=None)
        assert (await bot.deliver(replace(ready, at=None))).status == 200
        assert SECRET not in str(await bot.messages(user=ADA, channel=few))
        await bot.seen("needs your consent", user=GRACE, channel=HER_DM)


async def test_a_place_that_is_shared_with_another_company_is_asked_about_again(
    bot: Precache, redis: CountedRedis
) -> None:
    await private(bot)
    schedule = await scheduled(bot, redis, to=NEWS)
    key = schedule_key(TEAM, schedule.id)
    await redis.hset(key, "shown", int(datetime.now(UTC).timestamp() * 1000))
    await bot.do("share", user=GRACE, channel=NEWS)

    async def is_to_be_asked() -> bool:
        return await redis.hget(key, "shown") is None

    await wait_until(is_to_be_asked, "the event of the sharing")
    assert (await bot.deliver(slot_of(schedule))).status == 200
    await bot.seen("another organisation", user=GRACE, channel=HER_DM)
    assert await bot.posts(channel=NEWS) == []


async def test_a_source_that_turns_private_is_asked_about(bot: Precache, redis: CountedRedis) -> None:
    await bot.type("Well, well.", user=GRACE, channel=RANDOM)
    await bot.type("/precache every day at 9 summarise #random", user=GRACE)
    await bot.told("Scheduled", user=GRACE)
    schedule = await the_schedule(redis)
    assert schedule.consents == ()
    await bot.do("convert", user=GRACE, channel=RANDOM, is_private=True)
    assert (await bot.deliver(slot_of(schedule))).status == 200
    await bot.seen("needs your consent", user=GRACE, channel=HER_DM)
    assert await bot.posts() == []


async def test_refresh_by_someone_in_the_place_shows_no_more_than_was_agreed_to(
    bot: Precache, redis: CountedRedis
) -> None:
    await private(bot)
    schedule = await scheduled(bot, redis)
    await bot.deliver(slot_of(schedule))
    (post,) = await bot.posted()
    await as_before_consents(redis, await the_schedule(redis))
    await bot.press(post, "post_refresh", user=ADA)
    await bot.told("reads something that you can't read", user=ADA)
    assert len(await bot.posts()) == 1


@pytest.mark.parametrize("last", [False, True])
async def test_no_old_answer_is_posted_where_nobody_has_agreed(
    bot: Precache, redis: CountedRedis, model: OpenAI, last: bool
) -> None:
    await private(bot)
    schedule = await scheduled(bot, redis)
    await bot.deliver(slot_of(schedule))
    await bot.posted()
    schedule = await as_before_consents(redis, await the_schedule(redis))
    job = replace(slot_of(schedule), id=f"{schedule.id}-3", cron=None, zone=None, lead=None)
    answer = await (bot.give_up(job, status=503) if last else bot.deliver(job))
    assert answer.status == 200
    assert len(await bot.posts()) == 1


async def test_what_slack_does_not_tell_is_asked_again_and_given_up_in_the_end(
    bot: Precache, redis: CountedRedis, model: OpenAI
) -> None:
    await private(bot)
    schedule = await scheduled(bot, redis)
    asked = model.requests
    await redis.hset(schedule_key(TEAM, schedule.id), "checked", int(datetime.now(UTC).timestamp() * 1000))
    await bot.fault(method="conversations.info", kind="status", status=503, times=3)
    assert (await bot.deliver(slot_of(schedule))).status == 503
    assert (await bot.give_up(slot_of(schedule), status=503)).status == 200
    assert model.requests == asked
    assert await history(redis, schedule) == [("failed", "readers_untold")]
    assert await bot.posts() == []


async def test_a_signed_job_without_a_record_shows_nothing_without_its_own_consent(
    bot: Precache, model: OpenAI
) -> None:
    board = await private(bot)
    job = Job(
        id="x-1",
        query="Summarise",
        team=TEAM,
        channel=GENERAL,
        user=GRACE,
        sources=({"type": "channel", "channel": board, "hours": 24},),
    )
    assert (await bot.deliver(job)).status == 200
    await bot.told("I haven't posted the answer", user=GRACE)
    given = {"channel": board, "place": NEWS, "by": GRACE, "at": 1, "open": True, "closed": True}
    assert (await bot.deliver(replace(job, id="x-2", consents=(given,)))).status == 200, "for another place"
    assert model.requests == 0
    assert await bot.posts() == []


async def test_only_who_may_read_it_can_agree(bot: Precache, redis: CountedRedis) -> None:
    await private(bot)
    schedule = await as_before_consents(redis, await scheduled(bot, redis))
    await bot.deliver(slot_of(schedule))
    question = await bot.seen("needs your consent", user=GRACE, channel=HER_DM)
    await bot.do("leave", user=GRACE, channel=schedule.sources[0].label.channel)
    await bot.press(question, "consent_allow", user=GRACE)
    await bot.seen("You're not in", user=GRACE, channel=HER_DM)
    assert (await the_schedule(redis)).consents == ()


async def test_the_composer_warns_and_saves_after_a_tick(bot: Precache, redis: CountedRedis) -> None:
    board = await private(bot)
    await bot.type("/precache", user=GRACE)
    view = await bot.window("Prompt", user=GRACE)
    values: dict[str, dict[str, object]] = {
        "prompt": {"input": "What is new?"},
        "when": {"compose_when": "every day at 9"},
        "channel": {"input": GENERAL},
    }
    await bot.do(
        "act", user=GRACE, view_id=view["id"], block_id="buttons", action_id="compose_sources", values=values
    )
    view = await bot.window("Channels to read", user=GRACE)
    values["channels"] = {"input": [board]}
    body = {"user": GRACE, "view_id": view["id"], "values": values}
    async with bot.http.post(f"{bot.url}/sandbox/submit", json=body) as response:
        assert response.status == 200
    view = await bot.window("would be seen by everyone", user=GRACE)
    assert await ScheduleStore(redis=redis).list_records(TEAM) == []
    (tick,) = [block for block in view["blocks"] if block["block_id"] == "agree"]
    values["agree"] = {"input": [tick["element"]["options"][0]["value"]]}
    async with bot.http.post(f"{bot.url}/sandbox/submit", json={**body, "values": values}) as response:
        assert response.status == 200

    async def saved() -> list[Schedule]:
        return await ScheduleStore(redis=redis).list_records(TEAM)

    (made,) = await wait_until(saved, "a schedule")
    assert [consent.place for consent in made.consents] == [GENERAL]
