"""Lists of many schedules: their cost does not grow, and what an older copy has written is found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis as RawRedis

from bot.schedules.index import ScheduleIndex
from bot.schedules.index_entry import PLANNED, Entry, decode_entry, encode_entry, make_entry
from bot.schedules.listing import RENEWED, Listing, Wanted, cut_page
from bot.schedules.schedule import Place, Schedule
from bot.schedules.schedule_record import encode_schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.storage import ms_of
from bot.storage.client import CountedRedis
from bot.storage.keys import schedule_ids_key, schedule_index_key, schedule_key
from scheduler import Closures

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAILY = Schedule(
    id="n-0000", team="T1", channel="C1", user="U1", query="Why?", zone="UTC", cron="0 9 * * *", created=NOON
)
SHOWN = 45
DAY = timedelta(days=1)
Fields = Mapping[Any, Any]


@dataclass(kw_only=True)
class Lists:
    """Lists of one team, and the clock that they are read by."""

    redis: CountedRedis
    at: datetime = NOON
    index: ScheduleIndex = field(init=False)

    def __post_init__(self) -> None:
        self.index = ScheduleIndex(redis=self.redis, closures=Closures(), now=lambda: self.at)

    async def show(self, *, channel: str = "C1", start: int = 0, most: int = SHOWN) -> Listing:
        entries = await self.index.read_entries("T1")
        now = ms_of(self.at)
        wanted = Wanted(
            includes=lambda entry: entry.channel == channel and entry.is_ahead(now),
            place_of=lambda entry: (entry.next_run(now), entry.id),
            start=start,
            most=most,
        )
        return await cut_page(self.index, "T1", entries, wanted)


@pytest.fixture
def lists(redis: CountedRedis) -> Lists:
    return Lists(redis=redis)


def many(count: int) -> list[Schedule]:
    """Schedules at each minute of the day, in turn."""
    return [
        replace(DAILY, id=f"n-{n:04}", name=f"Number {n}", cron=f"{n % 60} {n // 60 % 24} * * *")
        for n in range(count)
    ]


async def write_as_before(raw: RawRedis, schedules: Iterable[Schedule], *, entries: bool = False) -> None:
    """As a copy without an index writes records; with `entries`, as a list has left them."""
    pipeline, made = raw.pipeline(transaction=False), list(schedules)
    for schedule in made:
        record: Fields = {"doc": encode_schedule(schedule), "state": "active", "revision": 1}
        pipeline.hset(schedule_key("T1", schedule.id), mapping=record)
    pipeline.sadd(schedule_ids_key("T1"), *(schedule.id for schedule in made))
    if entries:
        index: Fields = {schedule.id: encode_entry(daily_entry(schedule)) for schedule in made}
        pipeline.hset(schedule_index_key("T1"), mapping=index)
    await pipeline.execute()


def daily_entry(schedule: Schedule) -> Entry:
    minute, hour = map(int, (schedule.cron or "").split()[:2])
    today = NOON.replace(hour=hour, minute=minute)
    first = today if today > NOON else today + DAY
    runs = [first + day * DAY for day in range(PLANNED)]
    return make_entry(replace(schedule, state="active"), runs, revision=1, checked=NOON)


async def records_read(raw: RawRedis) -> int:
    """The records that were read in whole so far, as Redis counts them."""
    stats = await raw.info("commandstats")
    return int(stats.get("cmdstat_hmget", {"calls": 0})["calls"])


async def test_a_list_of_many_costs_as_much_as_a_list_of_some(lists: Lists, redis_raw: RawRedis) -> None:
    costs, first = {}, Listing()
    for count in (500, 5_000):
        await write_as_before(redis_raw, many(count), entries=True)
        first = await lists.show()
        assert (len(first.shown), first.more) == (SHOWN, count - SHOWN)
        requests, records = lists.redis.requests, await records_read(redis_raw)
        listed = await lists.show()
        assert listed == first
        costs[count] = lists.redis.requests - requests, await records_read(redis_raw) - records
    assert costs[500] == costs[5_000] == (2, SHOWN)
    # Four days on, the runs of all entries are over: a list makes some again, and says what is right.
    lists.at += timedelta(days=4)
    requests, records = lists.redis.requests, await records_read(redis_raw)
    listed = await lists.show()
    assert lists.redis.requests - requests == 2
    assert await records_read(redis_raw) - records <= SHOWN + 2 * RENEWED
    assert listed == replace(first, entries=listed.entries)


async def test_a_page_is_never_empty_while_most_rests_on_a_guess(lists: Lists, redis_raw: RawRedis) -> None:
    """On Saturday the guess is Sunday, for all that run from Monday to Friday."""
    weekday = [replace(schedule, cron=f"{(schedule.cron or '')[:-1]}1-5") for schedule in many(400)]
    await write_as_before(redis_raw, weekday, entries=True)
    lists.at += timedelta(days=6)
    for start in (0, 400 - SHOWN):
        listed = await lists.show(start=start)
        assert len(listed.shown) == SHOWN
    soonest = [schedule.id for schedule in weekday[:SHOWN]]
    for _ in range(2):  # the rest is made again
        await lists.show()
    listed = await lists.show()
    assert [shown.id for shown in listed.shown] == soonest


async def test_a_list_is_in_the_order_of_the_next_runs(lists: Lists, redis_raw: RawRedis) -> None:
    paused = replace(DAILY, id="paused", state="paused")
    over = replace(DAILY, id="over", cron=None, at=NOON - timedelta(hours=1))
    once = replace(DAILY, id="once", cron=None, at=NOON + timedelta(hours=1))
    ended = replace(DAILY, id="ended", until=NOON)
    soon, late = replace(DAILY, id="soon", cron="5 12 * * *"), replace(DAILY, id="late", cron="0 9 1 * *")
    await write_as_before(redis_raw, [late, ended, soon, over, once])
    store = ScheduleStore(redis=lists.redis)
    written = await store.add_record(replace(paused, state="pending"), now=NOON)
    assert isinstance(written, Schedule)
    assert isinstance(await store.change_record(written, replace(written, state="paused")), Schedule)
    assert [shown.id for shown in (await lists.show()).shown] == ["soon", "once", "late", "ended", "paused"]


async def test_each_change_is_in_the_next_list(lists: Lists, schedule_store: ScheduleStore) -> None:
    async def listed(channel: str = "C1") -> list[tuple[str, str | None]]:
        return [(shown.id, shown.name) for shown in (await lists.show(channel=channel)).shown]

    made = await schedule_store.add_record(DAILY, now=NOON)
    assert isinstance(made, Schedule)
    assert await listed() == [(made.id, None)]
    moved = await schedule_store.change_record(made, replace(made, channel="C2", name="Moved"))
    assert isinstance(moved, Schedule)
    assert (await listed(), await listed("C2")) == ([], [(made.id, "Moved")])
    await schedule_store.delete_record(moved)
    assert await listed("C2") == []
    assert isinstance(await schedule_store.restore_record(moved, now=NOON), Schedule)
    assert await listed("C2") == [(made.id, "Moved")]


async def test_what_an_older_copy_adds_deletes_or_changes_meanwhile_is_right_when_it_is_shown(
    lists: Lists, redis_raw: RawRedis
) -> None:
    stays, goes, moves = many(3)
    await write_as_before(redis_raw, [stays, goes, moves])
    assert len((await lists.show()).shown) == 3
    await redis_raw.srem(schedule_ids_key("T1"), goes.id)
    await redis_raw.hset(schedule_key("T1", goes.id), mapping={"state": "deleted"})
    assert [shown.id for shown in (await lists.show()).shown] == [stays.id, moves.id]
    added = replace(DAILY, id="added", cron="1 12 * * *")
    await write_as_before(redis_raw, [added])
    assert [shown.id for shown in (await lists.show()).shown] == ["added", stays.id, moves.id]
    moved: Fields = {"doc": encode_schedule(replace(moves, channel="C2")), "revision": 2}
    await redis_raw.hset(schedule_key("T1", moves.id), mapping=moved)
    assert [shown.id for shown in (await lists.show()).shown] == ["added", stays.id]
    assert [shown.id for shown in (await lists.show(channel="C2")).shown] == [moves.id]


async def test_one_that_is_given_away_between_the_index_and_its_record_is_not_told_of(
    lists: Lists, schedule_store: ScheduleStore
) -> None:
    made = await schedule_store.add_record(DAILY, now=NOON)
    assert isinstance(made, Schedule)
    wanted = Wanted(
        includes=lambda entry: entry.user == "U1",
        place_of=lambda entry: entry.id,
        last_runs=lambda entry: entry.user == "U1",
        most_problems=9,
    )
    entries = await lists.index.read_entries("T1")
    assert [asked.id for asked in (await cut_page(lists.index, "T1", dict(entries), wanted)).asked] == [
        DAILY.id
    ]
    assert isinstance(await schedule_store.change_record(made, replace(made, user="U2")), Schedule)
    assert await cut_page(lists.index, "T1", entries, replace(wanted, most=SHOWN)) == Listing()


async def test_what_teams_leave_unwritten_keeps_no_other_team_from_writing(lists: Lists) -> None:
    index, once = lists.index, replace(DAILY, cron=None, at=NOON)
    for number in range(1_001):  # teams that have listed once, and list nothing more
        await index.renew_entries(f"G{number}", {}, [once.id], {once.id: once})
    written = await ScheduleStore(redis=lists.redis).add_record(DAILY, now=NOON)
    assert isinstance(written, Schedule)
    await lists.show()
    assert not (await index.read_entries("T1"))[DAILY.id].is_stale(ms_of(NOON))


async def test_an_index_that_was_left_half_made_is_made_whole(lists: Lists, redis_raw: RawRedis) -> None:
    await write_as_before(redis_raw, many(250))
    whole = await lists.show()
    await redis_raw.hdel(schedule_index_key("T1"), *(f"n-{n:04}" for n in range(100, 250)))
    assert await lists.show() == whole


async def test_an_entry_of_a_newer_version_is_made_from_its_record(lists: Lists, redis_raw: RawRedis) -> None:
    await write_as_before(redis_raw, [DAILY])
    whole = await lists.show()
    await redis_raw.hset(schedule_index_key("T1"), DAILY.id, f'[99,"{DAILY.id}",{{"all":"new"}}]')
    assert await lists.show() == whole


async def test_a_one_off_whose_record_has_run_out_leaves_the_index(lists: Lists, redis_raw: RawRedis) -> None:
    await write_as_before(redis_raw, [replace(DAILY, cron=None, at=NOON + timedelta(hours=1))])
    assert len((await lists.show()).shown) == 1
    await redis_raw.delete(schedule_key("T1", DAILY.id))
    lists.at += 9 * DAY
    for _ in range(2):
        assert (await lists.show()).shown == ()
    assert (
        await redis_raw.hlen(schedule_index_key("T1")) == await redis_raw.scard(schedule_ids_key("T1")) == 0
    )


def test_an_entry_guesses_on_until_it_is_made_again() -> None:
    runs = [NOON + timedelta(days=day) for day in range(PLANNED)]
    entry = make_entry(replace(DAILY, state="active"), runs, revision=1, checked=NOON)
    late = ms_of(runs[-1] + timedelta(hours=1))
    assert entry.is_stale(late)
    assert entry.next_run(late) == ms_of(runs[-1] + timedelta(days=1))
    unknown: Entry = make_entry(DAILY, revision=1)
    assert unknown.is_stale(late)
    assert unknown.next_run(late) == 0
    assert encode_entry(unknown).startswith("[1,")


def test_an_entry_knows_all_channels_and_that_of_one_place_is_as_it_was() -> None:
    one = make_entry(_SCHEDULE_WITH_PLACES.at_places(_SCHEDULE_WITH_PLACES.places[:1]), revision=1)
    several = make_entry(_SCHEDULE_WITH_PLACES, revision=1)
    assert json.loads(encode_entry(one))[0] == 1
    assert json.loads(encode_entry(several))[0] == 2
    assert several.channels == ("C1", "C2")


def test_an_entry_knows_until_when_its_schedule_is_paused() -> None:
    resting = replace(DAILY, state="active", paused_until=NOON + timedelta(days=2))
    for schedule in (resting, resting.at_places(_SCHEDULE_WITH_PLACES.places)):
        entry = make_entry(schedule, revision=1)
        assert decode_entry(json.loads(encode_entry(entry))) == entry
        assert json.loads(encode_entry(entry))[0] == 3
        assert entry.is_paused(ms_of(NOON))
        assert not entry.is_paused(ms_of(NOON + timedelta(days=2)))


_SCHEDULE_WITH_PLACES = Schedule(
    id="kolu-tane",
    team="T1",
    channel="C1",
    user="U1",
    query="Why?",
    zone="UTC",
    cron="0 9 * * *",
    also=(Place(channel="C2"),),
)
