"""Moments in words, for the person who reads them: their own clock first, then that of the schedule.

All clocks on one screen are written alike, and the year only where it is not plain which one is meant. A
`reader` is the clock of the one who reads; None where Slack does not tell their zone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.replies.text.naming import person_mention
from bot.replies.text.sentence_parts import (
    PLAIN_YEAR,
    clock_time,
    day_and_time,
    day_of,
    escape_mrkdwn,
    in_twelve_hours,
)
from bot.schedules import Schedule
from bot.slack import ReaderClock
from scheduler import Cron, Timing, ZoneInfo, day_begins, describe_timing

YOUR_TIME: Final = " your time"
_PAUSED: Final = "⏸ _Paused_"
_DATE: Final = re.compile(r"(?<=(?:until|rting) )(\d+) ([A-Z][a-z]+) (\d{4})")
_PLAIN_OFFSET: Final = re.compile(r"Etc/GMT([+-])(\d+)")


def moment_words(moment: datetime, zone: str, *, now: datetime, reader: ReaderClock | None) -> str:
    """ "Mon 23 Nov 09:00", or "Mon 23 Nov 03:00 your time (09:00 Berlin)" for someone elsewhere."""
    if reader is None:
        return f"{clock_time(moment, zone, now=now)} ({zone_name(zone)})"
    if not _is_elsewhere(reader, zone, moment):
        return own_time(moment, now=now, reader=reader)
    there = _time_there(moment, zone, reader, now=now)
    return f"{own_time(moment, now=now, reader=reader)}{YOUR_TIME} ({there})"


def moments_words(
    moments: Sequence[datetime],
    zone: str,
    *,
    now: datetime,
    reader: ReaderClock | None,
    between: str = ", ",
    space: str = " ",
) -> str:
    """Several of them, where the schedule's own clock is said beside them."""
    own = ReaderClock(zone=zone) if reader is None else reader
    told = between.join(own_time(moment, now=now, reader=own).replace(" ", space) for moment in moments)
    return f"{told}{YOUR_TIME}" if any(_is_elsewhere(own, zone, moment) for moment in moments) else told


def past_words(moment: datetime, zone: str, *, now: datetime, reader: ReaderClock | None) -> str:
    """A moment in a history, whose schedule is named above."""
    return moments_words([moment], zone, now=now, reader=reader)


def own_time(moment: datetime, *, now: datetime, reader: ReaderClock) -> str:
    """ "Mon 23 Nov 09:00", or "Mon 23 Nov 9:00 AM", on the reader's own clock."""
    return clock_time(moment, reader.zone, now=now, twelve_hour=reader.is_twelve_hour)


def own_day_and_time(moment: datetime, zone: str, *, now: datetime, reader: ReaderClock | None) -> str:
    """ "Mon 23 Nov at 09:00", on the reader's own clock, or else in `zone`."""
    own = reader or ReaderClock(zone=zone)
    return day_and_time(moment, own.zone, now=now, twelve_hour=own.is_twelve_hour)


def timing_words(timing: Timing, *, now: datetime, reader: ReaderClock | None, zoned: bool = True) -> str:
    """*When it runs*, in mrkdwn; of a repetition its zone is left out, unless it is to be `zoned`."""
    zone, twelve_hour = timing.when.zone, reader is not None and reader.is_twelve_hour
    if isinstance(timing.when, Cron):
        told = _without_plain_years(describe_timing(timing), now=now)
        words = f"*{escape_mrkdwn(in_twelve_hours(told) if twelve_hour else told)}*"
        return f"{words} ({zone_name(zone)})" if zoned else words
    moment = timing.when.at
    if reader is not None and _is_elsewhere(reader, zone, moment):
        there = _time_there(moment, zone, reader, now=now)
        own = day_and_time(moment, reader.zone, now=now, twelve_hour=twelve_hour)
        return f"*on {own} your time* ({there})"
    return f"*on {day_and_time(moment, zone, now=now, twelve_hour=twelve_hour)}* ({zone_name(zone)})"


def paused_words(schedule: Schedule, *, now: datetime, reader: ReaderClock | None = None) -> str:
    """Say that it is paused, and until when; or why, if nobody but the bot itself knows."""
    if schedule.is_on_break(now):
        return f"{_PAUSED} until {end_of_pause(schedule, now=now, reader=reader)}"
    if schedule.unseen_since is None:
        return _PAUSED
    since = day_of(schedule.unseen_since, schedule.zone, now=now)
    return f"{_PAUSED}: nobody had opened it since {since}"


def break_lines(schedule: Schedule, *, now: datetime, reader: ReaderClock | None = None) -> list[str]:
    """The runs to come that are left out by hand, a line for each kind; none of most schedules."""
    lines = [paused_words(schedule, now=now, reader=reader)] if schedule.is_on_break(now) else []
    skip = None if schedule.state == "paused" else schedule.coming_skip(now)
    if skip is not None:
        when = moment_words(skip.slot, schedule.zone, now=now, reader=reader)
        lines.append(f"⏭ _Skipped_: {when}, by {person_mention(skip.by)}")
    return lines


def end_of_pause(schedule: Schedule, *, now: datetime, reader: ReaderClock | None) -> str:
    """The end of its pause: a day, where that is what it is in the schedule's zone."""
    end = schedule.paused_until or now
    zone = ZoneInfo(schedule.zone)
    if day_begins(end.astimezone(zone).date(), zone) == end:
        return clock_time(end, schedule.zone, now=now).rpartition(" ")[0]
    return moment_words(end, schedule.zone, now=now, reader=reader)


def zone_name(zone: str) -> str:
    """The name by which people know a zone and can type it, in mrkdwn: "Europe/Berlin", "UTC+2"."""
    if offset := _PLAIN_OFFSET.fullmatch(zone):  # which the database counts the other way round
        return f"UTC{'-' if offset[1] == '+' else '+'}{offset[2]}"
    return escape_mrkdwn(zone)


def _is_elsewhere(reader: ReaderClock, zone: str, moment: datetime) -> bool:
    """True if the clocks of the two zones differ then."""
    there, here = (moment.astimezone(ZoneInfo(name)).utcoffset() for name in (zone, reader.zone))
    return there != here


def _time_there(moment: datetime, zone: str, reader: ReaderClock, *, now: datetime) -> str:
    """ "09:00 Berlin", with the day if that is another one."""
    there, here = moment.astimezone(ZoneInfo(zone)), moment.astimezone(ZoneInfo(reader.zone))
    clock = clock_time(moment, zone, now=now, twelve_hour=reader.is_twelve_hour)
    if there.date() == here.date():
        clock = clock.rpartition(" ")[2]
    return f"{clock} {zone_name(zone).rpartition('/')[2].replace('_', ' ')}"


def _without_plain_years(words: str, *, now: datetime) -> str:
    """The same without the years of days that are near."""

    def shortened_date(found: re.Match[str]) -> str:
        day = datetime.strptime(found[0], "%d %B %Y").replace(tzinfo=UTC)
        return found[0] if abs(day - now) > PLAIN_YEAR else f"{found[1]} {found[2]}"

    return _DATE.sub(shortened_date, words)
