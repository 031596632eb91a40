"""One-offs that came to nothing: which run late, which are let be, and what their owner hears in the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis

from bot.budget import PostQueue
from bot.housekeeping.one_offs import OneOffStep, Wait, judge_one_off
from bot.housekeeping.owed_runs import OwedRun, RunState
from bot.replies.text import slack_date
from bot.runs.state.claims import Standing, Taken
from bot.schedules.history.run import Run
from bot.schedules.review import Review
from bot.schedules.schedule import Place, Schedule
from bot.server.parts.chores import build_watchdog, count_late_slots
from bot.slack import Caller
from bot.storage.client import CountedRedis, rest_redis
from scheduler import Done, Job, Once, Timing
from tests.bot.announcing import Process, process
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Slack, fails, limits
from tests.stand_ins.upstash import TOKEN, upstash

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ONCE = Schedule(
    id="luno-veri",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="UTC",
    at=NINE,
    message="msg_1",
    handle="why",
    created=NINE - HOUR,
)
RUN = f"T1:luno-veri:{int(NINE.timestamp())}"
MISSED = (
    f"Sorry, the run of “Why?” for {slack_date(NINE)} didn't happen. To run it now, type `/precache run why`."
)


def at(**after_nine: float) -> datetime:
    return NINE + timedelta(**after_nine)


# What is decided


def owed(standing: Standing, **fields: Any) -> OwedRun:
    of_state = {name: fields.pop(name) for name in ("until", "is_closed") if name in fields}
    state = RunState(standing=standing, **of_state)
    run = OwedRun(run=RUN, job=Job(query="Why?", id="luno-veri"), due=NINE, moment=NINE, state=state)
    return replace(run, **fields)


@pytest.mark.parametrize(
    ("one_off", "now", "step"),
    [
        (owed("over"), at(minutes=11), "over"),
        (owed("unknown"), at(minutes=11), "ask_again"),
        (owed("unknown"), at(minutes=60), "ask_again"),
        (owed("unknown"), at(minutes=61), "give_up"),
        (owed("unknown", asked_again=at(minutes=11)), at(minutes=20), Wait()),
        (owed("over", asked_again=at(minutes=11)), at(minutes=20), "over"),
        (owed("unknown", asked_again=at(minutes=11)), at(minutes=21), "give_up"),
        # Someone had begun: QStash brings it again, and the limit may put it off for an hour.
        (owed("tried"), at(minutes=29), Wait()),
        (owed("tried"), at(minutes=30), "ask_again"),
        (owed("begun"), at(minutes=30), "ask_again"),
        (owed("tried", asked_again=at(minutes=30)), at(minutes=69), Wait()),
        (owed("tried", asked_again=at(minutes=30)), at(minutes=70), "give_up"),
        # A copy is at work on it, or it waits for its reviewers: it counts from then on.
        (owed("in_hand", until=at(hours=3)), at(minutes=11), Wait(to=at(hours=3))),
        (owed("tried", until=at(hours=3)), at(hours=3, minutes=5), Wait(to=at(hours=3))),
        (owed("tried", until=at(hours=3)), at(hours=3, minutes=30), "ask_again"),
        (owed("in_hand", until=at(minutes=15), asked_again=at(minutes=11)), at(minutes=14), Wait()),
        # It was given a later time while somebody looked.
        (owed("unknown", due=at(hours=1)), at(minutes=11), Wait(to=at(hours=1))),
        # Nothing posts it any more, and its owner may not know yet.
        (owed("over", is_closed=True), at(minutes=11), "give_up"),
    ],
)
def test_what_is_done_about_a_one_off_whose_grace_is_over(
    one_off: OwedRun, now: datetime, step: OneOffStep
) -> None:
    assert judge_one_off(one_off, now=now) == step


# What is done


@pytest_asyncio.fixture
async def bot(redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash) -> AsyncIterator[Process]:
    async with process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url) as running:
        running.clock.turn_to(NINE - HOUR)
        yield running


async def look(bot: Process, **after_nine: float) -> None:
    """One pass, so long after nine."""
    bot.clock.turn_to(at(**after_nine))
    await build_watchdog(bot.ground).do_round()


async def waiting(bot: Process, schedule: Schedule = ONCE) -> tuple[Schedule, Job]:
    """A one-off that QStash has, and the job that it is to bring."""
    added = await bot.schedule_store.add_record(replace(schedule, message=None), now=bot.clock())
    assert isinstance(added, Schedule)
    confirmed = await bot.schedule_store.change_record(
        added, replace(added, state="active", message=schedule.message)
    )
    assert isinstance(confirmed, Schedule)
    return confirmed, replace(confirmed.job, at=confirmed.at)


def published(qstash: QStash) -> list[Job]:
    return [Job.decode(body) for body in qstash.waiting.values()]


async def watched(bot: Process) -> dict[str, float]:
    found: list[Any] = await bot.redis.zrange("precache:watched", 0, -1, withscores=True)
    return dict(found)


async def history(bot: Process) -> list[Run]:
    return await bot.schedule_store.read_history("T1", ONCE.id)


async def test_one_that_nobody_brought_is_published_once_more_and_posted_once(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    _, job = await waiting(bot)
    await look(bot, minutes=9)
    assert published(qstash) == []
    for minutes in (11, 12, 13):
        await look(bot, minutes=minutes)
    assert published(qstash) == [job], "the very job that QStash would have brought"
    assert isinstance(await bot.deliver(job), Done)
    assert await bot.deliver(job) == Done(text="nothing to do: posted"), "QStash's own comes late"
    await look(bot, minutes=22)
    assert (workspace.parts(RUN), workspace.whispers, await watched(bot)) == ([0], [], {})
    assert [run.outcome for run in await history(bot)] == ["posted"]


async def test_one_that_was_posted_is_let_be_and_costs_no_more_looks(bot: Process, qstash: QStash) -> None:
    _, job = await waiting(bot)
    bot.clock.turn_to(NINE)
    await bot.deliver(job)
    await look(bot, minutes=11)
    assert (published(qstash), await watched(bot)) == ([], {})
    before = bot.redis.requests
    await look(bot, minutes=12)
    assert bot.redis.requests - before == 2, "while nothing is due, a pass is one look at each list"


async def test_two_copies_that_look_at_once_publish_it_once(bot: Process, qstash: QStash) -> None:
    await waiting(bot)
    await asyncio.gather(*(look(bot, minutes=11) for _ in range(4)))
    assert len(published(qstash)) == 1


async def test_a_crash_after_it_was_published_publishes_it_no_second_time(
    bot: Process, qstash: QStash, redis_raw: RawRedis
) -> None:
    await waiting(bot)
    await look(bot, minutes=11)
    assert await redis_raw.hdel("precache:schedule:T1:luno-veri", "asked_again")
    await look(bot, minutes=12)
    assert len(published(qstash)) == 1


async def test_if_that_is_in_vain_its_owner_is_told_once_and_nothing_posts_it_any_more(
    bot: Process, workspace: Slack
) -> None:
    _, job = await waiting(bot)
    for minutes in (11, 20, 22, 23):
        await look(bot, minutes=minutes)
    assert workspace.whispers == [MISSED]
    assert await history(bot) == [Run(at=NINE, outcome="failed", detail="missed")]
    assert b'precache_runs_total{outcome="failed"} 1' in bot.ground.metrics.render_page()
    assert await bot.deliver(job) == Done(text="nothing to do: posted")
    assert await bot.give_up(job) == Done(text="nothing to do: posted"), "nor does QStash's failure tell it"
    assert (workspace.posts, len(workspace.whispers), await watched(bot)) == ([], 1, {})


async def test_what_its_owner_is_told_to_type_runs_it(bot: Process, qstash: QStash, workspace: Slack) -> None:
    await waiting(bot)
    await look(bot, hours=5)
    assert workspace.whispers == [MISSED]
    ada = Caller(team="T1", user="U1", channel="C1")
    assert isinstance(await bot.ground.schedules.run_schedule_now(ada, "why"), Schedule)
    (job,) = published(qstash)
    assert isinstance(await bot.deliver(job), Done)
    assert [post["channel"] for post in workspace.posts] == ["C1"]


async def test_after_a_long_outage_it_is_told_and_not_posted(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    await waiting(bot)
    for minutes in (0, 1):
        await look(bot, hours=5, minutes=minutes)
    assert (published(qstash), workspace.whispers) == ([], [MISSED])
    assert await history(bot) == [Run(at=NINE, outcome="skipped", detail="missed")]


@pytest.mark.parametrize("problem", [limits(60), fails], ids=["not told", "perhaps told"])
async def test_an_owner_who_may_not_have_heard_is_told_again_and_nothing_is_posted_meanwhile(
    bot: Process, workspace: Slack, problem: Any
) -> None:
    _, job = await waiting(bot)
    await look(bot, minutes=11)
    workspace.next["chat.postEphemeral"].append(problem)
    await look(bot, minutes=22)
    assert await history(bot) == []
    assert await bot.deliver(job) == Done(text="nothing to do: posted"), "QStash brings it just then"
    for minutes in (23, 24):
        await look(bot, minutes=minutes)
    assert (workspace.whispers, workspace.posts) == ([MISSED], [])
    assert len(await history(bot)) == 1


@pytest.mark.parametrize(
    "step",
    ["local is_begun = seen[1]", "redis.call('HSET', run, 'state', 'posted'", "'revision') ~= revision"],
    ids=["closed", "ended", "struck off"],
)
async def test_wherever_a_process_dies_that_gives_it_up_its_owner_is_told_and_nothing_is_posted(
    step: str, valkey_socket: Path, redis_raw: RawRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> None:
    async with upstash(valkey_socket) as rest, rest_redis(rest.url, TOKEN) as redis:
        begun = process(redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url)
        async with begun as bot:
            bot.clock.turn_to(NINE - HOUR)
            _, job = await waiting(bot)
            await look(bot, minutes=11)
            rest.fails = step
            with pytest.raises(Exception, match="Redis"):
                await look(bot, minutes=22)
            rest.fails = "\0"
            for minutes in (23, 24):
                await look(bot, minutes=minutes)
            assert set(workspace.whispers) == {MISSED}
            assert len(workspace.whispers) <= 2, "told twice rather than never"
            assert await bot.deliver(job) == Done(text="nothing to do: posted")
            assert (workspace.posts, await watched(bot)) == ([], {})
            assert [run.outcome for run in await history(bot)] == ["failed"]


async def claimed(bot: Process, job: Job, *, lease: timedelta) -> None:
    """A copy takes its run, as it does at the start of a delivery."""
    question = bot.questions.of_job(job, slot=None)
    taken = await bot.ledger.claim_run(
        RUN,
        token="t",
        key=question.key,
        made_after=question.made_after,
        recent=None,
        schedule=("T1", ONCE.id),
        queue=PostQueue(team="T1", channel="C1", in_person=False, silent=False),
        now=bot.clock(),
        lease=lease,
    )
    assert isinstance(taken, Taken)


async def test_one_that_a_copy_is_at_work_on_when_it_would_be_given_up_is_not(
    bot: Process, workspace: Slack
) -> None:
    _, job = await waiting(bot)
    await look(bot, minutes=11)
    bot.clock.turn_to(at(minutes=21, seconds=50))
    await claimed(bot, job, lease=2 * MINUTE)
    await look(bot, minutes=22)
    assert workspace.whispers == []
    bot.clock.turn_to(at(minutes=24))
    assert isinstance(await bot.deliver(job), Done)
    await look(bot, minutes=25)
    assert (workspace.parts(RUN), workspace.whispers, await watched(bot)) == ([0], [], {})


async def test_one_that_waits_for_its_reviewers_is_not_late_before_it_has_waited_in_vain(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    reviewed = replace(ONCE, review=Review(by=("U2",), lead=2 * HOUR, undecided="skip"))
    _, job = await waiting(bot, reviewed)
    bot.clock.turn_to(NINE)
    assert await bot.deliver(job) == Done(text="waits for its reviewers")
    qstash.waiting.clear()  # what would bring it back is lost
    for hours in (0.2, 1.0, 2.1):
        await look(bot, hours=hours)
        assert await count_late_slots(bot.ground) == 0
    assert (published(qstash), [text for text in workspace.whispers if "Sorry" in text]) == ([], [])
    await look(bot, hours=2, minutes=31)
    assert published(qstash) == [job]
    assert isinstance(await bot.deliver(job), Done)
    await look(bot, hours=2, minutes=32)
    assert [run.detail for run in await history(bot)] == ["undecided"]
    assert await watched(bot) == {}


async def test_one_that_was_deleted_is_owed_to_nobody(bot: Process, qstash: QStash, workspace: Slack) -> None:
    schedule, _ = await waiting(bot)
    await bot.schedule_store.delete_record(schedule)
    assert await watched(bot) == {}
    await look(bot, minutes=11)
    assert (published(qstash), workspace.whispers) == ([], [])


async def test_one_that_was_given_another_time_or_place_is_owed_then_and_there(
    bot: Process, qstash: QStash
) -> None:
    schedule, _ = await waiting(bot)
    later = replace(
        schedule.at_time(Timing(when=Once(at=at(hours=2), zone="UTC"))), channel="C2", thread=None
    )
    written = await bot.schedule_store.change_record(schedule, later)
    assert isinstance(written, Schedule)
    assert await watched(bot) == {"T1:luno-veri": float("inf")}, "QStash is not known to have it"
    moved = await bot.schedule_store.change_record(written, replace(written, message="msg_2"))
    assert isinstance(moved, Schedule)
    await look(bot, minutes=11)
    assert published(qstash) == []
    await look(bot, hours=2, minutes=11)
    assert published(qstash) == [replace(moved.job, at=at(hours=2))]
    assert published(qstash)[0].channel == "C2"


async def test_nothing_is_kept_of_a_team_that_has_left(bot: Process, qstash: QStash) -> None:
    await waiting(bot)
    await bot.schedule_store.unwatch_team("T1")
    assert await watched(bot) == {}
    await look(bot, minutes=11)
    assert published(qstash) == []


SPREAD = ONCE.at_places([Place(channel="C1"), Place(channel="C2"), Place(channel="C3")])


async def test_of_several_places_those_without_their_post_get_it_or_their_owner_is_told(
    bot: Process, qstash: QStash, workspace: Slack
) -> None:
    _, job = await waiting(bot, SPREAD)
    bot.clock.turn_to(NINE)
    await bot.deliver(job)
    second, third = published(qstash)
    await bot.deliver(second)
    qstash.waiting.clear()
    await look(bot, minutes=11)
    assert published(qstash) == [job]
    await bot.deliver(job)
    assert [further.place for further in published(qstash)[1:]] == ["C2", "C3"]
    await look(bot, minutes=22)
    assert workspace.whispers == [
        f"Sorry, the post of “Why?” for {slack_date(NINE)} didn't reach <#C3>. "
        "To post it everywhere once more, type `/precache run why`."
    ]
    assert await bot.deliver(third) == Done(text="nothing to do: posted")
    assert [post["channel"] for post in workspace.posts] == ["C1", "C2"]
    outcomes = {(run.channel, run.outcome) for run in await history(bot)}
    assert outcomes == {("C1", "posted"), ("C2", "posted"), ("C3", "failed")}
    assert await watched(bot) == {}


async def test_however_many_are_due_a_pass_asks_redis_by_the_hundred(bot: Process, qstash: QStash) -> None:
    for n in range(250):
        schedule, _ = await waiting(bot, replace(ONCE, id=f"n-{n:03}", handle=None))
        await bot.ledger.record_posted(f"T1:{schedule.id}:{int(NINE.timestamp())}", ts="1.0")
    before = bot.redis.requests
    await look(bot, minutes=11)
    assert bot.redis.requests - before == 3 * 4 + 2
    assert (await watched(bot), published(qstash)) == ({}, [])
    await look(bot, minutes=12)


async def test_they_are_late_as_long_as_nothing_is_known_of_them(bot: Process) -> None:
    await waiting(bot)
    for minutes, late in ((-5, 0), (11, 0), (13, 1), (71, 1)):
        bot.clock.turn_to(at(minutes=minutes))
        assert await count_late_slots(bot.ground) == late
    await look(bot, minutes=71)
    assert await count_late_slots(bot.ground) == 0
