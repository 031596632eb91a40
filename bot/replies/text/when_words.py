"""Moments in words, for the person who reads them: their own clock first, then that of the schedule.

All clocks on one screen are written alike, and the year only where it is not plain which one is meant. A
`reader` is the zone of the one who reads; None where Slack does not tell it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.replies.text.naming import person_mention
from bot.replies.text.sentence_parts import PLAIN_YEAR, clock_time, day_and_time, day_of, escape_mrkdwn
from bot.schedules import Schedule
from scheduler import Cron, Timing, ZoneInfo, day_begins, describe_timing

_PAUSED: Final = "⏸ _Paused_"
_DATE: Final = re.compile(r"(?<=(?:until|rting) )(\d+) ([A-Z][a-z]+) (\d{4})")
_PLAIN_OFFSET: Final = re.compile(r"Etc/GMT([+-])(\d+)")


def moment_words(moment: datetime, zone: str, *, now: datetime, reader: str | None) -> str:
    """ "Mon 23 Nov 09:00", or "Mon 23 Nov 03:00 your time (09:00 Berlin)" for someone elsewhere."""
    if reader is None:
        return f"{clock_time(moment, zone, now=now)} ({zone_name(zone)})"
    if not _is_elsewhere(reader, zone, moment):
        return clock_time(moment, reader, now=now)
    return f"{clock_time(moment, reader, now=now)} your time ({_time_there(moment, zone, reader, now=now)})"


def moments_words(moments: Sequence[datetime], zone: str, *, now: datetime, reader: str | None) -> str:
    """Several of them, where the schedule's own clock is said beside them."""
    if reader is None or not any(_is_elsewhere(reader, zone, moment) for moment in moments):
        return ", ".join(clock_time(moment, zone, now=now) for moment in moments)
    return f"{', '.join(clock_time(moment, reader, now=now) for moment in moments)} your time"


def past_words(moment: datetime, zone: str, *, now: datetime, reader: str | None) -> str:
    """A moment in a history, whose schedule is named above."""
    return moments_words([moment], zone, now=now, reader=reader)


def timing_words(timing: Timing, *, now: datetime, reader: str | None, zoned: bool = True) -> str:
    """*When it runs*, in mrkdwn; of a repetition its zone is left out, unless it is to be `zoned`."""
    zone = timing.when.zone
    if isinstance(timing.when, Cron):
        words = f"*{escape_mrkdwn(_without_plain_years(describe_timing(timing), now=now))}*"
        return f"{words} ({zone_name(zone)})" if zoned else words
    moment = timing.when.at
    if reader is not None and _is_elsewhere(reader, zone, moment):
        there = _time_there(moment, zone, reader, now=now)
        return f"*on {day_and_time(moment, reader, now=now)} your time* ({there})"
    return f"*on {day_and_time(moment, zone, now=now)}* ({zone_name(zone)})"


def paused_words(schedule: Schedule, *, now: datetime, reader: str | None = None) -> str:
    """Say that it is paused, and until when; or why, if nobody but the bot itself knows."""
    if schedule.is_on_break(now):
        return f"{_PAUSED} until {end_of_pause(schedule, now=now, reader=reader)}"
    if schedule.unseen_since is None:
        return _PAUSED
    since = day_of(schedule.unseen_since, schedule.zone, now=now)
    return f"{_PAUSED}: nobody had opened it since {since}"


def break_lines(schedule: Schedule, *, now: datetime, reader: str | None = None) -> list[str]:
    """The runs to come that are left out by hand, a line for each kind; none of most schedules."""
    lines = [paused_words(schedule, now=now, reader=reader)] if schedule.is_on_break(now) else []
    skip = None if schedule.state == "paused" else schedule.coming_skip(now)
    if skip is not None:
        when = moment_words(skip.slot, schedule.zone, now=now, reader=reader)
        lines.append(f"⏭ _Skipped_: {when}, by {person_mention(skip.by)}")
    return lines


def end_of_pause(schedule: Schedule, *, now: datetime, reader: str | None) -> str:
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


def _is_elsewhere(reader: str, zone: str, moment: datetime) -> bool:
    """True if the clocks of the two zones differ then."""
    there, here = (moment.astimezone(ZoneInfo(name)).utcoffset() for name in (zone, reader))
    return there != here


def _time_there(moment: datetime, zone: str, reader: str, *, now: datetime) -> str:
    """ "09:00 Berlin", with the day if that is another one."""
    there, here = moment.astimezone(ZoneInfo(zone)), moment.astimezone(ZoneInfo(reader))
    clock = f"{there:%H:%M}" if there.date() == here.date() else clock_time(moment, zone, now=now)
    return f"{clock} {zone_name(zone).rpartition('/')[2].replace('_', ' ')}"


def _without_plain_years(words: str, *, now: datetime) -> str:
    """The same without the years of days that are near."""

    def shortened_date(found: re.Match[str]) -> str:
        day = datetime.strptime(found[0], "%d %B %Y").replace(tzinfo=UTC)
        return found[0] if abs(day - now) > PLAIN_YEAR else f"{found[1]} {found[2]}"

    return _DATE.sub(shortened_date, words)
