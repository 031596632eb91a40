"""The kinds of times that are refused, in words for operators; the sentences for people are `bot`'s.

Beside its fault, a `WhenError` says which words are concerned (`said`). Where one thing would be right in
their place, it names that too (`detail`).
"""

from __future__ import annotations

from enum import Enum


class TimeFault(Enum):
    """The reason why a time is refused."""

    # Words that could not be read
    UNREADABLE = "looks like a time and cannot be read"
    PERHAPS_PROMPT = "may be a time or the beginning of a prompt"
    PERHAPS_NUMBER = "may be a time of day or a number"
    NO_CLOCK = "not a time of day"
    NO_DATE = "not in the calendar"
    TWO_DATES = "a date that can be read in two ways"
    WRONG_WEEKDAY = "a date with another weekday"  # detail: the right one
    NO_OFFSET = "not an offset from UTC"
    UNTIL_UNCLEAR = "an end that can be read in two ways"
    UNTIL_NEEDS_DAY = "an end without a day"
    EXCEPT_UNCLEAR = "an exception that is neither holidays nor days of the week"
    START_UNCLEAR = "a first run that is no day"
    LEFT_OVER = "goes on like the time before it and cannot be read"
    TWO_TIMES = "a second time"
    BOTH_ENDS = "a day at the beginning and its time at the end"
    TWO_MEANINGS = "has two usual meanings"
    DAYS_MISSING = "says how often and not when"
    REMINDER_UNTIMED = "a reminder without a time"
    FOREIGN = "a time in another language"

    # Crons
    CRON_FIELDS = "not the five fields of a cron"
    CRON_VALUE = "does not fit its field of a cron"  # detail: the field and its range
    CRON_BACKWARDS = "a range of a cron that runs backwards"
    CRON_NEVER = "a cron that never runs"
    CRON_EITHER = "a cron that runs on a day of the month and on a weekday"

    # Recurring times that neither a cron nor a condition can keep
    UNEVEN = "cron cannot keep this step"
    TOO_OFTEN = "more often than once a minute"
    CLOCKS_DIFFER = "times of day with different minutes"
    CLOCKS_MISSING = "fewer or more times of day than announced"  # detail: how many are needed
    OVER_MIDNIGHT = "hours that run over midnight"
    AROUND_MIDNIGHT = "times before and after midnight of a night"
    PART_HOURS = "minutes that do not run in whole hours"
    YEAR_NEEDS_DAY = "a yearly time without its day"
    NO_DAY_LEFT = "no day of the week is left"

    # Moments and ends
    PASSED = "has passed"
    END_PASSED = "the end has passed"
    END_BEFORE_START = "ends before the first run"  # detail: the day of that run
    TOO_FAR = "more than ten years ahead"
    RUNS_ONE_TIME = "ends after the first run"
    ONCE_WITH_LIMITS = "runs once, and has an end or holidays"
    CLOCK_SKIPPED = "a time that the clocks leap over"  # detail: where they leap to

    # Zones and calendars of holidays
    ZONE_NEEDED = "needs a time zone"
    ZONE_UNKNOWN = "no such time zone"  # detail: a name that is close to it
    ZONE_PERHAPS = "may be a time zone or the beginning of a prompt"  # detail: the zone
    ZONE_SEVERAL = "more than one time zone"  # detail: the zones
    CALENDAR_UNKNOWN = "no such calendar of holidays"
    CALENDAR_UNNAMED = "holidays of no country"
    CALENDAR_SECOND = "more than one calendar of holidays"
    ONLY_HOLIDAYS = "every run falls on a holiday"
