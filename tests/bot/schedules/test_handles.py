"""Handles: what commands call a schedule that nobody has named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.commands import AskRequest, ScheduleRequest, parse_command, perhaps_named
from bot.schedules.names import give_handle
from bot.schedules.schedule import Schedule
from bot.schedules.schedule_record import decode_schedule, encode_schedule
from bot.schedules.schedule_store import ScheduleStore
from bot.sources import Channel, File, Link, Source
from scheduler import Once, Timing
from tests.measuring import grows_evenly

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BARE = Schedule(id="kolu-tane", team="T1", channel="C1", user="U1", query="", zone="UTC", cron="0 9 * * *")
COMMANDS = (
    "show {}", "pause {}", "pause {} until monday", "snooze {} 2 days", "resume {}", "skip {}", "unskip {}",
    "run {}", "edit {}", "history {}", "delete {}", "rename {} News", "move {} to #ops", "copy {} to me",
    "reschedule {} every weekday at 8", "edit {} every weekday at 8", "transfer {} <@U2>", "subscribe {}",
    "subscribe {} at 8", "unsubscribe {}",
)  # fmt: skip


def handle_of(query: str, cron: str = "0 9 * * *", *sources: Source) -> str:
    return give_handle(replace(BARE, query=query, cron=cron, sources=sources)).handle or ""


@pytest.mark.parametrize(
    ("query", "handle"),
    [
        ("Summarise the news of today", "summarise-news-today"),
        ("Please tell us what's new in <https://example.com/a|Python>, {weekday} :smile:", "new-daily"),
        ("Summarise python.org/blog for @grace and #ops", "summarise-daily"),
        ("Tell me a joke", "joke-daily"),
        ("Tell jokes, good ones", "jokes-good-ones"),
        ("Open bugs?", "open-bugs-daily"),  # `open-bugs` is what an id looks like
        ("List", "list-daily"),
        ("all", "all-daily"),
        ("what is it?", "what-is-it"),
        ("5 + 7", "5-7-daily"),
        ("👋 <@U2>", "daily-0900"),
        ("Fasse die Nachrichten über Öl zusammen", "fasse-die-nachrichten-über-öl"[:21]),
        ("Что нового у конкурентов?", "что-нового-у"),
        ("今日のニュースを短く要約してください", "今日のニュースを短く"),
        ("आज की ख़बरें", "आज-की-ख़बरें"),
        ("اكتب ملخص الأخبار", "اكتب-ملخص-الأخبار"),
        ("x" * 300, "x" * 20 + "-daily"),
    ],
)
def test_a_handle_is_made_of_the_first_words_that_say_something(query: str, handle: str) -> None:
    assert handle_of(query) == handle


@pytest.mark.parametrize("piece", ["a-", "x", "<", "{", ":a", "a.", "今"])
def test_a_long_prompt_takes_no_longer_than_its_words(piece: str) -> None:
    assert grows_evenly(handle_of, piece * 1_500, piece * 3_000)


@pytest.mark.parametrize(
    ("cron", "handle"),
    [
        ("0 9 * * *", "daily-0900"),
        ("30 17 * * 1-5", "weekdays-1730"),
        ("0 8 * * 1", "mondays-0800"),
        ("0 8,16 * * 1,4", "weekly-schedule"),
        ("0 8 1 * *", "monthly-0800"),
        ("*/5 * * * *", "frequent-schedule"),
        ("0 * * * *", "hourly-schedule"),
    ],
)
@pytest.mark.parametrize("source", [Channel(channel="C2"), File(file="F1")])
def test_a_prompt_that_reads_something_private_lends_no_word(cron: str, handle: str, source: Source) -> None:
    assert handle_of("Who is laid off?", cron, Link(url="https://a.example"), source) == handle


def test_a_handle_stays_as_long_as_it_is_true() -> None:
    first = give_handle(replace(BARE, query="Summarise the release notes"))
    assert first.handle == "summarise-release-notes"
    numbered = replace(first, handle="summarise-release-notes-2")
    assert give_handle(replace(BARE, query="Joke", cron=None, at=NOON)).handle == "joke-once-22-nov"  # no id
    moved = first.at_time(Timing(when=Once(at=NOON, zone="UTC")))
    reworded = replace(numbered, query="Summarise the notes of each release, in German")
    for same in (first, moved, numbered, reworded):
        assert give_handle(same) == same
    assert give_handle(replace(first, query="Who won?")).handle == "won-daily"
    assert give_handle(replace(first, sources=(Channel(channel="C2"),))).handle == "daily-0900"
    assert give_handle(replace(first, name="Notes")).handle is None


@pytest.mark.parametrize(
    "handle",
    [
        "summarise-news-today",
        "joke-daily",
        "all-daily",
        "weekdays-1730",
        "once-4-dec",
        "что-нового-у",
        "今日のニュースを短く",
        "5-7-daily",
        "say-hi-2",
    ],
)
def test_every_command_takes_a_handle_as_it_takes_an_id(handle: str) -> None:
    for command in COMMANDS:
        by_id = parse_command(command.format("kolu-tane"), now=NOON, zone="Europe/Berlin")
        text = command.format(handle)
        request = parse_command(text, now=NOON, zone="Europe/Berlin")
        meant: list[Any] = [request]
        if isinstance(request, AskRequest | ScheduleRequest):  # unless there is a schedule of that name
            meant = [*perhaps_named(text, scheduled=isinstance(request, ScheduleRequest))]
        assert str(by_id).replace("kolu-tane", handle) in map(str, meant)


async def test_no_two_schedules_have_one_handle_and_each_is_found_by_its_own(
    schedule_store: ScheduleStore,
) -> None:
    async def add(number: int, **more: Any) -> Schedule:
        wanted = give_handle(replace(BARE, id=f"s{number}", query="Summarise the news", **more))
        added = await schedule_store.add_record(wanted, now=NOON)
        assert isinstance(added, Schedule)
        return added

    named = await add(0, name="Summarise-News-3")
    first, *others = [await add(1), *await asyncio.gather(*(add(number) for number in range(2, 5)))]
    handles = {found.handle for found in (first, *others)}
    assert first.handle == "summarise-news"
    assert handles == {"summarise-news", *(f"summarise-news-{number}" for number in (2, 4, 5))}
    for schedule in (named, first, *others):
        assert await schedule_store.find_record("T1", (schedule.called or "").upper()) == schedule

    await schedule_store.delete_record(first)
    heir = await add(9)
    assert heir.handle == "summarise-news"
    restored = await schedule_store.restore_record(first, now=NOON)
    assert isinstance(restored, Schedule)
    assert restored.handle is None
    assert await schedule_store.find_record("T1", "summarise-news") == heir
    assert await schedule_store.find_record("T1", "s1") == restored
    again = await schedule_store.change_record(restored, give_handle(replace(restored, state="paused")))
    assert isinstance(again, Schedule)
    assert again.handle == "summarise-news-6"
    assert await decode_schedule((encode_schedule(again), "paused", again.revision)) == again
