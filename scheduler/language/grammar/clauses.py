"""The clauses of a time that recurs, in any order: its times of day, its days, its hours, its limits."""

from __future__ import annotations

import re
from typing import Final

from scheduler.errors import UnknownZone, WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import CannotKeep, Certainty
from scheduler.language.grammar.clocks import Clock, checked_clock, clock_at, clocks_at
from scheduler.language.grammar.days import (
    MonthDay,
    date_at,
    days_at,
    days_of_month,
    nth_weekday_at,
    on_days,
)
from scheduler.language.grammar.limits import EXCEPT, calendar_at, limit_at
from scheduler.language.grammar.rule import NINE, Rule, cron_expression
from scheduler.language.grammar.vocabulary import DASH, WORKING_DAYS, Words


def finish_rule(words: Words, rule: Rule) -> str:
    """Read the words that may follow the first ones, in any order; the cron expression that says it all."""
    while _take_clause(words, rule) or _take_limit(words, rule):
        pass
    if rule.limits.start and (rule.unit, rule.step) == ("day", 7):
        error = WhenError(
            TimeFault.START_UNCLEAR,
            said="every 7 days starting",
            instead=("every Friday at 09:00", "every 2 weeks on Friday at 09:00"),
        )
        raise CannotKeep(error, min(rule.certainty(), Certainty.STATED))
    try:
        return cron_expression(rule)
    except WhenError as wrong:
        raise CannotKeep(wrong, min(rule.certainty(), Certainty.STATED)) from wrong


def _take_clause(words: Words, rule: Rule) -> bool:
    """Takes one more clause into `rule`."""
    if rule.unit in ("minute", "hour"):
        return _take_past(words, rule) or _take_between(words, rule) or _weekday_clause(words, rule)
    if not rule.clocks and (clocks := clocks_at(words)):
        rule.clocks = clocks
        return True
    if rule.unit in ("day", "week"):
        return _weekday_clause(words, rule)
    return not rule.days and not rule.last_day and _on_day(words, rule)


def _take_limit(words: Words, rule: Rule) -> bool:
    fine = rule.unit in ("minute", "hour")
    try:
        return limit_at(words, rule.limits, timed=fine or bool(rule.clocks), fine=fine)
    except UnknownZone as error:
        if not rule.clocks:
            raise
        raise CannotKeep(error, rule.certainty()) from error
    except WhenError as error:
        raise CannotKeep(error, min(rule.certainty(), Certainty.STATED)) from error


def _take_past(words: Words, rule: Rule) -> bool:
    if rule.unit == "minute" or rule.past:
        return False
    if found := words.consume(r"(?:at|on) :\d\d(?:(?:,? ?and|,) ?:\d\d)*"):
        rule.past = [int(minute) for minute in re.findall(r"\d\d", found[0])]
    elif words.consume("on the hour"):
        rule.past = [0]
    elif found := words.consume(r"(?:at )?(\d{1,2}) (?:minutes |mins |min )?past(?: (?:the|each) hour)?"):
        rule.past = [int(found[1])]
    return bool(rule.past)


_HOUR: Final = r"\d\d?(?::\d\d)?(?: ?[ap]\.?m\.?)?"
_MARKED: Final = r"\d\d?(?::\d\d(?: ?[ap]\.?m\.?)?| ?[ap]\.?m\.?)"
_TO: Final = f" ?(?:{DASH}|to|until|till) ?"
_FROM_TO: Final = rf"{_MARKED}{_TO}{_HOUR}|{_HOUR}{_TO}{_MARKED}"
"""`9am-5pm`, `9 to 17:00`; a bare `9-17` may be so many of something."""


def _take_between(words: Words, rule: Rule) -> bool:
    start = words.position
    if rule.window is None and words.consume("during (?:business|working|work|office) hours"):
        rule.window, rule.weekdays = (NINE, Clock(17, 0)), rule.weekdays or WORKING_DAYS
        return True
    if (
        rule.window is None
        and (words.consume("between|from") or words.sees(_FROM_TO))
        and (first := _opening_hour(words) or clock_at(words, bare=True, ranged=True))
        and (words.consume("and|to|until|till") or words.consume(DASH, end=""))
        and (last := clock_at(words, bare=True, ranged=True))
    ):
        try:
            rule.window = _hours_within_day(first, last, said=rule.said)
        except WhenError as error:
            raise CannotKeep(error, Certainty.STATED) from error
        return True
    words.position = start
    return False


def _opening_hour(words: Words) -> Clock | None:
    """The 9 of `9-17`."""
    found = words.consume(r"(\d\d?)(?= ?[-–—] ?\d)", end="")
    return checked_clock(int(found[1]), 0, found[0])._replace(bare=True) if found else None


def _weekday_clause(words: Words, rule: Rule) -> bool:
    """`on weekdays`, `except sundays`, `except weekends and holidays in DE`."""
    if rule.weekdays is None and (days := on_days(words)):
        rule.weekdays = days
        return True
    if rule.nth is not None:
        return False
    start = words.position
    if words.consume(rf"{EXCEPT}(?: on)?") and (named := days_at(words)):
        rule.weekdays = (rule.weekdays or frozenset(range(7))) - named[0]
        if not rule.weekdays:
            raise WhenError(TimeFault.NO_DAY_LEFT, instead=("every day at 09:00",))
        before = words.position
        if rule.limits.holidays is None and words.consume(r",? ?and(?=(?: \w+){0,4} holidays?\b)"):
            rule.limits.holidays = calendar_at(words, before)
        return True
    words.position = start
    return False


def _on_day(words: Words, rule: Rule) -> bool:
    """`on the 15th`, `on the last friday`, `on 24 december`."""
    start = words.position
    if (
        rule.unit == "month"
        and rule.step == 1
        and words.sees("(?:on |at )?the")
        and (nth := _read_nth_of(words))
    ):
        rule.weekdays, rule.nth, rule.last_day = nth.weekdays, nth.nth, nth.last_day
        rule.unit = nth.unit
        return True
    if words.consume("on") is None:
        return False
    if isinstance(day := date_at(words), MonthDay) and day.month and (rule.unit == "year" or rule.step > 1):
        rule.month, rule.days = day.month, [day.day]
        return True
    words.position = start
    if rule.unit == "month":
        rule.days = days_of_month(words) or []
    return bool(rule.days)


def _read_nth_of(words: Words) -> Rule | None:
    """`on the last friday`, where the month is said already."""
    start = words.position
    words.consume("on|at")
    if words.consume("the last day|the end"):
        return Rule(unit="month", last_day=True)
    if found := nth_weekday_at(words):
        nth, weekdays = found
        return Rule(unit="day", weekdays=weekdays, nth=nth)
    words.position = start
    return None


def _hours_within_day(first: Clock, last: Clock, *, said: str) -> tuple[Clock, Clock]:
    """`between 1 and 5pm` and `between 9am and 5` are one afternoon and one working day.

    Who says 17 counts to 24, so `between 17 and 9` ends in the morning, and no schedule runs over midnight.
    """
    counts_to_24 = first.bare and first.hour > 12
    if first.bare and not last.bare and last.hour >= 12 and first.hour + 12 <= last.hour:
        first = first._replace(hour=first.hour + 12)
    if not counts_to_24 and last.bare and last.hour < 12 and last[:2] <= first[:2] < (last.hour + 12, 0):
        last = last._replace(hour=last.hour + 12)
    if last[:2] <= first[:2]:
        raise WhenError(
            TimeFault.OVER_MIDNIGHT,
            said=f"{first} to {last}",
            instead=(f"{said} between {first} and 23:59", said),
        )
    return first, last
