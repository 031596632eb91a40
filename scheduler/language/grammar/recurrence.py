"""Times that recur: the first words of a rule. `clauses` reads those that may follow.

A time that neither a cron nor a condition beside it can say is refused with the nearest form that they can.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import CannotKeep, Certainty
from scheduler.language.grammar.clocks import NIGHT, clocks_at, part_of_day
from scheduler.language.grammar.days import MonthDay, date_at, days_at, days_of_month, nth_weekday_at
from scheduler.language.grammar.rule import Rule, Unit
from scheduler.language.grammar.vocabulary import (
    COUNT,
    DASH,
    WEEKDAY,
    WORKING_DAYS,
    Words,
    read_count,
    weekday_number,
)

_INITIALS: Final[dict[str, Unit]] = {
    "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
}  # fmt: skip
_ADVERBS: Final[dict[str, tuple[Unit, int]]] = {
    "hourly": ("hour", 1), "daily": ("day", 1), "nightly": ("day", 1), "weekly": ("week", 1),
    "fortnightly": ("week", 2), "monthly": ("month", 1), "quarterly": ("month", 3),
    "yearly": ("year", 1), "annually": ("year", 1),
}  # fmt: skip
_TWO_MEANINGS: Final = {
    "biweekly": ("every 2 weeks", "twice a day at 09:00 and 16:00", "every Monday and Thursday at 09:00"),
    "bi-weekly": ("every 2 weeks", "every Monday and Thursday at 09:00"),
    "bimonthly": ("every 2 months", "every month on the 1st and 15th at 09:00"),
    "bi-monthly": ("every 2 months", "every month on the 1st and 15th at 09:00"),
}
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
OF_MONTH: Final = "(?:of|in) (?:every|each|the|a) month"
_MONTHLY: Final = rf"(?:{OF_MONTH}|(?:every|each|per|a) month)"
_LAST_DAY: Final = rf"(?:the )?last(?: calendar)? day(?: {_MONTHLY})?|(?:the )?last {OF_MONTH}"
_MONTH_EDGE: Final = "(?:at |on )?(?:the )?(?:(end)|start|beginning) of (?:every|each) month"
_ONE_EDGE: Final = (
    "(?:at |by |on )?(?:the )?(?:end|start|beginning) of (?:the |this |next |every "
    "|each )?(?:week|month|quarter|year)"
)
_TIMES_A_DAY: Final = rf"(?:(once)|(twice)|(thrice)|{COUNT} times) (?:daily|(?:a|per|each|every) day)"
_TIMES: Final = (
    rf"(?:(once)|twice|thrice|(?:{COUNT}|several|a few) times) (?:a|an|per|each"
    rf"|every) (hour|week|month|year|quarter)"
)
_OFTEN: Final = {
    "hour": "every 30 minutes", "week": "every Monday and Thursday at 09:00",
    "month": "every month on the 1st and 15th at 09:00", "quarter": "every month on the 1st at 09:00",
    "year": "every 6 months",
}  # fmt: skip
_EVERY_UNIT: Final = (
    rf"(?:(half(?: an)?|other|second|2nd) |{COUNT} ?)?"
    r"(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|weeks?|fortnights?|months?|quarters?|years?)"
)
_NTH_UNIT: Final = (
    r"(?:(\d{1,3})(?:st|nd|rd|th)|(third|fourth|fifth)) (minute|hour|day|week|month)(?! of\b| in\b)"
)
_UNEVEN: Final = (
    r"(?:(?:an )?hour and a (?:half|quarter)|(?:\d{1,3}|an?|one|two|three|four|five) and a (?:half"
    r"|quarter) \w+"
    rf"|\d{{1,4}}[.,]\d{{1,3}} ?(?:minutes?|mins?|hours?|hrs?|h|days?|weeks?|months?)"
    rf"|\d{{1,3}} ?h ?[0-5]\d ?m?i?n?"
    rf"|\d{{1,3}} ?(?:{DASH}|to|or) ?\d{{1,3}} (?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?)"
    r"|(?:couple(?: of)?|few|several) (minutes?|hours?|days?|weeks?|months?)"
    r"|\d{1,3} (?:business|working|work|week) ?days)"
)


_EVERY: Final = "every|each|all(?= (?:weekday|weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)day)s)"


def read_rule(words: Words) -> Rule | None:
    """The first words of a recurring time: `every …`, `daily`, `mondays`, `twice a day`."""
    start = words.position
    rule = _read_after_every(words) if words.consume(_EVERY) else _read_without_every(words)
    if rule is None:
        words.position = start
        return None
    rule.said = words.read_since(start)
    return rule


def _read_without_every(words: Words) -> Rule | None:
    start = words.position
    if found := words.consume("|".join(_TWO_MEANINGS)):
        _refuse_two_meanings(words, start, _TWO_MEANINGS[found[0].strip().lower()])
    if found := words.consume("|".join(_ADVERBS)):
        adverb = found[0].strip().lower()
        unit, step = _ADVERBS[adverb]
        return Rule(unit=unit, step=step, every=False, unclocked=NIGHT if adverb == "nightly" else None)
    if found := words.consume(_TIMES_A_DAY):
        times = next((number for number in (1, 2, 3) if found[number]), None) or read_count(found[4])
        return Rule(unit="day", every=False, times=times)
    if found := words.consume(_TIMES):
        return _read_times(words, start, once=bool(found[1]), unit=found[3].lower())
    if rule := _read_nth(words):
        return rule
    if found := words.consume(_MONTH_EDGE):
        return Rule(unit="month", days=[] if found[1] else [1], last_day=bool(found[1]), every=False)
    if words.consume(_ONE_EDGE):
        instead = ("the last day of every month at 09:00", "every Friday at 17:00", "on 31 December at 09:00")
        _refuse_two_meanings(words, start, instead)
    words.consume("(?:only )?on|in the")
    if words.consume("weeknights"):
        return Rule(unit="day", every=False, weekdays=WORKING_DAYS, unclocked=NIGHT)
    named = days_at(words)
    part = part_of_day(words, plural=True)
    if part or (named and named[1]):
        return Rule(unit="day", every=False, weekdays=named[0] if named else None, unclocked=part)
    words.position = start
    if days := days_of_month(words):
        if words.consume(_MONTHLY):
            return Rule(unit="month", days=days)
        if len(days) > 1:  # `on the 1st and 15th`
            return Rule(unit="month", days=days, every=False)
    words.position = start
    return None


def _refuse_two_meanings(words: Words, start: int, instead: tuple[str, ...]) -> NoReturn:
    """`biweekly` is every other week and twice a week; with a clock it surely is a time."""
    said = words.read_since(start)
    certainty = Certainty.STATED if clocks_at(words) else Certainty.ALONE
    raise CannotKeep(WhenError(TimeFault.TWO_MEANINGS, said=said, instead=instead), certainty)


def _read_times(words: Words, start: int, *, once: bool, unit: str) -> Rule:
    """`once a month`; `twice a week` leaves the days open."""
    if once and unit in ("hour", "week", "month"):
        units: dict[str, Unit] = {"hour": "hour", "week": "week", "month": "month"}
        return Rule(unit=units[unit], every=False)
    said, timed = words.read_since(start), bool(clocks_at(words))
    instead = "every year on 24 December at 09:00" if once else _OFTEN[unit]
    raise CannotKeep(
        WhenError(TimeFault.DAYS_MISSING, said=said, instead=(instead,)),
        Certainty.STATED if timed else Certainty.ALONE,
    )


def _read_nth(words: Words, *, after_every: bool = False) -> Rule | None:
    """`the first monday of the month`, `last friday`, `the last day of every month`."""
    start = words.position
    words.consume("on")
    if words.consume(_LAST_DAY):
        if after_every or words.read_since(start).lower().endswith("month"):
            return Rule(unit="month", last_day=True, every=after_every)
    elif found := nth_weekday_at(words):
        nth, weekdays = found
        monthly = words.consume(_MONTHLY)
        if after_every and not monthly and nth in (2, 3, 4, 5):
            _refuse_second(words, start, nth)
        if monthly or after_every:
            every = after_every or re.search(r"every|each", monthly[0] if monthly else "", re.I) is not None
            return Rule(unit="day", weekdays=weekdays, nth=nth, every=every)
    words.position = start
    return None


def _refuse_second(words: Words, start: int, nth: int) -> NoReturn:
    """`every second friday` is every other one, or the second of each month."""
    said = words.read_since(start)
    clocks = clocks_at(words)
    at, day = str(clocks[0]) if clocks else "09:00", said.split()[-1]
    counted = f"every {'other' if nth == 2 else nth} {day if nth == 2 else f'weeks on {day}'} at {at}"
    instead = (counted, f"the {_ORDINALS[nth - 1]} {day} of every month at {at}")
    error = WhenError(TimeFault.TWO_MEANINGS, said=f"every {said}", instead=instead)
    raise CannotKeep(error, Certainty.STATED if clocks else Certainty.LEADING)


def _read_after_every(words: Words) -> Rule | None:
    """The words after `every`."""
    start = words.position
    if rule := _read_nth(words, after_every=True):
        return rule
    if found := words.consume(rf"(?:other|2nd) ({WEEKDAY})"):
        return Rule(unit="week", step=2, weekdays=frozenset({weekday_number(found[1])}))
    if found := words.consume(_NTH_UNIT):
        ordinals = [name[:4] for name in _ORDINALS]
        step = int(found[1]) if found[1] else ordinals.index(found[2][:4].lower()) + 1
        return _read_counted("", str(step), found[3].lower())
    if found := words.consume(_UNEVEN):
        _refuse_uneven(words, start, found[1])
    if found := words.consume(rf"(?:half(?: an)?(?: |-)hour|(?:{COUNT} )?quarters?(?: of an)?(?: |-)hours?)"):
        half = found[0].strip().lower().startswith("half")
        return Rule(unit="minute", step=30 if half else 15 * read_count(found[1] or "1"))
    if words.sees("(?:week|work) (?:day|end)s?") and (named := days_at(words)):
        return Rule(unit="day", weekdays=named[0], unclocked=part_of_day(words))
    # `every m` is no minute, `every 5 m` is.
    if (found := words.consume(_EVERY_UNIT)) and (found[1] or found[2] or len(found[3]) > 2):
        return _read_counted(found[1] or "", found[2], found[3].lower())
    words.position = start
    if words.consume("week ?nights?"):
        return Rule(unit="day", weekdays=WORKING_DAYS, unclocked=NIGHT)
    if named := days_at(words):
        return Rule(unit="day", weekdays=named[0], unclocked=part_of_day(words))
    if part := part_of_day(words):
        return Rule(unit="day", unclocked=part)
    if (day := date_at(words)) and isinstance(day, MonthDay) and day.month:
        return Rule(unit="year", month=day.month, days=[day.day])
    words.position = start
    if days := days_of_month(words):
        words.consume(OF_MONTH)
        return Rule(unit="month", days=days)
    return None


def _refuse_uneven(words: Words, start: int, unit: str | None) -> NoReturn:
    """`every hour and a half`, `every 2-3 days`, `every few hours`."""
    said = f"every {words.read_since(start)}"
    instead: tuple[str, ...] = (f"every 2 {unit}",) if unit else ("every hour", "every 2 hours")
    if re.search(r"days?|weeks?|months?", said, re.IGNORECASE) and not unit:
        instead = ("every 2 days at 09:00", "every weekday at 09:00")
    raise CannotKeep(WhenError(TimeFault.UNEVEN, said=said, instead=instead), Certainty.STATED)


def _read_counted(half: str, number: str | None, unit: str) -> Rule | None:
    step = read_count(number) if number else 2 if half else 1
    if unit.startswith("s") or step == 0:
        often = WhenError(TimeFault.TOO_OFTEN, instead=("every minute",))
        raise CannotKeep(often, Certainty.STATED if number else Certainty.ALONE)
    if half.lower().startswith("half"):
        return None
    if unit.startswith("q"):
        return Rule(unit="month", step=3 * step)
    if unit.startswith("f"):
        return Rule(unit="week", step=2 * step)
    return Rule(unit=_INITIALS["mo" if unit.startswith("mo") else unit[0]], step=step)
