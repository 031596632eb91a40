"""Sentences about times that were typed and cannot be kept: what is wrong, and what to type.

`not_a_time` and its like are plain text for a field of the composer; `bad_time` is mrkdwn for a command.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, assert_never

from bot.replies.text import Reply, escape_mrkdwn, shorten_line, with_typed_text
from scheduler import TimeFault, WhenError

TimeField = Literal["when", "until", "holidays"]


def bad_time(error: WhenError, *, typed: str) -> Reply:
    """A reply to a command whose time cannot be kept; `typed` is all of it."""
    return with_typed_text(escape_mrkdwn(time_refused(error)), typed)


def time_refused(error: WhenError) -> str:
    """At most two sentences of plain text: what is wrong with a time, and what to type."""
    problem = _fault_words(error.fault, _inert_words(error.said), error.detail)
    match error.fault:
        case TimeFault.ZONE_NEEDED:
            return f"{problem} Try again, or add `in Europe/Berlin`."
        case TimeFault.ZONE_SEVERAL:
            return f"{problem} Try {_phrase_choices(error.detail.split(', '))}."
        case TimeFault.ZONE_PERHAPS:
            return (
                f"{problem} Type `in {_inert_words(error.said)}` for the zone, or a colon before your prompt."
            )
        case TimeFault.ZONE_UNKNOWN if error.detail:
            return f"{problem} Did you mean `{error.detail}`?"
        case TimeFault.ZONE_UNKNOWN:
            return f"{problem} Try one such as `Europe/Berlin` or `UTC`."
        case TimeFault.PERHAPS_PROMPT:
            said = _inert_words(error.said)
            return f"{problem} Type `{said}: …` for a time, or put all of it in quotes to ask it."
        case TimeFault.UNREADABLE:
            return f"{problem} Try {_phrase_choices(error.instead)}, or put all of it in quotes to ask it."
        case _:
            return f"{problem} Try {_phrase_choices(error.instead)}." if error.instead else problem


def zone_untold() -> str:
    """Ask someone to name a zone, where Slack does not tell theirs."""
    return time_refused(WhenError(TimeFault.ZONE_NEEDED))


def not_a_time(field: TimeField, *, nearest: Sequence[str] = ()) -> str:
    """Tell someone that a field of the composer holds no time, no end or no calendar."""
    if nearest:
        return f"I didn't understand that time. Try {_phrase_choices(nearest)}."
    return _NOT_A_TIME[field]


def time_missing() -> str:
    """Ask for the time of a schedule that has an end or holidays alone."""
    return "Say when it should run. Try `every weekday at 9am`."


def one_calendar() -> str:
    return "I can skip the holidays of one country or region. Try `DE`, `US-CA` or `Scotland`."


_NOT_A_TIME: Final[dict[TimeField, str]] = {
    "when": (
        "I didn't understand that time. Try `every weekday at 9am`, `tomorrow at 8:30`, or "
        "`every 2 hours between 9 and 17`."
    ),
    "until": "Only a repeating schedule has a last day. The time above may name one already.",
    "holidays": "Only a repeating schedule can skip holidays. The time above may name some already.",
}


def _phrase_choices(phrases: Sequence[str]) -> str:
    return " or ".join(f"`{_inert_words(phrase)}`" for phrase in phrases)


def _inert_words(words: str) -> str:
    """Words as they were typed, short, and without a mark that would end a piece of code."""
    return shorten_line(words.replace("`", ""))


def _fault_words(fault: TimeFault, said: str, detail: str) -> str:
    """One sentence about `said`."""
    match fault:
        case TimeFault.UNREADABLE:
            return f"I didn't understand “{said}”."
        case TimeFault.PERHAPS_PROMPT:
            return f"“{said}” could be a time or a part of your prompt."
        case TimeFault.PERHAPS_NUMBER:
            return f"“{said}” could be a time of day or a number."
        case TimeFault.NO_CLOCK:
            return f"“{said}” isn't a time of day."
        case TimeFault.NO_DATE:
            return f"There is no {said} in the calendar."
        case TimeFault.TWO_DATES:
            return f"“{said}” means different days in different countries."
        case TimeFault.WRONG_WEEKDAY:
            return f"{said} is a {detail}."
        case TimeFault.NO_OFFSET:
            return f"I don't know the time zone “{said}”."
        case TimeFault.UNTIL_UNCLEAR:
            return f"“{said}” could mean more than one day."
        case TimeFault.UNTIL_NEEDS_DAY:
            return "I need a day after “until”."
        case TimeFault.EXCEPT_UNCLEAR:
            return "I can skip public holidays and days of the week only."
        case TimeFault.START_UNCLEAR:
            return f"I didn't understand the first day in “{said}”."
        case TimeFault.LEFT_OVER:
            return f"I didn't understand “{said}” as a part of the time."
        case TimeFault.TWO_TIMES:
            return f"“{said}” needs a schedule of its own."
        case TimeFault.BOTH_ENDS:
            return f"“{said}” at the end could be the time of day or a part of your prompt."
        case TimeFault.TWO_MEANINGS:
            return f"“{said}” has two meanings."
        case TimeFault.DAYS_MISSING:
            return f"On which days is “{said}”?"
        case TimeFault.REMINDER_UNTIMED:
            if said:
                return f"“{said}” could be the time of the reminder or a part of what it says."
            return "I don't know when to remind you."
        case TimeFault.FOREIGN:
            return "I read times in English only."
        case TimeFault.CRON_FIELDS:
            return "A cron needs five fields: minute, hour, day, month and weekday."
        case TimeFault.CRON_VALUE:
            return f"“{said}” isn't a {detail}."
        case TimeFault.CRON_BACKWARDS:
            return f"“{said}” runs backwards; a cron needs two parts with a comma for that."
        case TimeFault.CRON_NEVER:
            return f"The cron “{said}” never comes round."
        case TimeFault.CRON_EITHER:
            return f"“{said}” would run on those days of the month, and on that weekday too."
        case TimeFault.UNEVEN:
            return f"I can't repeat {said} yet."
        case TimeFault.TOO_OFTEN:
            return "I can run once a minute at most."
        case TimeFault.CLOCKS_DIFFER:
            return f"{said} need two schedules, because their minutes differ."
        case TimeFault.CLOCKS_MISSING:
            return f"“{said}” needs {detail} times of day."
        case TimeFault.OVER_MIDNIGHT:
            return f"I can't repeat past midnight yet, such as from {said}."
        case TimeFault.AROUND_MIDNIGHT:
            return "Times before and after midnight need two schedules."
        case TimeFault.PART_HOURS:
            return f"I can repeat {said} in whole hours only."
        case TimeFault.YEAR_NEEDS_DAY:
            return "On which day of the year?"
        case TimeFault.NO_DAY_LEFT:
            return "That leaves no day of the week."
        case TimeFault.PASSED:
            return f"{said} has passed."
        case TimeFault.END_PASSED:
            return "That end has passed."
        case TimeFault.END_BEFORE_START:
            return f"The first run would be on {detail}, after the end."
        case TimeFault.TOO_FAR:
            return "I can plan ten years ahead at most."
        case TimeFault.RUNS_ONE_TIME:
            return f"With “{said}” it would run only once."
        case TimeFault.ONCE_WITH_LIMITS:
            return f"“{said}” runs once, so it can't end or skip holidays."
        case TimeFault.CLOCK_SKIPPED:
            return f"There is no {said}, because the clocks go forward to {detail}."
        case TimeFault.ZONE_NEEDED:
            return "Slack didn't tell me your time zone just now."
        case TimeFault.ZONE_UNKNOWN:
            return f"I don't know the time zone “{said}”."
        case TimeFault.ZONE_PERHAPS:
            return f"“{said}” could be a time zone or a part of your prompt."
        case TimeFault.ZONE_SEVERAL:
            return f"“{said}” is more than one time zone."
        case TimeFault.CALENDAR_UNKNOWN:
            return f"I don't know the public holidays of “{said}”."
        case TimeFault.CALENDAR_UNNAMED:
            return "Whose public holidays?"
        case TimeFault.CALENDAR_SECOND:
            return "I can skip the holidays of one country or region only."
        case TimeFault.ONLY_HOLIDAYS:
            return f"Every run would fall on a public holiday in {said}."
        case _:
            assert_never(fault)
