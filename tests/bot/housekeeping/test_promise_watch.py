"""What people asked for at once and never got: it runs late, or they are told how to ask again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.replies.text import slack_date
from bot.runs.state.claims import Begun
from bot.schedules.schedule import Place
from bot.server.parts.chores import build_watchdog, count_late_slots
from bot.slack import Mark, Wish
from bot.storage import CountedRedis, run_script
from scheduler import Done, Job
from tests.bot.announcing import process
from tests.bot.asked import command, mention, press
from tests.bot.scheduled import DAILY, store_daily
from tests.bot.ui.intents.desk import Desk
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash, reply
from tests.stand_ins.slack_channel import Slack

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LOST = "I couldn't answer “Why?”: sorry, it got lost on its way. Please ask again."


@pytest_asyncio.fixture
async def desk(redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash) -> AsyncIterator[Desk]:
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as running:
        running.clock.turn_to(NOON)
        yield Desk.of_process(running, workspace, qstash)


async def ask(desk: Desk, body: dict[str, Any]) -> Job:
    """Hear it, and lose what it has published; that job."""
    await desk.hear(body)
    (job,) = desk.jobs
    desk.qstash.waiting.clear()
    desk.workspace.whispers.clear()
    desk.workspace.posts.clear()
    return job


async def look(desk: Desk, **after_noon: float) -> None:
    """One pass of the watchdog, so long after noon."""
    desk.process.clock.turn_to(NOON + timedelta(**after_noon))
    await build_watchdog(desk.process.ground).do_round()


async def promised(desk: Desk) -> list[str]:
    found: list[Any] = await desk.process.redis.zrange("precache:promised", 0, -1)
    return found


@pytest.mark.parametrize("body", [command("Why?"), mention("Why?")], ids=["command", "mention"])
async def test_a_question_that_nobody_brought_is_published_once_more_and_answered_once(
    desk: Desk, body: dict[str, Any]
) -> None:
    job = await ask(desk, body)
    await look(desk, minutes=9)
    assert desk.jobs == []
    for minutes in (11, 12):
        await look(desk, minutes=minutes)
    assert desk.jobs == [replace(job, traceparent=None)]
    assert isinstance(await desk.process.deliver(job), Done)
    assert await promised(desk) == [], "its post takes it off the list in the same step"
    assert await desk.process.deliver(job) == Done(text="nothing to do: posted"), "QStash's own comes late"
    await look(desk, minutes=30)
    assert (len(desk.workspace.posts), desk.workspace.whispers) == (1, [])


async def test_a_question_that_is_answered_costs_no_request_more(desk: Desk, redis_raw: RawRedis) -> None:
    before = desk.process.redis.requests
    await desk.hear(command("Why?"))
    assert desk.process.redis.requests - before == 2, "the note of the wish, and its end with the promise"
    (job,) = desk.jobs
    await desk.process.deliver(job)
    assert await redis_raw.hget(f"precache:run:T1:{job.id}", "promise") is None
    before = desk.process.redis.requests
    await look(desk, minutes=11)
    assert desk.process.redis.requests - before == 2
    assert await redis_raw.ttl("precache:promised") == -2, "a set without members is gone"


async def test_what_is_answered_before_it_is_promised_is_promised_no_more(desk: Desk) -> None:
    promises, wish = desk.process.ground.promises, Wish(id="wish-1", at=NOON)
    promises.open_wish(wish.id)
    job = Job(query="Why?", id="wish-1", team="T1", channel="C1", user="U1", asked=NOON)
    await promises.publish_promised(job, deduplication_id="d1", wish=wish)
    await desk.process.deliver(job)
    for script in promises.close_wish(wish.id):
        assert await run_script(desk.process.redis, script) == 0
    assert await promised(desk) == []


async def test_if_it_is_in_vain_the_asker_is_told_once_and_nothing_answers_it_any_more(desk: Desk) -> None:
    job = await ask(desk, command("Why?"))
    for minutes in (11, 20, 22, 23):
        await look(desk, minutes=minutes)
    assert desk.workspace.whispers == [LOST]
    assert await desk.process.deliver(job) == Done(text="nothing to do: posted")
    assert await desk.process.give_up(job) == Done(text="nothing to do: posted")
    assert (desk.workspace.posts, len(desk.workspace.whispers), await promised(desk)) == ([], 1, [])
    assert b'precache_runs_total{outcome="failed"} 1' in desk.process.ground.metrics.render_page()


async def test_after_a_long_outage_the_asker_is_told_and_nothing_is_asked(desk: Desk) -> None:
    await ask(desk, command("Why?"))
    await look(desk, minutes=61)
    assert (desk.jobs, desk.workspace.whispers) == ([], [LOST])
    assert b'precache_runs_total{outcome="skipped"} 1' in desk.process.ground.metrics.render_page()


async def test_a_process_that_dies_before_the_promise_leaves_the_wish_to_another_which_promises_it(
    desk: Desk,
) -> None:
    await desk.lose(command("Why?"))
    await desk.take_up()
    (job,) = desk.jobs
    assert await promised(desk) == [f"T1:{job.id}"]


async def test_what_qstash_did_not_take_is_refused_and_not_promised(desk: Desk) -> None:
    desk.qstash.faults.append(reply(400, '{"error": "no"}'))
    await desk.hear(command("Why?"))
    assert len(desk.said) == 1
    assert await promised(desk) == []


async def test_an_answer_just_for_its_asker_is_shown_late_and_once_it_is_shown_no_more(desk: Desk) -> None:
    job = await ask(desk, command("Why?, just for me"))
    assert job.kind == "preview"
    await look(desk, minutes=11)
    assert [again.kind for again in desk.jobs] == ["preview"]
    await desk.process.deliver(job)
    assert await promised(desk) == []
    desk.qstash.waiting.clear()
    await look(desk, minutes=40)
    assert desk.jobs == []
    assert desk.workspace.whispers[0] == "An answer."


async def test_an_answer_just_for_its_asker_that_never_comes_is_told_to_be_lost(desk: Desk) -> None:
    await ask(desk, command("Why?, just for me"))
    for minutes in (11, 22, 23):
        await look(desk, minutes=minutes)
    assert (desk.workspace.whispers, desk.workspace.posts) == ([LOST], [])


RUN_NOW = press("card_run", "kolu-tane")


async def test_a_run_by_hand_that_never_comes_is_told_with_the_words_that_run_it(desk: Desk) -> None:
    await store_daily(desk.process.redis, desk.process.clock, handle="news")
    await ask(desk, RUN_NOW)
    for minutes in (11, 22):
        await look(desk, minutes=minutes)
    assert desk.workspace.whispers == [
        f"Sorry, the run of “What is new?” for {slack_date(NOON)} didn't happen. "
        "To run it now, type `/precache run news`."
    ]
    (line,) = await desk.process.schedule_store.read_history("T1", DAILY.id)
    assert (line.outcome, line.detail) == ("failed", "missed")


async def test_a_run_by_hand_of_what_was_deleted_since_is_owed_to_nobody(desk: Desk) -> None:
    schedule = await store_daily(desk.process.redis, desk.process.clock)
    await ask(desk, RUN_NOW)
    await desk.process.schedule_store.delete_record(schedule)
    await look(desk, minutes=11)
    assert (desk.jobs, desk.workspace.whispers, await promised(desk)) == ([], [], [])


async def test_a_run_by_hand_in_several_places_is_over_when_all_of_them_have_it(desk: Desk) -> None:
    places = DAILY.at_places([Place(channel="C1"), Place(channel="C2")])
    await store_daily(desk.process.redis, desk.process.clock, also=places.also)
    job = await ask(desk, RUN_NOW)
    await desk.process.deliver(job)
    desk.qstash.waiting.clear()  # the message to the second place is lost
    await look(desk, minutes=11)
    (again,) = desk.jobs
    await desk.process.deliver(again)
    await desk.process.deliver(desk.jobs[-1])
    assert [post["channel"] for post in desk.workspace.posts] == ["C1", "C2"]
    await look(desk, minutes=12)
    assert (await promised(desk), desk.workspace.whispers) == ([], [])


async def test_a_place_that_was_taken_away_since_is_owed_nothing(desk: Desk) -> None:
    places = DAILY.at_places([Place(channel="C1"), Place(channel="C2")])
    schedule = await store_daily(desk.process.redis, desk.process.clock, also=places.also)
    job = await ask(desk, RUN_NOW)
    await desk.process.deliver(job)
    desk.qstash.waiting.clear()
    await desk.process.schedule_store.change_record(schedule, replace(schedule, also=()))
    await look(desk, minutes=11)
    assert (desk.jobs, await promised(desk)) == ([], [])


async def test_nothing_is_owed_to_a_team_that_has_left(desk: Desk, redis_raw: RawRedis) -> None:
    job = await ask(desk, command("Why?"))
    await redis_raw.delete(f"precache:run:T1:{job.id}")  # as all that was kept for it
    await look(desk, minutes=11)
    assert (desk.jobs, desk.workspace.whispers, await promised(desk)) == ([], [], [])


async def test_the_message_that_the_bot_is_at_work_goes_when_the_asker_is_told(desk: Desk) -> None:
    job = await ask(desk, command("Why?"))
    run = f"T1:{job.id}"
    ts = await desk.process.slack.post_message("C1", text="Reading …", blocks=(), mark=Mark(run=run, part=0))
    await desk.process.ledger.record_progress(run, Begun(at=NOON, ts=ts))
    await look(desk, minutes=61)
    assert desk.workspace.whispers == [LOST]
    assert desk.workspace.posts == []


async def test_many_promises_are_looked_at_by_the_hundred_and_those_that_wait_hide_none(desk: Desk) -> None:
    promises, wish = desk.process.ground.promises, Wish(id="many", at=NOON)
    promises.open_wish(wish.id)
    for n in range(205):
        job = Job(query="Why?", id=f"n-{n:03}", team="T1", channel="C1", user="U1", asked=NOON)
        await promises.publish_promised(job, deduplication_id=f"d-{n}", wish=wish)
    desk.qstash.waiting.clear()
    for script in promises.close_wish(wish.id):
        await run_script(desk.process.redis, script)
    desk.process.clock.turn_to(NOON + 13 * MINUTE)
    assert await count_late_slots(desk.process.ground) == 205
    before = desk.process.redis.requests
    await look(desk, minutes=13)
    assert len(desk.jobs) == 205
    assert desk.process.redis.requests - before == 1 + 3 * 3 + 1
    await look(desk, minutes=14)
    assert len(desk.jobs) == 205
