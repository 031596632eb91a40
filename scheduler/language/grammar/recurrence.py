"""Times that recur: the words of a rule, in any order.

A time that neither a cron nor a condition beside it can say is refused here with the nearest form that they
can.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from scheduler.errors import UnknownZone, WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import CannotKeep, Certainty
from scheduler.language.grammar.clocks import NIGHT, Clock, checked_clock, clock_at, clocks_at, part_of_day
from scheduler.language.grammar.days import MonthDay, date_at, days_at, days_of_month, on_days
from scheduler.language.grammar.limits import EXCEPT, calendar_at, limit_at
from scheduler.language.grammar.rule import NINE, Rule, Unit, cron_expression
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
_OF_MONTH: Final = "(?:of|in) (?:every|each|the|a) month"
_MONTHLY: Final = rf"(?:{_OF_MONTH}|(?:every|each|per|a) month)"
_WHICH: Final = r"(?:the )?(?:(first|1st)|(second|2nd)|(third|3rd)|(fourth|4th)|(fifth|5th)|(last))"
_NTH_DAY: Final = rf"{_WHICH} (?:({WEEKDAY})|(week ?|work ?|working |business )day)"
_LAST_DAY: Final = rf"(?:the )?last(?: calendar)? day(?: {_MONTHLY})?|(?:the )?last {_OF_MONTH}"
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
    elif found := words.consume(_NTH_DAY):
        nth = next(number for number in (1, 2, 3, 4, 5, 6) if found[number])
        weekdays = frozenset({weekday_number(found[7])}) if found[7] else WORKING_DAYS
        monthly = words.consume(_MONTHLY)
        if after_every and not monthly and nth in (2, 3, 4, 5):
            _refuse_second(words, start, nth)
        if monthly or after_every:
            every = after_every or re.search(r"every|each", monthly[0] if monthly else "", re.I) is not None
            return Rule(unit="day", weekdays=weekdays, nth=-1 if nth == 6 else nth, every=every)
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
        words.consume(_OF_MONTH)
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
    if found := words.consume(_NTH_DAY):
        nth = next(number for number in (1, 2, 3, 4, 5, 6) if found[number])
        weekdays = frozenset({weekday_number(found[7])}) if found[7] else WORKING_DAYS
        return Rule(unit="day", weekdays=weekdays, nth=-1 if nth == 6 else nth)
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
