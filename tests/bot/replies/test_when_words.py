"""Moments as people read them: their own clock first, no plain years, each time said once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.replies.text.when_words import moment_words, moments_words, timing_words
from bot.replies.views.composer import next_times
from bot.slack import ReaderClock
from scheduler import Cron, Once, Timing

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
EVENING = NOW + timedelta(hours=10)
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "one", "two", "once"),
    [
        (
            None,
            "Mon 23 Nov 19:00 (Europe/Berlin)",
            "Mon 23 Nov 19:00, Tue 24 Nov 19:00",
            "Mon 23 Nov at 19:00",
        ),
        (BERLIN, "Mon 23 Nov 19:00", "Mon 23 Nov 19:00, Tue 24 Nov 19:00", "Mon 23 Nov at 19:00"),
        ("Europe/Paris", "Mon 23 Nov 19:00", "Mon 23 Nov 19:00, Tue 24 Nov 19:00", "Mon 23 Nov at 19:00"),
        (
            "America/New_York",
            "Mon 23 Nov 13:00 your time (19:00 Berlin)",
            "Mon 23 Nov 13:00, Tue 24 Nov 13:00 your time",
            "Mon 23 Nov at 13:00 your time",
        ),
        (
            "Asia/Tokyo",
            "Tue 24 Nov 03:00 your time (Mon 23 Nov 19:00 Berlin)",
            "Tue 24 Nov 03:00, Wed 25 Nov 03:00 your time",
            "Tue 24 Nov at 03:00 your time",
        ),
    ],
)
def test_readers_see_their_own_clock_first(zone: str | None, one: str, two: str, once: str) -> None:
    reader = ReaderClock(zone=zone) if zone else None
    assert moment_words(EVENING, BERLIN, now=NOW, reader=reader) == one
    runs = [EVENING, EVENING + timedelta(days=1)]
    assert moments_words(runs, BERLIN, now=NOW, reader=reader) == two
    timing = Timing(when=Once(at=EVENING, zone=BERLIN))
    assert timing_words(timing, now=NOW, reader=reader).startswith(f"*on {once}* (")


def test_readers_of_twelve_hours_read_all_clocks_so() -> None:
    reader = ReaderClock(zone="America/New_York", is_twelve_hour=True)
    at_noon, morning = Timing(when=Cron.parse("0 12 * * *", zone=BERLIN)), NOW.replace(hour=5, minute=5)

    def told(words: str) -> str:
        return words.replace("\N{NO-BREAK SPACE}", " ")

    assert told(moment_words(EVENING, BERLIN, now=NOW, reader=reader)) == (
        "Mon 23 Nov 1:00 PM your time (7:00 PM Berlin)"
    )
    assert told(moments_words([morning], BERLIN, now=NOW, reader=reader)) == "Mon 23 Nov 12:05 AM your time"
    assert told(timing_words(at_noon, now=NOW, reader=reader)) == "*every day at 12:00 PM* (Europe/Berlin)"
    once = timing_words(Timing(when=Once(at=EVENING, zone=BERLIN)), now=NOW, reader=reader)
    assert told(once) == "*on Mon 23 Nov at 1:00 PM your time* (7:00 PM Berlin)"


@pytest.mark.parametrize(
    ("zone", "there"),
    [
        ("America/New_York", "13:00 New York"),
        ("Etc/GMT+5", "13:00 UTC-5"),
        ("UTC", "18:00 UTC"),
        ("America/Argentina/Buenos_Aires", "15:00 Buenos Aires"),
    ],
)
def test_a_zone_goes_by_the_name_that_people_know(zone: str, there: str) -> None:
    assert (
        moment_words(EVENING, zone, now=NOW, reader=ReaderClock(zone=BERLIN))
        == f"Mon 23 Nov 19:00 your time ({there})"
    )


@pytest.mark.parametrize(
    ("zone", "named"),
    [("Etc/GMT-2", "UTC+2"), ("Etc/GMT+11", "UTC-11"), ("UTC", "UTC"), ("Asia/Tokyo", "Asia/Tokyo")],
)
def test_a_zone_that_is_an_offset_is_told_as_it_is_typed(zone: str, named: str) -> None:
    daily = Timing(when=Cron.parse("0 9 * * *", zone=zone))
    assert timing_words(daily, now=NOW, reader=ReaderClock(zone=BERLIN)) == f"*every day at 09:00* ({named})"
    assert timing_words(Timing(when=Once(at=EVENING, zone=zone)), now=NOW, reader=None).endswith(f"({named})")
    assert moment_words(EVENING, zone, now=NOW, reader=None).endswith(f"({named})")
    assert next_times("Tue", ends=False, zone=zone) == f"Next: Tue ({named})"


@pytest.mark.parametrize(("days", "year"), [(30, False), (330, False), (400, True)])
def test_a_year_is_told_only_where_it_is_not_plain(days: int, year: bool) -> None:
    end = NOW + timedelta(days=days)
    repeated = Timing(when=Cron.parse("0 9 * * *", zone=BERLIN), until=end)
    once = Timing(when=Once(at=end, zone=BERLIN))
    for timing in (repeated, once):
        told = timing_words(timing, now=NOW, reader=ReaderClock(zone=BERLIN))
        assert (str(end.year) in told) is year
    assert "09:00 until" in timing_words(repeated, now=NOW, reader=ReaderClock(zone=BERLIN))
