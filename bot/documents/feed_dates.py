"""Dates of feeds, as their programs write them → moments; none rather than a wrong one; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HOURS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("", "z", "utc", "gmt", "ut", "wet"), 0),
    **dict.fromkeys(("cet", "mez", "bst", "west"), 1),
    **dict.fromkeys(("cest", "mesz", "eet", "sast"), 2),
    **dict.fromkeys(("eest", "msk", "trt"), 3),
    "hkt": 8,
    "sgt": 8,
    "awst": 8,
    "jst": 9,
    "kst": 9,
    "acst": 9.5,
    "acdt": 10.5,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "akst": -9,
    "akdt": -8,
    "hst": -10,
    "ast": -4,
    "adt": -3,
    "nst": -3.5,
    "ndt": -2.5,
    "brt": -3,
}
"""Zones by the names that mean one thing; IST is three countries'."""
_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
_ZONE: Final = r"\s*(?P<zone>[A-Za-z]*)\s*(?P<shift>[+-]\d{1,2}(?::?\d\d)?)?\s*(?:\([^()]*\))?\s*"
_LETTER: Final = re.compile(
    r"\s*(?:[^\W\d]+\.?,?\s+)?(?P<day>\d{1,2})[\s-]+(?P<month>[A-Za-z]{3})[a-z]*\.?[\s-]+(?P<year>\d{4}|\d\d)"
    rf"(?:,?\s+{_CLOCK}{_ZONE})?\s*"
)
_ISO: Final = re.compile(
    rf"\s*(?P<year>\d{{4}})-?(?P<month>\d\d)-?(?P<day>\d\d)(?:(?:[Tt]|\s+){_CLOCK}{_ZONE})?\s*"
)
_SECONDS: Final = re.compile(r"\s*(\d{9,10})(\d{3})?\s*", re.ASCII)


class UnknownForm(ValueError):
    """It is written in some other way."""


def parse_moment(text: str) -> datetime | None:
    """The moment; None for one that is unsure, or that a program writes for none. Raises `UnknownForm`."""
    text = text[:200]
    if found := _SECONDS.fullmatch(text):
        return checked_moment(datetime.fromtimestamp(int(found[1]), UTC))
    told = _LETTER.fullmatch(text) or _ISO.fullmatch(text)
    if told is None:
        raise UnknownForm
    shift = _shift_of(told["zone"] or "", told["shift"] or "")
    try:
        local = datetime(
            _full_year(told["year"]),
            _month_of(told["month"]),
            int(told["day"]),
            int(told["hour"] or 0),
            int(told["minute"] or 0),
            min(int(told["second"] or 0), 59),
            tzinfo=UTC,
        )
        return None if shift is None else checked_moment(local - shift)
    except (ValueError, OverflowError):
        return None


def checked_moment(moment: datetime) -> datetime | None:
    """The moment in UTC; the year 1 or 9999, or the moment 0 of computers, is a program's way to say none."""
    try:
        return moment.astimezone(UTC) if 1970 < moment.year < 9999 else None
    except (ValueError, OverflowError):
        return None


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _month_of(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.index(text.lower()) + 1


def _shift_of(zone: str, shift: str) -> timedelta | None:
    """The time to take off for UTC; None for a zone of an unknown name."""
    hours = _HOURS.get(zone.lower())
    if hours is None:
        return None
    if not shift:
        return timedelta(hours=hours)
    digits = shift[1:].replace(":", "")
    whole, rest = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    size = timedelta(hours=int(whole), minutes=int(rest))
    if size >= timedelta(hours=24):
        return None
    return timezone(-size if shift[0] == "-" else size).utcoffset(None)
