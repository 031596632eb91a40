"""Runs that are left out by hand, as a timing decides at each slot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import Closures, Cron, Once, Rest, Timing, last_due, runs_at, upcoming_runs

NONE = Closures()
HOURLY = Timing(when=Cron.parse("0 * * * *"))
NOON = datetime(2027, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_skip_leaves_out_one_run_and_not_its_day() -> None:
    timing = replace(HOURLY, skipped=frozenset({NOON}))
    assert upcoming_runs(timing, after=NOON - 2 * HOUR, count=3, closures=NONE) == [
        NOON - HOUR,
        NOON + HOUR,
        NOON + 2 * HOUR,
    ]
    assert not runs_at(timing, NOON, closures=NONE)
    assert timing.rest_at(NOON, closures=NONE) == Rest(reason="skipped")


def test_the_run_after_a_skipped_one_looks_back_over_both() -> None:
    timing = replace(HOURLY, skipped=frozenset({NOON}))
    assert last_due(timing, after=NOON - 9 * HOUR, until=NOON + HOUR / 2, closures=NONE) == NOON - HOUR


def test_a_pause_ends_at_the_first_slot_that_is_not_before_its_end() -> None:
    timing = replace(HOURLY, paused_until=NOON)
    assert upcoming_runs(timing, after=NOON - 9 * HOUR, count=2, closures=NONE) == [NOON, NOON + HOUR]
    assert timing.rest_at(NOON - HOUR, closures=NONE) == Rest(reason="paused")
    assert runs_at(timing, NOON, closures=NONE)
    between = replace(HOURLY, paused_until=NOON + HOUR / 2)
    assert upcoming_runs(between, after=NOON, count=1, closures=NONE) == [NOON + HOUR]


def test_a_pause_of_years_is_passed_over_at_once() -> None:
    end = NOON + timedelta(days=3000)
    assert upcoming_runs(replace(HOURLY, paused_until=end), after=NOON, count=1, closures=NONE) == [end]


def test_a_holiday_says_so_though_its_run_is_skipped_too() -> None:
    new_year = datetime(2027, 1, 1, 12, tzinfo=UTC)
    timing = replace(HOURLY, holidays="DE", skipped=frozenset({new_year}))
    rest = timing.rest_at(new_year, closures=NONE)
    assert rest is not None
    assert rest.reason == "holiday"


def test_one_moment_has_nothing_to_leave_out() -> None:
    once = Once(at=NOON, zone="UTC")
    with pytest.raises(ValueError, match="one moment"):
        Timing(when=once, paused_until=NOON)
    with pytest.raises(ValueError, match="one moment"):
        Timing(when=once, skipped=frozenset({NOON}))
