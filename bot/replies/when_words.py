"""Moments in words, for the person who reads them: their own clock first, then that of the schedule.

All clocks on one screen are written alike, and the year only where it is not plain which one is meant. A
`reader` is the zone of the one who reads; None where Slack does not tell it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.replies.text import PLAIN_YEAR, clock_time, day_and_time, escape
from scheduler import Cron, Timing, ZoneInfo, describe_timing

_DATE: Final = re.compile(r"(?<=(?:until|rting) )(\d+) ([A-Z][a-z]+) (\d{4})")
_PLAIN_OFFSET: Final = re.compile(r"Etc/GMT([+-])(\d+)")


def moment_words(moment: datetime, zone: str, *, now: datetime, reader: str | None) -> str:
    """ "Mon 23 Nov 09:00", or "Mon 23 Nov 03:00 your time (09:00 Berlin)" for someone elsewhere."""
    if reader is None:
        return f"{clock_time(moment, zone, now=now)} ({zone_name(zone)})"
    if not _is_elsewhere(reader, zone, moment):
        return clock_time(moment, reader, now=now)
    return f"{clock_time(moment, reader, now=now)} your time ({_there(moment, zone, reader, now=now)})"


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
        words = f"*{escape(_without_plain_years(describe_timing(timing), now=now))}*"
        return f"{words} ({zone_name(zone)})" if zoned else words
    moment = timing.when.at
    if reader is not None and _is_elsewhere(reader, zone, moment):
        there = _there(moment, zone, reader, now=now)
        return f"*on {day_and_time(moment, reader, now=now)} your time* ({there})"
    return f"*on {day_and_time(moment, zone, now=now)}* ({zone_name(zone)})"


def zone_name(zone: str) -> str:
    """The name by which people know a zone and can type it, in mrkdwn: "Europe/Berlin", "UTC+2"."""
    if offset := _PLAIN_OFFSET.fullmatch(zone):  # which the database counts the other way round
        return f"UTC{'-' if offset[1] == '+' else '+'}{offset[2]}"
    return escape(zone)


def _is_elsewhere(reader: str, zone: str, moment: datetime) -> bool:
    """True if the clocks of the two zones differ then."""
    there, here = (moment.astimezone(ZoneInfo(name)).utcoffset() for name in (zone, reader))
    return there != here


def _there(moment: datetime, zone: str, reader: str, *, now: datetime) -> str:
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
