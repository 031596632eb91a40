"""The day in prompts: what the model is told of it, and when an answer of another date is not fresh."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.schedules.schedule import Schedule
from bot.schedules.schedule_record import decode_schedule, encode_schedule
from bot.sources import Link
from bot.storage.keys import stored_answer_key
from scheduler import Done, Job, warm_job
from tests.bot.announcing import JOB, Process
from tests.bot.fetch.site import Site, open_site
from tests.bot.scheduled import DAILY, job_of, store_daily
from tests.stand_ins.openai import OpenAI, fails, says
from tests.stand_ins.slack_channel import Slack

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
WEEK = 7 * DAY
DUE = "What is due today?"
BARE = Job(query=DUE, max_age=WEEK)


@pytest_asyncio.fixture
async def site() -> AsyncIterator[Site]:
    async with open_site() as opened:
        yield opened


def told(model: OpenAI, number: int = -1) -> str:
    """All that the model was sent: instructions, material and question."""
    return "\n".join(str(message["content"]) for message in model.bodies[number]["messages"])


def a_page(site: Site, text: str) -> Link:
    page = f"<html><title>Plan</title><body><article><p>{text}</p></article></body></html>"
    site.says("/plan", page, Content_Type="text/html")
    return Link(url=f"{site.url}/plan")


# What the model is told


async def test_a_slot_tells_its_date_zone_time_and_how_far_back_it_looks(bot: Process, model: OpenAI) -> None:
    schedule = await store_daily(bot.redis, bot.clock, zone="Asia/Tokyo", cron="0 7 * * 1-5", query="Why?")
    slot = datetime(2027, 1, 17, 22, tzinfo=UTC)  # a Monday there
    bot.clock.turn_to(slot + timedelta(minutes=3))
    await bot.deliver(job_of(schedule), sent_at=slot)
    assert "it is Monday, 18 January 2027 (2027-01-18), 07:00 in Asia/Tokyo (UTC+09:00)" in told(model)
    assert "It looks back as far as Friday, 15 January 2027, 07:00." in told(model)


async def test_every_other_week_it_looks_back_two_weeks(bot: Process, model: OpenAI) -> None:
    schedule = await store_daily(
        bot.redis, bot.clock, cron="0 9 * * 3", step=2, first_day=NINE.date() - 2 * WEEK, query="Why?"
    )
    bot.clock.turn_to(NINE)
    await bot.deliver(job_of(schedule))
    assert "as far as Wednesday, 30 December 2026, 09:00." in told(model)


async def test_a_run_before_its_slot_is_of_the_date_of_the_slot(bot: Process, model: OpenAI) -> None:
    schedule = await store_daily(bot.redis, bot.clock, cron="0 0 * * *", query=DUE)
    job, midnight = job_of(schedule), datetime(2027, 1, 14, tzinfo=UTC)
    bot.clock.turn_to(midnight - timedelta(minutes=2))
    await bot.deliver(warm_job(job, midnight))
    assert "Thursday, 14 January 2027 (2027-01-14), 00:00" in told(model)
    bot.clock.turn_to(midnight)
    assert (await _done(bot, job)).cache == "HIT"
    assert model.requests == 1


async def test_who_asks_is_told_the_day_of_their_own_zone(bot: Process, model: OpenAI) -> None:
    bot.clock.turn_to(datetime(2027, 1, 13, 23, 30, tzinfo=UTC))
    await bot.deliver(replace(JOB, asker_zone="Europe/Berlin"))
    assert "Thursday, 14 January 2027 (2027-01-14), 00:30 in Europe/Berlin" in told(model)
    assert "on a schedule" not in told(model)


@pytest.mark.parametrize("zone", [None, "Mars/Olympus"])
async def test_where_no_zone_is_known_the_day_is_that_of_utc(
    bot: Process, model: OpenAI, zone: str | None
) -> None:
    bot.clock.turn_to(NINE)
    await bot.deliver(replace(JOB, asker_zone=zone))
    assert "2027-01-13), 09:00 in UTC (UTC+00:00)" in told(model)


async def test_notes_on_parts_and_comparisons_are_made_with_the_day(
    bot: Process, model: OpenAI, site: Site
) -> None:
    long = "A sentence of the plan. " * 24_000
    schedule = await store_daily(
        bot.redis, bot.clock, sources=(a_page(site, long),), changes="only", query="Why?"
    )
    bot.clock.turn_to(NINE)
    await bot.deliver(job_of(schedule))
    assert model.requests > 2
    assert all("2027-01-13" in told(model, number) for number in range(model.requests))
    model.otherwise = says("Another answer.")
    a_page(site, "Short now.")
    model.next += [says("Other."), says(json.dumps({"changed": True, "difference": "Other."}))]
    bot.clock.turn_to(NINE + DAY)
    await bot.deliver(job_of(schedule))
    assert "You compare two answers" in told(model)
    assert "2027-01-14" in told(model)


async def test_the_model_is_told_nothing_false_about_itself(bot: Process, model: OpenAI) -> None:
    await bot.deliver()
    assert "calendar" not in told(model)
    assert "nobody can reply" not in told(model)


# Freshness


async def _done(bot: Process, job: Job) -> Done:
    verdict = await bot.deliver(job)
    assert isinstance(verdict, Done)
    return verdict


async def test_an_answer_of_another_date_is_not_fresh_for_a_prompt_that_uses_the_day(
    bot: Process, model: OpenAI
) -> None:
    for day, cache in enumerate(("MISS", "MISS", "MISS")):
        bot.clock.turn_to(NINE + day * DAY)
        assert (await _done(bot, BARE)).cache == cache
        assert (await _done(bot, BARE)).cache == "HIT"
    assert model.requests == 3


async def test_for_others_nothing_changes_from_day_to_day(bot: Process, model: OpenAI) -> None:
    other = replace(BARE, query="Why is the sky blue?")
    for day in range(3):
        bot.clock.turn_to(NINE + day * DAY)
        await bot.deliver(other)
    assert model.requests == 1


async def test_unchanged_material_costs_a_call_a_day_only_where_the_day_is_used(
    bot: Process, model: OpenAI, site: Site
) -> None:
    link = a_page(site, "The report: due on 15 January.")
    jobs = [
        job_of(await store_daily(bot.redis, bot.clock, id=name, query=query, sources=(link,)))
        for name, query in (("kolu-tane", DUE), ("bafo-riku", "Summarise it"))
    ]
    for day, calls in enumerate((2, 3, 4)):
        bot.clock.turn_to(NINE + day * DAY)
        for job in jobs:
            await _done(bot, job)
        assert model.requests == calls
        assert f"2027-01-{13 + day}" in told(model, -1 if day else 0)


async def test_only_changes_ends_before_the_model_where_the_day_is_not_used(
    bot: Process, model: OpenAI, site: Site, workspace: Slack
) -> None:
    link = a_page(site, "The same.")
    schedule = await store_daily(
        bot.redis, bot.clock, sources=(link,), changes="only", query="What is in it?"
    )
    for day in range(4):
        bot.clock.turn_to(NINE + day * DAY)
        await _done(bot, job_of(schedule))
    assert model.requests == 1
    assert len(workspace.posts) == 1


async def test_seven_zones_have_an_answer_for_each_date_and_share_it(bot: Process, model: OpenAI) -> None:
    """Over the change of day and, in Berlin and New York, over a change of clock."""
    zones = {
        "Pacific/Kiritimati": 14,
        "Asia/Tokyo": 9,
        "Asia/Kathmandu": 5.75,
        "Europe/Berlin": 1,
        "UTC": 0,
        "America/New_York": -5,
        "Pacific/Pago_Pago": -11,
    }
    moment, seen = datetime(2027, 3, 27, 9, 40, tzinfo=UTC), set[str]()
    for hour in range(0, 49, 3):
        bot.clock.turn_to(moment + timedelta(hours=hour))
        for zone, usual in zones.items():
            offset = usual + (
                1
                if zone == "America/New_York"
                or (zone == "Europe/Berlin" and bot.clock() >= datetime(2027, 3, 28, 1, tzinfo=UTC))
                else 0
            )
            day = (bot.clock() + timedelta(hours=offset)).date().isoformat()
            verdict = await _done(bot, replace(BARE, asker_zone=zone))
            assert verdict.cache == ("HIT" if day in seen else "MISS"), (zone, bot.clock())
            if day not in seen:
                assert f"({day})" in told(model), zone
            seen.add(day)
    assert model.requests == len(seen) == 4


async def test_the_last_good_answer_is_found_whatever_its_date(
    bot: Process, model: OpenAI, workspace: Slack
) -> None:
    schedule = await store_daily(bot.redis, bot.clock, query=DUE)
    bot.clock.turn_to(NINE)
    await bot.deliver(job_of(schedule))
    model.otherwise = fails(401)
    bot.clock.turn_to(NINE + DAY)
    assert (await _done(bot, job_of(schedule))).cache == "STALE"
    assert "this is the last good answer" in workspace.shown()


async def test_only_a_few_dates_are_kept_and_under_one_key(bot: Process, model: OpenAI) -> None:
    for day in range(6):
        bot.clock.turn_to(NINE + day * DAY)
        await bot.deliver(BARE)
    key = stored_answer_key(bot.questions.of_job(BARE, slot=None).key)
    kept = {field.partition("@")[2] for field in await bot.redis.hkeys(key)}
    assert kept == {"", "2027-01-16", "2027-01-17", "2027-01-18"}
    assert await bot.redis.keys("precache:answer:*") == [key]
    assert model.requests == 6


async def test_a_flight_is_joined_only_for_the_same_date(bot: Process, model: OpenAI) -> None:
    bot.clock.turn_to(datetime(2027, 1, 13, 23, 30, tzinfo=UTC))
    model.delay = timedelta(milliseconds=150)
    zones = ("UTC", "Europe/London", "Europe/Berlin", "Africa/Lagos")
    await asyncio.gather(*(bot.deliver(replace(BARE, asker_zone=zone)) for zone in zones))
    assert model.requests == 2


# Variables


async def test_variables_are_filled_and_the_key_knows_neither_date_nor_since(
    bot: Process, model: OpenAI, workspace: Slack
) -> None:
    query = "What is due on {date}, a {weekday}, since {since}, in {channel}?"
    schedule = await store_daily(bot.redis, bot.clock, query=query, fills_variables=True)
    keys = set()
    for day in range(2):
        bot.clock.turn_to(NINE + day * DAY)
        await _done(bot, job_of(schedule))
        keys.add(bot.questions.of_job(job_of(schedule), slot=NINE + day * DAY).key)
    asked = (
        "What is due on 14 January 2027, a Thursday, since Wednesday, 13 January 2027, 09:00, in #general?"
    )
    assert model.bodies[-1]["messages"][-1]["content"] == asked
    assert "“What is due on 14 January 2027, a Thursday" in workspace.shown()
    assert len(keys) == 1


async def test_braces_of_prompts_that_were_stored_before_stay(bot: Process, model: OpenAI) -> None:
    schedule = await store_daily(bot.redis, bot.clock, query="Say {date}")
    assert "variables" not in json.loads(encode_schedule(schedule)), "a record of then has no such field"
    bot.clock.turn_to(NINE)
    await bot.deliver(job_of(schedule))
    assert model.bodies[-1]["messages"][-1]["content"] == "Say {date}"
    filled = replace(schedule, fills_variables=True)
    assert await decode_schedule((encode_schedule(filled), "active", "0")) == replace(
        filled, state="active", revision=0
    )


async def test_the_same_words_for_other_channels_schedules_or_in_plain_braces_are_other_questions(
    bot: Process,
) -> None:
    def key(**fields: object) -> str:
        made = replace(DAILY, **{"query": "About {channel} since {since}", "fills_variables": True, **fields})  # type: ignore[arg-type]
        assert isinstance(made, Schedule)
        return bot.questions.of_job(job_of(made), slot=NINE).key

    keys = [key(), key(channel="C2"), key(id="other"), key(fills_variables=False)]
    assert len({*keys}) == 4
    of_the_date = {key(query="On {date}", channel=channel, id=channel) for channel in ("C1", "C2")}
    assert len(of_the_date) == 1, "the date is the same for all"
