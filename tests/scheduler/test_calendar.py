"""Free days: public holidays by country and region, the company's closures, and where a calendar ends."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendar import CLOSED, Closures, calendar_end, check_calendar, find_calendar, is_free
from scheduler.errors import UnknownCalendar

OPEN = Closures()


@pytest.mark.parametrize(
    ("name", "calendar"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        ("deu", "DE"),
        ("Germany", "DE"),
        ("German", "DE"),
        (" united  states ", "US"),
        ("the USA", "US"),
        ("UK", "GB"),
        ("the Netherlands", "NL"),
        ("Réunion", "RE"),
        ("Guinea-Bissau", "GW"),
        ("Georgia", "GE"),
        ("DE-BY", "DE-BY"),
        ("de-by", "DE-BY"),
        ("DE-Bayern", "DE-BY"),
        ("Bavaria", "DE-BY"),
        ("us-ca", "US-CA"),
        ("California", "US-CA"),
        ("Scotland", "GB-SCT"),
        ("Québec", "CA-QC"),
        ("AT-2", "AT-2"),
        ("de-augsburg", "DE-Augsburg"),
    ],
)
def test_a_calendar_is_found_by_its_codes_and_by_its_names(name: str, calendar: str) -> None:
    assert check_calendar(name) == find_calendar(name) == calendar
    assert check_calendar(calendar) == calendar


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Germny", ["DE"]),
        ("Swizerland", ["CH"]),
        ("Califronia", ["US-CA"]),
        ("DE-BX", ["DE-BY", "DE-HB"]),
        ("US-XX", ["US-TX"]),
        ("Narnia", []),
        ("", []),
        ("__class__", []),
        ("北京", []),
    ],
)
def test_an_unknown_calendar_is_refused_with_the_nearest_ones(name: str, near: list[str]) -> None:
    assert find_calendar(name) is None
    with pytest.raises(UnknownCalendar, match="no such calendar of holidays") as refused:
        check_calendar(name)
    assert refused.value.said == name
    assert set(refused.value.near) == set(near or ["DE", "US-CA"])
    assert all(check_calendar(code) == code for code in refused.value.near)
    assert refused.value.instead


@pytest.mark.parametrize(
    ("calendar", "day", "name"),
    [
        ("DE", "2026-04-03", "Good Friday"),
        ("DE", "2027-03-26", "Good Friday"),
        ("DE", "2027-03-29", "Easter Monday"),
        ("DE", "2026-10-03", "German Unity Day"),
        ("DE", "2027-01-06", None),
        ("DE-BY", "2027-01-06", "Epiphany"),
        ("DE-BY", "2027-10-03", "German Unity Day"),
        ("DE", "2027-12-24", None),
        ("US", "2026-11-26", "Thanksgiving Day"),
        ("US", "2027-11-25", "Thanksgiving Day"),
        ("US", "2026-07-03", "Independence Day (observed)"),
        ("US", "2027-07-05", "Independence Day (observed)"),
        ("US-CA", "2027-03-31", "Cesar Chavez Day"),
        ("US", "2027-03-31", None),
        ("FR", "2027-07-14", "National Day"),
        ("GB-SCT", "2026-11-30", "Saint Andrew's Day"),
        ("GB-ENG", "2026-11-30", None),
        ("JP", "2027-05-03", "Constitution Day"),
    ],
)
def test_holidays_are_those_of_the_country_or_region_in_that_year(
    calendar: str, day: str, name: str | None
) -> None:
    assert is_free(date.fromisoformat(day), calendar=calendar, closures=OPEN) == name


def test_closures_are_free_days_of_all_who_keep_holidays() -> None:
    closures = Closures.parse("2027-05-07, 2026-12-24..2027-01-01,")
    closed = [date(2026, 12, 24), date(2026, 12, 31), date(2027, 1, 1), date(2027, 5, 7)]
    assert [is_free(day, calendar="US", closures=closures) for day in closed] == [CLOSED] * 4
    assert [is_free(day, calendar=None, closures=closures) for day in closed] == [None] * 4
    for day in (date(2026, 12, 23), date(2027, 1, 4), date(2027, 5, 6), date(2027, 5, 10)):
        assert is_free(day, calendar="US", closures=closures) is None
    assert Closures.parse("  ") == Closures()


@pytest.mark.parametrize("text", ["tomorrow", "2027-02-30", "2027-01-02..2027-01-01", "2027-01-01..", ".."])
def test_a_closure_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Closures.parse(f"2027-05-07, {text}")


@given(st.lists(st.tuples(st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 20)), max_size=5))
def test_closures_hold_exactly_the_days_of_their_ranges(spans: list[tuple[date, int]]) -> None:
    ranges = [(first, first + timedelta(days=more)) for first, more in spans]
    closures = Closures.parse(",".join(f"{first}..{last}" for first, last in ranges))
    for offset in range(0, 800, 3):
        day = date(2026, 1, 1) + timedelta(days=offset)
        assert (day in closures) == any(first <= day <= last for first, last in ranges)


def test_a_calendar_knows_how_far_ahead_it_knows() -> None:
    end = calendar_end("DE")
    assert end >= date(2040, 12, 31)
    assert is_free(end.replace(month=12, day=25), calendar="DE", closures=OPEN) == "Christmas Day"
    assert is_free(date(end.year + 1, 12, 25), calendar="DE", closures=OPEN) is None
    assert calendar_end("LK") < calendar_end("DE-BY") == end
    with pytest.raises(UnknownCalendar):
        calendar_end("Narnia")


def test_the_tables_are_loaded_by_the_first_schedule_that_asks_for_them() -> None:
    code = """
import sys
import scheduler.calendar
assert "holidays" not in sys.modules
scheduler.calendar.check_calendar("DE")
assert "holidays" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True)
