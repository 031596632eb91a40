"""Slots that get their answer made ahead, and the moment of the message for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler import (
    Closures,
    Cron,
    Job,
    Once,
    Send,
    Timing,
    make_warm,
    next_warm_hop,
    oldest_answer,
    runs_at,
    warm_job,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
LEAD = timedelta(minutes=5)
OPEN = Closures()


def slots(cron: str, zone: str = "UTC", schedule: str = "kolu-tane") -> Job:
    return Job(
        query="Why?",
        team="T1",
        channel="C1",
        user="U1",
        thread="1.000001",
        schedule=schedule,
        cron=cron,
        zone=zone,
    )


def planned(job: Job, *, now: datetime = NOW, closures: Closures = OPEN, **limits: Any) -> Send | None:
    timing = replace(Timing(when=Cron.parse(job.cron or "", zone=job.zone or "")), **limits)
    return make_warm(job, timing, lead=LEAD, closures=closures, now=now)


@pytest.mark.parametrize(
    ("cron", "zone", "slot"),
    [
        ("0 9 * * *", "UTC", "2026-11-21T09:00:00+00:00"),
        ("0 9 * * 1-5", "Europe/Berlin", "2026-11-23T08:00:00+00:00"),
        ("30 12 * * *", "UTC", "2026-11-20T12:30:00+00:00"),
        ("*/15 * * * *", "UTC", "2026-11-20T12:15:00+00:00"),
    ],
)
def test_the_next_slot_is_made_ahead_by_a_message_that_posts_nowhere(cron: str, zone: str, slot: str) -> None:
    send = planned(slots(cron, zone))
    assert send is not None
    assert send.job == Job(
        query="Why?",
        kind="warm",
        team="T1",
        schedule="kolu-tane",
        cron=cron,
        zone=zone,
        at=datetime.fromisoformat(slot),
    )
    assert send.job.at is not None
    assert send.at is not None
    assert send.job.at - LEAD < send.at < send.job.at - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("job", "limits", "slot"),
    [
        (slots("0 9 * * 1-5"), {"until": datetime(2026, 11, 22, tzinfo=UTC)}, None),
        (slots("0 9 * * *"), {"until": datetime(2026, 11, 21, 9, tzinfo=UTC)}, "2026-11-21T09:00:00+00:00"),
        (slots("0 9 25,28 12 *"), {"holidays": "DE"}, "2026-12-28T09:00:00+00:00"),
        (slots("0 9 * * 6,0"), {"holidays": "DE"}, "2026-11-22T09:00:00+00:00"),
        (slots("0 9 * * 1"), {"first_day": date(2026, 12, 1)}, "2026-12-07T09:00:00+00:00"),
        (slots("0 9 * * 1"), {"first_day": date(2026, 11, 16), "step": 2}, "2026-11-30T09:00:00+00:00"),
        (slots("0 9 28-31 * *"), {"nth": -1}, "2026-11-30T09:00:00+00:00"),
    ],
)
def test_only_a_slot_that_really_happens_is_made_ahead(
    job: Job, limits: dict[str, Any], slot: str | None
) -> None:
    closed = Closures(ranges=((date(2026, 11, 21), date(2026, 11, 21)),))
    send = planned(job, closures=closed, **limits)
    assert (send and send.job.at) == (slot and datetime.fromisoformat(slot))


@pytest.mark.parametrize(
    ("cron", "worth_it"),
    [("* * * * *", False), ("*/14 * * * *", False), ("*/15 * * * *", True), ("5,10 * * * *", True)],
)
def test_what_runs_more_often_than_every_quarter_of_an_hour_is_not_made_ahead(
    cron: str, worth_it: bool
) -> None:
    assert (planned(slots(cron)) is not None) is worth_it


def test_a_slot_soon_after_another_is_not_made_ahead_although_the_next_one_is() -> None:
    assert planned(slots("5,10 * * * *"), now=NOW + timedelta(minutes=5)) is None


@pytest.mark.parametrize(
    ("cron", "left", "at"),
    [("0 9 * * *", timedelta(minutes=1), None), ("0 9 * * *", timedelta(seconds=25), "tomorrow")],
)
def test_a_slot_that_is_near_is_made_ahead_at_once_or_left_to_itself(
    cron: str, left: timedelta, at: str | None
) -> None:
    send = planned(slots(cron), now=datetime(2026, 11, 21, 9, tzinfo=UTC) - left)
    assert send is not None
    assert (send.at is None) is (at is None)


def test_a_moment_or_an_answer_that_must_be_made_at_its_slot_is_not_made_ahead() -> None:
    once = Timing(when=Once(at=NOW + timedelta(days=1), zone="UTC"))
    assert make_warm(slots("0 9 * * *"), once, lead=LEAD, closures=OPEN, now=NOW) is None
    assert planned(replace(slots("0 9 * * *"), lead=timedelta(0))) is None


def test_a_schedule_that_allows_an_old_answer_gets_a_young_one_all_the_same() -> None:
    send = planned(replace(slots("0 9 * * *"), lead=timedelta(days=1)))
    assert send is not None
    assert send.at is not None
    assert send.job.at is not None
    assert send.at > send.job.at - LEAD


def test_the_nine_oclock_crowd_is_spread_over_the_lead() -> None:
    sends = [planned(slots("0 9 * * *", schedule=f"s-{n}")) for n in range(200)]
    arrivals = sorted(send.at for send in sends if send and send.at)
    assert len(set(arrivals)) == 200
    assert arrivals[-1] - arrivals[0] > LEAD / 2
    gaps = [later - earlier for earlier, later in pairwise(arrivals)]
    assert max(gaps) < LEAD / 10


def test_what_is_made_twice_is_taken_once_and_what_was_changed_is_not() -> None:
    def name(job: Job, *, now: datetime = NOW) -> str:
        send = planned(job, now=now)
        assert send is not None
        return send.deduplication_id

    job = slots("0 9 * * *")
    assert name(job) == name(job, now=NOW + timedelta(minutes=5)), "fired, and edited to the same"
    others = [replace(job, query="How?"), slots("0 10 * * *"), replace(job, lead=timedelta(minutes=2))]
    names = [name(job), name(job, now=NOW + timedelta(days=1)), *map(name, others)]
    assert len(set(names)) == 5


def test_what_is_further_away_than_qstash_waits_comes_in_hops() -> None:
    send = planned(slots("0 9 1 * *"), now=datetime(2026, 12, 1, 9, tzinfo=UTC))
    assert send is not None
    hops, names = 0, set()
    while True:
        assert send.at is not None
        names.add(send.deduplication_id)
        now = send.at
        hop = next_warm_hop(send.job, lead=LEAD, now=now)
        if hop is None:
            break
        assert hop.at is not None
        assert now < hop.at <= now + timedelta(days=7)
        assert hop.job == replace(send.job, hop=hops + 1)
        send, hops = hop, hops + 1
    assert hops == 4
    assert len(names) == 5
    assert send.job.at == datetime(2027, 1, 1, 9, tzinfo=UTC)
    assert send.job.at - LEAD < now < send.job.at


def test_whether_a_schedule_still_runs_at_a_slot() -> None:
    timing = Timing(when=Cron.parse("0 9 * * *"), holidays="DE", until=datetime(2026, 12, 26, 9, tzinfo=UTC))
    days = {
        day: runs_at(timing, datetime(2026, 12, day, 9, tzinfo=UTC), closures=OPEN) for day in (24, 25, 27)
    }
    assert days == {24: True, 25: False, 27: False}
    assert not runs_at(timing, datetime(2026, 12, 24, 10, tzinfo=UTC), closures=OPEN)


CRONS = [
    "0 9 * * 1-5",
    "*/15 * * * *",
    "30 2 * * *",
    "0 */3 * * *",
    "0 8 1 * *",
    "0 0 * * 0",
    "7,22 1-3 * * *",
]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"]


@given(
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    schedule=st.from_regex(r"[a-z]{4}-[a-z]{4}", fullmatch=True),
    now=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    lead=st.integers(30, 3600).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_whenever_it_is_planned_its_answer_counts_for_its_slot_and_for_no_other(
    cron: str, zone: str, schedule: str, now: datetime, lead: timedelta
) -> None:
    job, parsed = slots(cron, zone, schedule), Cron.parse(cron, zone=zone)
    send = make_warm(job, Timing(when=parsed), lead=lead, closures=OPEN, now=now)
    if send is None:
        return
    while (hop := next_warm_hop(send.job, lead=lead, now=now)) is not None:
        assert hop.at is not None
        assert hop.at > now
        now = hop.at
    slot = send.job.at
    assert slot is not None
    assert oldest_answer(job, slot=slot, lead=lead) <= now < slot
    assert parsed.next_after(now) == slot
    assert send.job == warm_job(job, slot)
    assert Job.decode(send.job.encode()) == send.job
