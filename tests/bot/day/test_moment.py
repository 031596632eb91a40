"""The day as the model is told it, in zones all over the world, over a change of day and of clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.day import Moment

ZONES = (
    "Pacific/Kiritimati",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "UTC",
    "America/New_York",
    "Pacific/Pago_Pago",
)


@pytest.mark.parametrize(
    ("zone", "says"),
    [
        (
            "Pacific/Kiritimati",
            "Sunday, 25 October 2026 (2026-10-25), 13:30 in Pacific/Kiritimati (UTC+14:00)",
        ),
        ("Asia/Tokyo", "Sunday, 25 October 2026 (2026-10-25), 08:30 in Asia/Tokyo (UTC+09:00)"),
        ("Asia/Kathmandu", "Sunday, 25 October 2026 (2026-10-25), 05:15 in Asia/Kathmandu (UTC+05:45)"),
        ("Europe/Berlin", "Sunday, 25 October 2026 (2026-10-25), 01:30 in Europe/Berlin (UTC+02:00)"),
        ("UTC", "Saturday, 24 October 2026 (2026-10-24), 23:30 in UTC (UTC+00:00)"),
        ("America/New_York", "Saturday, 24 October 2026 (2026-10-24), 19:30 in America/New_York (UTC-04:00)"),
        (
            "Pacific/Pago_Pago",
            "Saturday, 24 October 2026 (2026-10-24), 12:30 in Pacific/Pago_Pago (UTC-11:00)",
        ),
    ],
)
def test_the_day_is_the_one_that_clocks_there_show(zone: str, says: str) -> None:
    """Half an hour before midnight in UTC, in the night in which Berlin's clocks go back."""
    moment = Moment(at=datetime(2026, 10, 24, 23, 30, tzinfo=UTC), zone=zone)
    assert f"it is {says}." in moment.facts


def test_an_hour_that_comes_twice_is_told_apart() -> None:
    first = Moment(at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone="Europe/Berlin")
    second = Moment(at=first.at + timedelta(hours=1), zone="Europe/Berlin")
    assert "02:30 in Europe/Berlin (UTC+02:00)" in first.facts
    assert "02:30 in Europe/Berlin (UTC+01:00)" in second.facts


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_begins_at_midnight_there_and_nowhere_else(zone: str) -> None:
    at = datetime(2026, 10, 23, 12, tzinfo=UTC)
    days = [Moment(at=at + timedelta(minutes=15 * step), zone=zone).day for step in range(4 * 72)]
    assert len({*days}) in (3, 4)
    assert days == sorted(days)


def test_a_slot_says_so_and_how_far_back_it_looks() -> None:
    slot = Moment(
        at=datetime(2026, 10, 26, 8, tzinfo=UTC),
        zone="Europe/Berlin",
        is_slot=True,
        since=datetime(2026, 10, 23, 7, tzinfo=UTC),
    )
    assert slot.facts.endswith(
        "The question is asked for that time, on a schedule. "
        "It looks back as far as Friday, 23 October 2026, 09:00."
    )


def test_variables_say_the_same_and_leave_out_what_nobody_knows() -> None:
    moment = Moment(at=datetime(2026, 10, 26, 23, tzinfo=UTC), zone="Asia/Tokyo")
    assert moment.variables == {"date": "27 October 2026", "weekday": "Tuesday"}
