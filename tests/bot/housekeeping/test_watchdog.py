"""Slots that came to nothing: which are published once more, which are let be, and who is told in the end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import replies
from bot.answers.records import Answer
from bot.housekeeping.grace import GRACE, HORIZON
from bot.housekeeping.heartbeat import Heartbeat
from bot.housekeeping.watch_list import Move, Watched, WatchList
from bot.housekeeping.watchdog import (
    AskAgain,
    GiveUp,
    On,
    Step,
    Watchdog,
    judge_slot,
    slot_job,
)
from bot.replies.text import slack_date
from bot.runs.state.claims import Standing, Taken
from bot.schedules.history.run import Run
from bot.schedules.schedule import Place, Schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.schedules.skips.skip import Skip
from bot.server.parts.chores import build_watchdog, count_late_slots
from bot.storage.client import CountedRedis, rest_redis
from scheduler import Closures, Cron, Done, Job, PublishError, Timing, Unreachable
from tests.bot.announcing import Process, process
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash, reply
from tests.stand_ins.serve import serve
from tests.stand_ins.slack_channel import Slack, fails, limits
from tests.stand_ins.upstash import TOKEN, upstash

SLOT = datetime(2027, 1, 13, 9, tzinfo=UTC)  # a Wednesday
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
DAILY = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="UTC",
    cron="0 9 * * *",
    created=SLOT,
)
RUN = f"T1:kolu-tane:{int(SLOT.timestamp())}"
MISSED = Run(at=SLOT, outcome="skipped", detail="missed")


# What is decided


def seen(schedule: Schedule | None = DAILY, **fields: Any) -> Watched:
    if schedule is not None and schedule.state == "pending":
        schedule = replace(schedule, state="active", revision=2)
    return replace(Watched(team="T1", id="kolu-tane", slot=SLOT, schedule=schedule), **fields)


def at(**after_the_slot: float) -> datetime:
    return SLOT + timedelta(**after_the_slot)


HOURLY = replace(DAILY, cron="0 * * * *")
OFTEN = replace(DAILY, cron="*/5 * * * *")
JOB = replace(DAILY.job, id=None, schedule="kolu-tane", cron="0 9 * * *", zone="UTC")
TOMORROW = On(to=SLOT + DAY)


@pytest.mark.parametrize(
    ("watched", "standing", "now", "step"),
    [
        (seen(), "over", at(minutes=11), TOMORROW),
        (seen(), "in_hand", at(minutes=11), None),
        (seen(), "unknown", at(minutes=11), AskAgain(job=JOB, run=RUN)),
        (seen(), "unknown", at(minutes=60), AskAgain(job=JOB, run=RUN)),
        (seen(), "unknown", at(minutes=61), On(to=SLOT + DAY, missed=True)),
        (seen(), "unknown", at(days=2, hours=3), On(to=SLOT + 3 * DAY, missed=True)),
        (seen(), "unknown", at(days=2, minutes=30), On(to=SLOT + 2 * DAY, missed=True)),
        (seen(), "unknown", at(days=30), On(to=SLOT + 30 * DAY)),
        (seen(asked_again=at(minutes=11)), "unknown", at(minutes=20), None),
        (seen(asked_again=at(minutes=11)), "over", at(minutes=20), TOMORROW),
        (seen(asked_again=at(minutes=11)), "unknown", at(minutes=21), GiveUp(run=RUN, to=SLOT + DAY)),
        (seen(asked_again=at(minutes=11)), "unknown", at(days=2), GiveUp(run=RUN, to=SLOT + 2 * DAY)),
        # Someone had begun: QStash brings it again, and the limit may put it off for an hour.
        (seen(), "tried", at(minutes=29), None),
        (seen(), "tried", at(minutes=30), AskAgain(job=JOB, run=RUN)),
        (seen(), "tried", at(minutes=61), On(to=SLOT + DAY, missed=True)),
        (seen(asked_again=at(minutes=30)), "tried", at(minutes=69), None),
        (seen(asked_again=at(minutes=30)), "tried", at(minutes=70), GiveUp(run=RUN, to=SLOT + DAY)),
        (seen(HOURLY), "tried", at(minutes=60), On(to=SLOT + HOUR, missed=True)),
        # The next slot has come: nobody wants this one after it.
        (seen(HOURLY), "unknown", at(minutes=59), AskAgain(job=replace(JOB, cron="0 * * * *"), run=RUN)),
        (seen(HOURLY), "unknown", at(minutes=60), On(to=SLOT + HOUR, missed=True)),
        (seen(HOURLY), "unknown", at(minutes=59, seconds=45), On(to=SLOT + HOUR, missed=True)),
        (seen(OFTEN), "unknown", at(minutes=11), On(to=at(minutes=10), missed=True)),
        # A part of it is there: the next slot sees to its end, and of the latest another delivery.
        # Meanwhile the next slot is looked at; if this is not whole in the end, it counts as missed.
        (seen(OFTEN), "begun", at(minutes=11), On(to=at(minutes=10), missed=True)),
        (seen(OFTEN), "begun", at(minutes=71), On(to=at(minutes=70), missed=True)),
        (seen(), "begun", at(minutes=29), None),
        (seen(), "begun", at(minutes=30), AskAgain(job=JOB, run=RUN)),
        (
            seen(HOURLY, asked_again=at(minutes=51)),
            "unknown",
            at(minutes=60),
            GiveUp(run=RUN, to=SLOT + HOUR),
        ),
        # Nothing was owed.
        (seen(replace(DAILY, state="paused")), "unknown", at(minutes=11), On(to=None)),
        (seen(None), "unknown", at(minutes=11), On(to=None)),
        (seen(replace(DAILY, cron=None, at=SLOT)), "unknown", at(minutes=11), On(to=None)),
        (seen(replace(DAILY, until=at(hours=1))), "over", at(minutes=11), On(to=None)),
        (seen(replace(DAILY, until=at(hours=-1))), "unknown", at(minutes=11), On(to=None)),
        (seen(replace(DAILY, cron="0 10 * * *")), "unknown", at(minutes=11), On(to=at(hours=1))),
        # New, or changed: from now on.
        (seen(slot=None), "unknown", at(minutes=-2), On(to=SLOT)),
        (seen(slot=None), "unknown", at(seconds=-45), TOMORROW),
        (seen(slot=None), "unknown", at(minutes=1), TOMORROW),
        (seen(replace(DAILY, until=at(hours=1)), slot=None), "unknown", at(minutes=1), On(to=None)),
    ],
)
def test_what_is_done_about_a_slot_whose_grace_is_over(
    watched: Watched, standing: Standing, now: datetime, step: Step
) -> None:
    assert judge_slot(watched, standing, closures=Closures(), now=now) == step


def test_what_was_never_confirmed_or_rests_is_not_owed() -> None:
    unconfirmed = Watched(team="T1", id="kolu-tane", slot=SLOT, schedule=DAILY)
    assert judge_slot(unconfirmed, "unknown", closures=Closures(), now=at(minutes=11)) == TOMORROW
    closed = Closures.parse("2027-01-13")
    resting = seen(replace(DAILY, holidays="DE"))
    assert judge_slot(resting, "unknown", closures=closed, now=at(minutes=11)) == TOMORROW
    other_days = seen(replace(DAILY, first_day=SLOT.date() - timedelta(days=1), step=2))
    assert judge_slot(other_days, "unknown", closures=Closures(), now=at(minutes=11)) == TOMORROW
    skipped = seen(replace(DAILY, skips=(Skip(slot=SLOT, by="U1"),)))
    assert judge_slot(skipped, "unknown", closures=Closures(), now=at(minutes=11)) == TOMORROW
    paused = seen(replace(DAILY, paused_until=SLOT + timedelta(hours=1)))
    assert judge_slot(paused, "unknown", closures=Closures(), now=at(minutes=11)) == TOMORROW


# What is done


@pytest_asyncio.fixture
async def bot(redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash) -> AsyncIterator[Process]:
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as running:
        running.clock.turn_to(SLOT - HOUR)
        yield running


def watchdog(bot: Process) -> Watchdog:
    return build_watchdog(bot.ground)


def counted(bot: Process) -> dict[str, int]:
    """The runs that the process has counted, by their outcome."""
    lines = re.findall(
        r'^precache_runs_total{outcome="(\w+)"} (\d+)', bot.ground.metrics.render_page().decode(), re.M
    )
    return {outcome: int(runs) for outcome, runs in lines if runs != "0"}


async def look(bot: Process, **after_the_slot: float) -> None:
    """One pass, so long after the slot."""
    bot.clock.turn_to(at(**after_the_slot))
    await watchdog(bot).look_after_slots()


async def running(bot: Process, schedule: Schedule = DAILY) -> tuple[Schedule, Job]:
    """A schedule that is confirmed, and what QStash delivers of it."""
    schedule_store = ScheduleStore(redis=bot.redis)
    added = await schedule_store.add_record(schedule, now=bot.clock())
    assert isinstance(added, Schedule)
    confirmed = await schedule_store.change_record(added, replace(added, state="active"))
    assert isinstance(confirmed, Schedule)
    return confirmed, slot_job(confirmed, now=bot.clock())


def published(qstash: QStash) -> list[Job]:
    """The messages that wait in QStash, but warm-ups."""
    return [job for body in qstash.waiting.values() if (job := Job.decode(body)).kind == "post"]


async def history(bot: Process, schedule: Schedule) -> list[Run]:
    return await ScheduleStore(redis=bot.redis).read_history(schedule.team, schedule.id)


async def places(bot: Process) -> dict[str, datetime]:
    """The slot of each schedule that is looked at next."""
    found: list[Any] = await bot.redis.zrange("precache:watched", 0, -1, withscores=True)
    return {member: datetime.fromtimestamp(score / 1000, UTC) for member, score in found}


async def test_a_slot_that_nobody_brought_is_published_once_more_and_posted_once(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    schedule, job = await running(bot)
    await look(bot, minutes=9)
    assert published(qstash) == []
    for minutes in (11, 12, 13):
        await look(bot, minutes=minutes)
    assert published(qstash) == [job], "the very job that QStash would have brought"
    assert isinstance(await bot.deliver(job), Done)
    assert await bot.deliver(job) == Done(text="nothing to do: posted"), "QStash's own comes late"
    assert workspace.parts(RUN) == [0]
    await look(bot, minutes=30)
    assert [run.outcome for run in await history(bot, schedule)] == ["posted"]
    assert workspace.whispers == []
    assert await places(bot) == {"T1:kolu-tane": SLOT + DAY}


async def test_a_slot_that_was_posted_is_let_be(bot: Process, qstash: QStash) -> None:
    _, job = await running(bot)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    await look(bot, minutes=11)
    assert published(qstash) == []
    before = bot.redis.requests
    await look(bot, minutes=12)
    assert bot.redis.requests - before == 1, "while nothing is due, a pass is one look"


async def test_two_copies_that_look_at_once_publish_it_once(bot: Process, qstash: QStash) -> None:
    await running(bot)
    bot.clock.turn_to(at(minutes=11))
    await asyncio.gather(*(watchdog(bot).look_after_slots() for _ in range(4)))
    assert len(published(qstash)) == 1


async def test_a_crash_after_it_was_published_publishes_it_no_second_time(
    bot: Process, qstash: QStash, redis_raw: RawRedis
) -> None:
    await running(bot)
    await look(bot, minutes=11)
    assert await redis_raw.hdel("precache:schedule:T1:kolu-tane", "asked_again")
    await look(bot, minutes=12)
    assert len(published(qstash)) == 1


async def test_if_that_is_in_vain_its_owner_is_told_once_and_nothing_posts_it_any_more(
    bot: Process, workspace: Slack
) -> None:
    schedule, job = await running(bot)
    for minutes in (11, 20, 22, 23, 24):
        bot.clock.turn_to(at(minutes=minutes))
        await watchdog(bot).look_after_slots()
    assert workspace.whispers == [
        f"The run of “Why?” for {slack_date(SLOT)} didn't happen, and a second try failed. "
        f"Next run: {slack_date(SLOT + DAY)}."
    ]
    assert await history(bot, schedule) == [Run(at=SLOT, outcome="failed", detail="missed")]
    assert counted(bot) == {"failed": 1}
    assert await bot.deliver(job) == Done(text="nothing to do: posted")
    assert await bot.give_up(job) == Done(text="nothing to do: posted"), "nor does QStash's failure tell it"
    assert (workspace.posts, len(workspace.whispers)) == ([], 1)
    assert await places(bot) == {"T1:kolu-tane": SLOT + DAY}


async def test_an_owner_who_could_not_be_told_is_told_at_the_next_pass(
    bot: Process, workspace: Slack
) -> None:
    schedule, _ = await running(bot)
    await look(bot, minutes=11)
    workspace.next["chat.postEphemeral"].append(limits(60))
    await look(bot, minutes=22)
    assert await history(bot, schedule) == []
    await look(bot, minutes=23)
    assert len(workspace.whispers) == 1
    assert len(await history(bot, schedule)) == 1


async def test_one_who_was_perhaps_told_is_told_again_until_that_is_certain(
    bot: Process, workspace: Slack
) -> None:
    await running(bot)
    await look(bot, minutes=11)
    workspace.next["chat.postEphemeral"].append(fails)
    for minutes in (22, 23, 24):
        await look(bot, minutes=minutes)
    assert (workspace.requests["chat.postEphemeral"], len(workspace.whispers)) == (2, 1)


async def test_after_a_long_outage_it_is_told_once_that_runs_were_missed_and_nothing_is_posted(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    often, _ = await running(bot, replace(DAILY, id="bafo-riku", cron="*/15 * * * *"))
    daily, _ = await running(bot)
    for minutes in (0, 1):
        bot.clock.turn_to(at(hours=29, minutes=minutes))
        await watchdog(bot).look_after_slots()
    assert await history(bot, daily) == [MISSED]
    first = Run(at=SLOT - HOUR + 15 * MINUTE, outcome="skipped", detail="missed")
    assert await history(bot, often) == [first]
    assert counted(bot) == {"skipped": 2}
    assert published(qstash) == []
    assert sorted(workspace.whispers) == [
        f"“Why?” missed 2 runs, from {slack_date(SLOT)} to {slack_date(SLOT + DAY)}. "
        f"Next run: {slack_date(SLOT + 2 * DAY)}.",
        f"“Why?” missed more than 100 runs since {slack_date(SLOT - 45 * MINUTE)}. "
        f"Next run: {slack_date(SLOT + DAY + 5 * HOUR + 15 * MINUTE)}.",
    ]
    text = replies.run_history(daily, await history(bot, daily), now=bot.clock()).text
    assert "skipped: it didn't run in time" in text


async def test_runs_that_were_missed_in_a_row_are_told_together_and_once_an_hour(
    bot: Process, workspace: Slack
) -> None:
    schedule, job = await running(bot, OFTEN)
    bot.clock.turn_to(at(minutes=10))
    await bot.deliver(job)
    for minutes in range(10, 72):
        await look(bot, minutes=minutes)
    first, last = slack_date(SLOT - 55 * MINUTE), slack_date(SLOT + 5 * MINUTE)
    assert f"missed 13 runs, from {first} to {last}." in workspace.whispers[0]
    assert [run.detail for run in await history(bot, schedule)].count("missed") == 2
    assert len(workspace.whispers) == 2
    assert f"from {slack_date(SLOT + 15 * MINUTE)} to" in workspace.whispers[1]
    bot.clock.turn_to(at(minutes=5))
    assert await bot.deliver(job) == Done(text="nothing to do: posted"), (
        "nothing is posted that was told missed"
    )


QUARTERS = replace(DAILY, cron="*/15 * * * *")


async def post_slots(bot: Process, *minutes: float) -> None:
    """Have these slots posted, so many minutes after nine."""
    for minute in minutes:
        await bot.ledger.record_posted(f"T1:kolu-tane:{int(at(minutes=minute).timestamp())}", ts="1.0")


async def test_while_a_telling_waits_the_next_slot_is_made_up_for(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    _, job = await running(bot, QUARTERS)
    await look(bot, minutes=1)
    first, last = slack_date(SLOT - 45 * MINUTE), slack_date(SLOT - 15 * MINUTE)
    assert f"missed 3 runs, from {first} to {last}." in workspace.whispers[0]
    await bot.deliver(job)
    await look(bot, minutes=31)
    assert (len(workspace.whispers), published(qstash)) == (1, []), "of a quarter past they hear in an hour"
    await look(bot, minutes=41)
    assert published(qstash) == [job], "and half past is made up for"
    await bot.deliver(job)
    await post_slots(bot, 45, 60)
    for minutes in (42, 59, 62, 63):
        await look(bot, minutes=minutes)
    assert f"for {slack_date(SLOT + 15 * MINUTE)} didn't happen." in workspace.whispers[1]
    assert len(workspace.whispers) == 2


async def test_they_are_told_once_also_where_redis_does_not_take_what_was_missed(
    valkey_socket: Path, redis_raw: RawRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with upstash(valkey_socket) as rest, rest_redis(rest.url, TOKEN) as redis:
        begun = process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url)
        async with begun as bot:
            bot.clock.turn_to(SLOT - HOUR)
            await running(bot, QUARTERS)
            rest.fails = "redis.call('HSET', run, 'state', 'posted'"
            await look(bot, minutes=1)
            rest.fails = "\0"
            await look(bot, minutes=2)
            assert len(workspace.whispers) == 1


async def test_a_telling_that_waits_is_not_lost_when_the_schedule_is_changed_or_has_ended(
    bot: Process, workspace: Slack
) -> None:
    moved, _ = await running(bot, replace(QUARTERS, id="moved"))
    await running(bot, replace(QUARTERS, id="ended", query="How?", until=at(minutes=20)))
    await look(bot, minutes=1)
    assert len(workspace.whispers) == 2
    for minutes in (31, 32):
        await look(bot, minutes=minutes)
    changed = await ScheduleStore(redis=bot.redis).change_record(moved, moved.at_time(DAILY.timing))
    assert isinstance(changed, Schedule)
    for minutes in (33, 60):
        await look(bot, minutes=minutes)
    assert len(workspace.whispers) == 2
    await look(bot, minutes=62)
    assert sorted(workspace.whispers[2:]) == [
        f"“How?” missed 2 runs, from {slack_date(SLOT)} to {slack_date(SLOT + 15 * MINUTE)}. "
        "It won't run again.",
        f"“Why?” missed 2 runs, from {slack_date(SLOT)} to {slack_date(SLOT + 15 * MINUTE)}. "
        f"Next run: {slack_date(SLOT + DAY)}.",
    ]
    assert await places(bot) == {"T1:moved": SLOT + DAY}


async def test_a_slot_that_stands_there_in_part_holds_no_later_one_up_and_is_told_if_it_gets_no_end(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    _, job = await running(bot, QUARTERS)
    await post_slots(bot, -45, -30, -15)
    answer = Answer(text="An answer.", made=SLOT, model="m")
    taken = await bot.ledger.claim_run(
        RUN,
        token="t",
        key="k",
        made_after=SLOT,
        recent=answer,
        schedule=("T1", "kolu-tane"),
        now=SLOT,
        lease=2 * MINUTE,
    )
    assert isinstance(taken, Taken)
    for minutes in (1, 16, 26):
        await look(bot, minutes=minutes)
    assert published(qstash) == [job], "a quarter past is made up for"
    await post_slots(bot, 15, 30, 45, 60)
    for minutes in (27, 41, 56, 69):
        await look(bot, minutes=minutes)
    assert workspace.whispers == []
    await look(bot, minutes=71)
    assert f"for {slack_date(SLOT)} didn't happen." in workspace.whispers[0]


async def test_of_a_slot_and_the_one_after_it_only_the_latter_is_made_up_for(
    bot: Process, qstash: QStash
) -> None:
    schedule, _ = await running(bot, HOURLY)
    bot.clock.turn_to(SLOT - MINUTE)
    await bot.deliver(slot_job(schedule, now=bot.clock()))
    await look(bot, minutes=1)
    await look(bot, hours=1, minutes=5)
    assert published(qstash) == []
    assert [run.detail for run in await history(bot, schedule)] == ["missed", ""]
    await look(bot, hours=1, minutes=11)
    assert len(published(qstash)) == 1


async def test_a_schedule_that_was_paused_changed_or_deleted_meanwhile_is_not_made_up_for(
    bot: Process, qstash: QStash
) -> None:
    schedule_store = ScheduleStore(redis=bot.redis)
    paused, _ = await running(bot, replace(DAILY, id="paused"))
    moved, _ = await running(bot, replace(DAILY, id="moved"))
    renamed, _ = await running(bot, replace(DAILY, id="renamed"))
    gone, _ = await running(bot, replace(DAILY, id="gone"))
    bot.clock.turn_to(at(minutes=5))
    await schedule_store.change_record(paused, replace(paused, state="paused"))
    await schedule_store.change_record(moved, moved.at_time(Timing(when=Cron.parse("0 8 * * *"))))
    await schedule_store.change_record(renamed, replace(renamed, name="Morning"))
    await schedule_store.delete_record(gone)
    assert set(await places(bot)) == {"T1:moved", "T1:renamed"}
    await look(bot, minutes=11)
    assert [job.schedule for job in published(qstash)] == ["renamed"]
    assert (await places(bot))["T1:moved"] == SLOT + DAY - HOUR


async def test_what_a_change_says_is_not_written_over_by_a_look_that_began_before_it(bot: Process) -> None:
    schedule_store, schedules = (
        ScheduleStore(redis=bot.redis),
        WatchList(redis=bot.redis),
    )
    schedule, _ = await running(bot)
    bot.clock.turn_to(at(minutes=11))
    (before,) = await schedules.find_due(before=bot.clock() - GRACE, skip=0, most=10)
    moved = await schedule_store.change_record(
        schedule, schedule.at_time(Timing(when=Cron.parse("0 8 * * *")))
    )
    assert isinstance(moved, Schedule)
    await schedules.move_slots([Move(seen=before, to=SLOT + DAY, line=MISSED)])
    assert await history(bot, schedule) == []
    (after,) = await schedules.find_due(before=bot.clock(), skip=0, most=10)
    assert after.slot is None, "it is to be worked out again"


async def test_a_record_that_a_team_took_along_when_it_left_is_looked_for_no_more(
    bot: Process, redis_raw: RawRedis
) -> None:
    await running(bot)
    await redis_raw.delete("precache:schedule:T1:kolu-tane")
    await look(bot, minutes=11)
    assert await places(bot) == {}
    assert await redis_raw.keys("*kolu-tane*") == []


async def test_while_qstash_is_down_the_next_pass_goes_on_where_this_one_ended(
    bot: Process, qstash: QStash
) -> None:
    done, job = await running(bot, replace(DAILY, id="a-done"))
    await running(bot, replace(DAILY, id="b-open"))
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    qstash.faults += [reply(500, "")] * 2
    with pytest.raises(Unreachable):
        await look(bot, minutes=11)
    assert await places(bot) == {"T1:a-done": SLOT + DAY, "T1:b-open": SLOT}
    await look(bot, minutes=12)
    assert [job.schedule for job in published(qstash)] == ["b-open"]
    assert done.id == "a-done"


async def test_one_that_qstash_refuses_does_not_hold_the_others_up(bot: Process, qstash: QStash) -> None:
    for name in ("a", "b"):
        await running(bot, replace(DAILY, id=name))
    qstash.faults.append(reply(400, {"error": "no"}))
    await look(bot, minutes=11)
    assert [job.schedule for job in published(qstash)] == ["b"]


async def test_one_whose_zone_is_no_longer_known_does_not_hold_the_others_up(
    bot: Process, qstash: QStash, redis_raw: RawRedis
) -> None:
    for name in ("a", "b"):
        await running(bot, replace(DAILY, id=name))
    key = "precache:schedule:T1:a"
    doc = await redis_raw.hget(key, "doc")
    assert isinstance(doc, bytes)
    await redis_raw.hset(key, "doc", doc.decode().replace('"UTC"', '"Mars/Base"'))
    await look(bot, minutes=11)
    assert [job.schedule for job in published(qstash)] == ["b"]


async def test_a_run_that_someone_is_at_or_gave_back_is_waited_for(bot: Process, qstash: QStash) -> None:
    _, job = await running(bot)
    bot.clock.turn_to(at(minutes=10))
    taken = await bot.ledger.claim_run(
        RUN,
        token="t",
        key="k",
        made_after=SLOT,
        recent=None,
        schedule=("T1", "kolu-tane"),
        now=bot.clock(),
        lease=timedelta(minutes=2),
    )
    assert isinstance(taken, Taken)
    for minutes in (11, 13, 29):
        await look(bot, minutes=minutes)
    assert published(qstash) == [], "QStash brings it again, as long as it was brought at all"
    await look(bot, minutes=31)
    assert published(qstash) == [job]


async def test_a_pass_costs_a_few_requests_however_many_schedules_are_due(
    bot: Process, qstash: QStash
) -> None:
    for n in range(250):
        schedule, _ = await running(bot, replace(DAILY, id=f"n-{n:03}"))
        await bot.ledger.record_posted(f"T1:{schedule.id}:{int(SLOT.timestamp())}", ts="1.0")
    before = bot.redis.requests
    await look(bot, minutes=11)
    assert bot.redis.requests - before == 3 * 4 + 1
    assert set((await places(bot)).values()) == {SLOT + DAY}
    assert published(qstash) == []


async def test_slots_are_late_as_long_as_nothing_is_known_of_them(bot: Process) -> None:
    await running(bot)
    await running(bot, replace(DAILY, id="new", cron="0 10 * * *"))
    await look(bot, minutes=-5)
    for minutes, late in ((11, 0), (13, 1), (71, 1), (73, 2)):
        bot.clock.turn_to(at(minutes=minutes))
        assert await count_late_slots(bot.ground) == late
    await bot.ledger.record_posted(RUN, ts="1.0")
    await look(bot, minutes=73)
    assert await count_late_slots(bot.ground) == 1


async def test_the_heartbeat_follows_good_rounds_alone(bot: Process, qstash: QStash) -> None:
    calls: list[str] = []

    async def take_call(request: Request) -> Response:
        calls.append(request.url.path)
        return Response()

    await running(bot)
    async with serve(Starlette(routes=[Route("/beat", take_call)])) as url:
        beating = replace(watchdog(bot), heartbeat=Heartbeat(url=f"{url}/beat"))
        bot.clock.turn_to(at(minutes=-5))
        await beating.chore.work()
        assert calls == ["/beat"]
        bot.clock.turn_to(at(minutes=11))
        qstash.faults += [reply(500, "")] * 2
        with pytest.raises(PublishError):
            await beating.chore.work()
        assert calls == ["/beat"], "that round was not good"
        await beating.chore.work()
        assert calls == ["/beat"] * 2


async def test_more_than_a_batch_that_wait_hide_none_that_do_not(bot: Process, qstash: QStash) -> None:
    for n in range(105):
        await running(bot, replace(DAILY, id=f"n-{n:03}"))
    await running(bot, replace(DAILY, id="late", cron="5 9 * * *"))
    await look(bot, minutes=11)
    assert len(published(qstash)) == 105
    await look(bot, minutes=16)
    assert published(qstash)[-1].schedule == "late"


def test_a_missed_slot_is_made_up_for_within_the_hour_in_which_it_still_helps() -> None:
    assert GRACE < HORIZON == HOUR


async def test_one_that_was_resumed_is_looked_after_from_then_on(bot: Process, qstash: QStash) -> None:
    schedule_store = ScheduleStore(redis=bot.redis)
    schedule, _ = await running(bot)
    paused = await schedule_store.change_record(schedule, replace(schedule, state="paused"))
    assert isinstance(paused, Schedule)
    assert await places(bot) == {}
    bot.clock.turn_to(at(minutes=5))
    await schedule_store.change_record(paused, replace(paused, state="active"))
    await look(bot, minutes=11)
    assert published(qstash) == [], "it was paused at that slot"
    await look(bot, days=1, minutes=11)
    assert [job.schedule for job in published(qstash)] == ["kolu-tane"]


SPREAD = DAILY.at_places([Place(channel="C1"), Place(channel="C2"), Place(channel="C3")])


async def posted_in_first(bot: Process, qstash: QStash) -> list[Job]:
    """A slot that is over in its first place; and what QStash was given for the others."""
    _, job = await running(bot, SPREAD)
    bot.clock.turn_to(SLOT)
    await bot.deliver(job)
    return [further for further in published(qstash) if further.place is not None]


async def test_a_place_whose_message_was_lost_gets_it_once_more_and_the_others_nothing(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    one, _ = await posted_in_first(bot, qstash)
    assert isinstance(await bot.deliver(one), Done)
    qstash.waiting.clear()
    await look(bot, minutes=11)
    (again,) = published(qstash)
    assert again.place is None, "the slot itself, whose first place knows which others there are"
    assert isinstance(await bot.deliver(again), Done)
    for further in published(qstash)[1:]:
        assert isinstance(await bot.deliver(further), Done)
    assert [post["channel"] for post in workspace.posts] == ["C1", "C2", "C3"]
    await look(bot, minutes=22)
    assert await places(bot) == {"T1:kolu-tane": SLOT + DAY}
    assert workspace.whispers == []


async def test_an_owner_is_told_once_of_all_the_places_that_a_slot_did_not_reach(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    lost = await posted_in_first(bot, qstash)
    for minutes in (11, 22, 23):
        await look(bot, minutes=minutes)
    (told,) = workspace.whispers
    assert f"for {slack_date(SLOT)} didn't reach <#C2> and <#C3>" in told
    lines = await ScheduleStore(redis=bot.redis).read_history("T1", "kolu-tane")
    assert [(run.channel, run.outcome) for run in lines] == [
        ("C3", "failed"),
        ("C2", "failed"),
        ("C1", "posted"),
    ]
    for further in lost:
        await bot.deliver(further)
    assert [post["channel"] for post in workspace.posts] == ["C1"], "nothing posts them any more"
