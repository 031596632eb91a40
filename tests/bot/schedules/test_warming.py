"""Ready before the hour: what is published ahead of a slot, and what has overtaken it when it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from bot.answers.records import Answer
from bot.schedules.acts.draft import Draft
from bot.schedules.acts.service import Schedules
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack.caller import Caller
from bot.sources import Channel
from scheduler import Cron, Done, Job, Timing, warm_job
from tests.bot.announcing import Process
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import Asked, QStash, reply
from tests.stand_ins.slack_channel import Behaviour, Slack

SLOT = datetime(2027, 1, 13, 9, tzinfo=UTC)  # a Wednesday
DAILY = Timing(when=Cron.parse("0 9 * * *"))
ADA = Caller(team="T1", user="U1", channel="C1")


def turn(bot: Process, moment: datetime) -> None:
    """Set the clock."""
    bot.clock.ahead = moment - datetime.now(UTC)


def desk(bot: Process) -> Schedules:
    return bot.ground.schedules


async def written(bot: Process, timing: Timing = DAILY, **fields: Any) -> tuple[Schedule, Job]:
    """A schedule that runs, and what QStash delivers of it."""
    schedule = Schedule(
        id="kolu-tane", team="T1", channel="C1", user="U1", query="Why?", zone=timing.when.zone
    ).at_time(timing)
    found = await ScheduleStore(redis=bot.redis).add_record(replace(schedule, **fields), now=bot.clock())
    assert isinstance(found, Schedule)
    assert isinstance(timing.when, Cron)
    job = replace(found.job, id=None, schedule=found.id, cron=found.cron, zone=found.zone)
    return found, job


def warmed(qstash: QStash) -> list[tuple[Job, Asked]]:
    found = [(Job.decode(request.body), request) for request in qstash.asked if "/publish/" in request.path]
    return [(job, asked) for job, asked in found if job.kind == "warm"]


async def test_what_posts_has_its_next_answer_made_ahead_and_posts_that_on_the_dot(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    _, job = await written(bot)
    turn(bot, SLOT)
    await bot.deliver(job)
    ((warm, asked),) = warmed(qstash)
    assert warm == warm_job(job, SLOT + timedelta(days=1))
    arrival = datetime.fromtimestamp(int(asked.headers["upstash-not-before"]), UTC)
    assert SLOT + timedelta(hours=23, minutes=55) < arrival < SLOT + timedelta(hours=24)
    assert "upstash-failure-callback" not in asked.headers

    turn(bot, arrival)
    made = await bot.deliver(warm)
    assert isinstance(made, Done)
    assert made.cache == "MISS"
    turn(bot, SLOT + timedelta(days=1))
    before = bot.redis.requests
    served = await bot.deliver(job)
    assert isinstance(served, Done)
    assert served.cache == "HIT"
    assert bot.redis.requests - before == 2
    assert model.requests == 2, "one for each day"
    assert workspace.requests == {"chat.postMessage": 2}
    assert len(qstash.messages) == 2, "one for each slot, and none for those that are delivered"


async def made_ahead(bot: Process, job: Job, slot: datetime) -> None:
    turn(bot, slot - timedelta(minutes=2))
    made = await bot.deliver(warm_job(job, slot))
    assert isinstance(made, Done)
    assert made.cache


async def test_a_slot_whose_answer_was_made_ahead_publishes_nothing_for_the_next_one(
    bot: Process, qstash: QStash, workspace: Slack, model: OpenAI
) -> None:
    _, job = await written(bot)
    for day in range(3):
        slot = SLOT + timedelta(days=day)
        await made_ahead(bot, job, slot)
        assert [warm for warm, _ in warmed(qstash)] == [
            warm_job(job, SLOT + timedelta(days=number + 1)) for number in range(day + 1)
        ]
        turn(bot, slot)
        asked = len(qstash.asked)
        await bot.deliver(job)
        assert len(workspace.posts) == day + 1
        assert len(qstash.asked) == asked
    assert model.requests == 3


async def test_a_message_that_comes_twice_has_the_next_one_published_once(
    bot: Process, qstash: QStash
) -> None:
    _, job = await written(bot)
    await made_ahead(bot, job, SLOT)
    await made_ahead(bot, job, SLOT)
    assert len(qstash.messages) == 1


async def test_a_slot_publishes_for_the_next_one_what_could_not_be_published_ahead(
    bot: Process, qstash: QStash
) -> None:
    _, job = await written(bot)
    qstash.faults += [reply(500, "")] * 2
    await made_ahead(bot, job, SLOT)
    assert qstash.messages == {}
    turn(bot, SLOT)
    await bot.deliver(job)
    assert len(qstash.messages) == 1


async def test_where_a_message_was_lost_the_slot_that_it_was_for_publishes_for_the_next_one(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    _, job = await written(bot)
    await made_ahead(bot, job, SLOT)
    turn(bot, SLOT)
    await bot.deliver(job)
    qstash.messages.clear()
    turn(bot, SLOT + timedelta(days=1))
    await bot.deliver(job)
    assert len(workspace.posts) == 2
    assert [warm for warm, _ in warmed(qstash)][1:] == [warm_job(job, SLOT + timedelta(days=2))]


@pytest.mark.parametrize("change", ["prompt", "time"])
async def test_a_slot_publishes_what_a_change_since_the_warm_up_has_overtaken(
    bot: Process, qstash: QStash, change: str
) -> None:
    schedule, job = await written(bot)
    await made_ahead(bot, job, SLOT)
    await ScheduleStore(redis=bot.redis).change_record(schedule, CHANGES[change](schedule))
    changed = replace(job, query="How?") if change == "prompt" else replace(job, cron="30 9 * * *")
    slot = SLOT if change == "prompt" else SLOT + timedelta(minutes=30)
    turn(bot, slot)
    await bot.deliver(changed)
    assert [warm for warm, _ in warmed(qstash)] == [
        warm_job(job, SLOT + timedelta(days=1)),
        warm_job(changed, slot + timedelta(days=1)),
    ]


async def test_a_change_while_the_answer_is_made_ahead_is_not_taken_for_warmed(
    bot: Process, qstash: QStash
) -> None:
    schedule, job = await written(bot)
    store = ScheduleStore(redis=bot.redis)

    async def change(stand_in: QStash, request: Any) -> Any:
        await store.change_record(schedule, replace(schedule, query="How?"))
        return await stand_in.take(request)

    qstash.faults.append(change)
    await made_ahead(bot, job, SLOT)
    turn(bot, SLOT)
    changed = replace(job, query="How?")
    await bot.deliver(changed)
    assert [warm for warm, _ in warmed(qstash)][1:] == [warm_job(changed, SLOT + timedelta(days=1))]


async def test_what_is_further_away_than_qstash_waits_goes_in_hops_from_the_warm_up_as_well(
    bot: Process, qstash: QStash
) -> None:
    _, job = await written(bot, Timing(when=Cron.parse("0 9 * * 3")))
    await made_ahead(bot, job, SLOT)
    ((warm, asked),) = warmed(qstash)
    assert warm == warm_job(job, SLOT + timedelta(days=7))
    wait = datetime.fromtimestamp(int(asked.headers["upstash-not-before"]), UTC) - bot.clock()
    assert timedelta(days=6) < wait < timedelta(days=7)


async def test_the_message_for_the_next_slot_leaves_after_the_post(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    seen: list[int] = []

    async def look(stand_in: QStash, request: Any) -> Any:
        seen.append(len(workspace.posts))
        return await stand_in.take(request)

    _, job = await written(bot)
    turn(bot, SLOT)
    qstash.faults.append(look)
    await bot.deliver(job)
    assert seen == [1]


async def test_a_run_is_posted_whether_or_not_the_next_answer_can_be_made_ahead(
    bot: Process, qstash: QStash, workspace: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    _, job = await written(bot)
    turn(bot, SLOT)
    qstash.faults += [reply(500, "")] * 2
    assert isinstance(await bot.deliver(job), Done)
    assert len(workspace.posts) == 1
    assert "warm.not_published schedule=kolu-tane" in caplog.text
    assert "Why?" not in caplog.text


async def test_two_deliveries_of_one_warm_job_make_one_call(bot: Process, model: OpenAI) -> None:
    _, job = await written(bot)
    turn(bot, SLOT - timedelta(minutes=2))
    model.delay = timedelta(milliseconds=50)
    verdicts = await asyncio.gather(*(bot.deliver(warm_job(job, SLOT)) for _ in range(2)))
    again = await bot.deliver(warm_job(job, SLOT))
    assert all(isinstance(verdict, Done) and verdict.cache for verdict in (*verdicts, again))
    assert model.requests == 1


def tells(**reply: Any) -> Behaviour:
    async def behaviour(_: Slack, __: str, ___: object) -> Response:
        return JSONResponse({"ok": True, **reply})

    return behaviour


async def test_what_was_read_ahead_is_not_read_again_at_the_slot_and_is_named_on_the_post(
    bot: Process, workspace: Slack, model: OpenAI
) -> None:
    said = {"ts": f"{int(SLOT.timestamp()) - 1800}.000000", "user": "U2", "text": "The server is down."}
    workspace.next["auth.test"].append(tells(user_id="B1", user="precache", team_id="T1"))
    workspace.next["conversations.history"].append(tells(messages=[said], has_more=False))
    _, job = await written(bot, sources=(Channel(channel="C0NEWS", hours=24),))
    turn(bot, SLOT - timedelta(minutes=2))
    made = await bot.deliver(warm_job(job, SLOT))
    assert isinstance(made, Done)
    assert made.cache == "MISS"
    assert "The server is down." in str(model.bodies)
    workspace.requests.clear()

    turn(bot, SLOT)
    served = await bot.deliver(job)
    assert isinstance(served, Done)
    assert served.cache == "HIT"
    assert workspace.requests == {"chat.postMessage": 1}
    assert "<#C0NEWS>" in workspace.shown()
    assert model.requests == 1

    bare = replace(job, id="run-1", schedule=None, cron=None, zone=None)
    await bot.deliver(bare)
    assert workspace.requests["conversations.history"] == 1, "who asks now is told what they say now"


async def test_a_schedule_that_runs_every_minute_makes_nothing_ahead(bot: Process, qstash: QStash) -> None:
    _, job = await written(bot, Timing(when=Cron.parse("* * * * *")))
    turn(bot, SLOT)
    await bot.deliver(job)
    assert warmed(qstash) == []


CHANGES: dict[str, Callable[[Schedule], Schedule]] = {
    "paused": lambda schedule: replace(schedule, state="paused"),
    "prompt": lambda schedule: replace(schedule, query="How?"),
    "time": lambda schedule: schedule.at_time(Timing(when=Cron.parse("30 9 * * *"))),
    "zone": lambda schedule: schedule.at_time(Timing(when=Cron.parse("0 9 * * *", zone="Europe/Berlin"))),
    "end": lambda schedule: replace(schedule, until=SLOT - timedelta(days=1)),
    "age": lambda schedule: replace(schedule, max_age=timedelta(0)),
    "sources": lambda schedule: replace(schedule, sources=(Channel(channel="C2", hours=1),)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_what_has_been_changed_since_is_not_made_ahead(
    bot: Process, model: OpenAI, change: Callable[[Schedule], Schedule]
) -> None:
    schedule, job = await written(bot)
    await ScheduleStore(redis=bot.redis).change_record(schedule, change(schedule))
    turn(bot, SLOT - timedelta(minutes=2))
    before = bot.redis.requests
    assert await bot.deliver(warm_job(job, SLOT)) == Done(text="")
    assert bot.redis.requests - before == 1
    assert model.requests == 0


async def test_what_has_been_deleted_since_is_not_made_ahead(bot: Process, model: OpenAI) -> None:
    schedule, job = await written(bot)
    await ScheduleStore(redis=bot.redis).delete_record(schedule)
    turn(bot, SLOT - timedelta(minutes=2))
    assert await bot.deliver(warm_job(job, SLOT)) == Done(text="")
    assert model.requests == 0


async def test_a_new_name_or_owner_loses_nothing(bot: Process, model: OpenAI) -> None:
    schedule, job = await written(bot)
    await ScheduleStore(redis=bot.redis).change_record(schedule, replace(schedule, name="Morning", user="U2"))
    turn(bot, SLOT - timedelta(minutes=2))
    made = await bot.deliver(warm_job(job, SLOT))
    assert isinstance(made, Done)
    assert made.cache == "MISS"


async def test_an_answer_that_was_previewed_for_the_first_run_is_not_replaced(
    bot: Process, model: OpenAI, workspace: Slack
) -> None:
    turn(bot, SLOT - timedelta(hours=3))
    _, job = await written(bot)
    seen = bot.questions.of_job(job, slot=SLOT)
    answer = Answer(text="As seen.", made=bot.clock(), model="m")
    await bot.answer_cache.land_flight(seen.key, token="-", answer=answer)
    await bot.redis.hset("precache:schedule:T1:kolu-tane", "keep", int(bot.clock().timestamp() * 1000) - 1000)
    turn(bot, SLOT - timedelta(minutes=2))
    assert await bot.deliver(warm_job(job, SLOT)) == Done(text="")
    turn(bot, SLOT)
    await bot.deliver(job)
    assert "As seen." in workspace.shown()
    assert model.requests == 0


async def test_one_that_came_too_early_goes_on_its_way_and_one_that_came_too_late_is_dropped(
    bot: Process, qstash: QStash, model: OpenAI
) -> None:
    _, job = await written(bot, Timing(when=Cron.parse("0 9 13 * *")))
    turn(bot, SLOT - timedelta(days=20))
    warm = warm_job(job, SLOT)
    assert await bot.deliver(warm) == Done(text="")
    turn(bot, SLOT - timedelta(days=6))
    assert await bot.deliver(warm) == Done(text="")
    first, last = (
        datetime.fromtimestamp(int(request.headers["upstash-not-before"]), UTC)
        for _, request in warmed(qstash)
    )
    assert timedelta(days=13) < SLOT - first < timedelta(days=14)
    assert timedelta(0) < SLOT - last < timedelta(minutes=5)
    turn(bot, SLOT + timedelta(seconds=1))
    assert await bot.deliver(warm) == Done(text="")
    assert model.requests == 0


async def test_what_is_made_edited_or_resumed_has_its_first_answer_made_ahead(
    bot: Process, qstash: QStash
) -> None:
    turn(bot, SLOT - timedelta(hours=2))
    schedules = desk(bot)
    made = await schedules.create_schedule(ADA, Draft(query="Why?", timing=DAILY, channel="C1"))
    assert isinstance(made, Schedule)
    assert [(job.query, job.at) for job, _ in warmed(qstash)] == [("Why?", SLOT)]

    edited = await schedules.edit_schedule(ADA, made.id, lambda each: replace(each, query="How?"))
    assert isinstance(edited, Schedule)
    assert [(job.query, job.at) for job, _ in warmed(qstash)[1:]] == [("How?", SLOT)]

    assert isinstance(await schedules.pause_schedule(ADA, made.id), Schedule)
    await schedules.edit_schedule(ADA, made.id, lambda each: replace(each, query="Who?"))
    assert len(warmed(qstash)) == 2, "a paused one makes none"
    assert isinstance(await schedules.resume_schedule(ADA, made.id), Schedule)
    assert [(job.query, job.at) for job, _ in warmed(qstash)[2:]] == [("Who?", SLOT)]


async def test_a_schedule_is_set_up_whether_or_not_its_first_answer_can_be_made_ahead(
    bot: Process, qstash: QStash
) -> None:
    turn(bot, SLOT - timedelta(hours=2))
    qstash.faults += [lambda stand_in, request: stand_in.take(request), *[reply(500, "")] * 2]
    made = await desk(bot).create_schedule(ADA, Draft(query="Why?", timing=DAILY, channel="C1"))
    assert isinstance(made, Schedule)
    assert qstash.messages == {}
