"""The meaning of words at a moment: from a phrase to the time that is kept, or to its refusal."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Final, Literal, assert_never

from scheduler.calendar import Closures
from scheduler.cron import Cron, at_wall
from scheduler.errors import WhenError, ZoneNeeded
from scheduler.faults import TimeFault
from scheduler.language.grammar.clocks import Clock, likely_clocks
from scheduler.language.grammar.days import Day, DaysAhead, MonthDay, MonthEnd, NextWeek, Weekday
from scheduler.language.grammar.limits import NextMonth, Span, Start, Until
from scheduler.language.grammar.meaning import Delay, Found, Moment, Recurring
from scheduler.language.grammar.vocabulary import MONTHS, WEEKDAYS
from scheduler.language.wording import describe_timing, describe_when
from scheduler.timing import Once, Timing, last_minute, upcoming_runs
from scheduler.zone import ZoneInfo, check_zone

_LONGEST: Final = timedelta(days=3660)
_SHORTEST: Final = timedelta(minutes=1)


def resolve_phrase(found: Found, *, now: datetime, zone: str | None) -> Timing:
    """The time that `found` means at `now`, in `zone` unless it names its own; raises `WhenError`."""
    meaning = found.meaning
    match meaning:
        case WhenError():
            raise meaning
        case Recurring():
            return _resolve_recurring(meaning, now, zone)
        case Delay():
            # What elapses is the same moment on every clock.
            fallback = None if meaning.days or meaning.months else "UTC"
            return Timing(when=_resolve_delay(meaning, now, _required_zone(meaning.zone or zone or fallback)))
        case Moment():
            return Timing(when=_resolve_moment(meaning, now, _required_zone(meaning.zone or zone)))
        case _:
            assert_never(meaning)


def name_other_reading(found: Found, *, now: datetime, zone: str | None) -> str | None:
    """The words of the other usual reading of what was found, if it has one."""
    meaning = found.meaning
    if isinstance(meaning, Recurring):
        return f"at {_other_half(meaning.spoken)}" if meaning.spoken else None
    if not isinstance(meaning, Moment):
        return None
    if meaning.clock.spoken:
        once = _resolve_moment(meaning, now, _required_zone(meaning.zone or zone))
        kept = once.at.astimezone(ZoneInfo(once.zone))
        return f"at {(kept.hour + 12) % 24:02}:{kept.minute:02}"
    if not isinstance(meaning.day, Weekday) or meaning.day.which != "next":
        return None
    once = _resolve_moment(meaning, now, _required_zone(meaning.zone or zone))
    tz = ZoneInfo(once.zone)
    wall, today = once.at.astimezone(tz).replace(tzinfo=None), now.astimezone(tz).date()
    if wall.date() > today + timedelta(days=6 - today.weekday()):
        return None  # in the next week by any count
    return describe_when(Once(at=at_wall(wall + timedelta(days=7), tz), zone=once.zone), reader=zone)


def _other_half(clock: Clock) -> Clock:
    kept = likely_clocks(clock)[0]
    return kept._replace(hour=(kept.hour + 12) % 24)


def _required_zone(name: str | None) -> str:
    if name is None:
        raise ZoneNeeded
    return check_zone(name)


def _resolve_recurring(recurring: Recurring, now: datetime, zone: str | None) -> Timing:
    limits = recurring.limits
    cron = Cron(expression=recurring.expression, zone=_required_zone(limits.zone or zone))
    if limits.holidays == "":
        words, country = describe_when(cron, reader=zone), _country_of_zone(cron.zone) or "DE"
        raise WhenError(TimeFault.CALENDAR_UNNAMED, instead=(f"{words} except holidays in {country}",))
    timing = replace(_resolve_conditions(recurring, cron, now), holidays=limits.holidays)
    if limits.end:
        timing = _resolve_end(timing, limits.end, now, zone)
    if timing.holidays and not upcoming_runs(timing, after=now, count=1, closures=Closures()):
        raise WhenError(
            TimeFault.ONLY_HOLIDAYS,
            said=timing.holidays,
            instead=(describe_timing(replace(timing, holidays=None), reader=zone),),
        )
    return timing


def _resolve_conditions(recurring: Recurring, cron: Cron, now: datetime) -> Timing:
    """The cron with its first day, and with what is counted from there."""
    zone = ZoneInfo(cron.zone)
    today, start = now.astimezone(zone).date(), recurring.limits.start
    first = _resolve_start(start, today) if start else None
    if first and recurring.weekday_open:
        fields = cron.expression.split()
        cron = replace(cron, expression=" ".join((*fields[:4], str(first.isoweekday() % 7))))
    if first and recurring.month_step and first.month not in cron.fields.months:
        named = f"{first.day} {MONTHS[first.month - 1]}"
        raise WhenError(TimeFault.START_UNCLEAR, said=f"starting {named}", instead=(describe_when(cron),))
    if recurring.step > 1:  # counted from its first run
        after = last_minute(first - timedelta(days=1), zone) if first else now
        first = cron.next_after(after).astimezone(zone).date()
    elif first and first <= today:
        first = None
    return Timing(when=cron, first_day=first, step=recurring.step, nth=recurring.nth)


def _resolve_start(start: Start, today: date) -> date:
    if isinstance(start, NextMonth):
        return _months_later(today.replace(day=1), 1)
    ahead = (day for day in _candidate_days(start, today) if day >= today or isinstance(start, date))
    if (first := next(ahead, None)) is None or first > today + _LONGEST:
        raise _too_far()
    return first


def _resolve_end(timing: Timing, end: Until | Span, now: datetime, reader: str | None) -> Timing:
    first = _next_slot(timing, now)
    match end:
        case Until():
            return _resolve_until(timing, end, first, now, reader)
        case Span():
            return _resolve_span(timing, end, first, reader)
        case _:
            assert_never(end)


def _resolve_until(timing: Timing, end: Until, first: datetime, now: datetime, reader: str | None) -> Timing:
    """End it the next time that the end comes; refuse an end before the first run."""
    zone = ZoneInfo(timing.when.zone)
    today, begins = now.astimezone(zone).date(), first.astimezone(zone).date()
    endless = describe_timing(timing, reader=reader)
    ends = [_end_moment(day, end, zone) for day in _candidate_days(end.day, today) if day <= today + _LONGEST]
    if not ends:
        raise WhenError(TimeFault.TOO_FAR, instead=(endless,))
    ahead = next((moment for moment in ends if moment > now), None)
    if ahead and ahead >= first:
        return replace(timing, until=ahead)
    later = next((moment for moment in ends if moment >= first), last_minute(begins, zone))
    instead = (describe_timing(replace(timing, until=later), reader=reader), endless)
    if ahead is None:
        raise WhenError(TimeFault.END_PASSED, instead=instead)
    day = f"{WEEKDAYS[begins.isoweekday() % 7]} {begins.day} {MONTHS[begins.month - 1]} {begins.year}"
    raise WhenError(TimeFault.END_BEFORE_START, detail=day, instead=instead)


def _end_moment(day: date, end: Until, zone: ZoneInfo) -> datetime:
    if end.clock is None:
        return last_minute(day, zone)
    return at_wall(datetime.combine(day, time(end.clock.hour, end.clock.minute)), zone)


def _resolve_span(timing: Timing, span: Span, first: datetime, reader: str | None) -> Timing:
    """Counted from the first run: `for 10 days` is ten days of runs, `for 3 hours` begins with it."""
    if span.minutes > _LONGEST.days * 1440 or span.days > _LONGEST.days or span.months > 120:
        raise _too_far()
    zone = ZoneInfo(timing.when.zone)
    if span.minutes:
        until = first + timedelta(minutes=span.minutes - 1)
    else:
        begins = first.astimezone(zone).date()
        until = last_minute(_months_later(begins, span.months) + timedelta(days=span.days - 1), zone)
    second = _next_slot(timing, first)
    if second > until:
        enough = replace(timing, until=last_minute(second.astimezone(zone).date(), zone))
        once = Once(at=first, zone=timing.when.zone)
        raise WhenError(
            TimeFault.RUNS_ONE_TIME,
            said=span.said,
            instead=(describe_timing(enough, reader=reader), describe_when(once, reader=reader)),
        )
    return replace(timing, until=until)


def _next_slot(timing: Timing, after: datetime) -> datetime:
    """The next moment at which it runs or has a holiday."""
    (slot,) = upcoming_runs(replace(timing, holidays=None), after=after, count=1, closures=Closures())
    return slot


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, index + 1, min(day.day, monthrange(year, index + 1)[1]))


@cache
def _country_of_zone(zone: str) -> str | None:
    """The country in which `zone` lies, by the tz database."""
    lines = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == zone), None)


def _resolve_delay(delay: Delay, now: datetime, zone: str) -> Once:
    """Days keep the time on the wall, hours and minutes elapse; less than a minute counts as one."""
    if timedelta(seconds=delay.seconds).days + delay.days > _LONGEST.days or delay.months > 120:
        raise _too_far()
    tz, elapsed, now = ZoneInfo(zone), timedelta(seconds=delay.seconds), now.replace(microsecond=0)
    if not delay.days and not delay.months:
        return Once(at=now + max(elapsed, _SHORTEST), zone=zone)
    here = now.astimezone(tz).replace(tzinfo=None)
    wall = datetime.combine(_months_later(here.date(), delay.months), here.time()) + timedelta(
        days=delay.days
    )
    if delay.clock:
        return _resolve_moment(Moment(day=wall.date(), clock=delay.clock), now, zone)
    return Once(at=at_wall(wall, tz) + elapsed, zone=zone)


def _resolve_moment(moment: Moment, now: datetime, zone: str) -> Once:
    """The first such moment after `now`; a time that the clocks leap over on its day is refused."""
    tz, after = ZoneInfo(zone), timedelta(days=moment.day_after)
    today = now.astimezone(tz).date()
    # At one on a Saturday, Friday's night is not over.
    for named in _candidate_days(moment.day, today if moment.day == "tomorrow" else today - after):
        day = named + after
        walls = [
            datetime.combine(day, time(clock.hour, clock.minute)) for clock in likely_clocks(moment.clock)
        ]
        wall = next((wall for wall in walls if at_wall(wall, tz) > now), None)
        if wall is None:
            continue
        at = at_wall(wall, tz)
        if at - now > _LONGEST:
            raise _too_far()
        if (shown := at.astimezone(tz)).replace(tzinfo=None) != wall:
            raise WhenError(
                TimeFault.CLOCK_SKIPPED,
                said=f"{wall:%H:%M} on {day}",
                detail=f"{shown:%H:%M}",
                instead=(f"on {shown:%Y-%m-%d} at {shown:%H:%M}",),
            )
        return Once(at=at, zone=zone)
    raise _passed_error(moment, now, tz)


def _candidate_days(day: Day | Literal["next"], today: date) -> Iterator[date]:
    """The days that are meant, in order, some of them perhaps too early."""
    match day:
        case date():
            yield day
        case Weekday(number, which):
            coming = today + timedelta(days=(number - today.isoweekday()) % 7)
            if which != "next" or coming != today:
                yield coming
            if which != "this":
                yield coming + timedelta(days=7)
        case NextWeek(number):
            yield today + timedelta(days=7 - today.weekday() + (number - 1) % 7)
        case DaysAhead(number):
            yield today + timedelta(days=number)
        case MonthDay(month, number):
            for months in range(12 * 9):
                year, index = divmod(today.year * 12 + today.month - 1 + months, 12)
                if month in (None, index + 1):
                    try:
                        yield date(year, index + 1, number)
                    except ValueError:
                        continue  # a month without that day
        case MonthEnd(month):
            for months in range(24):
                first = _months_later(today.replace(day=1), months)
                if month in (None, first.month):
                    yield first.replace(day=monthrange(first.year, first.month)[1])
        case "tomorrow":
            yield today + timedelta(days=1)
        case "today":
            yield today
        case _:
            yield from (today, today + timedelta(days=1))


def _passed_error(moment: Moment, now: datetime, tz: ZoneInfo) -> WhenError:
    if isinstance(moment.day, date):
        again = MonthDay(moment.day.month, moment.day.day)
        following = (
            day
            for day in _candidate_days(again, now.astimezone(tz).date())
            if datetime.combine(day, time(moment.clock.hour, moment.clock.minute), tz) > now
        )
        at = moment.clock
        instead = f"on {next(following)} at {at}"
        return WhenError(TimeFault.PASSED, said=f"{moment.day} at {at}", instead=(instead,))
    later = [f"tomorrow at {moment.clock}"]
    if isinstance(moment.day, Weekday):
        later.append(f"next {WEEKDAYS[moment.day.number]} at {moment.clock}")
    return WhenError(TimeFault.PASSED, said=f"{moment.clock} today", instead=later)


def _too_far() -> WhenError:
    return WhenError(TimeFault.TOO_FAR, instead=("every year on 1 January at 09:00",))
