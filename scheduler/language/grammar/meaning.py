"""Meanings of the words of a time, before any clock is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scheduler.errors import WhenError
from scheduler.language.grammar.certainty import Certainty
from scheduler.language.grammar.clocks import Clock
from scheduler.language.grammar.days import Day
from scheduler.language.grammar.limits import Limits


@dataclass(frozen=True, kw_only=True)
class Recurring:
    expression: str
    limits: Limits
    step: int = 1
    nth: int | None = None
    weekday_open: bool = False  # every so many weeks, on the weekday of its first day
    month_step: bool = False  # every so many months, which cron counts from January
    clocked: bool = True  # names its time of day, or needs none
    spoken: Clock | None = None  # `5 o'clock`, of the morning or of the afternoon


@dataclass(frozen=True, kw_only=True)
class Delay:
    seconds: float = 0
    days: float = 0
    months: int = 0
    clock: Clock | None = None  # for days and months alone
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Moment:
    day: Day | Literal["next"]
    clock: Clock
    zone: str | None = None
    clocked: bool = True  # names its time of day
    day_after: bool = False  # the clock strikes when the day's night has passed midnight


@dataclass(frozen=True, kw_only=True)
class Found:
    meaning: Recurring | Delay | Moment | WhenError
    start: int
    end: int
    certainty: Certainty


TimeReading = tuple[Recurring | Delay | Moment, Certainty]
