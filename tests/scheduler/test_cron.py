"""Fire times: QStash's cron, its refusals, and both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.cron import Cron
from scheduler.errors import UnknownZone, WhenError
from scheduler.zone import check_zone
from tests.examples import examples

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "America/Santiago")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def upcoming(cron: Cron, after: datetime, count: int) -> list[datetime]:
    """The next `count` fire times."""
    moments: list[datetime] = []
    for _ in range(count):
        after = cron.next_after(after)
        moments.append(after)
    return moments


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("0 9 * * 1-5", "0 9 * * 1-5"),
        ("  00   09 * *  MON-FRI ", "0 9 * * 1-5"),
        ("0 9 * * 7", "0 9 * * 0"),
        ("0 9 * * fri-sun", "0 9 * * 0,5,6"),
        ("0 9 * * 5-7", "0 9 * * 0,5,6"),
        ("0 9 * * sun", "0 9 * * 0"),
        ("0 9 1 JAN,jul *", "0 9 1 1,7 *"),
        ("*/15 * * * *", "*/15 * * * *"),
        ("*/1 0-23 * * *", "* * * * *"),
        ("5/15 * * * *", "5-50/15 * * * *"),
        ("3,1,2,1 9-17/2 * * *", "1-3 9-17/2 * * *"),
        ("*/20,7 * * * *", "*/20,7 * * * *"),
        ("0 9 1-31 * 1", "0 9 * * *"),
        ("0 9 13 * 5", "0 9 13 * 5"),
    ],
)
def test_an_expression_has_one_spelling(text: str, expression: str) -> None:
    cron = Cron.parse(text, zone=BERLIN)
    assert cron.expression == expression
    assert Cron.parse(str(cron)) == cron
    assert str(cron) == f"CRON_TZ=Europe/Berlin {expression}"


def test_a_zone_in_the_text_wins_over_the_one_beside_it() -> None:
    assert Cron.parse("CRON_TZ=asia/tokyo 0 9 * * *", zone=BERLIN).zone == "Asia/Tokyo"
    assert Cron.parse("TZ=UTC 0 9 * * *", zone=BERLIN).zone == "UTC"
    assert Cron.parse("0 9 * * *").zone == "UTC"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("0 0 9 * * 1", "five fields"),
        ("@daily", "five fields"),
        ("60 * * * *", "0 to 59"),
        ("0 24 * * *", "0 to 23"),
        ("0 0 0 * *", "1 to 31"),
        ("0 0 1 13 *", "1 to 12"),
        ("0 0 * * 8", "sun to sat"),
        ("0 0 * * foo", "sun to sat"),
        ("-1 * * * *", "minute"),
        ("*/0 * * * *", "minute from 0 to 59"),
        ("*/60 * * * *", "minute from 0 to 59"),
        ("1-2-3 * * * *", "minute"),
        ("1,, * * * *", "minute"),
        ("30-10 * * * *", "backwards"),
        ("0 9 L * *", "day of the month"),
        ("0 9 LW * *", "day of the month"),
        ("0 9 15W * *", "day of the month"),
        ("0 9 * * 1#2", "day of the week"),
        ("0 9 * * 5L", "day of the week"),
        ("0 9 ? * 1", "day of the month"),
        ("0 0 30 2 *", "never runs"),
        ("0 0 31 2,4,6,9,11 *", "never runs"),
        ("0 0 30 2 */2", "never runs"),
    ],
)
def test_what_qstash_would_not_run_is_refused_with_what_was_expected(text: str, part: str) -> None:
    with pytest.raises(WhenError, match=part) as refused:
        Cron.parse(text)
    assert refused.value.said in text.lower()
    assert bool(refused.value.said) == bool(text)


def test_a_day_that_comes_only_in_leap_years_or_as_a_weekday_is_taken() -> None:
    assert Cron.parse("0 0 29 2 *").next_after(moment("2096-03-01T00:00Z")) == moment("2104-02-29T00:00Z")
    assert Cron.parse("0 0 30 2 1").next_after(moment("2026-01-01T00:00Z")) == moment("2026-02-02T00:00Z")


@pytest.mark.parametrize(
    "name", ["Mars/Base", "", "Local", "localtime", "+02:00", "../etc/passwd", "Factory"]
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        Cron.parse("0 9 * * *", zone=name)


def test_a_zone_is_found_in_any_case_and_a_near_miss_is_suggested() -> None:
    assert check_zone("america/new_york") == "America/New_York"
    with pytest.raises(UnknownZone) as refused:
        check_zone("Europe/Berln")
    assert (refused.value.said, refused.value.detail) == ("Europe/Berln", "Europe/Berlin")


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("0 9 13 * 5", [(11, 6), (11, 13), (11, 20)]),  # the 13th or a Friday
        ("0 9 13 * *", [(11, 13), (12, 13), (1, 13)]),
        ("0 9 * * 0", [(11, 1), (11, 8), (11, 15)]),
        ("0 9 */10 * 0", [(11, 1), (1, 31), (2, 21)]),  # a star restricts: a Sunday that is the 1st, 11th, …
    ],
)
def test_either_day_is_enough_when_both_are_restricted(expression: str, days: list[tuple[int, int]]) -> None:
    found = upcoming(Cron.parse(expression), moment("2026-11-01T00:00Z"), 3)
    assert [(day.month, day.day) for day in found] == days


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        # Spring: 02:00–03:00 does not exist in Berlin and New York, 02:00–02:30 on Lord Howe.
        ("30 2 * * *", BERLIN, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]),
        ("0,30 2 * * *", BERLIN, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-30T00:00Z"]),
        ("30 2,3 * * *", BERLIN, "2026-03-28T12:00Z", ["2026-03-29T01:00Z", "2026-03-29T01:30Z"]),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00Z", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]),
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00Z",
            ["2026-10-03T15:30Z", "2026-10-04T15:15Z"],
        ),
        ("*/30 * * * *", BERLIN, "2026-03-29T00:15Z", ["2026-03-29T00:30Z", "2026-03-29T01:00Z"]),
        ("0 * * * *", BERLIN, "2026-03-29T00:15Z", ["2026-03-29T01:00Z", "2026-03-29T02:00Z"]),
        # Autumn: the hour from 02:00 (01:00 in New York), or the half hour on Lord Howe, comes twice.
        ("30 2 * * *", BERLIN, "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
        ("30 2 * * *", BERLIN, "2026-10-25T01:10Z", ["2026-10-26T01:30Z"]),
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00Z",
            ["2026-04-04T14:45Z", "2026-04-05T15:15Z"],
        ),
        ("*/30 * * * *", BERLIN, "2026-10-25T00:15Z", ["2026-10-25T00:30Z", "2026-10-25T01:00Z"]),
        ("0 * * * *", BERLIN, "2026-10-24T23:30Z", ["2026-10-25T00:00Z", "2026-10-25T01:00Z"]),
        # A day that begins at 01:00, and a zone that never changes.
        ("0 0 * * *", "America/Santiago", "2026-09-05T12:00Z", ["2026-09-06T04:00Z", "2026-09-07T03:00Z"]),
        ("30 2 * * *", "Asia/Kolkata", "2026-03-28T12:00Z", ["2026-03-28T21:00Z", "2026-03-29T21:00Z"]),
    ],
)
def test_a_fixed_time_fires_once_across_a_clock_change_and_a_rhythm_goes_on(
    expression: str, zone: str, after: str, expected: list[str]
) -> None:
    cron = Cron.parse(expression, zone=zone)
    assert upcoming(cron, moment(after), len(expected)) == [moment(text) for text in expected]


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York"])
@pytest.mark.parametrize(("expression", "minutes"), [("*/15 * * * *", 15), ("0 * * * *", 60)])
def test_a_rhythm_is_even_through_the_whole_year(zone: str, expression: str, minutes: int) -> None:
    cron = Cron.parse(expression, zone=zone)
    for start in ("2026-03-07T20:00Z", "2026-03-28T20:00Z", "2026-10-24T20:00Z", "2026-10-31T20:00Z"):
        found = upcoming(cron, moment(start), 24 * 60 // minutes)
        assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=minutes)}


@pytest.mark.parametrize(
    ("expression", "now", "slot"),
    [
        ("0 9 * * 1-5", "2026-11-23T08:00:00Z", "2026-11-23T08:00Z"),
        ("0 9 * * 1-5", "2026-11-23T08:00:59.5Z", "2026-11-23T08:00Z"),
        ("0 9 * * 1-5", "2026-11-23T07:59:59.5Z", "2026-11-20T08:00Z"),
        ("30 2 * * *", "2026-10-25T01:30Z", "2026-10-25T00:30Z"),  # QStash may fire in both hours: one slot
        ("30 2 * * *", "2026-03-29T01:10Z", "2026-03-29T01:00Z"),
        ("* * * * *", "2026-11-23T08:00:59Z", "2026-11-23T08:00Z"),
        ("0 0 29 2 *", "2028-02-28T22:00Z", "2024-02-28T23:00Z"),
    ],
)
def test_the_slot_being_served_is_the_last_fire_time(expression: str, now: str, slot: str) -> None:
    assert Cron.parse(expression, zone=BERLIN).slot_at(moment(now)) == moment(slot)


def test_before_the_calendar_begins_there_is_no_slot() -> None:
    assert Cron.parse("0 9 1 1 *").slot_at(datetime(1, 1, 1, 0, 1, tzinfo=UTC)) is None


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        Cron.parse("* * * * *").next_after(datetime(2026, 1, 1))  # noqa: DTZ001 — the refusal is the test


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    some = st.lists(number, min_size=1, max_size=4).map(lambda values: ",".join(map(str, values)))
    span = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    step = st.tuples(st.one_of(st.just("*"), span), st.integers(1, high)).map(lambda p: f"{p[0]}/{p[1]}")
    return st.one_of(st.just("*"), some, span, step)


CRONS = st.builds(
    lambda *parts: " ".join(parts), field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7)
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — hypothesis wants naive bounds


@given(CRONS, st.sampled_from(ZONES), MOMENTS)
@settings(max_examples=examples(100), deadline=None)
def test_the_next_time_is_later_and_is_its_own_slot(text: str, zone: str, now: datetime) -> None:
    cron = Cron.parse(text, zone=zone)
    following = cron.next_after(now)
    assert following > now
    assert cron.slot_at(following) == following
    slot = cron.slot_at(now)
    assert slot is not None
    assert slot <= now < cron.next_after(slot) == following
    assert Cron.parse(cron.expression, zone=zone) == cron


@given(CRONS, MOMENTS)
@settings(max_examples=examples(80), deadline=None)
def test_in_utc_the_next_time_is_the_first_minute_that_matches(text: str, now: datetime) -> None:
    """Counted minute by minute from the five fields as they were typed, within two days."""
    cron = Cron.parse(text)
    following = cron.next_after(now)
    minute = now.replace(second=0, microsecond=0)
    for _ in range(2 * 24 * 60):
        minute += timedelta(minutes=1)
        if minute >= following:
            assert matches(text, minute)
            return
        assert not matches(text, minute)


def matches(text: str, at: datetime) -> bool:
    minute, hour, day, month, weekday = text.split()
    in_day = allows(day, at.day, 1, 31)
    in_weekday = any(allows(weekday, number, 0, 7) for number in {at.isoweekday(), at.isoweekday() % 7})
    both = day.startswith("*") or weekday.startswith("*")
    return (
        allows(minute, at.minute, 0, 59)
        and allows(hour, at.hour, 0, 23)
        and allows(month, at.month, 1, 12)
        and ((in_day and in_weekday) if both else (in_day or in_weekday))
    )


def allows(text: str, value: int, low: int, high: int) -> bool:
    for term in text.split(","):
        span, _, step = term.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        if value in range(int(first), int(last or first) + 1, int(step or 1)):
            return True
    return False
