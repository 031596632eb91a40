"""People's words for times: what they mean, where they stand in a command, and how they are said back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduler import calendar
from scheduler.calendar import may_name_calendar
from scheduler.cron import Cron
from scheduler.errors import WhenError, ZoneNeeded
from scheduler.faults import TimeFault as Fault
from scheduler.language.command import find_timing, perhaps_timing, read_timing
from scheduler.language.wording import describe_when
from scheduler.timing import Once, Timing, When
from scheduler.zone import ZoneInfo
from tests.examples import examples
from tests.scheduler.test_cron import CRONS

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 22, 20, 30, 20, tzinfo=UTC)  # a Sunday, 21:30:20 in Berlin


def read(text: str, *, now: datetime = NOW, zone: str = BERLIN) -> When | None:
    timing = read_timing(text, now=now, zone=zone)
    assert timing is None or timing == Timing(when=timing.when)
    return timing.when if timing else None


def find(text: str, *, now: datetime = NOW) -> tuple[When, str] | None:
    found = find_timing(text, now=now, zone=BERLIN)
    return (found[0].when, found[1]) if found else None


def outcome(text: str, *, now: datetime = NOW, ask: Callable[..., object] = read) -> object:
    """The reading, or the refusal itself."""
    try:
        return ask(text, now=now)
    except WhenError as refused:
        return refused


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("every minute", "* * * * *"),
        ("every hour", "0 * * * *"),
        ("hourly", "0 * * * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("every fifteen min", "*/15 * * * *"),
        ("every half hour", "*/30 * * * *"),
        ("every half-hour", "*/30 * * * *"),
        ("every half an hour", "*/30 * * * *"),
        ("every quarter hour", "*/15 * * * *"),
        ("mo-fr at 9", "0 9 * * 1-5"),
        ("mo–fr 17:30", "30 17 * * 1-5"),
        ("every sa-su at noon", "0 12 * * 0,6"),
        ("every nite", "0 21 * * *"),
        ("every nite at 9", "0 21 * * *"),
        ("every quarter-hour", "*/15 * * * *"),
        ("every quarter of an hour", "*/15 * * * *"),
        ("every two quarter hours", "*/30 * * * *"),
        ("every hour between 5pm and 9", "0 17-21 * * *"),
        ("every 60 minutes", "0 * * * *"),
        ("every 2 hours", "0 */2 * * *"),
        ("every other hour", "0 */2 * * *"),
        ("every 120 minutes", "0 */2 * * *"),
        ("every hour at :15", "15 * * * *"),
        ("every hour at 20 past", "20 * * * *"),
        ("every 2 hours at :15 and :45", "15,45 */2 * * *"),
        ("every 15 minutes on weekdays", "*/15 * * * 1-5"),
        ("every hour on monday", "0 * * * 1"),
        ("every 2 hours between 9 and 17 on weekdays", "0 9-17/2 * * 1-5"),
        ("every 2 hours on weekdays between 9am and 5pm", "0 9-17/2 * * 1-5"),
        ("every hour from 9 to 5pm", "0 9-17 * * *"),
        ("every hour between 9 and 5", "0 9-17 * * *"),
        ("every hour between 1 and 5pm", "0 13-17 * * *"),
        ("every 5 hours between 9:30 and 20:00", "30 9-19/5 * * *"),
        ("every 15 minutes between 9 and 17", "*/15 9-16 * * *"),
        ("every 15 minutes between 09:00 and 16:45", "*/15 9-16 * * *"),
        ("every day", "0 9 * * *"),
        ("every 24 hours", "0 9 * * *"),
        ("daily", "0 9 * * *"),
        ("daily at 9", "0 9 * * *"),
        ("every day at 18:30", "30 18 * * *"),
        ("every day 18:30", "30 18 * * *"),
        ("every day at 18.30", "30 18 * * *"),
        ("every day at 6:30 p.m.", "30 18 * * *"),
        ("every day at 12am", "0 0 * * *"),
        ("every day at 12 pm", "0 12 * * *"),
        ("every day at noon", "0 12 * * *"),
        ("each day at midnight", "0 0 * * *"),
        ("every day at 9 o'clock", "0 9 * * *"),
        ("at 9am every day", "0 9 * * *"),
        ("EVERY  Weekday   AT 9AM", "0 9 * * 1-5"),
        ("every weekday at 9am.", "0 9 * * 1-5"),
        ("please every weekday at 9am", "0 9 * * 1-5"),
        ("weekdays at 9", "0 9 * * 1-5"),
        ("on weekdays at 9", "0 9 * * 1-5"),
        ("at 9 on weekdays", "0 9 * * 1-5"),
        ("at 9am every weekday", "0 9 * * 1-5"),
        ("mon-fri at 9", "0 9 * * 1-5"),
        ("every monday to friday at 9", "0 9 * * 1-5"),
        ("every weekend at 10", "0 10 * * 0,6"),
        ("every week", "0 9 * * 1"),
        ("weekly on friday at 9", "0 9 * * 5"),
        ("every monday", "0 9 * * 1"),
        ("mondays at 9", "0 9 * * 1"),
        ("every Sun at 9", "0 9 * * 0"),
        ("every fri to mon at 9", "0 9 * * 0,1,5,6"),
        ("every monday and thursday at 9", "0 9 * * 1,4"),
        ("every mon, wed, fri at 9:15", "15 9 * * 1,3,5"),
        ("every tues, weds and thurs at 9", "0 9 * * 2-4"),
        ("twice a day at 9 and 16:00", "0 9,16 * * *"),
        ("3 times a day at 8, 12 and 18", "0 8,12,18 * * *"),
        ("every day at 3 and 5pm", "0 15,17 * * *"),
        ("every day at 9 and 5pm", "0 9,17 * * *"),
        ("every day at 9:05 and 9:35", "5,35 9 * * *"),
        ("every month", "0 9 1 * *"),
        ("every month on the 1st at 8am", "0 8 1 * *"),
        ("every month at 8am on the first", "0 8 1 * *"),
        ("every month on day 3 at 8", "0 8 3 * *"),
        ("monthly on the 1st and 15th at 8", "0 8 1,15 * *"),
        ("every 1st and 15th of the month at 8", "0 8 1,15 * *"),
        ("on the 1st of every month at 8", "0 8 1 * *"),
        ("every 3 months", "0 9 1 */3 *"),
        ("every quarter on the 15th at 8", "0 8 15 */3 *"),
        ("every year on 24 December at 8", "0 8 24 12 *"),
        ("yearly on Dec 24 at 8", "0 8 24 12 *"),
        ("every 24th of december at 8", "0 8 24 12 *"),
        ("every year on 29 february at 9", "0 9 29 2 *"),
        ("every night", "0 21 * * *"),
        ("nightly at 2", "0 2 * * *"),
        ("every night at 12", "0 0 * * *"),
        ("every weeknight at 8", "0 20 * * 1-5"),
        ("weeknights at 8", "0 20 * * 1-5"),
        ("nights at 9", "0 21 * * *"),
        ("every night at 11 and 1", "0 1,23 * * *"),
        ("every friday night at 1", "0 1 * * 6"),
        ("saturday nights at midnight", "0 0 * * 0"),
        ("every weeknight at 12", "0 0 * * 2-6"),
        ("monday mornings at 8", "0 8 * * 1"),
        ("every day at 9 in the evening", "0 21 * * *"),
        ("every day at 8 and 9 at night", "0 20,21 * * *"),
        ("every day at 9 in the morning and 5 in the afternoon", "0 9,17 * * *"),
        ("twice a day at 9 and 4pm", "0 9,16 * * *"),
        ("twice a day at 9 and 4", "0 9,16 * * *"),
        ("every day at 8 and 10 am", "0 8,10 * * *"),
        ("every day at 9a", "0 9 * * *"),
        ("every day at 9p", "0 21 * * *"),
        ("every day at 0930", "30 9 * * *"),
        ("every day at 9h30", "30 9 * * *"),
        ("every monday, at 4pm", "0 16 * * 1"),
        ("every monday @4pm", "0 16 * * 1"),
        ("4pm every monday", "0 16 * * 1"),
        ("quarterly on the 1st at 9", "0 9 1 */3 *"),
        ("every hour on the hour", "0 * * * *"),
        ("every hour 9am-5pm", "0 9-17 * * *"),
        ("every hour from 9-17", "0 9-17 * * *"),
        ("every hour during business hours", "0 9-17 * * 1-5"),
        ("0 9 * * mon-fri", "0 9 * * 1-5"),
        ("`*/15 * * * *`", "*/15 * * * *"),
        ("cron 0 9 * * 1-5", "0 9 * * 1-5"),
        ("on the cron `0 9 1-7 * mon`", "0 9 1-7 * 1"),
    ],
)
def test_words_that_recur_mean_one_cron(text: str, expression: str) -> None:
    assert read(text) == Cron(expression=expression, zone=BERLIN)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("in 20 minutes", "2026-11-22T21:50:20"),
        ("in an hour", "2026-11-22T22:30:20"),
        ("in half an hour", "2026-11-22T22:00:20"),
        ("in 1h30m", "2026-11-22T23:00:20"),
        ("in 1 hour and 30 minutes", "2026-11-22T23:00:20"),
        ("in 90s", "2026-11-22T21:31:50"),
        ("in 10 seconds", "2026-11-22T21:31:20"),
        ("in 2 days", "2026-11-24T21:30:20"),
        ("in two weeks", "2026-12-06T21:30:20"),
        ("2 days from now", "2026-11-24T21:30:20"),
        ("in 3 days at 9", "2026-11-25T09:00:00"),
        ("at 17:30", "2026-11-23T17:30:00"),
        ("at 21:30", "2026-11-23T21:30:00"),
        ("at 21:31", "2026-11-22T21:31:00"),
        ("at 11pm", "2026-11-22T23:00:00"),
        ("at 9", "2026-11-23T09:00:00"),
        ("at midnight", "2026-11-23T00:00:00"),
        ("today at 23:00", "2026-11-22T23:00:00"),
        ("tonight at 11", "2026-11-22T23:00:00"),
        ("at 11 tonight", "2026-11-22T23:00:00"),
        ("this evening at 10", "2026-11-22T22:00:00"),
        ("tomorrow night", "2026-11-23T21:00:00"),
        ("friday night at 8", "2026-11-27T20:00:00"),
        ("tonight at 12", "2026-11-23T00:00:00"),
        ("at midnight tonight", "2026-11-23T00:00:00"),
        ("tonight at 1am", "2026-11-23T01:00:00"),
        ("tomorrow night at 12", "2026-11-24T00:00:00"),
        ("friday night at 1", "2026-11-28T01:00:00"),
        ("sunday night at 12", "2026-11-23T00:00:00"),
        ("on 24 december night at 12", "2026-12-25T00:00:00"),
        ("on 2026-12-31 night at 12", "2027-01-01T00:00:00"),
        ("friday at 9 in the evening", "2026-11-27T21:00:00"),
        ("fri 9am", "2026-11-27T09:00:00"),
        ("9am", "2026-11-23T09:00:00"),
        ("9am tomorrow", "2026-11-23T09:00:00"),
        ("tomorrow", "2026-11-23T09:00:00"),
        ("tomorrow at 8am", "2026-11-23T08:00:00"),
        ("tomorrow at noon", "2026-11-23T12:00:00"),
        ("at 8 tomorrow", "2026-11-23T08:00:00"),
        ("on monday at 9", "2026-11-23T09:00:00"),
        ("Monday at 9", "2026-11-23T09:00:00"),
        ("next fri at noon", "2026-11-27T12:00:00"),
        ("on sunday at 22:00", "2026-11-22T22:00:00"),
        ("on sunday at 9", "2026-11-29T09:00:00"),
        ("on 2027-01-15 at 09:00", "2027-01-15T09:00:00"),
        ("2027-01-15 09:00", "2027-01-15T09:00:00"),
        ("on 15 January 2027 at 9am", "2027-01-15T09:00:00"),
        ("on Friday 15 January 2027 at 09:00", "2027-01-15T09:00:00"),
        ("on jan 15th, 2027 at 9", "2027-01-15T09:00:00"),
        ("on 15 jan at 9", "2027-01-15T09:00:00"),
        ("on the 15th at 9", "2026-12-15T09:00:00"),
        ("on the 31st at 9", "2026-12-31T09:00:00"),
        ("on 29 feb at 9", "2028-02-29T09:00:00"),
    ],
)
def test_words_for_one_moment_mean_the_next_one(text: str, wall: str) -> None:
    once = read(text)
    assert isinstance(once, Once)
    assert once.zone == BERLIN
    assert once.at == datetime.fromisoformat(f"{wall}+01:00")


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("in Europe/Berlin", BERLIN),
        ("in america/new_york", "America/New_York"),
        ("America/Argentina/Buenos_Aires time", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("gmt", "UTC"),
        ("pacific", "America/Los_Angeles"),
        ("Eastern Standard Time", "America/New_York"),
        ("ET", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("CET", BERLIN),  # the reader's own
        ("in UK time", "Europe/London"),
        ("berlin time", BERLIN),
        ("New York time", "America/New_York"),
        ("in Tokyo", "Asia/Tokyo"),
        (", Europe/Paris", "Europe/Paris"),
    ],
)
def test_a_zone_may_follow_any_form(words: str, zone: str) -> None:
    gap = "" if words.startswith(",") else " "
    assert read(f"every day at 9am{gap}{words}") == Cron(expression="0 9 * * *", zone=zone)
    once = read(f"tomorrow at 9am{gap}{words}")
    assert isinstance(once, Once)
    assert once.zone == zone


def test_a_cron_brings_its_own_zone() -> None:
    assert read("cron CRON_TZ=Asia/Tokyo 0 9 * * 1-5") == Cron(expression="0 9 * * 1-5", zone="Asia/Tokyo")
    assert read("cron 0 9 * * 1-5 in Asia/Tokyo") == Cron(expression="0 9 * * 1-5", zone="Asia/Tokyo")


def test_tomorrow_is_the_day_after_today_where_it_is_asked() -> None:
    there = read("tomorrow at 9 in Pacific/Auckland")  # it is Monday there already
    assert isinstance(there, Once)
    assert there.at == datetime.fromisoformat("2026-11-24T09:00:00+13:00")


def test_days_keep_the_time_on_the_wall_and_hours_elapse() -> None:
    before = datetime.fromisoformat("2026-10-24T12:00:00+02:00")
    assert read("in 1 day", now=before) == Once(at=before + timedelta(hours=25), zone=BERLIN)
    assert read("in 24 hours", now=before) == Once(at=before + timedelta(hours=24), zone=BERLIN)


def test_a_repeated_hour_means_its_first_time() -> None:
    now = datetime(2026, 10, 20, tzinfo=UTC)
    assert read("on 2026-10-25 at 02:30", now=now) == Once(
        at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone=BERLIN
    )


@pytest.mark.parametrize(
    ("text", "fault", "said", "instead"),
    [
        ("every 7 minutes", Fault.UNEVEN, "every 7 minutes", ["every 6 minutes", "every 10 minutes"]),
        ("every 45 minutes", Fault.UNEVEN, "every 45 minutes", ["every 30 minutes", "every hour"]),
        ("every 90 minutes", Fault.UNEVEN, "every 90 minutes", ["every hour", "every 2 hours"]),
        ("every 1000 minutes", Fault.UNEVEN, "every 1000 minutes", ["every 12 hours", "every day"]),
        ("every 200 minutes", Fault.UNEVEN, "every 200 minutes", ["every 3 hours", "every 4 hours"]),
        ("every 5 hours", Fault.UNEVEN, "every 5 hours", ["every 4 hours", "every 6 hours"]),
        ("every 36 hours", Fault.UNEVEN, "every 36 hours", ["every 12 hours", "every day"]),
        ("every 5 months", Fault.UNEVEN, "every 5 months", ["every 4 months", "every 6 months"]),
        ("every year", Fault.YEAR_NEEDS_DAY, "every year", ["every year on 24 December at 09:00"]),
        (
            "twice a day at 9 and 16:30",
            Fault.CLOCKS_DIFFER,
            "09:00 and 16:30",
            ["twice a day at 09:00 and 16:00", "twice a day at 09:30 and 16:30"],
        ),
        (
            "every monday at 9 and 16:30",
            Fault.CLOCKS_DIFFER,
            "09:00 and 16:30",
            ["every monday at 09:00 and 16:00", "every monday at 09:30 and 16:30"],
        ),
        ("twice a day", Fault.CLOCKS_MISSING, "twice a day", ["twice a day at 09:00 and 16:00"]),
        ("twice a day at 9", Fault.CLOCKS_MISSING, "twice a day", ["twice a day at 09:00 and 16:00"]),
        (
            "every hour between 22 and 6",
            Fault.OVER_MIDNIGHT,
            "22:00 to 06:00",
            ["every hour between 22:00 and 23:59", "every hour"],
        ),
        (
            "every friday night at 11pm and 1am",
            Fault.AROUND_MIDNIGHT,
            "",
            ["every friday night at 23:00", "every friday night at 01:00"],
        ),
        ("every day at 100 words of wisdom", Fault.PERHAPS_NUMBER, "100", ["at 1:00"]),
        ("every day at 2027 goals", Fault.PERHAPS_NUMBER, "2027", ["at 20:27"]),
        (
            "every 2 hours between 17 and 9",
            Fault.OVER_MIDNIGHT,
            "17:00 to 09:00",
            ["every 2 hours between 17:00 and 23:59", "every 2 hours"],
        ),
        (
            "every 15 minutes from 17 to 9",
            Fault.OVER_MIDNIGHT,
            "17:00 to 09:00",
            ["every 15 minutes between 17:00 and 23:59", "every 15 minutes"],
        ),
        (
            "every three quarters of an hour",
            Fault.UNEVEN,
            "every 45 minutes",
            ["every 30 minutes", "every hour"],
        ),
        (
            "every 15 minutes between 9:10 and 17",
            Fault.PART_HOURS,
            "every 15 minutes",
            ["every 15 minutes between 09:00 and 17:59"],
        ),
        ("every day at 25:00", Fault.NO_CLOCK, "25:00", ["at 00:00", "at 17:30"]),
        ("every day at 9:75", Fault.NO_CLOCK, "9:75", ["at 00:00", "at 17:30"]),
        ("every day at 13pm", Fault.NO_CLOCK, "13pm", ["at 13:00", "at 1pm"]),
        ("every hour at :75", Fault.CRON_VALUE, "75", ["cron 0 9 * * 1-5"]),
        ("every month on the 32nd", Fault.NO_DATE, "day 32", ["every month on the 28th at 9"]),
        ("every year on 30 february", Fault.NO_DATE, "30 February", ["on 29 February at 09:00"]),
        ("on 2027-02-30 at 9", Fault.NO_DATE, "30 February", ["on 28 February at 09:00"]),
        ("on 2027-13-01 at 9", Fault.NO_DATE, "2027-13-01", ["on 4 March at 09:00"]),
        ("on 0000-01-01 at 9", Fault.NO_DATE, "0000-01-01", ["on 4 March at 09:00"]),
        (
            "on Monday 15 January 2027 at 09:00",
            Fault.WRONG_WEEKDAY,
            "15 January 2027",
            ["on 2027-01-15 at 09:00"],
        ),
        ("on 2040-01-01 at 9", Fault.TOO_FAR, "", ["every year on 1 January at 09:00"]),
        ("in 999999999 days", Fault.TOO_FAR, "", ["every year on 1 January at 09:00"]),
        ("in 999999999 weeks", Fault.TOO_FAR, "", ["every year on 1 January at 09:00"]),
        ("on 2027-03-28 at 02:30", Fault.CLOCK_SKIPPED, "02:30 on 2027-03-28", ["on 2027-03-28 at 03:00"]),
        ("cron 61 * * * *", Fault.CRON_VALUE, "61", ["cron 0 9 * * 1-5"]),
        ("cron 0 0 9 * * 1-5", Fault.CRON_FIELDS, "0 0 9 * * 1-5", ["cron 0 9 * * 1-5"]),
        ("cron 0 0 9 * * *", Fault.CRON_FIELDS, "0 0 9 * * *", ["cron 0 9 * * *"]),
        ("cron 0 9 * *", Fault.CRON_FIELDS, "cron 0", ["cron 0 9 * * 1-5"]),
        ("cron `0 0 30 2 *`", Fault.CRON_NEVER, "0 0 30 2 *", ["cron 0 9 * * 1-5"]),
        ("every 30 seconds", Fault.TOO_OFTEN, "", ["every minute"]),
        ("every second", Fault.TOO_OFTEN, "", ["every minute"]),
        ("every 0 minutes", Fault.TOO_OFTEN, "", ["every minute"]),
        ("today at 8", Fault.PASSED, "08:00 today", ["tomorrow at 08:00"]),
        ("on 2020-01-01 at 9", Fault.PASSED, "2020-01-01 at 09:00", ["on 2027-01-01 at 09:00"]),
        ("on 2024-02-29 at 9", Fault.PASSED, "2024-02-29 at 09:00", ["on 2028-02-29 at 09:00"]),
        ("every day at 9 in Mars/Base", Fault.ZONE_UNKNOWN, "Mars/Base", []),
        ("cron CRON_TZ=Mars/Base 0 9 * * *", Fault.ZONE_UNKNOWN, "Mars/Base", []),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_to_type_instead(
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
    "text",
    [
        "",
        "hello",
        "in 2020",
        "in 20 words",
        "every good boy",
        "every day at 9 summarise",
        "at least",
        "cron",
        "9/11",
        "at 9 percent",
        "every",
        "on",
        "mon",
        "every day at 9 in 3 points",
        "every day at",
        "daily news",
        "1.5 hours",
    ],
)
def test_what_is_no_time_is_not_read(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("every second hi", "every minute"),
        ("every hour at 15 x", "every hour at :15"),
        ("every 2 hours 9-17 hi", "every 2 hours between 9 and 17"),
        ("every 2 hours at 15: x", "every 2 hours at :15"),
        ("every hour at 75 x", "every hour at :59"),
        ("every 5 mintues hi", "every 5 minutes"),
        ("every -5 minutes hi", "every 5 minutes"),
        ("in 99999999999 days hi", "in 5 days"),
        ("every mnday at 9 hi", "every monday at 9"),
        ("everyday at 9:30 hi", "every day at 9:30"),
        ("mondays at 9;30 hi", "mondays at 9:30"),
        ("mon-fir at 9 hi", "mon-fri at 9"),
        ("first monday of teh month at 9 hi", "first monday of the month at 9"),
        ("on weekdys at 9 hi", "on weekdays at 9"),
        ("every mornign hi", "every morning"),
        ("in an huor hi", "in an hour"),
        ("in haf an hour hi", "in half an hour"),
        ("in half an huor hi", "in half an hour"),
        ("in a quater of an hour hi", "in a quarter of an hour"),
        ("in half a dya hi", "in half a day"),
        ("evreyday at 9:30 hi", "every day at 9:30"),
        ("tomorrow at nien hi", "tomorrow at nine"),
        ("daily at nien what's new?", "daily at nine"),
        ("every 2 horus hi", "every 2 hours"),
        ("every tow hours hi", "every two hours"),
        ("on the 1st of evry month at 9 hi", "on the 1st of every month at 9"),
    ],
)
def test_what_begins_like_a_time_is_not_asked_but_refused_with_the_nearest_form(
    text: str, nearest: str
) -> None:
    with pytest.raises(WhenError) as refused:
        find(text)
    assert refused.value.fault is Fault.UNREADABLE
    assert text.startswith(refused.value.said)
    assert nearest in refused.value.instead
    for phrase in refused.value.instead:
        assert find(f"{phrase}: hi") is not None
    assert find(f'"{text}"') is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in 3 months hi", "in 3 months"),
        ("at 9 standup", "at 9"),
        ("at 9 post the news", "at 9"),
    ],
)
def test_what_may_be_a_time_or_a_prompt_is_not_asked_but_wants_a_colon(text: str, said: str) -> None:
    with pytest.raises(WhenError) as refused:
        find(text)
    assert (refused.value.fault, refused.value.said) == (Fault.PERHAPS_PROMPT, said)
    assert find(f"{said}: hi") is not None
    assert find(f'"{text}"') is None


@pytest.mark.parametrize(
    ("text", "words", "prompt"),
    [
        ("every 30 minutes Is the queue long?", "every 30 minutes", "Is the queue long?"),
        ("every weekday at 9am summarise the news", "every weekday at 09:00", "summarise the news"),
        ("summarise the news every weekday at 9am", "every weekday at 09:00", "summarise the news"),
        ("Summarise the News, every weekday at 9am!", "every weekday at 09:00", "Summarise the News"),
        ("every day at 9: summarise", "every day at 09:00", "summarise"),
        ("every day at 9, summarise", "every day at 09:00", "summarise"),
        ("every day at 9 - summarise", "every day at 09:00", "summarise"),
        ("every day at 9. Summarise", "every day at 09:00", "Summarise"),
        ("every day at 9 — summarise", "every day at 09:00", "summarise"),
        ("every day at 9\n- One\n-  Two", "every day at 09:00", "- One\n-  Two"),
        ("every day at 9 a  b\n\n C", "every day at 09:00", "a  b\n\n C"),
        ("a  b\n\n C every day at 9", "every day at 09:00", "a  b\n\n C"),
        ("summarise\nevery day at 9", "every day at 09:00", "summarise"),
        ("please every day at 9 summarise", "every day at 09:00", "summarise"),
        ("please summarise every day at 9, please.", "every day at 09:00", "please summarise"),
        ('every day at 9 "List: the  news"', "every day at 09:00", "List: the  news"),
        ("“list every day at 9” every monday at 9", "every Monday at 09:00", "list every day at 9"),
        ('every day at 9 "a" and "b"', "every day at 09:00", '"a" and "b"'),
        ("every day at 9", "every day at 09:00", ""),
        ("every minute say hi", "every minute", "say hi"),
        ("say hi every minute", "every minute", "say hi"),
        ("every monday summarise", "every Monday at 09:00", "summarise"),
        ("daily: summarise", "every day at 09:00", "summarise"),
        ("at 9: summarise", "on Monday 23 November 2026 at 09:00", "summarise"),
        ("at 5pm summarise", "on Monday 23 November 2026 at 17:00", "summarise"),
        ("say hi in 2 minutes", "on Sunday 22 November 2026 at 21:32", "say hi"),
        ("in 2 minutes say hi", "on Sunday 22 November 2026 at 21:32", "say hi"),
        ("say hi at 17:30", "on Monday 23 November 2026 at 17:30", "say hi"),
        ("say hi tomorrow at 8am", "on Monday 23 November 2026 at 08:00", "say hi"),
        ("say hi on 2027-01-15 at 09:00", "on Friday 15 January 2027 at 09:00", "say hi"),
        ("cron 0 9 * * 1-5 5 facts", "every weekday at 09:00", "5 facts"),
        ("cron 0 9 * * mon-fri: 5 facts", "every weekday at 09:00", "5 facts"),
        ("cron 0 9 * * 1,3, 5 facts", "every Monday and Wednesday at 09:00", "5 facts"),
        ("what is new on HN every weekday at 9am", "every weekday at 09:00", "what is new on HN"),
        ("every day at 9 is it raining?", "every day at 09:00", "is it raining?"),
        ("every day at 9, 3 facts about cats", "every day at 09:00", "3 facts about cats"),
        ("every day at 9, 12 and 17 summarise", "every day at 09:00, 12:00 and 17:00", "summarise"),
        ("every day 9 facts", "every day at 09:00", "9 facts"),
        ("every day at 9 central bank news", "every day at 09:00", "central bank news"),
        ("every day at 9 pros/cons of tea", "every day at 09:00", "pros/cons of tea"),
        ("every day at 9 in Berlin: weather", "every day at 09:00", "weather"),
        ("every day at 9 in 3 points", "every day at 09:00", "in 3 points"),
        ("every day at 9 at least three ideas", "every day at 09:00", "at least three ideas"),
        ("every day at half price: list deals", "every day at 09:00", "at half price: list deals"),
        ("every day at least three ideas", "every day at 09:00", "at least three ideas"),
        ("every weekday at 9 at 3 places what to eat", "every weekday at 09:00", "at 3 places what to eat"),
        ("tonight at 11 summarise", "on Sunday 22 November 2026 at 23:00", "summarise"),
        ("summarise at 11pm tonight", "on Sunday 22 November 2026 at 23:00", "summarise"),
        ("tomorrow evening summarise", "on Monday 23 November 2026 at 18:00", "summarise"),
        ("tell me a joke at noon", "on Monday 23 November 2026 at 12:00", "tell me a joke"),
        ("9am pacific every day summarise", "every day at 09:00", "summarise"),
        ("summarise 9am daily", "every day at 09:00", "summarise"),
        ("0 9 * * 1-5 summarise", "every weekday at 09:00", "summarise"),
        ("could you post the news every day at 9?", "every day at 09:00", "could you post the news"),
        ("remind me at 5pm to stretch", "on Monday 23 November 2026 at 17:00", "remind me to stretch"),
        ("Remind us every friday at 4pm to rest", "every Friday at 16:00", "Remind us to rest"),
        ("remind me tomorrow that we ship", "on Monday 23 November 2026 at 09:00", "remind me that we ship"),
        ("‘list every day at 9’ every monday at 9", "every Monday at 09:00", "list every day at 9"),
        ('every day at 9 “don\'t "panic"”', "every day at 09:00", 'don\'t "panic"'),
        ("in 2 years: hi", "on Wednesday 22 November 2028 at 21:30", "hi"),
        ("every day at 9 mt everest weather", "every day at 09:00", "mt everest weather"),
    ],
)
def test_a_command_splits_into_its_time_and_its_prompt(text: str, words: str, prompt: str) -> None:
    found = find(text)
    assert found is not None
    assert (describe_when(found[0]), found[1]) == (words, prompt)


@pytest.mark.parametrize(
    "text",
    [
        "every 30 minutes is too often",
        "Every 30 Minutes Is Too Often",
        "what happened in 2020",
        "at 2027 prices, what does a house cost",
        "sum up the plot at 100 words",
        "list three things in order",
        "explain cron 5 4 * * *",
        "explain DNS in 5 minutes",
        "why is the sky blue at night",
        "why is the sky blue at noon",
        "describe Rome at noon",
        "what happens at midnight?",
        "suggest a restaurant for tonight",
        "suggest a dinner tonight",
        "tonight's dinner ideas",
        "tonight I want to cook",
        "this morning in history",
        "nights in white satin, who sang it?",
        "sun at noon over Paris",
        "mon cheri recipe",
        "3.14 explained",
        "5 * 3 * 2 = ?",
        "biweekly report template",
        "could you explain what happens at 5pm?",
        "remind me what a cache is",
        "in 20 words, explain DNS",
        "in 2 hours I leave, what should I pack",
        "at least three ideas",
        "at 9 different places",
        "at 9 percent interest, what do I pay",
        "at 20 what should I study",
        "in 3 months, what will have changed",
        "in 2 years AI will write all code",
        "in 2020 what happened",
        "in 3 ways explain DNS",
        "in 5 minutes or less, explain DNS",
        "in 2 days of rain how much falls",
        "in 3 tours of Paris",
        "in as few words as possible, explain DNS",
        "in and out of the office, what matters",
        "in am radio history, name three milestones",
        "answer in French as from now",
        "in Python, how do I reverse a list",
        "every time I run this it fails, why?",
        "every employee of mine asks for this",
        "every now and then, what helps?",
        "every good boy deserves what",
        "every day I write a diary",
        "every monday is fun",
        "every second counts, who said it?",
        "tomorrow's weather",
        "tomorrow, and tomorrow, and tomorrow",
        "what is on monday",
        "what can I cook in 20 minutes",
        "how many babies are born every minute",
        "what's on at the cinema tomorrow at 8pm",
        "what is new every day at 9?",
        "what should I do every other day",
        "recommend a run for every other day",
        "the meeting is at 17:30",
        "daily standup questions",
        "weekly report template",
        "twice a day, how often is that",
        "cron job that runs daily",
        "list",
        "9/11 in one paragraph",
        "february 30 is a joke",
        "the last day of the month to file taxes",
        "every other week I feel tired",
        "the first monday in history",
        "may 5 people enter",
        "on 1/2 of the pages",
        '"every day at 9 summarise"',
        "“summarise every day at 9”",
        "'daily: x'",
        "",
    ],
)
def test_a_plain_prompt_stays_a_prompt(text: str) -> None:
    assert find(text) is None


@pytest.mark.parametrize(
    ("text", "perhaps"),
    [
        ("Sum up the day every night.", "every night"),
        ("summarise the news every monday", "every monday"),
        ("standup notes tomorrow moring", "tomorrow moring"),
        ("suggest a dinner tonight", "tonight"),
        ("suggest a run for every other day", None),
        ("what should I do every day", None),
        ("explain why I floss every day", None),
        ("list three ideas", None),
        ('"summarise the news every monday"', None),
    ],
)
def test_words_at_the_end_of_a_prompt_may_have_been_meant_as_its_time(text: str, perhaps: str | None) -> None:
    assert find(text) is None
    assert perhaps_timing(text) == perhaps


def test_a_long_prompt_is_looked_through_at_its_end_only() -> None:
    prompt = "word every 5 at 9 " * 220
    found = find(f"{prompt} every day at 9")
    assert found == (Cron(expression="0 9 * * *", zone=BERLIN), prompt.strip())


def test_the_zone_is_said_where_it_is_not_the_readers() -> None:
    cron = Cron(expression="0 9 * * 1-5", zone=BERLIN)
    assert describe_when(cron) == describe_when(cron, reader=BERLIN) == "every weekday at 09:00"
    assert describe_when(cron, reader="America/New_York") == "every weekday at 09:00 in Europe/Berlin"
    assert describe_when(Cron(expression="0 9 1-7 * 1", zone=BERLIN)) == "on the cron `0 9 1-7 * 1`"


@pytest.mark.parametrize(
    "text",
    [
        "every day at 9",
        "at 9",
        "tomorrow at 8",
        "in 3 days",
        "in 2 days at 9",
        "cron 0 9 * * *",
        "today at 8",
    ],
)
def test_a_time_that_needs_a_zone_is_refused_where_none_is_known(text: str) -> None:
    for ask in (read_timing, find_timing):
        with pytest.raises(ZoneNeeded):
            ask(text, now=NOW, zone=None)
        assert ask(f"{text if text != 'today at 8' else 'at 8'} in Berlin", now=NOW, zone=None) is not None


@pytest.mark.parametrize(
    "text", ["in 20 minutes", "in 2 hours", "2026-11-23T09:00Z", "cron TZ=UTC 0 9 * * *"]
)
def test_a_time_that_is_the_same_on_every_clock_needs_no_zone(text: str) -> None:
    timing = read_timing(text, now=NOW, zone=None)
    assert timing is not None
    assert timing.when.zone == "UTC"


@pytest.mark.parametrize("text", ["friday night at 1", "tonight at 1"])
def test_a_night_is_not_over_at_midnight(text: str) -> None:
    saturday = datetime(2026, 11, 28, 0, 30, tzinfo=ZoneInfo(BERLIN))
    timing = read_timing(text, now=saturday, zone=BERLIN)
    assert timing is not None
    assert timing.when == Once(at=saturday.replace(hour=1, minute=0), zone=BERLIN)


def test_a_moment_is_aware() -> None:
    with pytest.raises(ValueError, match="aware"):
        Once(at=datetime(2026, 1, 1), zone=BERLIN)  # noqa: DTZ001 — the refusal is the test


HOURS = st.integers(0, 23)
CLOCKS = st.one_of(
    st.builds("{:02}:{:02}".format, HOURS, st.integers(0, 59)),
    st.builds("{}{}".format, st.integers(1, 12), st.sampled_from(["am", "pm", " AM", " p.m."])),
    st.sampled_from(["9", "17", "noon", "midnight", "7.45"]),
)
NAMES = st.sampled_from(["monday", "Tue", "WED", "thurs", "Friday", "sat", "sunday"])
DAYS = st.one_of(
    st.sampled_from(
        ["day", "weekday", "weekend", "mon-fri", "sat to sun", "night", "weeknight", "fri evening"]
    ),
    st.lists(NAMES, min_size=1, max_size=3).map(", ".join),
    st.builds("{} and {}".format, NAMES, NAMES),
)
MONTHS = st.sampled_from(
    ["Jan", "february", "Mar", "April", "may", "Jun", "JULY", "aug", "Sept", "oct", "Nov", "dec"]
)
NTHS = st.integers(1, 31).map(
    lambda n: f"{n}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10 * (n // 10 != 1), 'th') }"
)
PERIODS = st.one_of(
    st.builds("{} minutes".format, st.sampled_from([2, 3, 4, 5, 6, 10, 12, 15, 20, 30])),
    st.builds("{} hours".format, st.sampled_from([2, 3, 4, 6, 8, 12])),
    st.sampled_from(["minute", "hour", "half hour"]),
)
RECURRING = st.one_of(
    st.builds("every {} at {}".format, DAYS, CLOCKS),
    st.builds("at {} every {}".format, CLOCKS, DAYS),
    st.builds("every {}".format, PERIODS),
    st.builds("every {} on {}s".format, PERIODS, st.sampled_from(["weekday", "weekend", "Monday"])),
    st.builds("every {} between {} and {}".format, PERIODS, st.integers(0, 10), st.integers(12, 23)),
    st.builds(
        "twice a day at {0:02}:{2:02} and {1:02}:{2:02}".format,
        st.integers(0, 11),
        st.integers(12, 23),
        st.integers(0, 59),
    ),
    st.builds("every month on the {} at {}".format, NTHS, CLOCKS),
    st.builds("every month at {} on the {} and {}".format, CLOCKS, NTHS, NTHS),
    st.builds("every {} months on the {} at {}".format, st.sampled_from([2, 3, 4, 6]), NTHS, CLOCKS),
    st.builds("every year on {} {} at {}".format, st.integers(1, 28), MONTHS, CLOCKS),
)
ONCE = st.one_of(
    st.builds("at {}".format, CLOCKS),
    st.builds("tomorrow at {}".format, CLOCKS),
    st.builds("on {} at {}".format, NAMES, CLOCKS),
    st.builds("on {} {} {} at {}".format, st.integers(1, 28), MONTHS, st.integers(2027, 2035), CLOCKS),
    st.builds(
        "on {}-{:02}-{:02} at {}".format,
        st.integers(2027, 2035),
        st.integers(1, 12),
        st.integers(1, 28),
        CLOCKS,
    ),
    st.builds("on the {} at {}".format, NTHS, CLOCKS),
    st.builds(
        "in {} {}".format, st.integers(1, 900), st.sampled_from(["minutes", "hours", "days", "min", "h"])
    ),
)
WHOLE_MINUTE = NOW.replace(second=0)


@given(RECURRING, st.sampled_from(["", " UTC", " in Europe/Berlin", " in America/New_York"]))
@settings(max_examples=examples(200), deadline=None)
@example("every day at 9", "")
def test_recurring_words_come_back_as_the_same_cron(phrase: str, zone: str) -> None:
    cron = read(phrase + zone)
    assert isinstance(cron, Cron)
    said = describe_when(cron, reader=BERLIN)
    assert "`" not in said, "words are said back as words"
    assert read(said) == cron
    found = find(f"{phrase}{zone}: tell a joke")
    assert found == (cron, "tell a joke")
    assert find(f"tell a joke {phrase}{zone}") == (cron, "tell a joke")


@given(ONCE, st.sampled_from(["", " UTC", " in Europe/Berlin"]))
@settings(max_examples=examples(160), deadline=None)
def test_words_for_a_moment_come_back_as_the_same_moment(phrase: str, zone: str) -> None:
    once = outcome(phrase + zone, now=WHOLE_MINUTE)
    if isinstance(once, WhenError):
        assert once.fault is Fault.CLOCK_SKIPPED  # 02:30 on a day when the clocks change
        return
    assert isinstance(once, Once)
    assert once.at > WHOLE_MINUTE
    assert read(describe_when(once, reader=BERLIN), now=WHOLE_MINUTE) == once
    assert find(f"{phrase}{zone}: tell a joke", now=WHOLE_MINUTE) == (once, "tell a joke")


@given(CRONS, st.sampled_from([BERLIN, "America/New_York"]))
@settings(max_examples=examples(120), deadline=None)
@example("*/15 9-16 * * 1-5", BERLIN)
@example("0 0-22/2 * * *", BERLIN)
@example("0 9 1 1-10/3 *", BERLIN)
@example("0 0 1 */12 *", BERLIN)
@example("0,30 * * * *", BERLIN)
def test_any_cron_is_described_so_that_it_is_read_back(text: str, zone: str) -> None:
    cron = Cron.parse(text, zone=zone)
    assert read(describe_when(cron, reader=BERLIN)) == cron
    assert find(f"{describe_when(cron, reader=BERLIN)} tell a joke") == (cron, "tell a joke")


PIECES = re.findall(
    r"\S+",
    "every day at 9 in on the 1st and 30 feb monday , : cron * 0 */2 between 5 pm Mars/Base first last of "
    "month 25:00 twice a today in 20 minutes hours now UTC ıſ ² please - ? until for except holidays DE-BY "
    "Germany German and end of the year morning T09:00 2027-01-15T09:00 sunday weekends 3 months tonight "
    "night nights this evening 9-17 9a remind me to @9",
)


@given(st.text(max_size=80) | st.lists(st.sampled_from([*PIECES, "\n"]), max_size=12).map(" ".join))
@settings(max_examples=examples(120), deadline=None)
def test_any_text_is_a_time_or_a_prompt_or_kindly_refused(text: str) -> None:
    looked_up = lookups()
    for refused in (outcome(text), outcome(f"{text}: list three things")):
        if isinstance(refused, WhenError):
            assert str(refused).startswith(refused.fault.value)
            assert len(str(refused)) < 400
    found = find(text) if not isinstance(outcome(text, ask=find), WhenError) else None
    assert found is None or len(found[1]) < len(text)
    assert may_name_calendar(text) or lookups() == looked_up


def lookups() -> int:
    """The times that a calendar was looked for so far."""
    told = calendar._country_codes.cache_info()  # noqa: SLF001 - the way to every calendar
    return told.hits + told.misses


@pytest.mark.parametrize(
    ("text", "said", "instead"),
    [
        ("standup notes in a few hours", "in a few hours", "in 3 hours"),
        ("Check the queue in a few minutes, please", "in a few minutes", "in 20 minutes"),
        ("standup notes hourly", "hourly", "every 2 hours"),
        ("standup notes every so often", "every so often", "every Monday at 09:00"),
        ("standup notes every now and then", "every now and then", "every Monday at 09:00"),
        ("standup notes every hour or so", "every hour or so", "every 2 hours"),
        ("a joke on a daily basis", "on a daily basis", "every day at 09:00"),
        ("the report at EOD", "at EOD", "at 17:00"),
        ("Post the digest daily", "daily", "every day at 09:00"),
        ("Post the digest weekly", "weekly", "every Monday at 09:00"),
        ("Summarise the tickets twice a week", "twice a week", "every Monday at 09:00"),
        ("share the numbers once a month", "once a month", "every month on the 1st at 09:00"),
        ("tell the team to stretch three times a day", "three times a day", "every day at 09:00"),
        ("standup notes every 5 mintues", "every 5 mintues", "every 5 minutes"),
        ("standup notes every firday", "every firday", "every friday"),
        ("standup notes evry friday", "evry friday", "every friday"),
        ("standup notes every firday at 9", "every firday at 9", "every friday at 9"),
        ("standup notes evry day at 9", "evry day at 9", "every day at 9"),
        ("standup notes dayly at 9", "dayly at 9", "daily at 9"),
        ("standup notes at 9 evry day", "at 9 evry day", "at 9 every day"),
        ("standup notes every day at nien", "every day at nien", "every day at nine"),
        ("standup notes tomorrow at nien", "tomorrow at nien", "tomorrow at nine"),
        ("standup notes every friday at 9;30", "every friday at 9;30", "every friday at 9:30"),
        ("standup notes every day at 9:3o", "every day at 9:3o", "every day at 9:30"),
        ("standup notes every day at nine thirty", "every day at nine thirty", "every day at 9:30"),
        ("standup notes every day at half nine", "every day at half nine", "every day at half past nine"),
        ("standup notes everyday at 9", "everyday at 9", "every day at 9"),
        ("standup notes evreyday at 9", "evreyday at 9", "every day at 9"),
        ("standup notes every dya at 9", "every dya at 9", "every day at 9"),
        ("standup notes every othr day at 9", "every othr day at 9", "every other day at 9"),
        ("standup notes on 3 Agust at 9", "on 3 Agust at 9", "on 3 august at 9"),
        ("standup notes in fvie minutes", "in fvie minutes", "in five minutes"),
        ("standup notes every tow hours", "every tow hours", "every two hours"),
        ("standup notes hourley", "hourley", "every 2 hours"),
        ("standup notes every huor", "every huor", "every hour"),
        ("standup notes in an huor", "in an huor", "in an hour"),
        ("standup notes in haf an hour", "in haf an hour", "in half an hour"),
        ("standup notes in hlaf a day", "in hlaf a day", "in half a day"),
        ("standup notes every day at 9 30", "every day at 9 30", "every day at 9:30"),
        ("standup notes every day at 9-30", "every day at 9-30", "every day at 9:30"),
        ("standup notes mon, wed and fir at 9", "mon, wed and fir at 9", "mon, wed and fri at 9"),
        ("standup notes every hour form 9 to 17", "every hour form 9 to 17", "every hour from 9 to 17"),
        ("standup notes evry morning", "evry morning", "every morning"),
        ("Post the digest dayly", "dayly", "every day at 09:00"),
        ("Post the digest everyday", "everyday", "every day at 09:00"),
    ],
)
def test_a_time_at_the_end_that_no_clock_can_keep_is_refused(text: str, said: str, instead: str) -> None:
    refused = outcome(text, ask=find)
    assert isinstance(refused, WhenError)
    assert (refused.fault, refused.said, refused.instead) == (Fault.UNREADABLE, said, (instead,))


@pytest.mark.parametrize(
    ("text", "said", "instead"),
    [
        ("standup notes dayly at 9:30", "dayly", "daily at 9:30"),
        ("standup notes every other freiday at 4pm", "every other freiday", "every other friday at 4pm"),
        ("standup notes every two wekes on friday at 9", "every two wekes", "every two weeks on friday at 9"),
        ("standup notes every day at 9 o clock", "o clock", "every day at 9 o'clock"),
        ("standup notes every day at 9 exept weekends", "exept", "every day at 9 except weekends"),
        ("every day at 9-30 hi", "at 9-30", "every day at 09:30"),
        ("every day at 9 pn hi", "pn", "every day at 9 pm"),
        ("every day at 9 a m hi", "a m", "every day at 9 am"),
        ("every day ta 9 hi", "ta 9", "every day at 9"),
        ("every monday exept holidays at 9 hi", "exept", "every monday except holidays at 9"),
        ("standup notes weekley on monday at 9", "weekley", "weekly on monday at 9"),
        ("standup notes montly on the 1st at 9", "montly", "monthly on the 1st at 9"),
        ("standup notes mondys at 8:15", "mondys", "mondays at 8:15"),
        ("standup notes every day at 9 amm", "amm", "every day at 9 am"),
        ("every day at nien hi", "at nien", "every day at nine"),
        ("every day at nine thirty hi", "at nine thirty", "every day at 9:30"),
        ("every day at eight hi", "at eight", "every day at 08:00"),
        ("evry day at eight hi", "at eight", "every day at 08:00"),
        ("daily at 9 o'clok hi", "o'clok", "daily at 9 o'clock"),
        ("every day at 9.post the news", ".post", "every day at 9"),
        ("every monday mornig at 8 hi", "mornig", "every monday morning at 8"),
        ("every weekday evning hi", "evning", "every weekday evening"),
        ("tomorrow moring hi", "moring", "tomorrow morning"),
        ("standup notes every monday aftenoon", "aftenoon", "every monday afternoon"),
    ],
)
def test_a_mistyped_word_beside_a_time_never_becomes_part_of_the_prompt(
    text: str, said: str, instead: str
) -> None:
    refused = outcome(text, ask=find)
    assert isinstance(refused, WhenError)
    assert (refused.fault, refused.said, refused.instead) == (Fault.LEFT_OVER, said, (instead,))


@pytest.mark.parametrize(
    "text",
    [
        "what do babies eat at nien months",
        "everyday objects to draw",
        "notes on the dairy farm we see at work",
        "ideas for a party at seven sisters",
        "how do I say half nine in German",
        "at half price what would 40 cost",
        "compare tow trucks",
        "plant a fir at 9",
        "dance in a minuet",
        "every moth has wings",
        "notes on every other bus at 9 mph",
        "explain why we meet every day at there house",
        "habits that people practise daily",
        "list things to do twice a week",
        "benefits of walking daily",
        "pros and cons of being paid hourly",
        "Why do buses come every so often?",
        "a poem on a monday moring",
        "what is open every monday moring?",
        "the plan for tomorrow moring",
        "explain fr-en translation",
        "stories of the nite life",
        "how do I learn Rust in a few weeks",
        "explain calculus in a few minutes",
        "write about what we eat every now and then",
        "the history of the Daily",
        "drink water daily",
        "a poem on the weekly",
        "summarise the plan to work on a daily basis",
        "say what changes every hour or so",
    ],
)
def test_words_of_a_time_that_belong_to_a_clause_stay_in_the_prompt(text: str) -> None:
    assert find(text) is None
