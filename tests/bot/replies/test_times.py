"""Every kind of time that is refused has its sentence, made of the facts that the refusal carries."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from bot import replies
from bot.replies.times import time_refused
from scheduler import Cron, TimeFault, WhenError, find_timing, read_timing

NOW = datetime(2026, 11, 22, 20, 30, 20, tzinfo=UTC)  # a Sunday, 21:30:20 in Berlin
ANY_OF_IT = "or put all of it in quotes to ask it."
CRON = "Try `cron 0 9 * * 1-5`."
# What was typed, and what its writer is told.
SENTENCES: dict[TimeFault, dict[str, str]] = {
    TimeFault.UNREADABLE: {
        "every 5 mintues hi": f"I didn't understand “every 5 mintues”. Try `every 5 minutes`, {ANY_OF_IT}",
    },
    TimeFault.PERHAPS_PROMPT: {
        "at 9 standup": (
            "“at 9” could be a time or a part of your prompt. "
            "Type `at 9: …` for a time, or put all of it in quotes to ask it."
        ),
    },
    TimeFault.PERHAPS_NUMBER: {
        "tomorrow at 730": "“730” could be a time of day or a number. Try `at 7:30`.",
    },
    TimeFault.NO_CLOCK: {
        "every day at 25:00": "“25:00” isn't a time of day. Try `at 00:00` or `at 17:30`.",
    },
    TimeFault.NO_DATE: {
        "on 30 february at 9": "There is no 30 February in the calendar. Try `on 29 February at 09:00`.",
        "on 2027-13-01 at 9": "There is no 2027-13-01 in the calendar. Try `on 4 March at 09:00`.",
        "every month on the 32nd": (
            "There is no day 32 in the calendar. Try `every month on the 28th at 9`."
        ),
    },
    TimeFault.TWO_DATES: {
        "on 03/04/2027 at 9": (
            "“03/04/2027” means different days in different countries. "
            "Try `on 2027-04-03 at 09:00` or `on 2027-03-04 at 09:00`."
        ),
    },
    TimeFault.WRONG_WEEKDAY: {
        "on Monday 15 January 2027 at 9": "15 January 2027 is a Friday. Try `on 2027-01-15 at 09:00`.",
    },
    TimeFault.NO_OFFSET: {
        "2027-01-15T09:00+99:00": "I don't know the time zone “+99:00”. Try `on 2027-01-15 at 09:00`.",
    },
    TimeFault.UNTIL_UNCLEAR: {
        "every day at 9 until March": (
            "“until March” could mean more than one day. "
            "Try `every day at 9 until 1 March` or `every day at 9 until the end of March`."
        ),
    },
    TimeFault.UNTIL_NEEDS_DAY: {
        "every day at 9 until whenever": "I need a day after “until”. Try `every day at 9 until 1 March`.",
    },
    TimeFault.EXCEPT_UNCLEAR: {
        "every day at 9 except rain": (
            "I can skip public holidays and days of the week only. "
            "Try `every day at 9 except holidays in DE` or `every day at 09:00 except weekends`."
        ),
    },
    TimeFault.START_UNCLEAR: {
        "every monday at 9 starting soon": (
            "I didn't understand the first day in “starting soon”. Try `every monday at 9 starting 1 March`."
        ),
    },
    TimeFault.LEFT_OVER: {
        "every monday at 17:5 hi": (
            "I didn't understand “at 17:5” as a part of the time. Try `every monday at 17:00`."
        ),
    },
    TimeFault.TWO_TIMES: {
        "every monday at 9 and every friday at 5pm hi": (
            "“and every friday at 5pm” needs a schedule of its own. Try `every monday at 9`."
        ),
    },
    TimeFault.BOTH_ENDS: {
        "daily: the news at 17:00": (
            "“at 17:00” at the end could be the time of day or a part of your prompt. Try `daily at 17:00`."
        ),
    },
    TimeFault.TWO_MEANINGS: {
        "every second friday at 9": (
            "“every second friday” has two meanings. "
            "Try `every other friday at 09:00` or `the second friday of every month at 09:00`."
        ),
    },
    TimeFault.DAYS_MISSING: {
        "twice a week at 9": "On which days is “twice a week”? Try `every Monday and Thursday at 09:00`.",
    },
    TimeFault.REMINDER_UNTIMED: {
        "remind me to drink water": (
            "I don't know when to remind you. "
            "Try `remind me tomorrow at 9 to …` or `remind me every friday at 16:00 to …`."
        ),
        "remind us that the release is tomorrow at 17:00": (
            "“tomorrow at 17:00” could be the time of the reminder or a part of what it says. "
            "Try `remind us tomorrow at 17:00 that …` or `remind us every friday at 16:00 to …`."
        ),
    },
    TimeFault.FOREIGN: {
        "jeden montag um 9 uhr hallo": "I read times in English only. Try `every Monday at 09:00`.",
    },
    TimeFault.CRON_FIELDS: {
        "cron 0 0 9 * * 1-5": f"A cron needs five fields: minute, hour, day, month and weekday. {CRON}",
        "0 30 8 * * MON,FRI hi": (
            "A cron needs five fields: minute, hour, day, month and weekday. Try `cron 30 8 * * 1,5`."
        ),
    },
    TimeFault.CRON_VALUE: {
        "cron 61 * * * *": f"“61” isn't a minute from 0 to 59. {CRON}",
        "cron 0 9 * 13 *": f"“13” isn't a month from 1 to 12 or jan to dec. {CRON}",
    },
    TimeFault.CRON_BACKWARDS: {
        "cron 30-10 * * * *": (
            f"“30-10” runs backwards; a cron needs two parts with a comma for that. {CRON}"
        ),
    },
    TimeFault.CRON_EITHER: {
        "0 9 1-7 * mon hi": (
            "“0 9 1-7 * 1” would run on those days of the month, and on that weekday too. "
            "Try `the first Monday of every month at 09:00` or `cron 0 9 1-7 * 1`."
        ),
    },
    TimeFault.CRON_NEVER: {
        "cron `0 0 30 2 *`": f"The cron “0 0 30 2 *” never comes round. {CRON}",
    },
    TimeFault.UNEVEN: {
        "every 7 minutes": "I can't repeat every 7 minutes yet. Try `every 6 minutes` or `every 10 minutes`.",
        "every 90 minutes": "I can't repeat every 90 minutes yet. Try `every hour` or `every 2 hours`.",
    },
    TimeFault.TOO_OFTEN: {
        "every 30 seconds": "I can run once a minute at most. Try `every minute`.",
    },
    TimeFault.CLOCKS_DIFFER: {
        "every monday at 9 and 16:30": (
            "09:00 and 16:30 need two schedules, because their minutes differ. "
            "Try `every monday at 09:00 and 16:00` or `every monday at 09:30 and 16:30`."
        ),
    },
    TimeFault.CLOCKS_MISSING: {
        "twice a day at 9": "“twice a day” needs 2 times of day. Try `twice a day at 09:00 and 16:00`.",
    },
    TimeFault.OVER_MIDNIGHT: {
        "every hour between 22 and 6": (
            "I can't repeat past midnight yet, such as from 22:00 to 06:00. "
            "Try `every hour between 22:00 and 23:59` or `every hour`."
        ),
    },
    TimeFault.AROUND_MIDNIGHT: {
        "every friday night at 11pm and 1am": (
            "Times before and after midnight need two schedules. "
            "Try `every friday night at 23:00` or `every friday night at 01:00`."
        ),
    },
    TimeFault.PART_HOURS: {
        "every 15 minutes between 9:10 and 17": (
            "I can repeat every 15 minutes in whole hours only. "
            "Try `every 15 minutes between 09:00 and 17:59`."
        ),
    },
    TimeFault.YEAR_NEEDS_DAY: {
        "every year": "On which day of the year? Try `every year on 24 December at 09:00`.",
    },
    TimeFault.NO_DAY_LEFT: {
        "every monday at 9 except mondays": "That leaves no day of the week. Try `every day at 09:00`.",
    },
    TimeFault.PASSED: {
        "today at 8": "08:00 today has passed. Try `tomorrow at 08:00`.",
        "on 2020-01-01 at 9": "2020-01-01 at 09:00 has passed. Try `on 2027-01-01 at 09:00`.",
    },
    TimeFault.END_PASSED: {
        "every day at 9 until 2020-01-01": (
            "That end has passed. Try `every day at 09:00 until 23 November 2026` or `every day at 09:00`."
        ),
    },
    TimeFault.END_BEFORE_START: {
        "every day at 9 until today": (
            "The first run would be on Monday 23 November 2026, after the end. "
            "Try `every day at 09:00 until 23 November 2026` or `every day at 09:00`."
        ),
    },
    TimeFault.TOO_FAR: {
        "in 999999999 days": "I can plan ten years ahead at most. Try `every year on 1 January at 09:00`.",
    },
    TimeFault.RUNS_ONE_TIME: {
        "every monday at 9 for 3 days": (
            "With “for 3 days” it would run only once. "
            "Try `every Monday at 09:00 until 30 November 2026` or `on Monday 23 November 2026 at 09:00`."
        ),
    },
    TimeFault.ONCE_WITH_LIMITS: {
        "tomorrow at 9 until friday": (
            "“tomorrow at 9” runs once, so it can't end or skip holidays. "
            "Try `every day at 09:00 until 1 March` or `every weekday at 09:00 except holidays in DE`."
        ),
    },
    TimeFault.CLOCK_SKIPPED: {
        "on 2027-03-28 at 02:30": (
            "There is no 02:30 on 2027-03-28, because the clocks go forward to 03:00. "
            "Try `on 2027-03-28 at 03:00`."
        ),
    },
    TimeFault.ZONE_UNKNOWN: {
        "every day at 9 in Europe/Berln": (
            "I don't know the time zone “Europe/Berln”. Did you mean `Europe/Berlin`?"
        ),
        "every day at 9 in Mars/Base": (
            "I don't know the time zone “Mars/Base”. Try one such as `Europe/Berlin` or `UTC`."
        ),
    },
    TimeFault.ZONE_PERHAPS: {
        "every day at 9am London weather": (
            "“London” could be a time zone or a part of your prompt. "
            "Type `in London` for the zone, or a colon before your prompt."
        ),
    },
    TimeFault.ZONE_SEVERAL: {
        "every day at 9 IST hi": (
            "“IST” is more than one time zone. Try `Asia/Kolkata` or `Europe/Dublin` or `Asia/Jerusalem`."
        ),
    },
    TimeFault.CALENDAR_UNKNOWN: {
        "every day at 9 except holidays in Germny": (
            "I don't know the public holidays of “Germny”. Try `every day at 9 except holidays in DE`."
        ),
    },
    TimeFault.CALENDAR_UNNAMED: {
        "every day at 9 except holidays": (
            "Whose public holidays? Try `every day at 09:00 except holidays in DE`."
        ),
    },
    TimeFault.CALENDAR_SECOND: {
        "every day at 9 except holidays in DE and FR": (
            "I can skip the holidays of one country or region only. "
            "Try `every day at 9 except holidays in DE`."
        ),
    },
    TimeFault.ONLY_HOLIDAYS: {
        "every year on 25 december except holidays in DE": (
            "Every run would fall on a public holiday in DE. Try `every year on 25 December at 09:00`."
        ),
    },
    TimeFault.ZONE_NEEDED: {
        "tomorrow at 8": (
            "Slack didn't tell me your time zone just now. Try again, or add `in Europe/Berlin`."
        ),
    },
}


def refused(text: str, *, zone: str | None = "Europe/Berlin") -> WhenError:
    with pytest.raises(WhenError) as raised:
        find_timing(text, now=NOW, zone=zone)
    return raised.value


def test_every_kind_of_refusal_is_worded_here() -> None:
    assert SENTENCES.keys() == set(TimeFault)


@pytest.mark.parametrize(
    ("fault", "text", "sentence"),
    [(fault, text, sentence) for fault, told in SENTENCES.items() for text, sentence in told.items()],
)
def test_a_time_that_cannot_be_kept_is_told_in_at_most_two_sentences(
    fault: TimeFault, text: str, sentence: str
) -> None:
    error = refused(text, zone=None if fault is TimeFault.ZONE_NEEDED else "Europe/Berlin")
    assert error.fault is fault
    assert time_refused(error) == sentence
    assert len(re.findall(r"[.?](?= |$)", sentence)) <= 2
    assert sentence not in str(error)


def test_what_was_typed_stays_inert_and_short_and_follows_the_sentence() -> None:
    typed = f"every day at 9 in Mars/<!channel>{'x' * 500}"
    error = WhenError(TimeFault.UNREADABLE, said="`<!channel>`\u202e" + "x" * 500, instead=["every `day`"])
    reply = replies.bad_time(error, typed=typed)
    assert reply.text.startswith("I didn't understand “&lt;!channel&gt;xxx")
    assert "Try `every day`, or" in reply.text
    assert len(reply.text) < 400
    assert reply.blocks is not None
    assert reply.blocks[1]["elements"][0]["text"] == f"You typed: {typed}"


def test_a_reader_without_a_zone_and_a_wrong_cron_are_told_the_same_everywhere() -> None:
    assert replies.zone_untold() == SENTENCES[TimeFault.ZONE_NEEDED]["tomorrow at 8"]
    with pytest.raises(WhenError) as raised:
        Cron.parse("61 * * * *")
    assert time_refused(raised.value) == SENTENCES[TimeFault.CRON_VALUE]["cron 61 * * * *"]
    with pytest.raises(WhenError) as in_a_field:
        read_timing("every 7 minutes", now=NOW, zone="Europe/Berlin")
    assert time_refused(in_a_field.value) == SENTENCES[TimeFault.UNEVEN]["every 7 minutes"]
