"""Schedules in Redis: found by id or name, changed by one at a time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis

from bot.answers import POSTED_FIELD, PostedAnswer, PostedAnswers
from bot.readers import Consent
from bot.runs.ledger.ledger import Ledger
from bot.runs.state.claims import Ending
from bot.schedules.history.run import Run
from bot.schedules.record_changes import ONE_OFF_TTL
from bot.schedules.schedule import Place, Schedule, ticket_of
from bot.schedules.schedule_record import decode_schedule, encode_schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.schedules.skips.skip import Skip
from bot.sources import Channel, ChannelMembers, Link, Source
from bot.storage.client import CountedRedis
from bot.storage.keys import history_key, schedule_ids_key, schedule_key, schedule_name_key, votes_key
from bot.storage.moments import ms_of
from bot.storage.retention import Retention
from scheduler import Cron, Once, Timing

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCHEDULE = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why is the sky blue? 🌤️",
    zone="Europe/Berlin",
    cron="0 9 * * *",
    name="Morning ☀️",
    until=NOON + timedelta(days=30),
    holidays="DE-BY",
    mentions=("U2", "here"),
    max_age=timedelta(minutes=10),
    created=NOON,
)


async def added(schedule_store: ScheduleStore, schedule: Schedule = SCHEDULE) -> Schedule:
    record = await schedule_store.add_record(schedule, now=NOON)
    assert isinstance(record, Schedule)
    return record


async def note(ledger: Ledger, schedule: str, line: Run) -> None:
    """As the end of each run is written down."""
    ending = Ending(schedule=("T1", schedule), line=line)
    await ledger.record_posted(f"T1:{schedule}:{line.at.timestamp():.0f}", ts="", ending=ending)


async def test_a_schedule_is_found_by_its_id_and_by_its_name_in_any_case_with_all_that_was_written(
    schedule_store: ScheduleStore,
) -> None:
    record = await added(schedule_store)
    assert record == replace(SCHEDULE, state="pending", revision=1)
    for name in ("kolu-tane", "KOLU-TANE", "Morning ☀️", "mORNING ☀️"):
        assert await schedule_store.find_record("T1", name) == record
    assert await schedule_store.find_record("T2", "kolu-tane") is None
    assert await schedule_store.find_record("T1", "evening") is None


async def test_ids_and_names_are_unique_in_a_team_and_nowhere_else(schedule_store: ScheduleStore) -> None:
    await added(schedule_store)
    assert await schedule_store.add_record(SCHEDULE, now=NOON) == "id_taken"
    assert (
        await schedule_store.add_record(replace(SCHEDULE, id="bafo-riku", name="MORNING ☀️"), now=NOON)
        == "name_taken"
    )
    await added(schedule_store, replace(SCHEDULE, team="T2"))


@pytest.mark.parametrize(
    "other",
    ["CAFÉ DE LA STRASSE", "cafe\u0301 de la stra\xdfe", "Café  de\u00a0la strasse", "ｃafé de la straße"],
)
async def test_names_that_people_would_take_for_one_are_one(
    schedule_store: ScheduleStore, other: str
) -> None:
    record = await added(schedule_store, replace(SCHEDULE, name="Café de la Straße"))
    assert await schedule_store.find_record("T1", other) == record
    assert (
        await schedule_store.add_record(replace(SCHEDULE, id="bafo-riku", name=other), now=NOON)
        == "name_taken"
    )


async def test_of_two_who_change_the_same_at_once_one_is_told(schedule_store: ScheduleStore) -> None:
    record = await added(schedule_store)
    outcomes = await asyncio.gather(
        *(schedule_store.change_record(record, replace(record, query=f"{n}?")) for n in range(10))
    )
    assert outcomes.count("changed") == 9
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, Schedule)]
    assert await schedule_store.find_record("T1", record.id) == won


async def test_a_new_name_frees_the_old_one(schedule_store: ScheduleStore) -> None:
    record = await added(schedule_store)
    renamed = await schedule_store.change_record(record, replace(record, name="Evening"))
    assert isinstance(renamed, Schedule)
    assert await schedule_store.find_record("T1", "Morning ☀️") is None
    assert await schedule_store.find_record("T1", "evening") == renamed
    unnamed = await schedule_store.change_record(renamed, replace(renamed, name=None))
    assert isinstance(unnamed, Schedule)
    assert await schedule_store.find_record("T1", "evening") is None
    await added(schedule_store, replace(SCHEDULE, id="bafo-riku", name="Evening"))
    assert await schedule_store.change_record(unnamed, replace(unnamed, name="EVENING")) == "name_taken"
    same = await schedule_store.change_record(unnamed, replace(unnamed, query="Why?"))
    assert isinstance(same, Schedule)


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ({"state": "active"}, True),
        ({"name": "Evening"}, True),
        ({"user": "U2"}, True),
        ({"state": "paused"}, False),
        ({"query": "Why is the sea blue?"}, False),
        ({"sources": (Link(url="https://example.com/news"),)}, False),
        ({"model": "another"}, False),
        ({"changes": "only"}, False),
        ({"cron": "0 10 * * *"}, False),
        ({"until": NOON + timedelta(days=3)}, False),
    ],
)
async def test_what_was_previewed_is_good_for_the_first_run_that_it_was_meant_for_alone(
    schedule_store: ScheduleStore, change: dict[str, Any], stays: bool
) -> None:
    record = await schedule_store.add_record(SCHEDULE, now=NOON, keep=NOON, preview="seen")
    assert isinstance(record, Schedule)
    assert isinstance(await schedule_store.change_record(record, replace(record, **change)), Schedule)
    key = schedule_key("T1", record.id)
    kept = await schedule_store.redis.hmget(key, "keep", "preview")
    assert kept == ([str(ms_of(NOON)), "seen"] if stays else [None, None])


@pytest.mark.parametrize(("after", "stays"), [(timedelta(0), True), (timedelta(seconds=30), False)])
async def test_what_was_previewed_is_not_posted_a_day_late_where_an_undo_comes_after_the_slot(
    schedule_store: ScheduleStore, after: timedelta, stays: bool
) -> None:
    nine = datetime(2026, 11, 23, 8, tzinfo=UTC) - timedelta(seconds=10)
    record = await schedule_store.add_record(SCHEDULE, now=nine, keep=nine, preview="seen")
    assert isinstance(record, Schedule)
    await schedule_store.delete_record(record)
    assert isinstance(await schedule_store.restore_record(record, now=nine + after), Schedule)
    kept = await schedule_store.redis.hmget(schedule_key("T1", record.id), "keep", "preview")
    assert kept == ([str(ms_of(nine)), "seen"] if stays else [None, None])


async def test_what_was_forgotten_is_gone_with_its_name_and_history_for_good(
    schedule_store: ScheduleStore, ledger: Ledger
) -> None:
    record = await added(schedule_store)
    await note(ledger, record.id, Run(at=NOON, outcome="posted"))
    await schedule_store.delete_record(record)
    assert await schedule_store.find_record("T1", record.id) is None
    assert await schedule_store.find_record("T1", "Morning ☀️") is None
    assert await schedule_store.list_records("T1") == []
    assert await schedule_store.read_history("T1", record.id) == []
    assert await schedule_store.change_record(record, record) == "gone"
    assert await schedule_store.add_record(SCHEDULE, now=NOON) == "id_taken", (
        "deliveries may still come for it"
    )


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
async def test_any_number_of_schedules_is_listed(schedule_store: ScheduleStore, count: int) -> None:
    for n in range(count):
        await added(schedule_store, replace(SCHEDULE, id=f"n-{n:03}", name=None))
    assert [schedule.id for schedule in await schedule_store.list_records("T1")] == [
        f"n-{n:03}" for n in range(count)
    ]


async def test_a_one_off_whose_record_has_run_out_leaves_the_list(
    schedule_store: ScheduleStore, redis: CountedRedis
) -> None:
    record = await added(schedule_store, replace(SCHEDULE, cron=None, until=None, holidays=None, at=NOON))
    assert await redis.ttl(schedule_key("T1", record.id)) > 0
    await redis.delete(schedule_key("T1", record.id))
    assert await schedule_store.list_records("T1") == []
    assert await redis.smembers(schedule_ids_key("T1")) == []


async def test_a_record_and_its_name_live_as_long_as_what_it_has_become(
    schedule_store: ScheduleStore, redis: CountedRedis
) -> None:
    now, day = datetime.now(UTC), timedelta(days=1)

    async def left(record: Schedule) -> list[int]:
        keys = [schedule_key("T1", record.id), schedule_name_key("T1", record.name or "")]
        return [await redis.ttl(key) for key in keys]

    def runs_once(record: Schedule, at: datetime) -> Schedule:
        return record.at_time(Timing(when=Once(at=at, zone="UTC")))

    async def changed(before: Schedule, after: Schedule) -> Schedule:
        written = await schedule_store.change_record(before, after)
        assert isinstance(written, Schedule)
        return written

    once = await schedule_store.add_record(runs_once(SCHEDULE, now + day), now=now)
    assert isinstance(once, Schedule)
    later = await changed(once, runs_once(once, now + 30 * day))
    assert min(await left(later)) > (30 * day + ONE_OFF_TTL - timedelta(hours=1)).total_seconds()
    again = await changed(later, later.at_time(Timing(when=Cron.parse("0 9 * * *"))))
    assert await left(again) == [-1, -1]
    renamed = await changed(again, replace(runs_once(again, now + day), name="Evening"))
    assert all(0 < seconds <= (day + ONE_OFF_TTL).total_seconds() for seconds in await left(renamed))


@pytest.mark.parametrize(
    ("fields", "known"),
    [
        ({"user": "U2"}, False),
        ({"channel": "C2"}, False),
        ({"sources": (Channel(channel="C2"),)}, False),
        ({"query": "Why not?"}, True),
    ],
)
async def test_that_an_owner_was_seen_holds_as_long_as_owner_channel_and_sources_do(
    schedule_store: ScheduleStore, ledger: Ledger, fields: dict[str, Any], known: bool
) -> None:
    async def seen() -> bool:
        found = await schedule_store.find_to_warm("T1", record.id)
        assert found is not None
        return found[1] is not None

    record = await added(schedule_store)
    await schedule_store.record_owner_seen(record, now=NOON)
    assert await seen()
    assert isinstance(await schedule_store.change_record(record, replace(record, **fields)), Schedule)
    assert await seen() is known
    await schedule_store.record_owner_seen(record, now=NOON)
    assert await seen() is known, "who was looked for has changed meanwhile"


async def test_runs_are_kept_as_long_as_the_operator_says_and_no_longer(
    redis: CountedRedis, redis_raw: RawRedis
) -> None:
    kept = Retention(history=timedelta(days=10), runs=1_000, usage=timedelta(days=20))
    store, ledger = ScheduleStore(redis=redis, retention=kept), Ledger(redis=redis, retention=kept)
    lines = [Run(at=NOON + timedelta(days=n), outcome="skipped") for n in range(30)]
    for line in lines:
        await note(ledger, "kolu-tane", line)
    assert await store.read_history("T1", "kolu-tane", most=None) == lines[:-12:-1]
    later = NOON + timedelta(days=35)
    assert await store.read_history("T1", "kolu-tane", most=None, now=later) == lines[:-6:-1]
    assert await redis_raw.ttl(history_key("T1", "kolu-tane")) == 10 * 86_400


async def test_history_tells_the_latest_runs_and_forgets_the_oldest(
    schedule_store: ScheduleStore, ledger: Ledger
) -> None:
    lines = [
        Run(at=NOON + timedelta(days=n), outcome="skipped", detail="Neujahr")
        for n in range(Retention.runs + 5)
    ]
    for line in lines:
        await note(ledger, "kolu-tane", line)
    assert await schedule_store.read_history("T1", "kolu-tane", most=3) == lines[:-4:-1]
    assert len(await schedule_store.read_history("T1", "kolu-tane", most=1000)) == Retention.runs
    record = await added(schedule_store)
    other = await added(schedule_store, replace(SCHEDULE, id="bafo-riku", name=None))
    assert await schedule_store.read_last_runs([record, other]) == [lines[-1], None]
    assert await schedule_store.read_last_runs([]) == []


async def test_conditions_are_kept_beside_the_cron_and_an_older_record_has_none(
    schedule_store: ScheduleStore,
) -> None:
    every_other_friday = Timing(
        when=Cron.parse("0 9 * * 5", zone="Europe/Berlin"), first_day=date(2026, 11, 27), step=2
    )
    last_day = Timing(when=Cron.parse("0 9 28-31 * *", zone="Europe/Berlin"), nth=-1)
    for number, timing in enumerate((every_other_friday, last_day)):
        record = await added(
            schedule_store, replace(SCHEDULE.at_time(timing), id=f"kolu-tan{number}", name=None)
        )
        found = await schedule_store.find_record("T1", record.id)
        assert found is not None
        assert found.timing == timing
    assert not {"first_day", "step", "nth"} & json.loads(encode_schedule(SCHEDULE)).keys()
    older = await decode_schedule((encode_schedule(SCHEDULE), "active", "1"))
    assert older == replace(SCHEDULE, state="active", revision=1)


LIMITS: dict[str, dict[str, Any]] = {
    "until": {"until": NOON},
    "holidays": {"holidays": "DE-BY"},
    "first_day": {"first_day": NOON.date()},
    "nth": {"cron": "0 9 * * 5", "nth": -1},
    "skipped": {"skips": (Skip(slot=NOON, by="U1"),)},
    "paused_until": {"paused_until": NOON},
}


@pytest.mark.parametrize(
    "limit", [field.name for field in fields(Timing) if field.name not in ("when", "step")]
)
def test_whatever_may_keep_a_slot_from_running_is_looked_at_there(limit: str) -> None:
    """A step is counted from a first day, so there is none without one."""
    plain = replace(SCHEDULE, until=None, holidays=None)
    limited = replace(plain, **LIMITS[limit])
    assert getattr(limited.timing, limit) != getattr(plain.timing, limit)
    assert (plain.may_rest, limited.may_rest) == (False, True)


def test_a_schedule_moves_between_again_and_once() -> None:
    once = SCHEDULE.at_time(Timing(when=Once(at=NOON, zone="UTC")))
    assert (once.cron, once.at, once.until, once.holidays, once.zone) == (None, NOON, None, None, "UTC")
    again = once.at_time(Timing(when=Cron.parse("0 8 * * 1", zone="Asia/Kolkata"), holidays="IN"))
    assert (again.cron, again.at, again.holidays) == ("0 8 * * 1", None, "IN")
    assert again.timing.when == Cron.parse("0 8 * * 1", zone="Asia/Kolkata")


async def test_further_places_are_kept_in_their_order_and_an_older_record_has_one(
    schedule_store: ScheduleStore,
) -> None:
    places = (
        Place(channel="C1", thread="1.1"),
        Place(channel="D2", user="U2"),
        Place(channel="C1"),
        Place(channel="C3"),
    )
    record = await added(schedule_store, SCHEDULE.at_places(places))
    assert record.places == (places[0], places[1], places[3])
    assert await schedule_store.find_record("T1", record.id) == record
    assert (record.job.channel, record.job.thread, record.job.also) == ("C1", "1.1", ("D2", "C3"))
    assert "also" not in json.loads(encode_schedule(SCHEDULE))
    older = await decode_schedule((encode_schedule(SCHEDULE), "active", "1"))
    assert older is not None
    assert older.places == (Place(channel="C1"),)


async def test_consents_are_kept_with_who_gave_them_and_older_records_have_none(
    schedule_store: ScheduleStore,
) -> None:
    given = Consent(readers=ChannelMembers(channel="C9"), place="C1", by="U3", at=NOON, is_open=True)
    record = await added(schedule_store, replace(SCHEDULE, consents=(given,)))
    assert record.consents == (given,)
    assert await schedule_store.find_record("T1", record.id) == record
    assert "consents" not in json.loads(encode_schedule(SCHEDULE))


async def test_a_person_may_be_the_first_place(schedule_store: ScheduleStore) -> None:
    record = await added(schedule_store, SCHEDULE.at_places([Place(channel="D2", user="U2")]))
    found = await schedule_store.find_record("T1", record.id)
    assert found is not None
    assert found.places == (Place(channel="D2", user="U2"),)


def test_another_place_makes_another_ticket_for_a_one_off_whose_further_places_carry_the_same() -> None:
    one_off = SCHEDULE.at_time(Timing(when=Once(at=NOON, zone="UTC")))
    further = one_off.at_places([Place(channel="C1"), Place(channel="C2")])
    assert further.ticket != one_off.ticket
    job = replace(further.job, at=further.at)
    assert ticket_of(job.for_place("C2", slot=None, ticket=ticket_of(job))) == further.ticket


@pytest.mark.parametrize(
    ("sources", "is_kept"),
    [
        ((Link(url="https://example.com/"),), False),
        ((Channel(channel="C0OTHER0001"),), False),
        ((Channel(channel="C0PRIVATE01", hours=2), Channel(channel="C0OTHER0001")), True),
    ],
)
async def test_what_was_made_of_a_source_that_it_no_longer_reads_is_forgotten(
    schedule_store: ScheduleStore, ledger: Ledger, sources: tuple[Source, ...], is_kept: bool
) -> None:
    """The next owner, or an admin, may never have been able to read that."""
    record = await added(schedule_store, replace(SCHEDULE, sources=(Channel(channel="C0PRIVATE01"),)))
    reason = 'The "harvest" is sold, isn\'t it, \\ "ts": "1"'
    quiet = Run(at=NOON, outcome="quiet", detail=reason, cost=123_456_789_012)
    await note(ledger, record.id, quiet)
    skipped = Run(at=NOON + timedelta(days=1), outcome="skipped", detail="missed")
    await note(ledger, record.id, skipped)
    posted = PostedAnswer(text="The harvest is on Friday.", made=NOON).encode()
    await schedule_store.redis.hset(
        schedule_key("T1", record.id), values={POSTED_FIELD: "1", f"{POSTED_FIELD}1": posted}
    )
    await schedule_store.redis.hset(votes_key("T1", record.id), "0123456789ab U3", "No harvest then!")
    assert isinstance(await schedule_store.change_record(record, replace(record, sources=sources)), Schedule)
    assert bool(await schedule_store.redis.hlen(votes_key("T1", record.id))) is is_kept
    kept = await PostedAnswers(redis=schedule_store.redis).read_latest("T1", record.id, now=NOON)
    assert bool(kept) is is_kept
    told = await schedule_store.read_history("T1", record.id)
    assert told == [skipped, quiet if is_kept else replace(quiet, detail="")]
