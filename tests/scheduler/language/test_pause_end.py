"""The end of a pause, as people write it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scheduler import TimeFault, WhenError, read_pause_end

NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("monday", date(2026, 11, 30)),
        ("until Monday.", date(2026, 11, 30)),
        ("7 January", date(2027, 1, 7)),
        ("jan 7", date(2027, 1, 7)),
        ("the 7th of january", date(2027, 1, 7)),
        ("2027-01-31", date(2027, 1, 31)),
        ("tomorrow", date(2026, 11, 26)),
        ("next week", date(2026, 11, 30)),
        ("next month", date(2026, 12, 1)),
        ("2 days", datetime(2026, 11, 27, 15, 30, tzinfo=UTC)),
        ("for another week", datetime(2026, 12, 2, 15, 30, tzinfo=UTC)),
        ("an hour", datetime(2026, 11, 25, 16, 30, tzinfo=UTC)),
        ("monday at 10", datetime(2026, 11, 30, 9, 0, tzinfo=UTC)),
        ("friday 17:00 in Asia/Tokyo", datetime(2026, 11, 27, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_day_or_a_moment(text: str, end: date | datetime) -> None:
    assert read_pause_end(text, now=NOW, zone="Europe/Berlin") == end


@pytest.mark.parametrize("text", ["", "someday", "every day at 9", "the holidays", "x" * 2_000, "7", "until"])
def test_what_names_none(text: str) -> None:
    assert read_pause_end(text, now=NOW, zone="Europe/Berlin") is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("yesterday", TimeFault.PASSED),
        ("today", TimeFault.PASSED),
        ("2 days ago", TimeFault.PASSED),
        ("7 January 2020", TimeFault.PASSED),
        ("30 February", TimeFault.NO_DATE),
        ("1/2/2027", TimeFault.TWO_DATES),
        ("1 january 2099", TimeFault.TOO_FAR),
    ],
)
def test_a_day_that_cannot_be_kept(text: str, fault: TimeFault) -> None:
    with pytest.raises(WhenError) as raised:
        read_pause_end(text, now=NOW, zone="Europe/Berlin")
    assert raised.value.fault is fault
    assert "00:00" not in raised.value.said
