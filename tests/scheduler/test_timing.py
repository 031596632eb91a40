"""Limits of a recurring time: its end, the holidays on which it rests, and the runs that remain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from scheduler.calendar import Closures, is_free
from scheduler.cron import Cron
from scheduler.errors import UnknownCalendar, WhenError
from scheduler.faults import TimeFault as Fault
from scheduler.language.command import find_timing, read_timing
from scheduler.language.wording import describe_timing
from scheduler.timing import Once, Timing, last_minute, upcoming_runs
from scheduler.zone import ZoneInfo
from tests.examples import examples
from tests.scheduler.language.test_command import RECURRING
from tests.scheduler.test_cron import CRONS, ZONES

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 22, 20, 30, 20, tzinfo=UTC)  # a Sunday, 21:30:20 in Berlin
NINE = Cron(expression="0 9 * * *", zone=BERLIN)
WEEKDAYS = Cron(expression="0 9 * * 1-5", zone=BERLIN)
OPEN = Closures()


def moment(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def read(text: str, *, now: datetime = NOW) -> Timing | None:
    return read_timing(text, now=now, zone=BERLIN)


def find(text: str, *, now: datetime = NOW) -> tuple[Timing, str] | None:
    return find_timing(text, now=now, zone=BERLIN)


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("every day at 9 until 2027-03-01", "2027-03-01T23:59"),
        ("every day at 9 until 1 March", "2027-03-01T23:59"),
        ("every day at 9 until Mar 1st, 2028", "2028-03-01T23:59"),
        ("every day at 9 till friday", "2026-11-27T23:59"),
        ("every day at 9 until fri", "2026-11-27T23:59"),
        ("every day at 9, until next friday", "2026-11-27T23:59"),
        ("every day at 9 until the 15th", "2026-12-15T23:59"),
        ("every day at 9 until tomorrow", "2026-11-23T23:59"),
        ("every day at 9 through 1 March", "2027-03-01T23:59"),
        ("every day at 9 until the end of the week", "2026-11-29T23:59"),
        ("every day at 9 until end of month", "2026-11-30T23:59"),
        ("every day at 9 until the end of february", "2027-02-28T23:59"),
        ("every day at 9 until the end of the year", "2026-12-31T23:59"),
        ("every day until 1 March at 9", "2027-03-01T23:59"),
        ("every day at 9 until 1 March at 17:00", "2027-03-01T17:00"),
        ("every day at 9 until 5pm on 1 March", "2027-03-01T17:00"),
        ("every day at 9 until noon tomorrow", "2026-11-23T12:00"),
        ("at 9 every day until 1 March", "2027-03-01T23:59"),
        ("cron 0 9 * * * until 1 March", "2027-03-01T23:59"),
        ("every day at 9 for 10 days", "2026-12-02T23:59"),
        ("every day at 9 for the next two weeks", "2026-12-06T23:59"),
        ("every day at 9 for 3 months", "2027-02-22T23:59"),
        ("every day at 9 for a year", "2027-11-22T23:59"),
    ],
)
def test_an_end_is_the_last_minute_of_its_day_or_the_time_that_is_named(text: str, until: str) -> None:
    # “the end of the week” is this Sunday's, which has no run left: said on the Monday it is the next.
    now = NOW + timedelta(hours=4) if "the week" in text else NOW
    assert read(text, now=now) == Timing(when=NINE, until=moment(until))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("every day at 9 for 10 days", 10),
        ("every monday at 9 for 3 weeks", 3),
        ("every 15 minutes for 3 hours", 12),
        ("every minute for 5 minutes", 5),
        ("every month on the 31st at 9 for a year", 7),
        ("every hour until tomorrow at 9", 12),
    ],
)
def test_a_span_is_counted_from_its_first_run(text: str, count: int) -> None:
    timing = read(text)
    assert timing is not None
    assert len(upcoming_runs(timing, after=NOW, count=50, closures=OPEN)) == count


@pytest.mark.parametrize(
    ("words", "calendar"),
    [
        ("except holidays in DE", "DE"),
        (", except public holidays in Germany", "DE"),
        ("except on bank holidays in the UK", "GB"),
        ("excluding holidays in DE-BY", "DE-BY"),
        ("but not on holidays in Bavaria", "DE-BY"),
        ("except German holidays", "DE"),
        ("except for all US public holidays", "US"),
        ("except New Zealand holidays", "NZ"),
        ("except holidays of the United States", "US"),
        ("except the holidays in new south wales", "AU-NSW"),
    ],
)
def test_holidays_are_named_in_many_ways(words: str, calendar: str) -> None:
    gap = "" if words.startswith(",") else " "
    expected = Timing(when=WEEKDAYS, holidays=calendar)
    assert read(f"every weekday at 9{gap}{words}") == expected
    assert find(f"every weekday at 9{gap}{words}: news") == (expected, "news")
    assert find(f"every weekday at 9{gap}{words} tell a joke") == (expected, "tell a joke")
    assert find(f"tell a joke every weekday at 9{gap}{words}") == (expected, "tell a joke")


IN_LONDON = Timing(
    when=Cron(expression="0 9 * * 1-5", zone="Europe/London"),
    until=moment("2027-03-01T23:59", "Europe/London"),
    holidays="DE",
)


@pytest.mark.parametrize(
    "text",
    [
        "every weekday at 9 until 1 March except holidays in DE in Europe/London",
        "every weekday at 9 except holidays in DE until 1 March in Europe/London",
        "every weekday at 9 in London until 1 March, except holidays in DE",
        "every weekday at 9 in Europe/London except holidays in DE and until 1 March",
        "every weekday except holidays in DE until 1 March at 9 in Europe/London",
        "every day except weekends and holidays in DE at 9 in Europe/London until 1 March",
    ],
)
def test_limits_come_in_any_order(text: str) -> None:
    assert read(text) == IN_LONDON
    assert find(f"summarise the news {text}, please!") == (IN_LONDON, "summarise the news")
    assert find(f"{text}: summarise the news") == (IN_LONDON, "summarise the news")


@pytest.mark.parametrize(
    "text",
    [
        "cron 0 9 * * 1-5 in Europe/London except holidays in DE until 1 March",
        "cron CRON_TZ=Europe/London 0 9 * * 1-5 until 1 March except holidays in DE",
    ],
)
def test_a_cron_has_limits_too(text: str) -> None:
    assert find(f"{text}: summarise the news") == (IN_LONDON, "summarise the news")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("every day except sunday at 9", "0 9 * * 1-6"),
        ("every day at 9 except weekends", "0 9 * * 1-5"),
        ("every hour except on mondays and tuesdays", "0 * * * 0,3-6"),
        ("every weekday at 9 except fri", "0 9 * * 1-4"),
        ("every morning", "0 9 * * *"),
        ("every evening", "0 18 * * *"),
        ("every afternoon at 3", "0 15 * * *"),
        ("every evening at 7:30 on weekdays", "30 19 * * 1-5"),
        ("every monday morning at 8", "0 8 * * 1"),
        ("every weekday evening", "0 18 * * 1-5"),
        ("every evening at midnight", "0 0 * * *"),
    ],
)
def test_days_are_left_out_and_parts_of_the_day_are_hours(text: str, expression: str) -> None:
    assert read(text) == Timing(when=Cron(expression=expression, zone=BERLIN))


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("2027-01-15T09:00", "2027-01-15T09:00:00"),
        ("on 2027-01-15T09:00:00", "2027-01-15T09:00:00"),
        ("2027-01-15T08:00Z", "2027-01-15T09:00:00"),
        ("2027-01-15T00:30+05:30", "2027-01-14T20:00:00"),
        ("tomorrow morning", "2026-11-23T09:00:00"),
        ("tomorrow evening at 8", "2026-11-23T20:00:00"),
        ("in 3 months", "2027-02-22T21:30:20"),
        ("in a year at 9", "2027-11-22T09:00:00"),
    ],
)
def test_one_moment_has_more_forms(text: str, wall: str) -> None:
    timing = read(text)
    assert timing is not None
    assert isinstance(timing.when, Once)
    assert timing.when.at == moment(wall)


def test_a_month_later_is_its_last_day_at_most() -> None:
    timing = read("in 3 months at 9", now=moment("2026-11-30T12:00"))
    assert timing == Timing(when=Once(at=moment("2027-02-28T09:00"), zone=BERLIN))


@pytest.mark.parametrize(
    ("text", "fault", "said", "instead"),
    [
        (
            "every day at 9 until 2020-01-01",
            Fault.END_PASSED,
            "",
            ["every day at 09:00 until 23 November 2026", "every day at 09:00"],
        ),
        (
            "every hour until today at 9",
            Fault.END_PASSED,
            "",
            ["every hour until 22 November 2026", "every hour"],
        ),
        (
            "every day at 9 until today",
            Fault.END_BEFORE_START,
            "",
            ["every day at 09:00 until 23 November 2026", "every day at 09:00"],
        ),
        (
            "every year on 24 december until 1 december",
            Fault.END_BEFORE_START,
            "",
            [
                "every year on 24 December at 09:00 until 1 December 2027",
                "every year on 24 December at 09:00",
            ],
        ),
        ("every day at 9 until 2090-01-01", Fault.TOO_FAR, "", ["every day at 09:00"]),
        ("every day at 9 until 9999-12-31", Fault.TOO_FAR, "", ["every day at 09:00"]),
        ("every day at 9 for 999999999 days", Fault.TOO_FAR, "", ["every year on 1 January at 09:00"]),
        ("every day at 9 for 999999999 years", Fault.TOO_FAR, "", ["every year on 1 January at 09:00"]),
        ("every day at 9 until 30 february", Fault.NO_DATE, "30 February", ["on 29 February at 09:00"]),
        (
            "every day at 9 until March",
            Fault.UNTIL_UNCLEAR,
            "until March",
            ["every day at 9 until 1 March", "every day at 9 until the end of March"],
        ),
        (
            "every hour until 17:00",
            Fault.UNTIL_UNCLEAR,
            "until 17:00",
            ["every hour until 1 March at 17:00", "every hour between 09:00 and 17:00"],
        ),
        ("every hour until 08:00", Fault.UNTIL_UNCLEAR, "until 08:00", ["every hour until 1 March at 08:00"]),
        (
            "every day at 9 pacific until today",
            Fault.END_BEFORE_START,
            "",
            [
                "every day at 09:00 in America/Los_Angeles until 23 November 2026",
                "every day at 09:00 in America/Los_Angeles",
            ],
        ),
        (
            "every day at 9 until today except holidays in DE",
            Fault.END_BEFORE_START,
            "",
            [
                "every day at 09:00 until 23 November 2026 except holidays in DE",
                "every day at 09:00 except holidays in DE",
            ],
        ),
        ("every day at 9 until whenever", Fault.UNTIL_NEEDS_DAY, "", ["every day at 9 until 1 March"]),
        (
            "every monday at 9 for 3 days",
            Fault.RUNS_ONE_TIME,
            "for 3 days",
            ["every Monday at 09:00 until 30 November 2026", "on Monday 23 November 2026 at 09:00"],
        ),
        (
            "every day at 9 for 1 day",
            Fault.RUNS_ONE_TIME,
            "for 1 day",
            ["every day at 09:00 until 24 November 2026", "on Monday 23 November 2026 at 09:00"],
        ),
        (
            "every hour for 10 minutes",
            Fault.RUNS_ONE_TIME,
            "for 10 minutes",
            ["every hour until 22 November 2026", "on Sunday 22 November 2026 at 22:00"],
        ),
        (
            "every day at 9 except holidays",
            Fault.CALENDAR_UNNAMED,
            "",
            ["every day at 09:00 except holidays in DE"],
        ),
        (
            "every day at 9 except public holidays in Tokyo time",
            Fault.CALENDAR_UNKNOWN,
            "Tokyo",
            ["every day at 9 except holidays in DE", "every day at 9 except holidays in US-CA"],
        ),
        (
            "every day at 9 except holidays in Germny",
            Fault.CALENDAR_UNKNOWN,
            "Germny",
            ["every day at 9 except holidays in DE"],
        ),
        (
            "every day at 9 except Martian holidays",
            Fault.CALENDAR_UNKNOWN,
            "Martian",
            ["every day at 9 except holidays in DE", "every day at 9 except holidays in US-CA"],
        ),
        (
            "every day at 9 except holidays in DE and FR",
            Fault.CALENDAR_SECOND,
            "FR",
            ["every day at 9 except holidays in DE"],
        ),
        (
            "every year on 25 december except holidays in DE",
            Fault.ONLY_HOLIDAYS,
            "DE",
            ["every year on 25 December at 09:00"],
        ),
        (
            "every day at 9 until tomorrow except holidays in US-XX",
            Fault.CALENDAR_UNKNOWN,
            "US-XX",
            ["every day at 9 until tomorrow except holidays in US-TX"],
        ),
        (
            "every day at 9 except rain",
            Fault.EXCEPT_UNCLEAR,
            "",
            ["every day at 9 except holidays in DE", "every day at 09:00 except weekends"],
        ),
        ("every monday at 9 except mondays", Fault.NO_DAY_LEFT, "", ["every day at 09:00"]),
        (
            "tomorrow at 9 until friday",
            Fault.ONCE_WITH_LIMITS,
            "tomorrow at 9",
            ["every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"],
        ),
        (
            "tomorrow at 9 until whenever",
            Fault.ONCE_WITH_LIMITS,
            "tomorrow at 9",
            ["every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"],
        ),
        (
            "on 2027-01-15 at 9 except holidays in DE",
            Fault.ONCE_WITH_LIMITS,
            "on 2027-01-15 at 9",
            ["every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"],
        ),
        (
            "in 20 minutes until friday",
            Fault.ONCE_WITH_LIMITS,
            "in 20 minutes",
            ["every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"],
        ),
        (
            "tomorrow at 9 for 10 days",
            Fault.ONCE_WITH_LIMITS,
            "tomorrow at 9",
            ["every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"],
        ),
        ("2027-01-15T09:00+99:00", Fault.NO_OFFSET, "+99:00", ["on 2027-01-15 at 09:00"]),
        ("2027-01-15T25:00", Fault.NO_CLOCK, "25:00", ["at 00:00", "at 17:30"]),
    ],
)
def test_limits_that_cannot_be_kept_are_refused_with_what_to_type(
    text: str, fault: Fault, said: str, instead: list[str]
) -> None:
    with pytest.raises(WhenError) as refused:
        read(text)
    error = refused.value
    assert (error.fault, error.said, list(error.instead)) == (fault, said, instead)
    for phrase in instead:
        assert read(phrase) is not None, f"{phrase} is offered and not understood"
    with pytest.raises(WhenError) as found:
        find(f"{text}: list three things")
    assert found.value.fault is fault


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("every day at 9 for 10 days of sun, where to go", "for 10 days of sun, where to go"),
        ("every day at 9 for 3 minutes, meditate", "for 3 minutes, meditate"),
        ("every day at 9 for my team a joke", "for my team a joke"),
        ("every day at 9 through the eyes of a child", "through the eyes of a child"),
        ("tomorrow at 9 for 3 days a plan", "for 3 days a plan"),
        ("every weekday at 9 except holidays in DE and in detail list", "and in detail list"),
    ],
)
def test_a_prompt_may_begin_with_the_words_of_a_limit(text: str, prompt: str) -> None:
    found = find(text)
    assert found is not None
    assert found[1] == prompt


@pytest.mark.parametrize(
    "text",
    [
        "every day until I retire",
        "what changed every year until 2027-03-01",
        "list what happened every day until 1 March",
        "make a plan to learn Spanish in 3 months",
        "in 6 months what can one learn",
        "summarise the holidays in DE",
        "who works every day except holidays in DE",
        "describe a perfect evening",
        "list shops that open tomorrow at 9 until friday",
    ],
)
def test_a_plain_prompt_stays_a_prompt(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize("limits", [{"until": NOW}, {"holidays": "DE"}], ids=["an end", "holidays"])
def test_one_moment_has_no_limits(limits: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="limits"):
        Timing(when=Once(at=NOW, zone=BERLIN), **limits)  # type: ignore[arg-type]  # the table mixes types


def test_a_timing_keeps_aware_moments_and_calendars_that_exist() -> None:
    assert Timing(when=NINE, holidays="germany").holidays == "DE"
    with pytest.raises(UnknownCalendar):
        Timing(when=NINE, holidays="XX")
    with pytest.raises(ValueError, match="aware"):
        Timing(when=NINE, until=datetime(2027, 1, 1))  # noqa: DTZ001 — the refusal is the test


# Runs


def test_runs_pass_over_holidays_closures_and_the_end() -> None:
    timing = Timing(when=WEEKDAYS, until=moment("2027-01-08T23:59"), holidays="DE-BY")
    closures = Closures.parse("2026-12-24..2027-01-01")
    found = upcoming_runs(timing, after=moment("2026-12-22T09:00"), count=10, closures=closures)
    days = [(12, 23), (1, 4), (1, 5), (1, 7), (1, 8)]  # 6 January is Epiphany in Bavaria
    assert [(run.month, run.day) for run in found] == days
    freely = Timing(when=WEEKDAYS, until=timing.until)
    assert len(upcoming_runs(freely, after=moment("2026-12-22T09:00"), count=20, closures=closures)) == 13


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        (BERLIN, "2027-01-02T00:00"),
        ("America/New_York", "2027-01-02T00:00"),
        ("Pacific/Auckland", "2027-01-03T00:00"),  # the second of January is one there
    ],
)
def test_a_holiday_is_a_day_of_the_schedules_zone(zone: str, first: str) -> None:
    country = {BERLIN: "DE", "America/New_York": "US", "Pacific/Auckland": "NZ"}[zone]
    timing = Timing(when=Cron(expression="0 * * * *", zone=zone), holidays=country)
    assert timing.until is None
    after = moment("2026-12-31T23:30", zone)
    assert upcoming_runs(timing, after=after, count=1, closures=OPEN) == [moment(first, zone)]


def test_every_minute_passes_over_a_long_closure_at_once() -> None:
    timing = Timing(when=Cron(expression="* * * * *", zone=BERLIN), holidays="US")
    closures = Closures.parse("2026-11-23..2036-01-01")
    assert upcoming_runs(timing, after=NOW + timedelta(hours=3), count=2, closures=closures) == [
        moment("2036-01-02T00:00"),
        moment("2036-01-02T00:01"),
    ]
    for_ever = Closures.parse("2026-11-22..2099-01-01")
    assert upcoming_runs(timing, after=NOW, count=2, closures=for_ever) == []


def test_rare_runs_are_found_and_one_moment_runs_once() -> None:
    leap = Timing(when=Cron(expression="0 9 29 2 *", zone=BERLIN))
    assert [run.year for run in upcoming_runs(leap, after=NOW, count=3, closures=OPEN)] == [2028, 2032, 2036]
    once = Timing(when=Once(at=NOW, zone=BERLIN))
    assert upcoming_runs(once, after=NOW - timedelta(seconds=1), count=3, closures=OPEN) == [NOW]
    assert upcoming_runs(once, after=NOW, count=3, closures=OPEN) == []


@pytest.mark.parametrize(
    ("day", "zone", "moment_in_utc"),
    [
        ("2026-03-29", BERLIN, "2026-03-29T21:59"),
        ("2026-10-25", BERLIN, "2026-10-25T22:59"),
        ("2026-09-05", "America/Santiago", "2026-09-06T03:59"),  # the next day begins at 01:00
        ("2026-04-04", "America/Santiago", "2026-04-05T03:59"),  # its last hour comes twice
        ("2026-10-31", "America/Havana", "2026-11-01T03:59"),  # midnight comes twice
    ],
)
def test_a_day_ends_once_also_where_the_clocks_change_at_midnight(
    day: str, zone: str, moment_in_utc: str
) -> None:
    end = last_minute(date.fromisoformat(day), ZoneInfo(zone))
    assert end == datetime.fromisoformat(f"{moment_in_utc}+00:00")
    assert end.astimezone(ZoneInfo(zone)).date().isoformat() == day


CALENDARS = st.sampled_from(["DE", "DE-BY", "US", "US-CA", "GB-SCT", "SA", "JP", "IL", "AT-2", "DE-Augsburg"])
CLOSED_DAYS = st.lists(
    st.tuples(st.dates(date(2026, 11, 1), date(2027, 12, 31)), st.integers(0, 30)), max_size=4
).map(lambda spans: Closures(ranges=tuple((first, first + timedelta(days=more)) for first, more in spans)))


@given(CRONS, st.sampled_from(ZONES), CALENDARS, CLOSED_DAYS, st.integers(0, 400))
@settings(max_examples=examples(100), deadline=None)
def test_runs_are_exactly_the_fire_times_of_working_days_until_the_end(
    text: str, zone: str, calendar: str, closures: Closures, days: int
) -> None:
    cron = Cron.parse(text, zone=zone)
    timing = Timing(when=cron, until=NOW + timedelta(days=days), holidays=calendar)
    found = upcoming_runs(timing, after=NOW, count=10, closures=closures)
    expected: list[datetime] = []
    at = NOW
    for _ in range(3000):
        at = cron.next_after(at)
        if timing.until is None or at > timing.until or len(expected) == 10:
            break
        day = at.astimezone(ZoneInfo(zone)).date()
        if is_free(day, calendar=calendar, closures=closures) is None:
            expected.append(at)
    else:
        assume(False)  # too many minutes of free days to count one by one
    assert found == expected


ENDS = st.one_of(
    st.just(""),
    st.dates(date(2028, 3, 1), date(2035, 12, 31)).map(" until {}".format),
    st.builds(" until {} {}".format, st.integers(1, 28), st.sampled_from(["march 2029", "Dec 2030"])),
    st.dates(date(2028, 3, 1), date(2035, 12, 31)).map(" until {} at 17:30".format),
    st.integers(5, 9).map(" for {} years".format),
)
RESTS = st.one_of(st.just(""), CALENDARS.map(" except holidays in {}".format))
PLACES = st.sampled_from(["", " UTC", " in Europe/Berlin", " in America/New_York"])


@given(RECURRING, st.tuples(ENDS, RESTS, PLACES).flatmap(st.permutations).map("".join))
@settings(max_examples=examples(200), deadline=None)
@example("every day at 9", " for 5 years except holidays in DE-BY UTC")
def test_limited_words_come_back_as_the_same_timing(phrase: str, limits: str) -> None:
    try:
        timing = read(phrase + limits)
    except WhenError as refused:
        assert refused.fault is Fault.ONLY_HOLIDAYS  # noqa: PT017 — only this refusal is expected
        return
    assert timing is not None
    said = describe_timing(timing, reader=BERLIN)
    assert "`" not in said, "words are said back as words"
    assert read(said) == timing
    assert find(f"{said}: tell a joke") == find(f"{said} tell a joke") == (timing, "tell a joke")
    assert find(f"tell a joke {said}") == (timing, "tell a joke")
    assert find(f"{phrase}{limits}: tell a joke") == (timing, "tell a joke")


MINUTES = st.datetimes(
    datetime(2028, 3, 1),  # noqa: DTZ001 — hypothesis wants naive bounds
    datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda at: at.replace(second=0, microsecond=0))


@given(CRONS, st.sampled_from(ZONES), MINUTES | st.none(), CALENDARS | st.none())
@settings(max_examples=examples(120), deadline=None)
def test_any_timing_is_described_so_that_it_is_read_back(
    text: str, zone: str, until: datetime | None, calendar: str | None
) -> None:
    if until:
        assume(not until.astimezone(ZoneInfo(zone)).fold)  # the second of two equal times has no words
    timing = Timing(when=Cron.parse(text, zone=zone), until=until, holidays=calendar)
    assume(upcoming_runs(timing, after=NOW, count=1, closures=OPEN))
    assert read(describe_timing(timing, reader=BERLIN)) == timing
