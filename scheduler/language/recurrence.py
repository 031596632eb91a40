"""Times that recur: the words of a rule, in any order.

A time that no cron can say, such as a first Monday, is refused here with the nearest form that one can.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from scheduler.errors import UnknownZone, WhenError
from scheduler.faults import TimeFault
from scheduler.language.certainty import CannotKeep, Certainty
from scheduler.language.clocks import NIGHT, Clock, checked_clock, clock_at, clocks_at, part_of_day
from scheduler.language.days import MonthDay, date_at, days_at, days_of_month, on_days
from scheduler.language.limits import EXCEPT, calendar_at, limit_at
from scheduler.language.rule import NINE, Rule, Unit, cron_expression
from scheduler.language.vocabulary import (
    COUNT,
    WEEKDAY,
    WEEKDAYS,
    WORKING_DAYS,
    Words,
    ordinal,
    read_count,
    weekday_number,
)

_INITIALS: Final[dict[str, Unit]] = {
    "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
}  # fmt: skip
_ADVERBS: Final[dict[str, tuple[Unit, int]]] = {
    "hourly": ("hour", 1), "daily": ("day", 1), "nightly": ("day", 1), "weekly": ("week", 1),
    "biweekly": ("week", 2), "fortnightly": ("week", 2), "monthly": ("month", 1), "quarterly": ("month", 3),
    "yearly": ("year", 1), "annually": ("year", 1),
}  # fmt: skip
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
_OF_MONTH: Final = "of (?:every|each|the|a) month"
_WHICH: Final = r"(?:the )?(?:first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th)"
_ORDINAL: Final = (
    rf"{_WHICH} (?:{WEEKDAY}|(?:week|working |business )day)(?: {_OF_MONTH})?"
    rf"|(?:the )?last(?: day)? {_OF_MONTH}|(?:the )?last day"
)
_TIMES_A_DAY: Final = rf"(?:(once)|(twice)|(thrice)|{COUNT} times) (?:daily|(?:a|per|each|every) day)"
_EVERY_UNIT: Final = (
    rf"(?:(half(?: an)?|other|second|2nd) |{COUNT} ?)?"
    r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|weeks?|months?|quarters?|years?)"
)


def read_rule(words: Words) -> Rule | None:
    """The first words of a recurring time: `every …`, `daily`, `mondays`, `twice a day`."""
    start = words.position
    rule = _read_after_every(words) if words.consume("every|each") else _read_without_every(words)
    if rule is None:
        words.position = start
        return None
    rule.said = words.read_since(start)
    return rule


def _read_without_every(words: Words) -> Rule | None:
    start = words.position
    if found := words.consume("|".join(_ADVERBS)):
        adverb = found[0].strip().lower()
        unit, step = _ADVERBS[adverb]
        return Rule(unit=unit, step=step, every=False, unclocked=NIGHT if adverb == "nightly" else NINE)
    if found := words.consume(_TIMES_A_DAY):
        times = next((number for number in (1, 2, 3) if found[number]), None) or read_count(found[4])
        return Rule(unit="day", every=False, times=times)
    words.consume("on|in the")
    if words.consume("weeknights"):
        return Rule(unit="day", every=False, weekdays=WORKING_DAYS, unclocked=NIGHT)
    named = days_at(words)
    part = part_of_day(words, plural=True)
    if part or (named and named[1]):
        return Rule(unit="day", every=False, weekdays=named[0] if named else None, unclocked=part or NINE)
    words.position = start
    if words.consume(rf"(?:on )?(?:{_ORDINAL})(?<=month)"):
        _refuse_ordinal(words, start, untimed=Certainty.ALONE)
    if (days := days_of_month(words)) and words.consume(_OF_MONTH):
        return Rule(unit="month", days=days)
    return None


def _read_after_every(words: Words) -> Rule | None:
    """The words after `every`."""
    start = words.position
    if words.consume(rf"{_ORDINAL}|(?:other|second|2nd) (?:{WEEKDAY})"):
        _refuse_ordinal(words, start)
    if found := words.consume(rf"(?:half(?: an)?(?: |-)hour|(?:{COUNT} )?quarters?(?: of an)?(?: |-)hours?)"):
        half = found[0].strip().lower().startswith("half")
        return Rule(unit="minute", step=30 if half else 15 * read_count(found[1] or "1"))
    # `every m` is no minute, `every 5 m` is.
    if (found := words.consume(_EVERY_UNIT)) and (found[1] or found[2] or len(found[3]) > 2):
        return _read_counted(found[1] or "", found[2], found[3].lower())
    words.position = start
    if words.consume("week ?nights?"):
        return Rule(unit="day", weekdays=WORKING_DAYS, unclocked=NIGHT)
    if named := days_at(words):
        return Rule(unit="day", weekdays=named[0], unclocked=part_of_day(words) or NINE)
    if part := part_of_day(words):
        return Rule(unit="day", unclocked=part)
    if (day := date_at(words)) and isinstance(day, MonthDay) and day.month:
        return Rule(unit="year", month=day.month, days=[day.day])
    words.position = start
    if days := days_of_month(words):
        words.consume(_OF_MONTH)
        return Rule(unit="month", days=days)
    return None


def _read_counted(half: str, number: str | None, unit: str) -> Rule | None:
    step = read_count(number) if number else 2 if half else 1
    if unit.startswith("s") or step == 0:
        often = WhenError(TimeFault.TOO_OFTEN, instead=("every minute",))
        raise CannotKeep(often, Certainty.STATED if number else Certainty.ALONE)
    if half.lower().startswith("half"):
        return None
    if unit.startswith("q"):
        return Rule(unit="month", step=3 * step)
    return Rule(unit=_INITIALS["mo" if unit.startswith("mo") else unit[0]], step=step)


def _refuse_ordinal(words: Words, start: int, *, untimed: Certainty = Certainty.LEADING) -> NoReturn:
    """`every first monday`, `last day of the month`, `every other friday`: cron has no word for them."""
    said = words.read_since(start)
    clocks = clocks_at(words)
    certainty, at = (Certainty.STATED, str(clocks[0])) if clocks else (untimed, "09:00")
    weekday = re.search(rf"\b({WEEKDAY})\b", said, re.IGNORECASE)
    monthly = f"every month on the {_nth_day(said)} at {at}"
    weekly = (f"every {WEEKDAYS[weekday_number(weekday[1])]} at {at}",) if weekday else ()
    error = WhenError(TimeFault.ORDINAL, said=said, instead=(*weekly, monthly))
    raise CannotKeep(error, certainty)


def _nth_day(said: str) -> str:
    """The day of the month that comes nearest to `the third working day`; the 28th is every month's."""
    if re.search(r"\blast\b", said, re.IGNORECASE):
        return ordinal(28)
    number = re.search(rf"\b(?:(\d)|{'|'.join(_ORDINALS)})", said, re.IGNORECASE)
    if number is None:
        return ordinal(1)
    return ordinal(int(number[1] or _ORDINALS.index(number[0].lower()) + 1))


def finish_rule(words: Words, rule: Rule) -> str:
    """Read the words that may follow the first ones, in any order; the cron expression that says it all."""
    while _take_clause(words, rule) or _take_limit(words, rule):
        pass
    try:
        return cron_expression(rule)
    except WhenError as error:
        raise CannotKeep(error, min(rule.certainty(), Certainty.STATED)) from error


def _take_clause(words: Words, rule: Rule) -> bool:
    """Takes one more clause into `rule`."""
    if rule.unit in ("minute", "hour"):
        return _take_past(words, rule) or _take_between(words, rule) or _weekday_clause(words, rule)
    if not rule.clocks and (clocks := clocks_at(words)):
        rule.clocks = clocks
        return True
    if rule.unit in ("day", "week"):
        return _weekday_clause(words, rule)
    return not rule.days and words.sees("on") and _on_day(words, rule)


def _take_limit(words: Words, rule: Rule) -> bool:
    fine = rule.unit in ("minute", "hour")
    try:
        return limit_at(words, rule.limits, timed=fine or bool(rule.clocks), fine=fine)
    except UnknownZone:
        raise
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
_TO: Final = " ?(?:-|–|to|until|till) ?"
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
        and (first := _opening_hour(words) or clock_at(words, bare=True))
        and (words.consume("and|to|until|till") or words.consume("-|–", end=""))
        and (last := clock_at(words, bare=True))
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
    found = words.consume(r"(\d\d?)(?= ?[-–] ?\d)", end="")
    return checked_clock(int(found[1]), 0, found[0])._replace(bare=True) if found else None


def _weekday_clause(words: Words, rule: Rule) -> bool:
    """`on weekdays`, `except sundays`, `except weekends and holidays in DE`."""
    if rule.weekdays is None and (days := on_days(words)):
        rule.weekdays = days
        return True
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
    start = words.position
    if rule.unit == "month":
        if words.consume(rf"on (?:{_ORDINAL})"):
            _refuse_ordinal(words, start)
        rule.days = days_of_month(words) or []
    elif words.consume("on"):
        if isinstance(day := date_at(words), MonthDay) and day.month:
            rule.month, rule.days = day.month, [day.day]
        else:
            words.position = start
    return bool(rule.days)


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
