"""Schedules, in the records and in QStash, when they are changed and something goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse

from bot import replies
from bot.budget.tally import read_tallies
from bot.schedules.acts.draft import Draft
from bot.schedules.acts.service import Schedules
from bot.schedules.refusals import BadName, CannotRead, NotPublished, NotYours, Pointless, TooLate
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.slack.caller import Caller
from bot.sources import File
from bot.storage.client import CountedRedis
from bot.storage.keys import (
    deleted_history_key,
    deleted_schedule_key,
    history_key,
    schedule_key,
    watched_key,
)
from scheduler import Cron, Done, Job, Once, Timing
from tests.bot.announcing import Process
from tests.stand_ins.qstash import QStash, healthy, reply
from tests.stand_ins.slack_channel import Slack, fails

ADA = Caller(team="T1", user="U1", channel="C1")
STRANGER = Caller(team="T1", user="U2", channel="C1")
DAILY = Timing(when=Cron.parse("0 9 * * *"))
OFF = Done(text="nothing to do: off")
DOWN = [reply(500, "")] * 2  # what is lost is tried a second time


async def lose(qstash: QStash, request: web.Request) -> web.StreamResponse:
    """Do what is asked, and do not say so."""
    await qstash.take(request)
    return web.Response(status=502)


LOST = [lose] * 2


@pytest.fixture
def desk(bot: Process) -> Schedules:
    return bot.ground.schedules


def once(bot: Process, *, hours: int = 1) -> Timing:
    return Timing(when=Once(at=bot.clock() + timedelta(hours=hours), zone="UTC"))


async def made(desk: Schedules, timing: Timing, **more: Any) -> Schedule:
    found = await desk.create_schedule(ADA, Draft(query="Old?", timing=timing, channel="C1", **more))
    assert isinstance(found, Schedule)
    return found


def to(timing: Timing | None = None, query: str = "New?") -> Callable[[Schedule], Schedule]:
    """A change."""

    def after(schedule: Schedule) -> Schedule:
        return replace(schedule if timing is None else schedule.at_time(timing), query=query)

    return after


def posts(qstash: QStash) -> list[Job]:
    """The one-offs and runs by hand that wait, in the order in which they came."""
    return [job for body in qstash.waiting.values() if (job := Job.decode(body)).kind == "post"]


def slots(qstash: QStash) -> list[Job]:
    return [Job.decode(body) for body in qstash.repeating.values()]


def turn(bot: Process, moment: datetime | None) -> None:
    """Set the clock."""
    assert moment is not None
    bot.clock.ahead += moment - bot.clock()


async def test_what_ran_again_and_again_and_now_runs_once_leaves_nothing_that_repeats(
    bot: Process, desk: Schedules, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk, DAILY)
    (slot,) = slots(qstash)
    changed = await desk.edit_schedule(ADA, schedule.id, to(once(bot)))
    assert isinstance(changed, Schedule)
    assert slots(qstash) == []
    assert [job.query for job in posts(qstash)] == ["New?"]
    assert await bot.deliver(slot) == OFF, "it was on its way"
    turn(bot, changed.at)
    await bot.deliver(*posts(qstash))
    assert len(workspace.posts) == 1


async def test_what_ran_once_and_now_runs_again_and_again_leaves_no_message(
    bot: Process, desk: Schedules, qstash: QStash
) -> None:
    schedule = await made(desk, once(bot))
    (message,) = posts(qstash)
    changed = await desk.edit_schedule(ADA, schedule.id, to(DAILY))
    assert isinstance(changed, Schedule)
    assert (changed.message, posts(qstash)) == (None, [])
    assert [job.query for job in slots(qstash)] == ["New?"]
    turn(bot, message.at)
    assert await bot.deliver(message) == OFF


async def test_a_one_off_that_has_posted_and_is_given_another_time_posts_again(
    bot: Process, desk: Schedules, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk, once(bot))
    (job,) = posts(qstash)
    turn(bot, job.at)
    await bot.deliver(job)
    await desk.edit_schedule(ADA, schedule.id, to(once(bot)))
    (job,) = posts(qstash)
    turn(bot, job.at)
    await bot.deliver(job)
    assert len(workspace.posts) == 2


async def test_a_paused_schedule_that_is_to_run_once_does(bot: Process, desk: Schedules) -> None:
    schedule = await made(desk, DAILY)
    await desk.pause_schedule(ADA, schedule.id)
    changed = await desk.edit_schedule(ADA, schedule.id, to(once(bot)))
    assert isinstance(changed, Schedule)
    assert changed.state == "active"


@pytest.mark.parametrize("faults", [DOWN, LOST, [reply(412, {"error": "quota"})]], ids=["down", "lost", "no"])
@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=2)], ids=["prompt", "time"])
async def test_a_one_off_whose_change_fails_posts_as_it_was(
    bot: Process,
    desk: Schedules,
    schedule_store: ScheduleStore,
    qstash: QStash,
    workspace: Slack,
    faults: Any,
    later: timedelta,
) -> None:
    schedule = await made(desk, once(bot))
    (old,) = posts(qstash)
    assert schedule.at
    qstash.faults += faults
    refused = await desk.edit_schedule(
        ADA, schedule.id, to(Timing(when=Once(at=schedule.at + later, zone="UTC")))
    )
    assert isinstance(refused, NotPublished)
    assert not refused.unsettled
    kept = await schedule_store.find_record("T1", schedule.id)
    assert kept
    assert (kept.query, kept.at, kept.message) == ("Old?", schedule.at, schedule.message)
    first, *perhaps = posts(qstash)
    assert first == old
    for job in [*perhaps, first]:
        turn(bot, job.at)
        await bot.deliver(job)
    assert len(workspace.posts) == 1
    assert "Old?" in workspace.shown()


async def test_a_message_that_could_not_be_taken_back_posts_nothing(
    bot: Process, desk: Schedules, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk, once(bot))
    qstash.faults += [healthy, *DOWN]
    changed = await desk.edit_schedule(ADA, schedule.id, to())
    assert isinstance(changed, Schedule)
    old, new = posts(qstash)
    turn(bot, changed.at)
    assert await bot.deliver(old) == OFF
    await bot.deliver(new)
    assert len(workspace.posts) == 1
    assert "New?" in workspace.shown()


async def test_a_recurring_schedule_whose_change_was_perhaps_taken_is_put_back(
    desk: Schedules, schedule_store: ScheduleStore, qstash: QStash
) -> None:
    schedule = await made(desk, DAILY)
    old = slots(qstash)
    qstash.faults += LOST
    refused = await desk.edit_schedule(ADA, schedule.id, to())
    assert isinstance(refused, NotPublished)
    assert "Nothing was changed" in replies.refusal_words(refused)
    assert slots(qstash) == old
    kept = await schedule_store.find_record("T1", schedule.id)
    assert kept
    assert kept.query == "Old?"


async def test_when_it_cannot_be_put_back_nobody_is_told_that_nothing_was_changed(
    desk: Schedules, qstash: QStash
) -> None:
    schedule = await made(desk, DAILY)
    qstash.faults += [*LOST, *DOWN]
    refused = await desk.edit_schedule(ADA, schedule.id, to())
    assert isinstance(refused, NotPublished)
    assert "Nothing was changed" not in replies.refusal_words(refused)
    assert "don't know" in replies.refusal_words(refused)


async def test_a_repetition_that_was_perhaps_taken_is_ended(
    bot: Process, desk: Schedules, qstash: QStash
) -> None:
    schedule = await made(desk, once(bot))
    old = posts(qstash)
    qstash.faults += LOST
    assert isinstance(await desk.edit_schedule(ADA, schedule.id, to(DAILY)), NotPublished)
    assert (slots(qstash), posts(qstash)) == ([], old)


async def test_a_repetition_that_could_not_be_ended_goes_on_and_what_was_to_replace_it_does_not_post(
    bot: Process, desk: Schedules, schedule_store: ScheduleStore, qstash: QStash
) -> None:
    schedule = await made(desk, DAILY)
    old = slots(qstash)
    qstash.faults += [healthy, *DOWN]
    assert isinstance(await desk.edit_schedule(ADA, schedule.id, to(once(bot))), NotPublished)
    assert slots(qstash) == old
    kept = await schedule_store.find_record("T1", schedule.id)
    assert kept
    assert kept.cron
    (message,) = posts(qstash)
    turn(bot, message.at)
    assert await bot.deliver(message) == OFF


async def test_a_schedule_whose_end_was_perhaps_taken_goes_on_in_qstash_as_in_its_record(
    desk: Schedules, schedule_store: ScheduleStore, qstash: QStash
) -> None:
    schedule = await made(desk, DAILY)
    old = slots(qstash)
    qstash.faults += LOST
    assert isinstance(await desk.delete_schedule(ADA, schedule.id), NotPublished)
    assert slots(qstash) == old
    assert await schedule_store.find_record("T1", schedule.id)


@pytest.mark.parametrize("recurring", [True, False])
async def test_what_is_deleted_while_it_is_being_changed_leaves_nothing_in_qstash(
    bot: Process, desk: Schedules, schedule_store: ScheduleStore, qstash: QStash, recurring: bool
) -> None:
    schedule = await made(desk, DAILY)

    async def deleted(stand_in: QStash, request: web.Request) -> web.StreamResponse:
        await schedule_store.delete_record(schedule)
        return await stand_in.take(request)

    qstash.faults.append(deleted)
    changed = await desk.edit_schedule(ADA, schedule.id, to(None if recurring else once(bot)))
    assert not isinstance(changed, Schedule)
    assert (slots(qstash), posts(qstash)) == ([], [])


async def test_a_one_off_is_deleted_even_if_its_message_cannot_be_taken_back(
    bot: Process, desk: Schedules, qstash: QStash
) -> None:
    schedule = await made(desk, once(bot))
    qstash.faults += DOWN
    assert isinstance(await desk.delete_schedule(ADA, schedule.id), Schedule)
    turn(bot, schedule.at)
    assert await bot.deliver(*posts(qstash)) == OFF


@pytest.mark.parametrize("kind", ["recurring", "paused", "once"])
async def test_what_is_deleted_can_be_had_back_for_a_minute_just_as_it_was(
    bot: Process, desk: Schedules, redis_raw: RawRedis, qstash: QStash, kind: str
) -> None:
    schedule = await made(desk, once(bot) if kind == "once" else DAILY, name="News", keep=bot.clock())
    if kind == "paused":
        await desk.pause_schedule(ADA, schedule.id)
    before = await redis_raw.hgetall(schedule_key("T1", schedule.id))
    lives = await redis_raw.ttl(schedule_key("T1", schedule.id))
    await redis_raw.lpush(history_key("T1", schedule.id), "a run")
    deleted = await desk.delete_schedule(ADA, "News")
    assert isinstance(deleted, Schedule)
    assert (slots(qstash), await desk.directory.find_if_named(ADA, "News")) == ([], None)
    for key in (deleted_schedule_key, deleted_history_key):
        assert 0 < await redis_raw.ttl(key("T1", schedule.id)) <= 60
    assert isinstance(await desk.restore_schedule(STRANGER, schedule.id), NotYours)
    back = await desk.restore_schedule(ADA, schedule.id)
    assert isinstance(back, Schedule)
    after = await redis_raw.hgetall(schedule_key("T1", schedule.id))
    for changed in (b"revision", b"doc") if kind == "once" else (b"revision",):  # it is another message
        assert before.pop(changed) != after.pop(changed)
    assert after == before
    assert replace(back, revision=0, message=None) == replace(deleted, revision=0, message=None)
    assert abs(await redis_raw.ttl(schedule_key("T1", schedule.id)) - lives) <= 1
    assert await redis_raw.lrange(history_key("T1", schedule.id), 0, -1) == [b"a run"]
    assert await desk.directory.find_if_named(ADA, "News") == back
    assert len(posts(qstash)) == (kind == "once")
    assert len(slots(qstash)) == (kind != "once")
    assert isinstance(await desk.restore_schedule(ADA, schedule.id), TooLate)


async def test_what_cannot_be_had_back_says_why(
    bot: Process, desk: Schedules, redis_raw: RawRedis, qstash: QStash
) -> None:
    soon = await made(desk, once(bot, hours=1))
    daily = await made(desk, DAILY, name="News")
    for schedule in (soon, daily):
        await desk.delete_schedule(ADA, schedule.id)
    turn(bot, soon.at)
    over = await desk.restore_schedule(ADA, soon.id)
    assert isinstance(over, Pointless)
    assert over.problem == "over"
    qstash.faults += [reply(412, {"error": "quota"})]
    assert isinstance(await desk.restore_schedule(ADA, daily.id), NotPublished)
    assert await desk.directory.find_if_named(ADA, daily.id) is None
    await made(desk, DAILY, name="news")
    assert isinstance(await desk.restore_schedule(ADA, daily.id), BadName)
    await redis_raw.delete(deleted_schedule_key("T1", daily.id))
    assert isinstance(await desk.restore_schedule(ADA, daily.id), TooLate)


async def test_a_slot_between_a_deletion_and_its_undoing_is_not_run(
    bot: Process, desk: Schedules, qstash: QStash
) -> None:
    schedule = await made(desk, DAILY)
    (job,) = slots(qstash)
    await desk.delete_schedule(ADA, schedule.id)
    nine = Cron.parse("0 9 * * *", zone="UTC").next_after(bot.clock())
    turn(bot, nine)
    assert await bot.deliver(job) == OFF
    assert isinstance(await desk.restore_schedule(ADA, schedule.id), Schedule)
    place = await bot.redis.zscore(watched_key(), f"T1:{schedule.id}")
    assert place is not None
    assert place > nine.timestamp() * 1000, "the watchdog looks for the next one"


@pytest_asyncio.fixture
async def full(redis_raw: RawRedis) -> AsyncIterator[Callable[[QStash, web.Request], Any]]:
    """A QStash that takes what it is given, while Redis stops taking anything."""

    async def take(qstash: QStash, request: web.Request) -> web.StreamResponse:
        await redis_raw.config_set("maxmemory", 1)
        return await qstash.take(request)

    yield take
    await redis_raw.config_set("maxmemory", 0)


@pytest.mark.parametrize("recurring", [True, False])
async def test_what_qstash_has_is_scheduled_although_the_book_could_not_confirm_it(
    bot: Process,
    desk: Schedules,
    schedule_store: ScheduleStore,
    qstash: QStash,
    redis_raw: RawRedis,
    full: Any,
    recurring: bool,
    workspace: Slack,
) -> None:
    qstash.faults.append(full)
    schedule = await made(desk, DAILY if recurring else once(bot))
    await redis_raw.config_set("maxmemory", 0)
    pending = await schedule_store.find_record("T1", schedule.id)
    assert pending
    assert pending.state == "pending"
    (job,) = slots(qstash) if recurring else posts(qstash)
    turn(bot, job.at or bot.clock())
    await bot.deliver(job)
    assert len(workspace.posts) == 1
    confirmed = await schedule_store.find_record("T1", schedule.id)
    assert confirmed
    assert confirmed.state == "active"


async def test_a_change_that_qstash_has_is_made_although_the_book_could_not_confirm_it(
    bot: Process, desk: Schedules, qstash: QStash, redis_raw: RawRedis, full: Any, workspace: Slack
) -> None:
    schedule = await made(desk, once(bot))
    qstash.faults.append(full)
    changed = await desk.edit_schedule(ADA, schedule.id, to())
    await redis_raw.config_set("maxmemory", 0)
    assert isinstance(changed, Schedule)
    (job,) = posts(qstash)
    turn(bot, job.at)
    await bot.deliver(job)
    assert "New?" in workspace.shown()


@pytest.mark.parametrize(
    ("told", "may"),
    [
        ({"user": "U1", "groups": ["G9"]}, True),
        ({"user": "U9", "is_public": True}, True),
        ({"user": "U9", "groups": ["C1"]}, True),
        ({"user": "U9", "groups": ["G9"]}, False),
        ({"user": "U9", "ims": ["D9"]}, False),
        ({"user": "U9"}, False),
        ({}, False),
    ],
)
async def test_a_file_is_read_only_for_who_can_see_it(
    desk: Schedules, workspace: Slack, told: dict[str, Any], may: bool
) -> None:
    async def about_the_file(_: Slack, __: str, ___: Any) -> JSONResponse:
        return JSONResponse({"ok": True, "file": {"id": "F1", **told}})

    async def nobody(_: Slack, __: str, ___: Any) -> JSONResponse:
        return JSONResponse({"ok": True, "members": ["U9"]})

    workspace.next["files.info"].append(about_the_file)
    workspace.next["conversations.members"].append(nobody)
    file = File(file="F1")
    found = await desk.permissions.cannot_read(ADA, [file])
    assert found == (None if may else CannotRead(channel=None, problem="not_shared"))
    assert await desk.permissions.cannot_read(ADA, [file], attached=[file]) is None


async def test_a_file_of_which_slack_tells_nothing_is_not_read(desk: Schedules, workspace: Slack) -> None:
    workspace.next["files.info"].append(fails)
    found = await desk.permissions.cannot_read(ADA, [File(file="F1")])
    assert found == CannotRead(channel=None, problem="untold")


async def test_a_run_by_hand_is_told_counted_and_shown_as_one_of_its_schedule(
    bot: Process, desk: Schedules, schedule_store: ScheduleStore, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk, DAILY, name="Morning", mentions=("U2",))
    await bot.deliver(*slots(qstash))
    await desk.run_schedule_now(ADA, "morning")
    (job,) = posts(qstash)
    await bot.deliver(job)
    shown = workspace.shown()
    assert all(word in shown for word in ("Morning", "Manage", "U2"))
    assert "shared by" not in shown
    assert [run.outcome for run in await schedule_store.read_history("T1", schedule.id)] == [
        "posted",
        "posted",
    ]
    (tally,) = await read_tallies(bot.redis, "T1", [bot.clock().date()])
    assert tally["posted"] == 2


async def test_a_paused_schedule_is_run_by_hand_and_a_deleted_one_is_not(
    bot: Process, desk: Schedules, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk, DAILY)
    await desk.pause_schedule(ADA, schedule.id)
    await desk.run_schedule_now(ADA, schedule.id)
    (job,) = posts(qstash)
    await bot.deliver(job)
    assert len(workspace.posts) == 1
    await desk.delete_schedule(ADA, schedule.id)
    assert await bot.deliver(replace(job, id="another-run")) == OFF


async def test_a_run_by_hand_does_not_confirm_what_qstash_may_not_have(
    bot: Process, desk: Schedules, schedule_store: ScheduleStore, qstash: QStash, redis: CountedRedis
) -> None:
    schedule = await made(desk, DAILY)
    await redis.hset(schedule_key("T1", schedule.id), "state", "pending")
    await desk.run_schedule_now(ADA, schedule.id)
    await bot.deliver(*posts(qstash))
    kept = await schedule_store.find_record("T1", schedule.id)
    assert kept
    assert kept.state == "pending"
