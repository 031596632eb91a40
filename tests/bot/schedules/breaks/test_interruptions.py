"""Runs that people leave out: what is posted, what is not, and when it goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.schedules import (
    Draft,
    Interruptions,
    NotYours,
    Pointless,
    Schedule,
    Schedules,
    Skip,
    moment_of_end,
)
from bot.schedules.schedule_record import decode_schedule, encode_schedule
from bot.slack.caller import Caller
from scheduler import Closures, Cron, Done, Job, Once, Timing, upcoming_runs
from tests.bot.announcing import Process
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Slack

ADA = Caller(team="T1", user="U1", channel="C1")
STRANGER = Caller(team="T1", user="U2", channel="C1")
DAILY = Timing(when=Cron.parse("0 9 * * *"))
NONE = Closures()
DAILY_RECORD = Schedule(
    id="kolu-tane", team="T1", channel="C1", user="U1", query="?", zone="UTC", cron="0 9 * * *"
)
SILENT = Done(text="")


@pytest.fixture
def desk(bot: Process) -> Schedules:
    return bot.ground.schedules


@pytest.fixture
def acts(desk: Schedules) -> Interruptions:
    return Interruptions(schedules=desk, closures=NONE)


async def made(desk: Schedules, timing: Timing = DAILY, **more: Any) -> Schedule:
    found = await desk.create_schedule(ADA, Draft(query="Old?", timing=timing, channel="C1", **more))
    assert isinstance(found, Schedule)
    return found


def runs(bot: Process, schedule: Schedule, count: int = 3) -> list[datetime]:
    return upcoming_runs(schedule.timing, after=bot.clock(), count=count, closures=NONE)


def slot_job(qstash: QStash) -> Job:
    (job,) = (Job.decode(body) for body in qstash.repeating.values())
    return job


def turn(bot: Process, moment: datetime) -> None:
    bot.clock.ahead += moment - bot.clock()


def done(outcome: object) -> Schedule:
    assert isinstance(outcome, Schedule)
    return outcome


def problem(outcome: object) -> str:
    assert isinstance(outcome, Pointless)
    return outcome.problem


async def test_a_skipped_run_posts_nothing_and_the_next_one_does(
    bot: Process, desk: Schedules, acts: Interruptions, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk)
    first, second, third = runs(bot, schedule)
    skipped = done(await acts.skip_next_run(ADA, schedule.id))
    assert runs(bot, skipped, 2) == [second, third]
    turn(bot, first)
    assert await bot.deliver(slot_job(qstash)) == SILENT
    assert workspace.posts == []
    (line,) = await bot.ground.directory.read_history(skipped)
    assert (line.outcome, line.detail, line.by) == ("skipped", "by_hand", "U1")
    turn(bot, second)
    await bot.deliver(slot_job(qstash))
    assert len(workspace.posts) == 1


async def test_pressed_twice_it_skips_one_run_and_it_can_be_taken_back(
    bot: Process, desk: Schedules, acts: Interruptions, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk)
    first, second, _ = runs(bot, schedule)
    await acts.skip_next_run(ADA, schedule.id)
    assert problem(await acts.skip_next_run(ADA, schedule.id)) == "skipped"
    found = await desk.schedule_store.find_record("T1", schedule.id)
    assert found is not None
    assert runs(bot, found, 1) == [second]
    assert runs(bot, done(await acts.take_back_skip(ADA, schedule.id)), 1) == [first]
    assert problem(await acts.take_back_skip(ADA, schedule.id)) == "not_skipped"
    turn(bot, first)
    await bot.deliver(slot_job(qstash))
    assert len(workspace.posts) == 1


async def test_only_what_has_a_run_to_come_can_be_skipped_by_those_who_may_change_it(
    bot: Process, desk: Schedules, acts: Interruptions
) -> None:
    once = await made(desk, Timing(when=Once(at=bot.clock() + timedelta(hours=1), zone="UTC")))
    assert problem(await acts.skip_next_run(ADA, once.id)) == "skip_one_off"
    assert problem(await acts.pause_until(ADA, once.id, date(2050, 1, 1))) == "one_off"
    daily = await made(desk)
    assert isinstance(await acts.skip_next_run(STRANGER, daily.id), NotYours)
    assert isinstance(await acts.pause_until(STRANGER, daily.id, date(2050, 1, 1)), NotYours)
    await desk.pause_schedule(ADA, daily.id)
    assert problem(await acts.skip_next_run(ADA, daily.id)) == "skip_paused"
    await desk.resume_schedule(ADA, daily.id)
    (first,) = runs(bot, daily, 1)
    turn(bot, first - timedelta(seconds=10))
    assert problem(await acts.skip_next_run(ADA, daily.id)) == "starting"
    ending = await made(desk, replace(DAILY, until=first + timedelta(days=1)))
    turn(bot, first + timedelta(days=2))
    assert problem(await acts.skip_next_run(ADA, ending.id)) == "no_run"


async def test_a_pause_until_a_day_ends_by_itself_at_the_right_slot(
    bot: Process, desk: Schedules, acts: Interruptions, qstash: QStash, workspace: Slack
) -> None:
    schedule = await made(desk)
    first, second, third = runs(bot, schedule)
    paused = done(await acts.pause_until(ADA, schedule.id, third.date()))
    assert runs(bot, paused, 1) == [third]
    assert paused.is_on_break(bot.clock())
    for slot in (first, second):
        turn(bot, slot)
        assert await bot.deliver(slot_job(qstash)) == SILENT
    assert workspace.posts == []
    assert await bot.ground.directory.read_history(paused) == []
    turn(bot, third)
    await bot.deliver(slot_job(qstash))
    assert len(workspace.posts) == 1


async def test_a_pause_can_end_early_be_moved_and_become_one_without_end(
    bot: Process, desk: Schedules, acts: Interruptions, qstash: QStash
) -> None:
    schedule = await made(desk)
    first, second, third = runs(bot, schedule)
    await acts.pause_until(ADA, schedule.id, third)
    assert runs(bot, done(await acts.pause_until(ADA, schedule.id, second)), 1) == [second]
    assert runs(bot, done(await desk.resume_schedule(ADA, schedule.id)), 1) == [first]
    assert problem(await desk.resume_schedule(ADA, schedule.id)) == "not_paused"
    await acts.pause_until(ADA, schedule.id, third)
    halted = done(await desk.pause_schedule(ADA, schedule.id))
    assert (halted.state, halted.paused_until) == ("paused", None)
    again = done(await acts.pause_until(ADA, schedule.id, second))
    assert (again.state, again.paused_until) == ("active", second)
    assert any(asked.path.endswith("/resume") for asked in qstash.asked)
    assert problem(await acts.pause_until(ADA, schedule.id, bot.clock() - timedelta(days=1))) == "pause_over"


async def test_no_answer_is_made_ahead_for_a_skipped_run_but_for_the_one_after_it(
    bot: Process, desk: Schedules, acts: Interruptions, qstash: QStash, model: OpenAI
) -> None:
    schedule = await made(desk)
    first, second, _ = runs(bot, schedule)
    await acts.skip_next_run(ADA, schedule.id)
    warm = [job for job in map(Job.decode, qstash.waiting.values()) if job.kind == "warm"]
    assert [job.at for job in warm] == [first, second]
    turn(bot, first - timedelta(seconds=30))
    await bot.deliver(warm[0])
    assert model.requests == 0
    turn(bot, second - timedelta(seconds=30))
    await bot.deliver(warm[1])
    assert model.requests == 1


async def test_a_new_time_keeps_the_pause_and_drops_skips_of_slots_that_it_has_not() -> None:
    slot = datetime(2027, 1, 5, 9, tzinfo=UTC)
    resting = replace(DAILY_RECORD, skips=(Skip(slot=slot, by="U1"),), paused_until=slot)
    assert resting.at_time(Timing(when=Cron.parse("0 9 * * 1-5"))).skips == resting.skips
    later = resting.at_time(Timing(when=Cron.parse("0 10 * * *")))
    assert (later.skips, later.paused_until) == ((), slot)
    once = resting.at_time(Timing(when=Once(at=slot, zone="UTC")))
    assert (once.skips, once.paused_until) == ((), None)
    assert await decode_schedule([encode_schedule(resting), "active", 3]) == replace(
        resting, state="active", revision=3
    )


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Europe/Berlin", datetime(2027, 1, 6, 23, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2027, 1, 6, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2027, 1, 7, 5, tzinfo=UTC)),
    ],
)
def test_a_day_begins_when_it_does_in_the_zone_of_the_schedule(zone: str, begins: datetime) -> None:
    assert moment_of_end(date(2027, 1, 7), zone) == begins
    assert moment_of_end(begins, zone) == begins
