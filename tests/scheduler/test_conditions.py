"""Conditions beside a cron: the slots that remain, the words for them, and what is refused."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scheduler.calendar import Closures, is_free
from scheduler.cron import Cron
from scheduler.errors import WhenError
from scheduler.faults import TimeFault as Fault
from scheduler.language.command import find_timing, read_timing
from scheduler.language.wording import describe_timing
from scheduler.timing import Once, Rest, Timing, last_due, runs_at, upcoming_runs
from scheduler.zone import ZoneInfo
from tests.examples import examples

BERLIN = "Europe/Berlin"
ZONE = ZoneInfo(BERLIN)
NOW = datetime(2026, 11, 25, 16, 30, tzinfo=ZONE)  # a Wednesday
OPEN = Closures()


def read(text: str) -> Timing:
    timing = read_timing(text, now=NOW, zone=BERLIN)
    assert timing is not None
    return timing


def upcoming_days(timing: Timing, count: int, *, closures: Closures = OPEN) -> list[str]:
    runs = upcoming_runs(timing, after=NOW, count=count, closures=closures)
    return [run.astimezone(ZONE).date().isoformat() for run in runs]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("every other friday at 9", ["2026-11-27", "2026-12-11", "2026-12-25", "2027-01-08"]),
        ("every 2 weeks on friday at 9", ["2026-11-27", "2026-12-11", "2026-12-25", "2027-01-08"]),
        ("every 2 weeks on mon and thu at 9", ["2026-11-26", "2026-12-07", "2026-12-10", "2026-12-21"]),
        ("every fortnight", ["2026-11-30", "2026-12-14"]),
        ("every 3 weeks starting friday", ["2026-11-27", "2026-12-18"]),
        ("every other day at 9", ["2026-11-26", "2026-11-28", "2026-11-30"]),
        ("every 10 days at 9 starting 1 december", ["2026-12-01", "2026-12-11", "2026-12-21"]),
        ("every other friday at 9 starting 5 december", ["2026-12-11", "2026-12-25"]),
        ("first monday of the month at 9", ["2026-12-07", "2027-01-04", "2027-02-01"]),
        ("the second tuesday of every month at 9", ["2026-12-08", "2027-01-12"]),
        ("every month on the third thursday at 9", ["2026-12-17", "2027-01-21"]),
        ("every last friday at 9", ["2026-11-27", "2026-12-25", "2027-01-29"]),
        ("the fifth monday of every month at 9", ["2026-11-30", "2027-03-29", "2027-05-31"]),
        ("last day of every month at 9", ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
        ("first weekday of the month at 9", ["2026-12-01", "2027-01-01", "2027-02-01"]),
        ("first working day of the month at 9 except holidays in DE", ["2026-12-01", "2027-01-04"]),
        ("last working day of the month at 9 except holidays in DE", ["2026-11-30", "2026-12-31"]),
        ("last friday of the month at 9 except holidays in DE", ["2026-11-27", "2027-01-29"]),
        ("every monday at 9 starting 2027-01-04", ["2027-01-04", "2027-01-11"]),
        ("every monday at 9 from 4 january to 18 january", ["2027-01-04", "2027-01-11", "2027-01-18"]),
        ("every hour starting 1 january until 2 january", ["2027-01-01"] * 24 + ["2027-01-02"] * 24),
        ("first monday of the month at 9 starting february", ["2027-02-01", "2027-03-01"]),
        ("every other friday at 9 for 4 weeks", ["2026-11-27", "2026-12-11"]),
    ],
)
def test_a_condition_leaves_exactly_its_days(text: str, days: list[str]) -> None:
    timing = read(text)
    assert upcoming_days(timing, len(days)) == days
    assert read(describe_timing(timing)) == timing
    found = find_timing(f"tell a joke {describe_timing(timing)}", now=NOW, zone=BERLIN)
    assert found == (timing, "tell a joke")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("every friday at 9", "2026-12-18"),
        ("every other friday at 9 starting 25 december", "2026-12-11"),
        ("every 3 weeks on friday at 9 starting 25 december", "2026-12-04"),
        ("last friday of the month at 9", "2026-11-27"),
        ("every weekday at 9 except holidays in DE", "2026-12-24"),
        ("every 2 days at 9 starting 25 december", "2026-12-23"),
        ("the first monday of every month at 9 starting february", "2026-12-07"),
        ("every year on 24 december at 9", "2026-12-24"),
        ("every year on 24 july at 9", None),
    ],
)
def test_the_last_time_that_was_due_is_of_the_same_rhythm_also_before_it_began(
    text: str, day: str | None
) -> None:
    slot = datetime(2026, 12, 25 if "friday" in text or "2 days" in text else 28, 9, tzinfo=ZONE)
    before, after = slot - timedelta(seconds=1), slot - timedelta(days=62)
    found = last_due(read(text), after=after, until=before, closures=OPEN)
    assert (None if found is None else found.astimezone(ZONE).date().isoformat()) == day


def test_every_other_week_says_from_which_it_counts_and_goes_on_from_there_when_it_is_read_again() -> None:
    timing = read("every other friday at 9")
    words = describe_timing(timing)
    assert words == "every 2 weeks on Friday at 09:00 starting 27 November 2026"
    for weeks in range(1, 9):
        assert read_timing(words, now=NOW + timedelta(weeks=weeks), zone=BERLIN) == timing


def test_a_first_day_that_is_over_is_no_condition() -> None:
    assert read("every monday at 9 starting today") == read("every monday at 9")
    assert read("every monday at 9 starting 2020-01-01") == read("every monday at 9")


def test_the_reason_for_a_rest_is_told() -> None:
    timing = read("every other friday at 9 until 1 january except holidays in DE")
    friday = datetime(2026, 11, 27, 9, tzinfo=ZONE)
    assert timing.rest_at(friday, closures=OPEN) is None
    assert timing.rest_at(friday - timedelta(weeks=2), closures=OPEN) == Rest(reason="condition")
    assert timing.rest_at(friday + timedelta(weeks=1), closures=OPEN) == Rest(reason="condition")
    assert timing.rest_at(friday + timedelta(weeks=4), closures=OPEN) == Rest(
        reason="holiday", holiday="Christmas Day"
    )
    assert timing.rest_at(friday + timedelta(weeks=6), closures=OPEN) == Rest(reason="ended")
    assert runs_at(timing, friday, closures=OPEN)
    assert not runs_at(timing, friday + timedelta(weeks=1), closures=OPEN)
    assert not runs_at(timing, friday + timedelta(minutes=1), closures=OPEN)


@pytest.mark.parametrize(
    ("text", "fault", "instead"),
    [
        ("every second friday at 9", Fault.TWO_MEANINGS, "every other friday at 09:00"),
        ("biweekly at 9", Fault.TWO_MEANINGS, "every 2 weeks"),
        ("every 7 days starting friday", Fault.START_UNCLEAR, "every Friday at 09:00"),
        ("every 2 hours starting at 9", Fault.START_UNCLEAR, "every 2 hours starting 1 March"),
        ("every 3 months starting february", Fault.START_UNCLEAR, "every 3 months on the 1st at 09:00"),
        ("every monday at 9 starting 2090-01-01", Fault.TOO_FAR, "every year on 1 January at 09:00"),
        ("every 400 days", Fault.UNEVEN, "every day at 09:00"),
        ("every quarter on the last day", Fault.LEFT_OVER, "every month on the 1st at 09:00"),
        (
            "every monday at 9 starting 1 march until 1 february",
            Fault.END_BEFORE_START,
            "every Monday at 09:00 starting 1 March 2027 until 1 February 2028",
        ),
    ],
)
def test_what_no_condition_says_is_refused_with_the_nearest_form(
    text: str, fault: Fault, instead: str
) -> None:
    with pytest.raises(WhenError) as refused:
        read_timing(text, now=NOW, zone=BERLIN)
    assert refused.value.fault is fault
    assert refused.value.instead[0] == instead
    assert read_timing(instead, now=NOW, zone=BERLIN) is not None


FRIDAYS = Cron(expression="0 9 * * 5", zone=BERLIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"step": 2},
        {"step": 2, "first_day": date(2026, 11, 26)},
        {"step": 0, "first_day": date(2026, 11, 27)},
        {"nth": 0},
        {"nth": 6},
        {"nth": 1, "step": 2, "first_day": date(2026, 11, 27)},
        {"nth": 1, "when": Cron(expression="0 9 * * *", zone=BERLIN)},
        {"nth": 1, "when": Cron(expression="0 9 * 1 5", zone=BERLIN)},
        {"nth": -1, "when": Cron(expression="*/5 9 * * 5", zone=BERLIN)},
        {"step": 7, "first_day": date(2026, 11, 27), "when": Cron(expression="0 9 * * *", zone=BERLIN)},
        {"first_day": date(2026, 11, 27), "when": Once(at=NOW, zone=BERLIN)},
    ],
)
def test_a_condition_that_no_words_say_is_no_timing(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="expected"):
        replace(Timing(when=FRIDAYS), **wrong)  # type: ignore[arg-type]  # the table mixes types


@cache
def fires_on(cron: Cron, day: date) -> bool:
    """True for a day with a slot, asked of the cron alone."""
    zone = ZoneInfo(cron.zone)
    slot = cron.next_after(datetime.combine(day, time(), zone).astimezone(UTC) - timedelta(seconds=1))
    return slot.astimezone(zone).date() == day


def rests_on(timing: Timing, cron: Cron, day: date, closures: Closures) -> bool:
    """True if a day of the cron is left out, worked out day by day."""
    free = is_free(day, calendar=timing.holidays, closures=closures) is not None
    if free or (timing.first_day and day < timing.first_day):
        return True
    if timing.step > 1 and timing.first_day:
        later = day
        units = 0
        while later > timing.first_day:
            later -= timedelta(days=1)
            units += 1 if len(cron.fields.weekdays) == 7 else later.weekday() == 6
        return units % timing.step != 0
    if timing.nth is None:
        return False
    length = monthrange(day.year, day.month)[1]
    days = [day.replace(day=number) for number in range(1, length + 1)]
    days = [other for other in days if fires_on(cron, other)]
    if cron.fields.weekdays == {1, 2, 3, 4, 5}:
        days = [
            other for other in days if is_free(other, calendar=timing.holidays, closures=closures) is None
        ]
    wanted = days[-1:] if timing.nth == -1 else days[timing.nth - 1 : timing.nth]
    return day not in wanted


CLOCKS = st.sampled_from(["0 9", "30 17", "0 9,17", "15,45 8"])
WEEKDAYS = st.sampled_from(["1", "5", "0", "1,4", "1-5", "0,6", "2-4"])
ZONES = st.sampled_from([BERLIN, "America/New_York", "Pacific/Auckland", "UTC"])
CALENDARS = st.sampled_from([None, "DE", "US", "JP"])
CLOSED = st.sampled_from([OPEN, Closures.parse("2026-12-24..2027-01-06, 2027-03-01")])
STARTS = st.dates(date(2026, 11, 27), date(2027, 6, 30))


@st.composite
def timings(draw: st.DrawFn) -> Timing:
    clock, zone, calendar = draw(CLOCKS), draw(ZONES), draw(CALENDARS)
    kind = draw(st.sampled_from(["weeks", "days", "nth", "last day", "working day", "start"]))
    step, nth, first = 1, None, draw(STARTS | st.none())
    match kind:
        case "weeks":
            days, step = f"* * {draw(WEEKDAYS)}", draw(st.integers(2, 9))
        case "days":
            days, step = "* * *", draw(st.integers(2, 40).filter(lambda number: number != 7))
        case "nth":
            days, nth = f"* * {draw(st.integers(0, 6))}", draw(st.sampled_from([1, 2, 3, 4, 5, -1]))
        case "working day":
            days, nth = "* * 1-5", draw(st.sampled_from([1, 2, 3, 4, 5, -1]))
        case "last day":
            days, nth = "28-31 * *", -1
        case _:
            days = f"* * {draw(WEEKDAYS)}"
    cron = Cron(expression=f"{clock} {days}", zone=zone)
    if step > 1:
        first = cron.next_after(datetime.combine(draw(STARTS), time(), UTC)).astimezone(ZoneInfo(zone)).date()
    return Timing(when=cron, holidays=calendar, first_day=first, step=step, nth=nth)


@given(timings(), CLOSED)
@settings(max_examples=examples(25), deadline=None)
def test_the_runs_are_the_slots_of_the_days_that_remain_when_days_are_counted_one_by_one(
    timing: Timing, closures: Closures
) -> None:
    cron = timing.when
    assert isinstance(cron, Cron)
    zone = ZoneInfo(cron.zone)
    end = NOW + timedelta(days=250)
    expected: list[datetime] = []
    slot = NOW
    while (slot := cron.next_after(slot)) < end:
        if not rests_on(timing, cron, slot.astimezone(zone).date(), closures):
            expected.append(slot)
    found = upcoming_runs(replace(timing, until=end), after=NOW, count=len(expected) + 1, closures=closures)
    assert found == expected
    for run in expected[:3]:
        assert runs_at(timing, run, closures=closures)


@given(timings(), st.dates(date(2028, 3, 1), date(2035, 12, 31)) | st.none())
@settings(max_examples=examples(80), deadline=None)
def test_a_timing_with_conditions_is_described_so_that_it_is_read_back(
    timing: Timing, last: date | None
) -> None:
    assume(upcoming_runs(timing, after=NOW, count=1, closures=OPEN))
    if last:
        zone = ZoneInfo(timing.when.zone)
        timing = replace(timing, until=datetime.combine(last, time(23, 59), zone))
    words = describe_timing(timing, reader=BERLIN)
    assert read(words) == timing
    assert find_timing(f"tell a joke {words}", now=NOW, zone=BERLIN) == (timing, "tell a joke")
    assert find_timing(f"{words}: tell a joke", now=NOW, zone=BERLIN) == (timing, "tell a joke")
