"""Messages that are published for a prompt, and the run and slot that a delivery serves."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import (
    Cron,
    Job,
    Once,
    Repeat,
    Send,
    WhenError,
    deduplication_id,
    make_plan,
    next_hop,
    oldest_answer,
    run_of,
    slot_of,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JOB = Job(query="Why?", team="T1", channel="C1", user="U1", id="kolu-tane")
LEAD = timedelta(minutes=5)


def slot_job(cron: str, zone: str = "UTC") -> Job:
    return replace(JOB, id=None, schedule="kolu-tane", cron=cron, zone=zone)


def test_a_prompt_for_now_is_sent_at_once_under_its_id() -> None:
    plan = make_plan(JOB, None, now=NOW)
    assert plan == Send(job=JOB, deduplication_id=deduplication_id("kolu-tane"), at=None)


def test_a_deduplication_id_is_in_qstashs_characters_and_tells_everything_apart() -> None:
    names = [deduplication_id(*parts) for parts in (("a:b/ü",), ("a", "b/ü"), ("a:b/ü", NOW), ("a",))]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in names)
    assert len(set(names)) == 4


def test_a_one_off_waits_until_its_moment_and_carries_it() -> None:
    at = NOW + timedelta(days=3)
    plan = make_plan(JOB, Once(at=at, zone="UTC"), now=NOW)
    assert isinstance(plan, Send)
    assert (plan.at, plan.job.at) == (at, at)


def test_a_wait_that_is_too_long_for_qstash_goes_in_hops_until_its_time_has_come() -> None:
    due = NOW + timedelta(days=54)
    plan: Send | Repeat | None = make_plan(JOB, Once(at=due, zone="UTC"), now=NOW)
    now, hops, ids = NOW, 0, set()
    while plan is not None:
        assert isinstance(plan, Send)
        assert plan.at is not None
        assert now < plan.at <= now + timedelta(days=7)
        assert plan.job.at == due
        ids.add(plan.deduplication_id)
        now, hops = plan.at, hops + 1
        plan = next_hop(plan.job, now=now)
    assert now == due
    assert hops == len(ids) == 8


def test_what_is_due_has_no_next_hop() -> None:
    assert next_hop(JOB, now=NOW) is None
    assert next_hop(replace(JOB, at=NOW), now=NOW) is None
    for seconds in (-90, 45, 60):
        at = NOW + timedelta(seconds=seconds)
        assert next_hop(replace(JOB, at=at), now=NOW) is None, "clocks differ"


def test_what_comes_early_hops_under_an_id_of_its_own_and_the_same_however_often_it_comes() -> None:
    due = NOW + timedelta(seconds=90)
    sent = make_plan(JOB, Once(at=due, zone="UTC"), now=NOW - timedelta(hours=1))
    assert isinstance(sent, Send)
    ids = [sent.deduplication_id]
    for _ in range(3):
        hop = next_hop(Job.decode(sent.job.encode()), now=NOW)
        assert hop is not None
        again = next_hop(Job.decode(sent.job.encode()), now=NOW + timedelta(seconds=1))
        assert again == hop, "it came twice"
        ids.append(hop.deduplication_id)
        sent = hop
    assert len(set(ids)) == 4


def test_a_schedule_carries_its_id_cron_and_zone_and_no_run_of_its_own() -> None:
    cron = Cron.parse("0 9 * * 1-5", zone="Europe/Berlin")
    plan = make_plan(JOB, cron, now=NOW)
    assert plan == Repeat(
        job=replace(JOB, id=None, schedule="kolu-tane", cron="0 9 * * 1-5", zone="Europe/Berlin"), cron=cron
    )


def test_a_job_without_an_id_cannot_be_planned() -> None:
    with pytest.raises(ValueError, match="id"):
        make_plan(Job(query="Why?"), None, now=NOW)


@pytest.mark.parametrize(
    ("delivered", "slot"),
    [
        ("2026-11-22T12:00:00+00:00", "2026-11-22T12:00:00+00:00"),
        ("2026-11-22T11:59:45+00:00", "2026-11-22T12:00:00+00:00"),
        ("2026-11-22T12:37:00+00:00", "2026-11-22T12:00:00+00:00"),
        ("2026-11-22T12:59:20+00:00", "2026-11-22T12:00:00+00:00"),
    ],
)
def test_early_on_time_or_late_a_delivery_serves_the_slot_it_was_sent_for(delivered: str, slot: str) -> None:
    job = slot_job("0 * * * *")
    assert slot_of(job, now=datetime.fromisoformat(delivered)) == datetime.fromisoformat(slot)


@pytest.mark.parametrize(
    ("delivered", "slot"),
    [("09:00:00", "09:00"), ("09:00:31", "09:00"), ("09:00:44", "09:00"), ("09:00:46", "09:01")],
)
def test_a_late_delivery_of_every_minute_does_not_take_the_run_of_the_next(delivered: str, slot: str) -> None:
    at = datetime.fromisoformat(f"2026-11-22T{delivered}+00:00")
    assert slot_of(slot_job("* * * * *"), now=at) == datetime.fromisoformat(f"2026-11-22T{slot}:00+00:00")


def test_what_is_published_again_for_a_slot_serves_that_however_late_it_comes() -> None:
    again = Job.decode(replace(slot_job("* * * * *"), at=NOW).encode())
    assert slot_of(again, now=NOW + timedelta(minutes=7)) == NOW


def test_a_one_off_serves_no_slot_and_a_cron_that_is_none_is_refused() -> None:
    assert slot_of(JOB, now=NOW) is None
    with pytest.raises(WhenError, match="not the five fields of a cron: 'nonsense'"):
        slot_of(slot_job("nonsense"), now=NOW)


def test_a_run_is_named_by_team_and_id_or_by_team_schedule_and_slot() -> None:
    assert run_of(JOB, slot=None) == "T1:kolu-tane"
    assert run_of(slot_job("0 * * * *"), slot=NOW) == f"T1:kolu-tane:{int(NOW.timestamp())}"
    assert run_of(Job(query="Why?"), slot=None) is None


def test_each_further_place_of_a_run_is_a_run_of_its_own_and_the_first_ones_stays_as_it_was() -> None:
    slots = replace(slot_job("0 * * * *"), also=("C2", "D3"))
    first = f"T1:kolu-tane:{int(NOW.timestamp())}"
    assert run_of(slots, slot=NOW) == first
    further = [slots.for_place(channel, slot=NOW, ticket="slot") for channel in slots.also]
    assert [run_of(job, slot=slot_of(job, now=NOW + timedelta(hours=3))) for job in further] == [
        f"{first}:C2",
        f"{first}:D3",
    ]
    assert [(job.channel, job.also) for job in further] == [("C2", ()), ("D3", ())]
    one_off = replace(JOB, at=NOW, also=("C2",))
    assert run_of(one_off.for_place("C2", slot=None, ticket="t"), slot=None) == (
        f"T1:kolu-tane:{int(NOW.timestamp())}:C2"
    )


def test_code_that_knows_of_one_place_only_refuses_the_job_of_a_further_one() -> None:
    further = replace(slot_job("0 * * * *"), also=("C2",)).for_place("C2", slot=NOW, ticket="slot")
    assert json.loads(further.encode())["v"] == 2
    assert json.loads(slot_job("0 * * * *").encode())["v"] == 1


@pytest.mark.parametrize(
    ("cron", "oldest"),
    [
        ("0 9 * * *", LEAD),
        ("*/15 * * * *", LEAD),
        ("*/4 * * * *", timedelta(minutes=2)),
        ("* * * * *", timedelta(seconds=30)),
    ],
)
def test_an_answer_made_for_the_slot_before_never_counts(cron: str, oldest: timedelta) -> None:
    slot = Cron.parse(cron).next_after(NOW)
    assert oldest_answer(slot_job(cron), slot=slot, lead=LEAD) == slot - oldest
