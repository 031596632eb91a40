"""Times that recur: the words of a rule in any order, and the one cron that keeps it.

Cron counts within the hour, the day and the year and starts anew each time, so it cannot keep every seven
minutes, every other week or a first Monday. Those are refused with the nearest forms that it can keep.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NoReturn, assert_never

from scheduler.errors import ImpossibleTime, TooFrequent, WhenError
from scheduler.language.certainty import CannotKeep, Certainty
from scheduler.language.vocabulary import (
    COUNT,
    WEEKDAY,
    WEEKDAYS,
    Clock,
    MonthDay,
    Words,
    clock_at,
    clocks_at,
    count,
    cron_clock,
    cron_list,
    date_at,
    days_at,
    days_of_month,
    on_days,
    weekday_number,
)

NINE: Final = Clock(9, 0)
"""When a day is named without a time, as in Slack's reminders."""
EVEN_MINUTES: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
EVEN_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
EVEN_MONTHS: Final = (1, 2, 3, 4, 6)


_Unit = Literal["minute", "hour", "day", "week", "month", "year"]


@dataclass(kw_only=True)
class Rule:
    """A recurring time while it is being read."""

    unit: _Unit
    step: int = 1
    said: str = ""  # its first words, for suggestions
    every: bool = True  # began with `every`, and not with a word like `daily` that prompts begin with too
    times: int | None = None  # in `twice a day`
    clocks: list[Clock] = field(default_factory=list)
    past: list[int] = field(default_factory=list)  # minutes past each hour
    window: tuple[Clock, Clock] | None = None
    weekdays: frozenset[int] | None = None
    days: list[int] = field(default_factory=list)
    month: int | None = None

    def certainty(self) -> Certainty:
        if self.clocks and self.unit not in ("minute", "hour"):
            return Certainty.FIRM
        if self.window or self.past or (self.unit in ("minute", "hour") and (self.every or self.weekdays)):
            return Certainty.STATED
        return Certainty.LEADING if self.every else Certainty.ALONE


_INITIALS: Final[dict[str, _Unit]] = {
    "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year",
}  # fmt: skip
_ADVERBS: Final[dict[str, _Unit]] = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
    "yearly": "year", "annually": "year",
}  # fmt: skip
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
    rule = _every(words) if words.take("every|each") else _named(words)
    if rule is None:
        words.position = start
        return None
    rule.said = words.since(start)
    return rule


def _named(words: Words) -> Rule | None:
    start = words.position
    if found := words.take("|".join(_ADVERBS)):
        return Rule(unit=_ADVERBS[found[0].strip().lower()], every=False)
    if found := words.take(_TIMES_A_DAY):
        times = next((number for number in (1, 2, 3) if found[number]), None) or count(found[4])
        return Rule(unit="day", every=False, times=times)
    words.take("on")
    if (named := days_at(words)) and named[1]:
        return Rule(unit="day", every=False, weekdays=named[0])
    words.position = start
    if words.take(rf"(?:on )?(?:{_ORDINAL})(?<=month)"):
        _refuse_ordinal(words, start, untimed=Certainty.ALONE)
    if (days := days_of_month(words)) and words.take(_OF_MONTH):
        return Rule(unit="month", days=days)
    return None


def _every(words: Words) -> Rule | None:
    """What follows `every`."""
    start = words.position
    if words.take(rf"{_ORDINAL}|(?:other|second|2nd) (?:{WEEKDAY})"):
        _refuse_ordinal(words, start)
    # `every m` is no minute, `every 5 m` is.
    if (found := words.take(_EVERY_UNIT)) and (found[1] or found[2] or len(found[3]) > 2):
        return _counted(found[1] or "", found[2], found[3].lower())
    words.position = start
    if named := days_at(words):
        return Rule(unit="day", weekdays=named[0])
    if (day := date_at(words)) and isinstance(day, MonthDay) and day.month:
        return Rule(unit="year", month=day.month, days=[day.day])
    words.position = start
    if days := days_of_month(words):
        words.take(_OF_MONTH)
        return Rule(unit="month", days=days)
    return None


def _counted(half: str, number: str | None, unit: str) -> Rule | None:
    step = count(number) if number else 2 if half else 1
    if unit.startswith("s") or step == 0:
        often = TooFrequent("Once a minute is as often as a schedule can run.", instead=("every minute",))
        raise CannotKeep(often, Certainty.STATED if number else Certainty.ALONE)
    if half.lower().startswith("half"):
        return Rule(unit="minute", step=30) if unit.startswith("h") else None
    if unit.startswith("q"):
        return Rule(unit="month", step=3 * step)
    return Rule(unit=_INITIALS["mo" if unit.startswith("mo") else unit[0]], step=step)


def _refuse_ordinal(words: Words, start: int, *, untimed: Certainty = Certainty.LEADING) -> NoReturn:
    """`every first monday`, `last day of the month`, `every other friday`: cron has no word for them."""
    said = words.since(start)
    certainty = Certainty.STATED if clocks_at(words) else untimed
    weekday = re.search(rf"\b({WEEKDAY})\b", said, re.IGNORECASE)
    nearest = f"every {WEEKDAYS[weekday_number(weekday[1])]}" if weekday else "every month on the 28th"
    error = ImpossibleTime(
        f"A cron schedule cannot say “{said}”.",
        instead=(f"{nearest} at 09:00", "every month on the 1st at 09:00"),
    )
    raise CannotKeep(error, certainty)


def finish_rule(words: Words, rule: Rule) -> str:
    """What may follow its first words, in any order; then the cron expression that says it all."""
    while _clause(words, rule):
        pass
    try:
        return _expression(rule)
    except WhenError as error:
        raise CannotKeep(error, min(rule.certainty(), Certainty.STATED)) from error


def _clause(words: Words, rule: Rule) -> bool:
    """Takes one more clause into `rule`."""
    if rule.unit in ("minute", "hour"):
        return _past(words, rule) or _between(words, rule) or _on_weekdays(words, rule)
    if not rule.clocks and (clocks := clocks_at(words)):
        rule.clocks = clocks
        return True
    if rule.unit in ("day", "week"):
        return _on_weekdays(words, rule)
    return not rule.days and words.sees("on") and _on_day(words, rule)


def _past(words: Words, rule: Rule) -> bool:
    if rule.unit == "minute" or rule.past:
        return False
    if found := words.take(r"(?:at|on) :\d\d(?:(?:,? ?and|,) ?:\d\d)*"):
        rule.past = [int(minute) for minute in re.findall(r"\d\d", found[0])]
    elif found := words.take(r"(?:at )?(\d{1,2}) (?:minutes |mins |min )?past(?: (?:the|each) hour)?"):
        rule.past = [int(found[1])]
    return bool(rule.past)


def _between(words: Words, rule: Rule) -> bool:
    start = words.position
    if (
        rule.window is None
        and words.take("between|from")
        and (first := clock_at(words, bare=True))
        and words.take("and|to|until|till|-|–")
        and (last := clock_at(words, bare=True))
    ):
        rule.window = _window(first, last)
        return True
    words.position = start
    return False


def _on_weekdays(words: Words, rule: Rule) -> bool:
    if rule.weekdays is None:
        rule.weekdays = on_days(words)
        return rule.weekdays is not None
    return False


def _on_day(words: Words, rule: Rule) -> bool:
    start = words.position
    if rule.unit == "month":
        if words.take(rf"on (?:{_ORDINAL})"):
            _refuse_ordinal(words, start)
        rule.days = days_of_month(words) or []
    elif words.take("on"):
        if isinstance(day := date_at(words), MonthDay) and day.month:
            rule.month, rule.days = day.month, [day.day]
        else:
            words.position = start
    return bool(rule.days)


def _window(first: Clock, last: Clock) -> tuple[Clock, Clock]:
    """`between 1 and 5pm` and `between 9am and 5` are one afternoon and one working day."""
    if first.bare and not last.bare and last.hour >= 12 and first.hour + 12 <= last.hour:
        first = first._replace(hour=first.hour + 12)
    if last.bare and last.hour < 12 and last[:2] <= first[:2] < (last.hour + 12, 0):
        last = last._replace(hour=last.hour + 12)
    if last[:2] <= first[:2]:
        raise ImpossibleTime(
            f"One schedule cannot run from {first} over midnight to {last}.",
            instead=(f"every hour between {first} and 23:59", "every hour"),
        )
    return first, last


def _expression(rule: Rule) -> str:
    weekdays = cron_list(rule.weekdays) if rule.weekdays else "*"
    match rule.unit:
        case "minute":
            return _minutes(rule, weekdays)
        case "hour":
            return _hours(rule, weekdays)
        case "day" | "week":
            if rule.step > 1 and (rule.unit, rule.step) != ("day", 7):
                raise ImpossibleTime(
                    f"A cron schedule cannot count every {rule.step} {rule.unit}s.",
                    instead=("every day at 09:00", "every Monday at 09:00"),
                )
            if rule.weekdays is None and (rule.unit == "week" or rule.step > 1):
                weekdays = "1"
            if rule.times and rule.times != len(rule.clocks or [NINE]):
                raise ImpossibleTime(
                    f"“{rule.said}” needs {rule.times} times of day.",
                    instead=("twice a day at 09:00 and 16:00",),
                )
            minute, hour = cron_clock(rule.clocks or [NINE], rule.said)
            return f"{minute} {hour} * * {weekdays}"
        case "month" | "year":
            return _months(rule)
        case _:
            assert_never(rule.unit)


def _minutes(rule: Rule, weekdays: str) -> str:
    step = rule.step
    if step % 60 == 0:
        return _hours(replace(rule, unit="hour", step=step // 60), weekdays)
    if step not in EVEN_MINUTES:
        raise _uneven("minute", step, (*EVEN_MINUTES, 60, 120), above="every 2 hours")
    minutes = "*" if step == 1 else f"*/{step}"
    if rule.window is None:
        return f"{minutes} * * * {weekdays}"
    first, last = rule.window
    # The last hour is left out when it is only touched: one cron cannot have 17:00 without 17:15.
    final = last.hour - 1 if last.minute == 0 else last.hour
    if first.minute or 0 < last.minute < 60 - step:
        raise ImpossibleTime(
            f"Every {step} minutes can only run in whole hours.",
            instead=(f"every {step} minutes between {first.hour:02}:00 and {last.hour:02}:59",),
        )
    return f"{minutes} {first.hour}-{final} * * {weekdays}"


def _hours(rule: Rule, weekdays: str) -> str:
    step = rule.step
    if rule.window:
        first, last = rule.window
        hours = [hour for hour in range(first.hour, 24, step) if (hour, first.minute) <= last[:2]]
        return f"{first.minute} {cron_list(hours)} * * {weekdays}"
    if step == 24:
        return f"0 9 * * {weekdays}"
    if step not in EVEN_HOURS:
        raise _uneven("hour", step, EVEN_HOURS, above="every day")
    past = cron_list(set(rule.past or [0]))
    return f"{past} {'*' if step == 1 else f'*/{step}'} * * {weekdays}"


def _months(rule: Rule) -> str:
    step, yearly = rule.step, rule.unit == "year" or rule.step == 12
    if rule.unit == "year" and (step > 1 or not rule.days):
        raise ImpossibleTime(
            "A yearly schedule needs its day, and runs every year.",
            instead=("every year on 24 December at 09:00",),
        )
    if rule.unit == "month" and step not in (*EVEN_MONTHS, 12):
        raise _uneven("month", step, EVEN_MONTHS, above="every year on 1 January")
    minute, hour = cron_clock(rule.clocks or [NINE], rule.said)
    days = cron_list(set(rule.days or [1]))
    months = str(rule.month or 1) if yearly else "*" if step == 1 else f"*/{step}"
    return f"{minute} {hour} {days} {months} *"


def _uneven(unit: str, step: int, even: tuple[int, ...], *, above: str) -> ImpossibleTime:
    below = max(fit for fit in even if fit < step)
    beyond = min((fit for fit in even if fit > step), default=None)
    return ImpossibleTime(
        f"A cron schedule cannot keep every {step} {unit}s evenly.",
        instead=(each(unit, below), each(unit, beyond) if beyond else above),
    )


def each(unit: str, step: int) -> str:
    if unit == "minute" and step >= 60:
        return each("hour", step // 60)
    return f"every {unit}" if step == 1 else f"every {step} {unit}s"
