"""Schedules that nobody looks at: who is asked and when, what counts as a look, what is paused in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis as RawRedis
from starlette.responses import JSONResponse, Response

from bot.housekeeping.renewal import Unseen, choose_unseen, day_to_ask
from bot.housekeeping.renewal_questions import PATIENCE
from bot.schedules.schedule import Schedule
from bot.server.parts.chores import build_renewal
from bot.slack.caller import Caller
from bot.storage.client import CountedRedis
from bot.storage.keys import renewal_key, schedule_key
from tests.bot.announcing import Process, process
from tests.bot.scheduled import DAILY, store_daily
from tests.stand_ins.openai import OpenAI
from tests.stand_ins.qstash import QStash
from tests.stand_ins.slack_channel import Behaviour, Slack, fails, loses, refuses

NOON = datetime(2027, 1, 13, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PERIOD = 90 * DAY
LONG = PERIOD + 15 * DAY
"""After which every owner's day has come."""
ADA = Caller(team="T1", user="U1", channel="C1")


# What is decided


def unseen(days: float, name: str = "kolu-tane") -> Unseen:
    return Unseen(schedule=replace(DAILY, id=name), since=NOON - days * DAY)


def chosen(*found: Unseen, user: str = "U1") -> list[str]:
    picked = choose_unseen(found, team="T1", user=user, period=PERIOD, now=NOON)
    return [one.schedule.id for one in picked]


def test_nobody_is_asked_before_the_period_is_over_and_everyone_within_two_weeks_after() -> None:
    for number in range(200):
        at = day_to_ask("T1", f"U{number}", NOON, period=PERIOD)
        assert NOON + PERIOD <= at < NOON + PERIOD + 14 * DAY


def test_owners_are_asked_on_days_of_their_own() -> None:
    days = {day_to_ask("T1", f"U{number}", NOON, period=PERIOD).date() for number in range(200)}
    assert len(days) >= 14


def test_what_is_soon_to_be_asked_about_comes_along_and_the_rest_does_not() -> None:
    due, soon, later = unseen(104, "due"), unseen(92, "soon"), unseen(60, "later")
    assert chosen(later, soon, due) == ["due", "soon"]
    assert chosen(later, unseen(89, "soon")) == []


# What is done


@pytest_asyncio.fixture
async def keeper(
    redis: CountedRedis, workspace: Slack, model: OpenAI, qstash: QStash
) -> AsyncIterator[Process]:
    """A copy whose operator wants renewal, by a clock that Slack shares."""
    async with process(
        redis, slack_url=workspace.url, model=model.url, qstash_url=qstash.url, renewal=PERIOD
    ) as running:
        running.clock.turn_to(NOON)
        workspace.now = lambda: running.clock().timestamp()
        yield running


async def go_on(bot: Process, span: timedelta) -> None:
    """So much later, a pass."""
    bot.clock.ahead += span
    renewal = build_renewal(bot.ground)
    assert renewal is not None
    await renewal.ask_owners()


async def counted(bot: Process, **fields: Any) -> Schedule:
    """A schedule that counts as looked at now, as its first pass has found it."""
    schedule = await store_daily(bot.redis, bot.clock, **fields)
    await go_on(bot, timedelta(0))
    return schedule


async def record(bot: Process, name: str = "kolu-tane") -> Schedule:
    found = await bot.schedule_store.find_record("T1", name)
    assert found is not None
    return found


def told(workspace: Slack, user: str = "U1") -> list[str]:
    return [post["text"] for post in workspace.posts if post["channel"] == user]


async def test_an_owner_is_asked_once_and_after_two_weeks_without_an_answer_it_is_paused(
    keeper: Process, workspace: Slack, qstash: QStash
) -> None:
    await counted(keeper)
    await go_on(keeper, PERIOD - DAY)
    assert told(workspace) == []
    await go_on(keeper, 16 * DAY)
    (question,) = told(workspace)
    assert "Nobody has opened your schedule “What is new?”" in question
    assert "since 13 January" in question
    for button in ("Keep it", "Pause it", "Show me"):
        assert button in workspace.shown()
    await go_on(keeper, PATIENCE - DAY)
    assert len(told(workspace)) == 1
    assert (await record(keeper)).state == "pending"

    await go_on(keeper, 2 * DAY)
    assert "I've paused your schedule" in told(workspace)[1]
    assert "Resume" in workspace.shown()
    paused = await record(keeper)
    assert paused.state == "paused"
    assert paused.unseen_since is not None
    assert abs(paused.unseen_since - NOON) < timedelta(minutes=5)
    assert any(asked.path.endswith("/pause") for asked in qstash.asked)
    await go_on(keeper, LONG)
    assert len(told(workspace)) == 2


async def test_whoever_runs_an_old_deployment_is_not_asked_about_the_past(
    keeper: Process, workspace: Slack
) -> None:
    await store_daily(keeper.redis, keeper.clock, created=NOON - 400 * DAY)
    await go_on(keeper, timedelta(0))
    await go_on(keeper, PERIOD - DAY)
    assert told(workspace) == []


async def test_fifty_schedules_of_one_owner_are_one_message_and_others_get_their_own(
    keeper: Process, workspace: Slack
) -> None:
    for number in range(50):
        await store_daily(keeper.redis, keeper.clock, id=f"kolu-{number}")
    await counted(keeper, id="hers", user="U2")
    await go_on(keeper, LONG)
    (mine,), (hers,) = told(workspace), told(workspace, "U2")
    assert "these 50 schedules of yours" in mine
    assert "your schedule" in hers
    (shown,) = (post["blocks"] for post in workspace.posts if post["channel"] == "U1")
    assert len(shown) <= 50
    assert all(f"`kolu-{number}`" in str(shown) for number in range(50))
    await go_on(keeper, PATIENCE + DAY)
    assert {(await record(keeper, f"kolu-{number}")).state for number in range(50)} == {"paused"}
    assert len(told(workspace)) == 2


LOOKS: dict[str, Callable[[Process], Awaitable[object]]] = {
    "opened": lambda bot: bot.ground.directory.find_visible(ADA, "kolu-tane"),
    "changed": lambda bot: bot.ground.schedules.rename_schedule(ADA, "kolu-tane", "News"),
    "run by hand": lambda bot: bot.ground.schedules.run_schedule_now(ADA, "kolu-tane"),
    "by a colleague": lambda bot: bot.ground.directory.find_visible(replace(ADA, user="U9"), "kolu-tane"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_a_look_by_anyone_begins_the_time_anew(
    keeper: Process, workspace: Slack, look: Callable[[Process], Awaitable[object]]
) -> None:
    await counted(keeper)
    keeper.clock.ahead += PERIOD - DAY
    await look(keeper)
    await go_on(keeper, PERIOD - DAY)
    assert told(workspace) == []


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_a_look_after_the_question_is_an_answer(
    keeper: Process, workspace: Slack, look: Callable[[Process], Awaitable[object]]
) -> None:
    await counted(keeper)
    await go_on(keeper, LONG)
    assert len(told(workspace)) == 1
    keeper.clock.ahead += DAY
    await look(keeper)
    await go_on(keeper, PATIENCE + DAY)
    assert (await record(keeper)).state != "paused"
    assert len(told(workspace)) == 1
    await go_on(keeper, LONG)
    assert len(told(workspace)) == 2, "the next period ends with a question of its own"


async def test_of_several_only_those_are_paused_that_nobody_has_looked_at_since(
    keeper: Process, workspace: Slack
) -> None:
    await store_daily(keeper.redis, keeper.clock, id="wanted")
    await counted(keeper, id="unwanted")
    await go_on(keeper, LONG)
    await keeper.ground.directory.find_visible(ADA, "wanted")
    await go_on(keeper, PATIENCE + DAY)
    assert (await record(keeper, "wanted")).state != "paused"
    assert (await record(keeper, "unwanted")).state == "paused"
    assert "`unwanted`" in told(workspace)[1] or "unwanted" in workspace.shown()


async def test_a_look_is_written_once_a_day_and_only_where_the_operator_wants_renewal(
    keeper: Process, bot: Process, redis_raw: RawRedis
) -> None:
    await store_daily(bot.redis, bot.clock)
    await bot.ground.directory.find_visible(ADA, "kolu-tane")
    assert await redis_raw.hget(schedule_key("T1", "kolu-tane"), "looked") is None
    costs = []
    for _ in range(3):
        before = keeper.redis.requests
        await keeper.ground.directory.find_visible(ADA, "kolu-tane")
        costs.append(keeper.redis.requests - before)
    assert costs == [2, 1, 1]
    keeper.clock.ahead += DAY
    before = keeper.redis.requests
    await keeper.ground.directory.find_visible(ADA, "kolu-tane")
    assert keeper.redis.requests - before == 2


async def test_a_look_at_what_is_gone_leaves_nothing(keeper: Process, redis_raw: RawRedis) -> None:
    schedule = await store_daily(keeper.redis, keeper.clock)
    await keeper.schedule_store.delete_record(schedule)
    await keeper.ground.looks.record_look(schedule)
    assert await redis_raw.hget(schedule_key("T1", "kolu-tane"), "looked") is None


async def test_what_is_resumed_says_no_reason_any_more(keeper: Process) -> None:
    await counted(keeper)
    await go_on(keeper, LONG)
    await go_on(keeper, PATIENCE + DAY)
    resumed = await keeper.ground.schedules.resume_schedule(ADA, "kolu-tane")
    assert isinstance(resumed, Schedule)
    assert (await record(keeper)).unseen_since is None
    await keeper.ground.schedules.pause_schedule(ADA, "kolu-tane")
    assert (await record(keeper)).unseen_since is None


# Lost answers, other copies, and people who cannot be asked


@pytest.mark.parametrize("fault", [loses, fails], ids=["told and lost", "not told"])
async def test_a_question_whose_answer_is_lost_is_there_once_and_counts_from_then_on(
    keeper: Process, workspace: Slack, fault: Behaviour
) -> None:
    await counted(keeper)
    workspace.next["chat.postMessage"].append(fault)
    await go_on(keeper, LONG)
    await go_on(keeper, DAY)
    assert len(told(workspace)) == 1
    await go_on(keeper, PATIENCE - DAY)
    assert (await record(keeper)).state == "pending", "two weeks from when that was certain"
    await go_on(keeper, 2 * DAY)
    assert (await record(keeper)).state == "paused"


async def test_a_last_word_whose_answer_is_lost_is_there_once_and_then_it_is_paused(
    keeper: Process, workspace: Slack
) -> None:
    await counted(keeper)
    await go_on(keeper, LONG)
    workspace.next["chat.postMessage"].append(loses)
    await go_on(keeper, PATIENCE + DAY)
    assert (await record(keeper)).state == "pending"
    await go_on(keeper, DAY)
    assert (await record(keeper)).state == "paused"
    assert len(told(workspace)) == 2


async def test_a_copy_that_is_killed_once_the_question_is_sent_leaves_it_to_the_next(
    keeper: Process, workspace: Slack, redis_raw: RawRedis
) -> None:
    await counted(keeper)
    await go_on(keeper, LONG)
    key = renewal_key("T1", "U1")
    await redis_raw.hset(key, mapping={"state": "asking", "until": 0})
    await redis_raw.hdel(key, "asked")
    await go_on(keeper, DAY)
    assert len(told(workspace)) == 1
    assert await redis_raw.hget(key, "state") == b"asked"


async def test_while_one_copy_is_at_it_another_asks_nothing(
    keeper: Process, workspace: Slack, redis_raw: RawRedis
) -> None:
    await counted(keeper)

    async def meanwhile(stand_in: Slack, method: str, arguments: Any) -> Response:
        await go_on(keeper, timedelta(0))
        return JSONResponse(stand_in.do(method, arguments))

    workspace.next["chat.postMessage"].append(meanwhile)
    await go_on(keeper, LONG)
    assert len(told(workspace)) == 1


async def test_who_cannot_be_asked_loses_nothing(keeper: Process, workspace: Slack) -> None:
    await counted(keeper)
    for _ in range(20):
        workspace.next["chat.postMessage"].append(refuses("user_not_found"))
    await go_on(keeper, LONG)
    for _ in range(18):
        await go_on(keeper, DAY)
    assert (await record(keeper)).state == "pending"
    assert told(workspace) == []


async def test_the_schedules_of_someone_who_has_left_are_not_asked_about(
    keeper: Process, workspace: Slack
) -> None:
    async def gone(_: Slack, __: str, arguments: Any) -> Response:
        return JSONResponse({"ok": True, "user": {"id": arguments["user"], "deleted": True}})

    await counted(keeper)
    workspace.next["users.info"].append(gone)
    await go_on(keeper, LONG)
    assert told(workspace) == []
    assert (await record(keeper)).state == "pending"


async def test_a_new_owner_is_not_paused_for_a_question_to_the_one_before(
    keeper: Process, workspace: Slack
) -> None:
    await counted(keeper)
    await go_on(keeper, LONG)
    before = await record(keeper)
    await keeper.schedule_store.change_record(before, replace(before, user="U2"))
    await go_on(keeper, PATIENCE + DAY)
    assert (await record(keeper)).state == "pending"
    assert len(told(workspace, "U2")) == 1


async def test_what_is_paused_already_is_not_asked_about(keeper: Process, workspace: Slack) -> None:
    schedule = await counted(keeper)
    await keeper.schedule_store.change_record(schedule, replace(schedule, state="paused"))
    await go_on(keeper, LONG)
    assert told(workspace) == []


async def test_nothing_is_asked_where_the_operator_does_not_want_it(bot: Process) -> None:
    assert build_renewal(bot.ground) is None
