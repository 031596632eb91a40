"""News of a feed is told once, and however late, told."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.documents import MOST_ITEMS, Item
from bot.sources import Link, Material, Piece, Unreadable
from bot.sources.kept.seen_items import find_new_items
from bot.storage import ms_of
from bot.storage.client import CountedRedis
from bot.storage.keys import seen_items_key
from tests.bot.documents.making import item, rss
from tests.bot.fetch.site import Site
from tests.bot.sources.conftest import Clock
from tests.bot.sources.reading import Reader
from tests.examples import examples

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONG_AGO = "Mon, 23 Nov 2020 08:00:00 GMT"
LATELY = "Tue, 24 Nov 2026 08:30:00 GMT"


async def told(reader: Reader, site: Site, since: datetime, *, team: str = "T1") -> list[str]:
    found = await reader.read(Link(url=f"{site.url}/feed"), since=since, team=team)
    if isinstance(found, Unreadable):
        assert found.problem == "nothing_new"
        return []
    return names(found.pieces[0])


def names(piece: Piece) -> list[str]:
    return [line.split()[-1] for line in piece.text.splitlines() if line.startswith("- ")]


def has(site: Site, *items: str) -> None:
    site.says("/feed", rss("".join(items)))


async def test_at_first_what_was_published_in_the_window_is_new(
    site: Site, reader: Reader, clock: Clock
) -> None:
    has(site, item("late", date=LATELY), item("old", date=LONG_AGO), item("undated"))
    assert await told(reader, site, clock.now - HOUR) == ["late", "undated"]


async def test_what_an_earlier_version_has_told_is_not_told_again(
    site: Site, reader: Reader, clock: Clock, redis: CountedRedis
) -> None:
    before, clock.now = clock.now, clock.now + HOUR
    url, when = f"{site.url}/feed", str(ms_of(before - HOUR))
    known = [hashlib.sha256(id_.encode()).hexdigest()[:32] for id_ in (f"{site.url}/one", f"{site.url}/two")]
    await redis.hset(
        seen_items_key("T1", url), values={**dict.fromkeys(known, when), "read": str(ms_of(before))}
    )
    lately = format_datetime(before + HOUR / 2)
    site.says(
        "/feed",
        rss(
            "".join(map(item, ("one", "two", "three")))
            + "<item><title>four</title></item>"
            + f"<item><title>five</title><pubDate>{LONG_AGO}</pubDate></item>"
            + f"<item><title>six</title><pubDate>{lately}</pubDate></item>"
        ),
    )
    assert sorted(await told(reader, site, before)) == ["six", "three"]
    last, clock.now = clock.now, clock.now + HOUR
    assert await told(reader, site, last) == []


async def test_windows_that_end_between_two_milliseconds_meet(
    site: Site, reader: Reader, clock: Clock
) -> None:
    clock.now = clock.now.replace(microsecond=999_600)
    has(site, item("one"))
    assert await told(reader, site, clock.now - HOUR) == ["one"]
    before, clock.now = clock.now, clock.now + HOUR + timedelta(microseconds=900)
    has(site, item("one"), item("two"))
    assert await told(reader, site, before) == ["two"]


async def test_later_what_was_not_there_before_is_new_however_it_is_dated(
    site: Site, reader: Reader, clock: Clock
) -> None:
    has(site, item("old", date=LONG_AGO))
    assert await told(reader, site, clock.now - HOUR) == []
    has(site, item("older", date=LONG_AGO), item("old", date=LONG_AGO))
    before, clock.now = clock.now, clock.now + DAY
    assert await told(reader, site, before) == ["older"]
    before, clock.now = clock.now, clock.now + DAY
    assert await told(reader, site, before) == []


async def test_a_run_that_was_missed_loses_nothing(site: Site, reader: Reader, clock: Clock) -> None:
    has(site, item("one"))
    assert await told(reader, site, clock.now - HOUR) == ["one"]
    last, clock.now = clock.now, clock.now + DAY
    has(site, item("two"), item("one"))
    await told(reader, site, last)  # and then its model was down, and nothing was posted
    clock.now += DAY
    has(site, item("three"), item("two"), item("one"))
    assert await told(reader, site, last) == ["three", "two"]


async def test_two_who_read_the_same_at_other_hours_are_each_told_all(
    site: Site, reader: Reader, clock: Clock
) -> None:
    begin = clock.now
    hourly = daily = begin
    has(site, item("0"))
    assert await told(reader, site, begin - HOUR) == ["0"]
    each_hour: list[str] = []
    for number in range(1, 25):
        clock.now += HOUR
        has(site, *(item(str(n)) for n in range(number, max(-1, number - 30), -1)))
        each_hour += await told(reader, site, hourly)
        hourly = clock.now
    assert each_hour == [str(n) for n in range(1, 25)]
    assert sorted(map(int, await told(reader, site, daily))) == list(range(1, 25))


async def test_what_comes_late_from_a_slow_reader_is_still_told_to_the_quick_one(
    redis: CountedRedis, clock: Clock
) -> None:
    """One began at nine and took a minute, while another read at half past and had not seen it."""
    nine = clock.now
    key = seen_items_key("T1", "x")
    await find_new_items(redis, [entry("first")], key=key, since=nine - HOUR, until=nine)
    half, ten = nine + HOUR / 2, nine + HOUR
    assert await find_new_items(redis, [entry("first")], key=key, since=nine, until=half) == []
    assert await find_new_items(redis, [entry("new")], key=key, since=nine - HOUR, until=nine) == []
    (late,) = await find_new_items(redis, [entry("new")], key=key, since=half, until=ten)
    assert late.id == "new"


def entry(name: str) -> Item:
    return Item(id=name, title=name, link="", published=None, summary="")


@settings(
    max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.sets(st.integers(0, 8)), st.integers(0, 3), st.integers(0, 5)),
        min_size=1,
        max_size=12,
    )
)
async def test_nobody_is_told_anything_twice_and_nothing_is_kept_from_anybody(
    redis: CountedRedis, steps: list[tuple[int, set[int], int, int]]
) -> None:
    """Three readers, each at its own moments, some of them late, of a feed that only grows."""
    await redis.flushall()
    start = now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    key = seen_items_key("T1", "x")
    since = dict.fromkeys(range(3), start - HOUR)
    got: dict[int, list[str]] = {0: [], 1: [], 2: []}
    there: set[int] = set()
    for who, more, minutes, late in [*steps, *((who, set[int](), 1, 0) for who in range(3))]:
        there |= more
        now += timedelta(minutes=minutes)
        until = max(now - timedelta(minutes=late), since[who] + timedelta(milliseconds=1))
        items = [entry(str(number)) for number in there]
        new = await find_new_items(redis, items, key=key, since=since[who], until=until)
        got[who] += [item.id for item in new]
        since[who] = until
    now += HOUR
    for who in range(3):
        items = [entry(str(number)) for number in there]
        got[who] += [
            item.id for item in await find_new_items(redis, items, key=key, since=since[who], until=now)
        ]
        assert sorted(got[who]) == sorted(map(str, there))


async def test_all_that_is_new_is_told_and_of_a_feed_without_end_that_there_is_more(
    site: Site, reader: Reader, clock: Clock
) -> None:
    has(site, *(item(str(n), date=f"Tue, 24 Nov 2026 08:{n % 60:02}:00 GMT") for n in range(120)))
    found = await reader.read(Link(url=f"{site.url}/feed"), since=clock.now - DAY)
    assert isinstance(found, Material)
    (piece,) = found.pieces
    assert len(names(piece)) == 120
    assert names(piece)[0] in ("59", "119")
    assert piece.left_out == ""
    has(site, *(item(f"n{n}") for n in range(1_000)))
    before, clock.now = clock.now, clock.now + DAY
    found = await reader.read(Link(url=f"{site.url}/feed"), since=before)
    assert isinstance(found, Material)
    assert len(names(found.pieces[0])) == MOST_ITEMS
    assert found.pieces[0].left_out.startswith("(There may be more that is new")


async def test_items_say_when_what_and_where_and_cannot_look_like_another(
    site: Site, reader: Reader, clock: Clock
) -> None:
    text = "First line\n- [2026-11-24 09:00 UTC] Something else"
    has(site, item("one", date=LATELY, text=text))
    found = await reader.read(Link(url=f"{site.url}/feed"), since=clock.now - DAY, zone="Europe/Berlin")
    assert isinstance(found, Material)
    (piece,) = found.pieces
    assert piece.text.splitlines() == [
        "- [2026-11-24 09:30 CET] one",
        "    https://example.com/one",
        "    First line - [2026-11-24 09:00 UTC] Something else",
    ]
    assert piece.title == f"New items of the feed “News” ({site.url}/feed), newest first"
    assert piece.window is not None
    assert (piece.window.since, piece.window.until) == (clock.now - DAY, clock.now)


async def test_teams_do_not_spoil_each_others_feeds(site: Site, reader: Reader, clock: Clock) -> None:
    has(site, item("one"))
    assert await told(reader, site, clock.now - HOUR) == ["one"]
    assert await told(reader, site, clock.now - HOUR, team="T2") == ["one"]


async def test_only_so_much_is_remembered_of_a_feed(
    site: Site, reader: Reader, redis: CountedRedis, clock: Clock
) -> None:
    for round_ in range(8):
        has(site, item("for ever"), *(item(f"{round_}-{n}") for n in range(199)))
        before, clock.now = clock.now, clock.now + HOUR
        await told(reader, site, before)
        assert await redis.hlen(seen_items_key("T1", f"{site.url}/feed")) <= 1_001
    before, clock.now = clock.now, clock.now + HOUR
    assert await told(reader, site, before) == [], "what is still there is not forgotten"


@pytest.mark.parametrize("date", ["", LATELY])
async def test_an_entry_that_comes_back_after_hundreds_of_others_is_not_told_again(
    site: Site, reader: Reader, clock: Clock, date: str
) -> None:
    for round_ in range(4):
        has(site, *(item(f"{round_}-{n}", date=date) for n in range(200)))
        clock.now += HOUR
        await told(reader, site, clock.now - HOUR)
    has(site, *(item(f"0-{n}", date=date) for n in range(200)))
    clock.now += HOUR
    assert await told(reader, site, clock.now - HOUR) == []


@pytest.mark.parametrize(
    "body", [rss(""), b"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title></feed>"]
)
async def test_a_feed_without_items_has_nothing_new(
    site: Site, reader: Reader, clock: Clock, body: bytes
) -> None:
    site.says("/feed", body)
    assert await told(reader, site, clock.now - DAY) == []


def atom(*entries: tuple[str, str, str]) -> str:
    """Entries of an id, a text and the time of day when they were updated, all with one link and title."""
    told = "".join(
        f"<entry><id>{name}</id><title>Outage</title><link href='https://ex.example/o'/><content>{text}</content>"
        f"<updated>2026-11-24T{at}:00Z</updated></entry>"
        for name, text, at in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{told}</feed>'


async def text_told(reader: Reader, site: Site, since: datetime) -> str:
    found = await reader.read(Link(url=f"{site.url}/feed"), since=since)
    return "" if isinstance(found, Unreadable) else found.pieces[0].text


@pytest.mark.parametrize(
    ("later", "told_later"),
    [
        ([("tag:1", "Resolved", "10:30")], ["(updated) Outage", "Resolved"]),
        ([("tag:1", "Resolved", "08:30")], ["(updated) Outage", "Resolved"]),
        ([("tag:1", "Looking", "08:30"), ("tag:2", "The second", "10:30")], ["The second"]),
        ([("tag:1", "Looking", "08:30")], []),
        ([("tag:1", "Looking", "10:30")], []),  # a build of the feed
        ([("tag:9", "Looking", "08:30")], []),  # the id alone is another
        ([("tag:9", "Looking further", "10:30")], ["Looking further"]),
    ],
)
async def test_an_entry_that_changes_is_told_once_more_as_updated(
    site: Site, reader: Reader, clock: Clock, later: list[tuple[str, str, str]], told_later: list[str]
) -> None:
    site.says("/feed", atom(("tag:1", "Looking", "08:30")))
    first = await text_told(reader, site, clock.now - HOUR)
    assert "Looking" in first
    assert "(updated)" not in first
    before, clock.now = clock.now, clock.now + 2 * HOUR
    site.says("/feed", atom(*later))
    text = await text_told(reader, site, before)
    assert [words for words in told_later if words not in text] == []
    assert text.count("- ") == bool(told_later)
    assert "Looking\n" not in f"{text}\n"
    before, clock.now = clock.now, clock.now + 2 * HOUR
    assert await text_told(reader, site, before) == ""


async def test_who_was_not_told_of_an_entry_before_it_changed_is_told_it_as_new(
    site: Site, reader: Reader, clock: Clock
) -> None:
    begin = clock.now
    site.says("/feed", atom())
    await text_told(reader, site, begin - HOUR)
    clock.now += HOUR
    site.says("/feed", atom(("tag:1", "Looking", "09:30")))
    await text_told(reader, site, begin)
    clock.now += HOUR
    site.says("/feed", atom(("tag:1", "Resolved", "10:30")))
    assert "(updated)" in await text_told(reader, site, clock.now - HOUR)
    daily = await text_told(reader, site, begin)
    assert "Resolved" in daily
    assert "(updated)" not in daily
