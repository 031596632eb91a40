"""Changes of a file, applied to records and QStash; rows for audit."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.operating import (
    ROW_FIELDS,
    Applied,
    Applying,
    Carrier,
    Pausing,
    find_changes,
    find_teams,
    history_rows,
    usage_rows,
    write_rows,
)
from bot.schedules import Schedule
from bot.storage import CountedRedis
from scheduler import Done, Job
from tests.bot.announcing import Process
from tests.bot.scheduled import DAILY, job_of
from tests.stand_ins.qstash import QStash, reply

NAMED = replace(DAILY, name="Daily")
DOWN = [reply(500, "")] * 2


@pytest.fixture
def applying(bot: Process) -> Applying:
    ground = bot.ground
    return Applying(
        schedule_store=ground.schedule_store,
        carrier=Carrier(
            publisher=ground.services.publisher,
            publishing=ground.schedules.publishing,
            warming=ground.warming,
        ),
        now=bot.clock,
    )


async def apply_all(applying: Applying, *filed: Schedule) -> list[Applied]:
    stored = await applying.schedule_store.list_records("T1")
    changes = find_changes(filed, stored, now=applying.now())
    return [await applying.apply_change(change) for change in changes]


def told(done: list[Applied]) -> list[tuple[str, str]]:
    return [(one.change.kind, one.outcome) for one in done]


async def test_what_is_added_is_stored_and_carried_and_the_same_again_is_nothing(
    applying: Applying, qstash: QStash
) -> None:
    moment = applying.now().replace(microsecond=0) + timedelta(hours=1)
    once = replace(DAILY, id="once-upon", cron=None, at=moment)
    new = replace(NAMED, id="", name="By hand", state="paused")
    done = await apply_all(applying, NAMED, once, new)
    assert told(done) == [("add", "done")] * 3
    stored = await applying.schedule_store.list_records("T1")
    by_name = {schedule.label: schedule for schedule in stored}
    by_id = {schedule.id: schedule for schedule in stored}
    assert by_name["Daily"].state == "active"
    assert by_name["By hand"].state == "paused"
    assert by_id["once-upon"].message in qstash.waiting
    assert set(qstash.repeating) == {NAMED.id, by_name["By hand"].id}
    assert any(asked.path.endswith(f"/{by_name['By hand'].id}/pause") for asked in qstash.asked)
    before = len(qstash.asked)
    assert told(await apply_all(applying, NAMED, once, new)) == [("same", "done")] * 3
    assert len(qstash.asked) == before


async def test_a_change_reaches_the_record_and_qstash_and_so_do_a_pause_and_its_end(
    applying: Applying, qstash: QStash
) -> None:
    await apply_all(applying, NAMED)
    assert told(await apply_all(applying, replace(NAMED, query="Else?", state="paused"))) == [
        ("change", "done")
    ]
    (stored,) = await applying.schedule_store.list_records("T1")
    assert (stored.query, stored.state) == ("Else?", "paused")
    assert Job.decode(qstash.repeating[NAMED.id]).query == "Else?"
    assert qstash.asked[-2].path.endswith("/pause") or qstash.asked[-1].path.endswith("/pause")
    assert told(await apply_all(applying, NAMED)) == [("change", "done")]
    (stored,) = await applying.schedule_store.list_records("T1")
    assert (stored.query, stored.state) == (NAMED.query, "active")
    assert any(asked.path.endswith("/resume") for asked in qstash.asked)


async def test_what_was_paused_for_a_move_to_another_redis_runs_there_at_once(
    applying: Applying, qstash: QStash
) -> None:
    by_hand = replace(NAMED, id="", name="By hand")
    assert told(await apply_all(applying, NAMED, by_hand)) == [("add", "done")] * 2
    resumed = [asked.path for asked in qstash.asked if asked.path.endswith("/resume")]
    assert [path.split("/")[-2] for path in resumed] == [NAMED.id], "a new id was never paused"


async def test_what_recurred_and_now_runs_once_is_taken_from_the_recurring_ones(
    applying: Applying, qstash: QStash
) -> None:
    await apply_all(applying, NAMED)
    once = replace(NAMED, cron=None, at=applying.now() + timedelta(hours=2))
    assert told(await apply_all(applying, once)) == [("change", "done")]
    assert qstash.repeating == {}
    (first,) = (await applying.schedule_store.list_records("T1"))[0:1]
    assert first.message in qstash.waiting
    assert told(await apply_all(applying, NAMED)) == [("change", "done")]
    assert first.message not in qstash.waiting
    assert set(qstash.repeating) == {NAMED.id}


async def test_what_cannot_be_done_is_told_for_each_and_the_others_are_done(
    applying: Applying, qstash: QStash
) -> None:
    await apply_all(applying, NAMED)
    other = replace(NAMED, id="bada-lila")
    fine = replace(NAMED, id="gonu-evam", name="Fine")
    qstash.faults.extend(DOWN)
    done = await apply_all(applying, other, fine)
    assert told(done) == [("name_taken", "name_taken"), ("add", "not_published"), ("only_stored", "done")]
    assert "QStash" in done[1].detail
    assert told(await apply_all(applying, fine))[0] == ("same", "done"), "it is stored"


async def test_without_a_qstash_it_waits_for_the_next_copy(applying: Applying, qstash: QStash) -> None:
    alone = replace(applying, carrier=None)
    assert told(await apply_all(alone, NAMED)) == [("add", "waits")]
    (stored,) = await applying.schedule_store.list_records("T1")
    assert stored.state == "pending", "which the reconciliation of any copy ends"
    assert qstash.asked == []


async def test_each_team_is_found_and_no_key_of_another_kind(redis: CountedRedis, applying: Applying) -> None:
    for team in ("T2", "T1"):
        await applying.apply_change(find_changes([replace(DAILY, team=team)], [], now=applying.now())[0])
    await redis.set("precache:schedule:T3:x", "1")
    assert await find_teams(redis) == ["T1", "T2"]


async def test_runs_and_usage_come_as_rows(applying: Applying, bot: Process, redis: CountedRedis) -> None:
    await apply_all(applying, replace(NAMED, name="=cmd"))
    (stored,) = await applying.schedule_store.list_records("T1")
    bot.clock.turn_to(datetime(2026, 11, 26, 9, 0, 5, tzinfo=UTC))
    assert isinstance(await bot.deliver(job_of(stored)), Done)
    rows = [row async for row in history_rows(applying.schedule_store, [stored], now=bot.clock())]
    (row,) = rows
    assert tuple(row) == tuple(ROW_FIELDS["history"])
    assert (row["team"], row["schedule"], row["outcome"]) == ("T1", NAMED.id, "posted")
    assert json.loads(write_rows(rows, form="jsonl", fields=(), header=True)) == row
    text = write_rows(rows, form="csv", fields=ROW_FIELDS["history"], header=True)
    (cells,) = csv.DictReader(io.StringIO(text))
    assert cells["name"] == "'=cmd", "no spreadsheet takes it for a formula"
    days = [bot.clock().date()]
    usage = {str(row["what"]): row["count"] async for row in usage_rows(redis, "T1", days)}
    assert usage["calls"] == 1
    assert "cost" not in usage


# Paused together


@pytest.fixture
def pausing(redis: CountedRedis, applying: Applying) -> Pausing:
    return Pausing(redis=redis, schedule_store=applying.schedule_store, carrier=applying.carrier)


async def test_all_that_recur_pause_together_and_those_alone_run_again(
    applying: Applying, pausing: Pausing, qstash: QStash
) -> None:
    moment = applying.now().replace(microsecond=0) + timedelta(hours=1)
    own = replace(DAILY, id="bada-lila", state="paused")
    gone = replace(DAILY, id="gonu-evam")
    once = replace(DAILY, id="zuvi-dano", cron=None, at=moment)
    await apply_all(applying, NAMED, own, gone, once)
    assert {schedule.id for schedule in await pausing.pause_team("T1")} == {NAMED.id, gone.id}
    assert await pausing.pause_team("T1") == [], "once more is nothing"
    states = {schedule.id: schedule.state for schedule in await applying.schedule_store.list_records("T1")}
    assert states == {NAMED.id: "paused", own.id: "paused", gone.id: "paused", once.id: "active"}
    assert [asked.path for asked in qstash.asked if asked.path.endswith(f"{gone.id}/pause")]
    await applying.schedule_store.delete_record(gone)
    assert [schedule.id for schedule in await pausing.resume_team("T1")] == [NAMED.id]
    states = {schedule.id: schedule.state for schedule in await applying.schedule_store.list_records("T1")}
    assert states == {NAMED.id: "active", own.id: "paused", once.id: "active"}
    assert await pausing.resume_team("T1") == []


async def test_a_pause_that_was_broken_off_is_finished_and_one_that_qstash_missed_holds(
    applying: Applying, pausing: Pausing, qstash: QStash, redis: CountedRedis
) -> None:
    await apply_all(applying, NAMED)
    await redis.sadd("precache:paused:T1", NAMED.id)  # and there it broke off
    qstash.faults.extend(DOWN)
    assert [schedule.id for schedule in await pausing.pause_team("T1")] == [NAMED.id]
    (stored,) = await applying.schedule_store.list_records("T1")
    assert stored.state == "paused", "the record alone is enough: a delivery does nothing"
    assert [schedule.id for schedule in await pausing.resume_team("T1")] == [NAMED.id]


def test_owners_read_why_with_the_operators_words() -> None:
    from bot import replies

    said = replies.all_paused([NAMED], notice="We move <house>, until 5.")
    assert "paused all schedules, including your schedule:" in said
    assert "Daily" in said
    assert "We move &lt;house&gt;, until 5." in said
    assert "run again, including your schedules:" in replies.all_resumed([NAMED, DAILY], notice="")
