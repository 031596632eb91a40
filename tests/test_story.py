"""Precache in a dozen sentences, each through the front door: a person types, QStash calls, people read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage.client import socket_redis
from scheduler import Job
from tests.running import ADA, GENERAL, GRACE, NEWS, RANDOM, TEAM, Precache, precache
from tests.stand_ins.openai import OpenAI, fails, openai, says
from tests.waiting import wait_until

QUERY = "Why is the sky blue?"
JOB = Job(query=QUERY, team=TEAM, channel=GENERAL, user=ADA, id="run-1")


@pytest_asyncio.fixture
async def model() -> AsyncIterator[OpenAI]:
    async with openai() as stand_in:
        stand_in.otherwise = says("Because of **Rayleigh** scattering.")
        yield stand_in


@pytest_asyncio.fixture
async def bot(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> AsyncIterator[Precache]:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as running:
        yield running


def shown(message: dict[str, Any]) -> str:
    return json.dumps(message["blocks"], ensure_ascii=False)


async def test_a_prompt_is_answered_in_its_channel_for_all_to_read(bot: Precache, model: OpenAI) -> None:
    await bot.type(f"/precache {QUERY}")
    (post,) = await bot.posted()
    assert "Because of Rayleigh scattering." in post["text"]
    assert QUERY in shown(post)
    assert "Made <!date^" in shown(post)
    assert "openai:test" not in shown(post), "that stands behind Manage"
    assert model.requests == 1
    assert await bot.posts(channel=NEWS) == []


def asked_of(model: OpenAI) -> str:
    """All that the model was asked, outside its standing instructions."""
    asked = [
        turn["content"] for body in model.bodies for turn in body["messages"] if turn["role"] != "system"
    ]
    return json.dumps(asked, ensure_ascii=False)


async def test_a_channel_of_alerts_is_summarised_from_blocks_and_attachments(
    bot: Precache, model: OpenAI
) -> None:
    down = {"type": "section", "text": {"type": "mrkdwn", "text": "*SEV1* checkout is down since 09:12"}}
    card = {"title": "CPU 99% on db-3", "fields": [{"title": "Zone", "value": "eu-7"}], "fallback": "x"}
    await bot.do("messages", app="Alerts", channel=NEWS, blocks=[down])
    await bot.do("messages", app="Alerts", channel=NEWS, attachments=[card])
    await bot.type("/precache summarise this channel", channel=NEWS)
    await bot.posted(1, channel=NEWS)
    asked = asked_of(model)
    assert "checkout is down since 09:12" in asked
    assert "CPU 99% on db-3" in asked
    assert "Zone: eu-7" in asked


async def test_a_forward_and_a_table_are_read_with_the_question_beside_them(
    bot: Precache, model: OpenAI
) -> None:
    forward = {"is_share": True, "author_name": "Quentin", "text": "The fuse box needs a 16 A breaker."}
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": word} for word in ("bolt", "712")]]}
    await bot.do(
        "messages",
        user=ADA,
        channel=GENERAL,
        text="<@U0PRECACHE1> what does this mean?",
        attachments=[forward, {"fallback": "[no preview available]", "blocks": [table]}],
    )
    (post,) = await bot.posted(1)
    asked = asked_of(model)
    assert "what does this mean?" in asked
    assert "Quentin" in asked
    assert "16 A breaker" in asked
    assert "bolt | 712" in asked
    assert "what was sent along" in shown(post)


async def test_the_same_question_again_is_paid_for_once(bot: Precache, model: OpenAI) -> None:
    await bot.type(f"/precache {QUERY}")
    await bot.posted(1)
    await bot.type(f"/precache   {QUERY} ", user=GRACE, channel=NEWS)
    (post,) = await bot.posted(1, channel=NEWS)
    assert "Reused from" in shown(post)
    assert model.requests == 1


async def test_ten_people_who_ask_the_same_at_once_share_one_model_call(bot: Precache, model: OpenAI) -> None:
    model.delay = timedelta(milliseconds=300)
    deliveries = await asyncio.gather(
        *(bot.deliver(replace(JOB, id=f"run-{n}", channel=(GENERAL, NEWS)[n % 2])) for n in range(10))
    )
    assert [delivery.status for delivery in deliveries] == [200] * 10
    assert sorted(delivery.headers["X-Cache"] for delivery in deliveries) == ["HIT"] * 9 + ["MISS"]
    assert model.requests == 1
    runs = {
        post["metadata"]["event_payload"]["run"]
        for post in (*await bot.posts(), *await bot.posts(channel=NEWS))
    }
    assert runs == {f"{TEAM}:run-{n}" for n in range(10)}


async def test_a_schedule_is_understood_shown_listed_and_ended(bot: Precache) -> None:
    await bot.type("/precache every weekday at 9am What changed in Python?")
    told = await bot.told("Scheduled")
    assert "every weekday at 09:00" in told
    assert "Europe/Berlin" in told
    assert told.count("09:00") == 4, "the time, and the next three runs"
    name = told.partition("/precache delete ")[2].partition("`")[0]
    await bot.type("/precache list")
    assert "What changed in Python?" in await bot.told(f"`{name}`")
    await bot.type(f"/precache delete {name}")
    await bot.told("is deleted")
    await bot.type("/precache list")
    await bot.told("Nothing is scheduled here yet")


async def test_a_button_pauses_a_schedule_and_the_home_shows_it(bot: Precache) -> None:
    await bot.type("/precache every weekday at 9am What changed in Python?")
    await bot.told("Scheduled")
    await bot.open_home("What changed in Python?", "Next: ")
    await bot.type("/precache list")
    await bot.press(await bot.seen("Manage"), "post_show")
    await bot.press(await bot.seen("card_pause"), "card_pause")
    await bot.seen("Resume")
    await bot.home("What changed in Python?", "_Paused_")


async def test_refresh_under_a_post_asks_again_for_everyone(bot: Precache, model: OpenAI) -> None:
    await bot.type(f"/precache {QUERY}")
    (post,) = await bot.posted()
    model.otherwise = says("Because it is not green.")
    await bot.press(post, "post_refresh", user=GRACE)
    assert "not green" in (await bot.posted(2))[1]["text"]
    await bot.type(f"/precache {QUERY}", channel=NEWS)
    assert "not green" in (await bot.posted(1, channel=NEWS))[0]["text"]
    assert model.requests == 2


async def test_a_slot_is_posted_once_however_often_it_is_delivered(bot: Precache, model: OpenAI) -> None:
    slot = replace(JOB, id=None, schedule="kolu-tane", cron="0 9 1 1 *", zone="Europe/Berlin")
    first, *others = [await bot.deliver(slot) for _ in range(3)]
    assert (first.status, first.headers["X-Cache"]) == (200, "MISS")
    assert [other.status for other in others] == [200, 200]
    assert len(await bot.posts()) == 1


async def test_a_curl_with_nothing_but_a_query_gets_the_answer_as_text(bot: Precache, model: OpenAI) -> None:
    cold = await bot.deliver(Job(query=QUERY))
    hot = await bot.deliver(Job(query=QUERY))
    assert cold.text == hot.text == "Because of **Rayleigh** scattering."
    assert cold.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (cold.headers["X-Cache"], hot.headers["X-Cache"]) == ("MISS", "HIT")
    assert int(hot.headers["Age"]) >= 0
    assert model.requests == 1


async def test_what_qstash_did_not_sign_costs_nothing(bot: Precache, model: OpenAI) -> None:
    refused = await bot.deliver(JOB, key="sig_somebody_elses_key_that_is_long_enough")
    assert (refused.status, refused.text) == (401, "not signed by our QStash\n")
    assert model.requests == 0
    assert await bot.posts() == []


async def test_a_post_whose_answer_is_lost_is_found_and_not_repeated(bot: Precache) -> None:
    await bot.fault(method="chat.postMessage", kind="lost_response")
    assert (await bot.deliver(JOB)).status == 503
    assert (await bot.deliver(JOB)).status == 200
    assert len(await bot.posts()) == 1


async def test_a_model_that_is_down_is_asked_again_later_and_then_the_last_good_answer_goes_out(
    bot: Precache, model: OpenAI
) -> None:
    await bot.deliver(JOB)
    model.otherwise = fails(503)
    again = replace(JOB, id="run-2", max_age=timedelta(0))
    delivery = await bot.deliver(again)
    assert (delivery.status, delivery.headers["Retry-After"]) == (503, "10")
    given_up = await bot.give_up(again, status=503)
    assert (given_up.status, given_up.headers["X-Cache"]) == (200, "STALE")
    assert "the last good answer" in shown((await bot.posted(2))[1])


async def test_without_any_answer_the_person_who_asked_is_told_and_nobody_else(
    bot: Precache, model: OpenAI
) -> None:
    model.otherwise = fails(503)
    assert (await bot.deliver(JOB)).status == 503
    for _ in range(2):
        await bot.give_up(JOB, status=503)
    assert [whisper for whisper in await bot.whispers() if "couldn't answer" in whisper] == [
        f"I couldn't answer “{QUERY}”: I tried several times, and no model responded. Please ask again."
    ]
    assert await bot.whispers(user=GRACE) == []
    assert await bot.posts() == []


async def test_where_the_bot_is_not_it_says_so_at_once(bot: Precache, model: OpenAI) -> None:
    await bot.type(f"/precache {QUERY}", channel=RANDOM)
    await bot.told("/invite @Precache", channel=RANDOM)
    assert model.requests == 0


async def test_nothing_a_model_writes_notifies_anyone_or_hides_a_link(bot: Precache, model: OpenAI) -> None:
    model.otherwise = says(f"<!channel> @here <@{GRACE}> [bank.example](https://evil.example) <b>x</b>")
    await bot.type(f"/precache <!everyone> ask <@{GRACE}>")
    (post,) = await bot.posted()
    assert post["notified"] == []
    assert "evil.example" in post["text"]


async def test_a_post_notifies_exactly_those_its_schedule_allows(
    bot: Precache, model: OpenAI, redis_raw: RawRedis, valkey_socket: Path
) -> None:
    model.otherwise = says(f"<!channel> @here <@{ADA}> everyone, look")
    slot = replace(JOB, id=None, schedule="kolu-tane", cron="0 9 1 1 *", zone="Europe/Berlin")
    record = Schedule(
        id="kolu-tane",
        team=TEAM,
        channel=GENERAL,
        user=ADA,
        query=QUERY,
        cron="0 9 1 1 *",
        zone="Europe/Berlin",
        mentions=(GRACE, "here"),
    )
    async with socket_redis(f"unix://{valkey_socket}") as redis:
        await ScheduleStore(redis=redis).add_record(record, now=datetime.now(UTC))
    assert (await bot.deliver(slot)).status == 200
    (post,) = await bot.posts()
    assert sorted(post["notified"]) == sorted([GRACE, "here"])


async def test_what_was_scheduled_survives_a_restart(
    model: OpenAI, valkey_socket: Path, redis_raw: RawRedis, tmp_path: Path
) -> None:
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as before:
        await before.type("/precache every day at 18:30 Good evening")
        await before.told("Scheduled")
    async with precache(valkey=valkey_socket, data=tmp_path, model_url=model.url) as after:
        await after.type("/precache list")
        await after.told("every day at 18:30")


async def test_a_schedule_is_with_qstash_under_its_own_id_with_the_whole_job(bot: Precache) -> None:
    await bot.type("/precache every month on the 1st at 8am Pay the rent")
    name = await bot.made()
    async with bot.qstash() as qstash:
        (schedule,) = await qstash.schedule.list()
    assert schedule.schedule_id == name
    assert schedule.cron == "CRON_TZ=Europe/Berlin 0 8 1 * *"
    assert schedule.body is not None
    job = Job.decode(schedule.body.encode())
    assert (job.query, job.channel, job.user, job.team) == ("Pay the rent", GENERAL, ADA, TEAM)
    assert (job.schedule, job.zone) == (schedule.schedule_id, "Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/precache every day at 9 in Mars/Base Hello", "Mars/Base"),
        ("/precache every 30 seconds Hello", "minute"),
        ("/precache on 2020-01-01 at 9 Hello", "2020"),
        ("/precache cron 0 9 30 2 * Hello", "never comes"),
        ("/precache every day at 9", "Add a prompt"),
        (f"/precache {'x' * 4001}", "4,001 characters"),
        ("/precache delete kolu-tane", "no schedule called `kolu-tane`"),
        ("/precache delete", "Which schedule?"),
    ],
)
async def test_what_cannot_be_done_is_told_kindly(
    bot: Precache, model: OpenAI, typed: str, told: str
) -> None:
    await bot.type(typed)
    await bot.told(told)
    assert model.requests == 0


@pytest.mark.parametrize("prompt", ["list three ideas", "explain the payload", "help me write", '"list"'])
async def test_any_other_text_is_a_prompt(bot: Precache, model: OpenAI, prompt: str) -> None:
    await bot.type(f"/precache {prompt}")
    await wait_until(lambda: model.requests, "the model is asked")
    assert model.bodies[0]["messages"][-1]["content"] == prompt.strip('"')
