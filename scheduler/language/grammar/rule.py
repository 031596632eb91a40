"""A rule for times that recur, and the one cron expression that keeps it.

Cron counts within the hour, the day and the year and starts again each time. Every other week and the last
day of a month are conditions beside it. Every seven minutes is neither, and refused with the nearest forms.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal, assert_never

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar.certainty import Certainty
from scheduler.language.grammar.clocks import (
    Clock,
    cron_clock,
    cron_list,
    likely_clocks,
    past_midnight,
    within_part,
)
from scheduler.language.grammar.limits import Limits
from scheduler.timing import LONGEST_STEP

NINE: Final = Clock(9, 0)
"""The time of a day that is named without one, as in Slack's reminders."""
EVEN_MINUTES: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
EVEN_HOURS: Final = (1, 2, 3, 4, 6, 8, 12)
EVEN_MONTHS: Final = (1, 2, 3, 4, 6)

Unit = Literal["minute", "hour", "day", "week", "month", "year"]


@dataclass(kw_only=True)
class Rule:
    """A recurring time while it is being read."""

    unit: Unit
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
    nth: int | None = None  # of its weekdays in a month; -1 is the last
    last_day: bool = False  # of each month
    unclocked: Clock | None = None  # the time of day of the part that is named, such as an evening
    limits: Limits = field(default_factory=Limits)

    def times_of_day(self) -> list[Clock]:
        part = self.unclocked
        clocks = [within_part(clock, part) if part else likely_clocks(clock)[0] for clock in self.clocks]
        return clocks or [part or NINE]

    def counts_slots(self) -> int:
        """The step that a condition counts, in weeks or days; 1 where the cron says it all."""
        return self.step if self.unit == "week" or (self.unit == "day" and self.step != 7) else 1

    def certainty(self) -> Certainty:
        if self.clocks and self.unit not in ("minute", "hour"):
            return Certainty.FIRM
        if self.window or self.past or (self.unit in ("minute", "hour") and (self.every or self.weekdays)):
            return Certainty.STATED
        return Certainty.LEADING if self.every else Certainty.ALONE


def cron_expression(rule: Rule) -> str:
    weekdays = cron_list(rule.weekdays) if rule.weekdays else "*"
    match rule.unit:
        case "minute":
            return _minute_expression(rule, weekdays)
        case "hour":
            return _hour_expression(rule, weekdays)
        case "day" | "week":
            on_days = rule.weekdays is not None and rule.unit == "day"
            if rule.step > 1 and (rule.step > LONGEST_STEP or on_days):
                raise WhenError(
                    TimeFault.UNEVEN,
                    said=every_words(rule.unit, rule.step),
                    instead=("every day at 09:00", "every Monday at 09:00"),
                )
            if rule.weekdays is None and (rule.unit == "week" or rule.step == 7):
                weekdays = "1"
            if rule.times and rule.times != len(rule.times_of_day()):
                raise WhenError(
                    TimeFault.CLOCKS_MISSING,
                    said=rule.said,
                    detail=str(rule.times),
                    instead=("twice a day at 09:00 and 16:00",),
                )
            minute, hour = cron_clock(rule.times_of_day(), rule.said)
            if rule.weekdays and _past_midnight(rule):
                if rule.nth:
                    raise WhenError(TimeFault.AROUND_MIDNIGHT, instead=("every Friday night at 23:00",))
                weekdays = cron_list((day + 1) % 7 for day in rule.weekdays)
            return f"{minute} {hour} * * {weekdays}"
        case "month" | "year":
            return _month_expression(rule)
        case _:
            assert_never(rule.unit)


def _past_midnight(rule: Rule) -> bool:
    """True if its times strike on the day after the one that names the night."""
    clocks = rule.times_of_day()
    past = [past_midnight(clock, rule.unclocked) for clock in clocks]
    if any(past) and not all(past):
        raise WhenError(
            TimeFault.AROUND_MIDNIGHT,
            instead=[f"{rule.said} at {clock}" for clock in clocks],
        )
    return all(past)


def _minute_expression(rule: Rule, weekdays: str) -> str:
    step = rule.step
    if step % 60 == 0:
        return _hour_expression(replace(rule, unit="hour", step=step // 60), weekdays)
    if step not in EVEN_MINUTES:
        longer = (60 * hours for hours in EVEN_HOURS)
        raise _uneven_step("minute", step, (*EVEN_MINUTES, *longer), above="every day")
    minutes = "*" if step == 1 else f"*/{step}"
    if rule.window is None:
        return f"{minutes} * * * {weekdays}"
    first, last = rule.window
    # The last hour is left out when it is only touched: one cron cannot have 17:00 without 17:15.
    final = last.hour - 1 if last.minute == 0 else last.hour
    if first.minute or 0 < last.minute < 60 - step:
        raise WhenError(
            TimeFault.PART_HOURS,
            said=every_words("minute", step),
            instead=(f"every {step} minutes between {first.hour:02}:00 and {last.hour:02}:59",),
        )
    return f"{minutes} {first.hour}-{final} * * {weekdays}"


def _hour_expression(rule: Rule, weekdays: str) -> str:
    step = rule.step
    if rule.window:
        first, last = rule.window
        hours = [hour for hour in range(first.hour, 24, step) if (hour, first.minute) <= last[:2]]
        return f"{first.minute} {cron_list(hours)} * * {weekdays}"
    if step == 24:
        return f"0 9 * * {weekdays}"
    if step not in EVEN_HOURS:
        raise _uneven_step("hour", step, EVEN_HOURS, above="every day")
    past = cron_list(set(rule.past or [0]))
    return f"{past} {'*' if step == 1 else f'*/{step}'} * * {weekdays}"


def _month_expression(rule: Rule) -> str:
    step, yearly = rule.step, rule.unit == "year" or rule.step == 12
    if rule.unit == "year" and (step > 1 or not rule.days):
        fault = TimeFault.UNEVEN if step > 1 else TimeFault.YEAR_NEEDS_DAY
        said = every_words("year", step)
        raise WhenError(fault, said=said, instead=("every year on 24 December at 09:00",))
    if rule.unit == "month" and step not in (*EVEN_MONTHS, 12):
        raise _uneven_step("month", step, EVEN_MONTHS, above="every year on 1 January")
    minute, hour = cron_clock(rule.times_of_day(), rule.said)
    if rule.last_day:
        return f"{minute} {hour} 28-31 * *"
    days = cron_list(set(rule.days or [1]))
    months = str(rule.month or 1) if yearly else "*" if step == 1 else f"*/{step}"
    if rule.month and not yearly:  # `every 6 months on 1 january`
        first = (rule.month - 1) % step + 1
        months = months if first == 1 else cron_list(range(first, 13, step))
    return f"{minute} {hour} {days} {months} *"


def _uneven_step(unit: str, step: int, even: tuple[int, ...], *, above: str) -> WhenError:
    below = max(fit for fit in even if fit < step)
    beyond = min((fit for fit in even if fit > step), default=None)
    return WhenError(
        TimeFault.UNEVEN,
        said=f"every {step} {unit}s",
        instead=(every_words(unit, below), every_words(unit, beyond) if beyond else above),
    )


def every_words(unit: str, step: int) -> str:
    if unit == "minute" and step >= 60:
        return every_words("hour", step // 60)
    return f"every {unit}" if step == 1 else f"every {step} {unit}s"
