"""The grammar of times: words at a place in a text → what they mean, before any clock is asked.

It reads as far as it can. A form that cron or the calendar cannot keep is found like any other, with its
refusal as its meaning. What people leave open is settled as in Slack's reminders: a day alone is 09:00.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NoReturn

from scheduler.errors import UnknownZone, WhenError
from scheduler.faults import TimeFault
from scheduler.language.grammar import openings
from scheduler.language.grammar.certainty import CannotKeep, Certainty
from scheduler.language.grammar.clauses import finish_rule
from scheduler.language.grammar.clocks import (
    NIGHT,
    Clock,
    clocks_at,
    number_at,
    one_clock,
    part_of_day,
    past_midnight,
    take_at,
    within_part,
)
from scheduler.language.grammar.crons import read_cron
from scheduler.language.grammar.days import Day, day_at, iso_at
from scheduler.language.grammar.limits import Limits, Span, limit_at
from scheduler.language.grammar.meaning import Delay, Found, Moment, Recurring, TimeReading
from scheduler.language.grammar.recurrence import read_rule
from scheduler.language.grammar.rule import NINE, Rule
from scheduler.language.grammar.vocabulary import COUNT, Words, read_count

_CLOCKED: Final = re.compile(r"\d[:.]\d\d|\d ?[ap]\.?m|\bat \d|noon|midnight", re.IGNORECASE)


def scan_phrase(text: str, start: int = 0, *, reader: str | None = None) -> Found | None:
    """The time phrase that begins at `start`, read as far as it goes; `reader` is its writer's zone."""
    for form in forms_at(text, start):
        words = Words(text, start, reader=reader)
        try:
            if (reading := form(words)) is not None:
                if not isinstance(reading[0], Recurring):
                    _refuse_limits(words)
                return Found(meaning=reading[0], start=start, end=words.position, certainty=reading[1])
        except CannotKeep as refusal:
            return Found(meaning=refusal.error, start=start, end=words.position, certainty=refusal.certainty)
        except WhenError as error:
            # A prompt may speak of 30 February; with a time of day it was meant as a date.
            clocked = _CLOCKED.search(words.read_since(start)) or one_clock(words)
            certainty = Certainty.STATED if clocked else Certainty.ALONE
            return Found(meaning=error, start=start, end=words.position, certainty=certainty)
    return None


def _refuse_limits(words: Words) -> None:
    """Refuse an end or holidays of a single run; `for 3 days` may still begin the prompt."""
    limits, start = Limits(), words.position
    try:
        limited = limit_at(words, limits, timed=True, fine=True) and limits.zone is None
    except UnknownZone:
        limited = False
    except WhenError:
        limited = True  # words that nothing but a limit begins with
    rest = words.text[words.position :]
    if limited and not (isinstance(limits.end, Span) and re.match(r"[\s.!]*[^\s.!:]", rest)):
        error = WhenError(
            TimeFault.ONCE_WITH_LIMITS,
            said=words.read_before(start),
            instead=("every day at 09:00 until 1 March", "every weekday at 09:00 except holidays in DE"),
        )
        raise CannotKeep(error, Certainty.LEADING)
    words.position = start


_UNITS: Final = {"w": (0, 7), "d": (0, 1), "h": (3600, 0), "m": (60, 0), "s": (1, 0)}
_UNIT: Final = openings.UNIT
_HALVES: Final = "(?: and (?:a |an )?(half|quarter))"
_AMOUNT: Final = (
    rf"(half an?)? ?(?:{COUNT[:-1]}|\d{{1,6}}[.,]\d{{1,3}}|(?:a )?couple(?: of)?){_HALVES}? ?)?"
    rf"({_UNIT})(?:{_HALVES})?"
)
_QUARTERS: Final = r"(?:(a|an|one|two|three|1|2|3) )?quarters?(?: of)?(?: an?)? hours?"
_NO_DELAY: Final = "or|of|time|less"
_WORKING: Final = rf"in (?:{COUNT}|a few|several|a couple(?: of)?) (?:business|working|work|week) ?days?"
_VAGUE: Final = (
    "in (?:a few|several|some|a bit|a while|a moment)(?: (?:seconds|minutes|mins|hours"
    "|hrs|days|weeks|months))?"
)


def _read_delay(words: Words) -> TimeReading | None:
    """`in 20 minutes`, `in 1h30`, `in an hour and a half`, `2 days from now`, `in 3 days at 9`."""
    start = words.position
    if words.consume(_WORKING):
        _refuse_vague(words, start, "in 2 days at 09:00", "on Friday at 09:00")
    after_in = words.consume("in") is not None
    if after_in and (found := words.consume(rf"{COUNT} (month|year)s?")):
        return None if words.sees(_NO_DELAY) else _calendar_delay(words, found)
    seconds = days = 0.0
    smaller = ""
    if after_in and (found := words.consume(r"(\d{1,2}):([0-5]\d) ?(?:hours?|hrs?|h)")):
        seconds, smaller = 3600.0 * int(found[1]) + 60 * int(found[2]), "-"
    elif quarters := words.consume(_QUARTERS):
        seconds, smaller = 900.0 * read_count(quarters[1] or "1"), "-"
    while smaller != "-" and (found := words.consume(_AMOUNT, end="(?![a-z])")):
        half, number, middle, unit, after = found[1], found[2], found[3], found[4][0].lower(), found[5]
        if not (half or number) or (smaller and (unit not in smaller or not number or not number.isdigit())):
            words.position = found.start()
            break
        amount = 0.5 if half else _read_amount(number)
        amount += {"half": 0.5, "quarter": 0.25}.get((middle or after or "").lower(), 0)
        seconds, days = seconds + amount * _UNITS[unit][0], days + amount * _UNITS[unit][1]
        smaller = "wdhms".partition(unit)[2] or "-"
        glued = words.text[words.position : words.position + 1].isdigit()
        if unit == "h" and glued and (minutes := words.consume(r"([0-5]\d)(?![:.]\d)")):
            seconds, smaller = seconds + 60 * int(minutes[1]), "-"  # `1h30`
        words.consume(r",? ?and(?= \d+ ?[hms])")
    if smaller:
        words.consume("or so|ish")
    if not smaller or (not words.consume("from now") and not after_in) or words.sees(_NO_DELAY):
        return None
    clock = None if seconds else one_clock(words)
    return Delay(seconds=seconds, days=days, clock=clock, zone=words.consume_zone()), Certainty.STATED


def _read_amount(number: str) -> float:
    if "couple" in number.lower():
        return 2
    return float(number.replace(",", ".")) if number[0].isdigit() else read_count(number)


def _refuse_vague(words: Words, start: int, *instead: str) -> NoReturn:
    raise CannotKeep(
        WhenError(TimeFault.UNREADABLE, said=words.read_since(start), instead=instead), Certainty.LEADING
    )


def _calendar_delay(words: Words, found: re.Match[str]) -> TimeReading:
    """`in 3 months at 9`; beside a prompt it is more often the prompt's."""
    months = read_count(found[1]) * (12 if found[2].lower() == "year" else 1)
    return Delay(months=months, clock=one_clock(words), zone=words.consume_zone()), Certainty.ALONE


def _read_moment(words: Words) -> TimeReading | None:
    """`tomorrow at 8am`, `on monday at 9`, `on 15 January 2027 at 9am`, `2027-01-15T09:00Z`."""
    if iso := iso_at(words):
        return Moment(
            day=iso[0], clock=iso[1], zone="UTC" if iso[2] else words.consume_zone()
        ), Certainty.STATED
    if (found := _read_day(words)) is None:
        return None
    day, part = found
    clock = one_clock(words)
    # `tomorrow` may begin a prompt of its own, `tomorrow evening` hardly; `this morning` mostly has passed.
    named = part is not None and (day == "tomorrow" or (day == "today" and part != NINE))
    certainty = Certainty.STATED if clock else Certainty.LEADING if named else Certainty.ALONE
    moment = _at_day(day, part, clock or part or NINE, zone=words.consume_zone())
    return replace(moment, clocked=bool(clock or part)), certainty


def _at_day(day: Day, part: Clock | None, clock: Clock, *, zone: str | None) -> Moment:
    """A time in a part of a day; of a night, perhaps one of the day after."""
    clock = within_part(clock, part) if part else clock
    if not past_midnight(clock, part):
        return Moment(day=day, clock=clock, zone=zone)
    if day == "today":  # said before midnight or after it
        return Moment(day="next", clock=clock, zone=zone)
    if isinstance(day, date):
        return Moment(day=day + timedelta(days=1) if day < date.max else day, clock=clock, zone=zone)
    return Moment(day=day, clock=clock, zone=zone, day_after=True)


def _read_day(words: Words) -> tuple[Day, Clock | None] | None:
    """A day, and the part of it that is named: `tonight`, `this evening`, `on friday afternoon`."""
    if words.consume("toni(?:ght|te)(?!')"):
        return "today", NIGHT
    start = words.position
    if words.consume("this(?= (?:morning|afternoon|evening))") and (part := part_of_day(words)):
        return "today", part
    words.position = start
    return None if (day := day_at(words)) is None else (day, part_of_day(words))


_CLOCK_ALONE: Final = (
    r"\d\d?(?::\d\d|(?::\d\d)? ?[ap]\.?m\.?)|(?:half|(?:a )?quarter) (?:past|to) (?:\d{1,2}|[a-z]+)"
)


def _read_at(words: Words) -> TimeReading | None:
    """`at 17:30`, and with its day after it: `at 9am tomorrow`, `at 9 every weekday`, `9am pacific daily`."""
    start = words.position
    after_at = take_at(words)
    if after_at and (unsure := number_at(words)):  # nearly always a part of the prompt
        raise CannotKeep(unsure, Certainty.ALONE)
    words.position = start
    if not (after_at or words.sees(_CLOCK_ALONE)):
        return None
    if not (clocks := clocks_at(words)):
        return None
    zone = words.consume_zone()
    if (rule := read_rule(words)) and rule.unit not in ("minute", "hour"):
        rule.clocks, rule.limits.zone = clocks, zone
        return _finish_recurring(words, rule)
    words.position = start
    if (clock := one_clock(words)) is None:
        return None
    zone = words.consume_zone()
    if found := _read_day(words):
        return _at_day(*found, clock, zone=zone or words.consume_zone()), Certainty.STATED
    # `at 9` is nearly always a part of the prompt, and so is what has no `at`.
    perhaps_number = clock.bare or (not after_at and not clock.spoken)
    certainty = Certainty.ALONE if perhaps_number else Certainty.STATED
    return Moment(day="next", clock=clock, zone=zone), certainty


def _read_repeat(words: Words) -> TimeReading | None:
    """`every weekday at 9am`, `daily at 9`, `mondays at 9`, `twice a day at 9 and 16`."""
    return _finish_recurring(words, rule) if (rule := read_rule(words)) else None


def _finish_recurring(words: Words, rule: Rule) -> TimeReading:
    expression = finish_rule(words, rule)
    within_day = rule.unit in ("minute", "hour")
    recurring = Recurring(
        expression=expression,
        limits=rule.limits,
        step=rule.counts_slots(),
        nth=-1 if rule.last_day else rule.nth,
        month_step=rule.unit == "month" and rule.step > 1,
        weekday_open=rule.unit == "week" and rule.weekdays is None,
        clocked=within_day or bool(rule.clocks or rule.unclocked),
        spoken=None if rule.unclocked else next((clock for clock in rule.clocks if clock.spoken), None),
    )
    return recurring, rule.certainty()


Form = Callable[[Words], TimeReading | None]
_BEGINNINGS: Final[dict[Form, re.Pattern[str]]] = {
    read_cron: openings.CRON,
    _read_delay: openings.DELAY,
    _read_repeat: openings.REPEAT,
    _read_at: openings.AT,
    _read_moment: openings.MOMENT,
}
FORMS: Final = tuple(_BEGINNINGS)
"""In this order; the first that reads anything counts."""


def forms_at(text: str, start: int) -> tuple[Form, ...]:
    """The forms that may begin there."""
    first = openings.FIRST_WORD.match(text, start)
    if first is None:
        return ()
    forms, following = _forms_after(first[1])
    return forms if following is None or following.match(text, first.end()) else ()


@lru_cache(maxsize=4096)
def _forms_after(word: str) -> tuple[tuple[Form, ...], re.Pattern[str] | None]:
    """The forms that may begin with this word, and what must follow it; remembered, as words come again."""
    forms = tuple(form for form, begins in _BEGINNINGS.items() if begins.fullmatch(word))
    return forms, openings.ONLY_BEFORE.get(word.lower())
