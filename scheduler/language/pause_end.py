"""The end of a pause as people write it: `monday`, `7 January`, `2 days`, `tomorrow at noon`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from scheduler.errors import WhenError
from scheduler.faults import TimeFault
from scheduler.language.command import read_timing
from scheduler.timing import Once
from scheduler.zone import ZoneInfo

_FIRST: Final = re.compile(r"(?:(?:until|till|til|on|by|for|to) +)+(?=\S)", re.IGNORECASE)
_SPAN: Final = re.compile(
    r"(?:in |(?:another|the next) )?(?:(?P<count>\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten) )?"
    r"(?:more )?(?P<unit>minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)",
    re.IGNORECASE,
)
_PAST: Final = re.compile(r"yesterday\b.*|last .+|.+ ago|(?:earlier )?today|now", re.IGNORECASE)
_BARE: Final[dict[str, str]] = {
    "next week": "monday",
    "next month": "the 1st",
    "next year": "1 january",
    "new year": "1 january",
    "the new year": "1 january",
    "christmas": "25 december",
    "the weekend": "saturday",
    "this weekend": "saturday",
    "the end of the week": "saturday",
    "the day after tomorrow": "in 2 days",
}
_MIDNIGHT: Final = " at 00:00"


def read_pause_end(text: str, *, now: datetime, zone: str) -> date | datetime | None:
    """The day that ends a pause, or the moment if the words name an hour or a span; None for other words.

    Days are those of a calendar in `zone`. Raises `WhenError` for a day that is in no calendar, or is over.
    """
    words = _FIRST.sub("", " ".join(text.split()).strip(" .!?,"), count=1)
    words = _BARE.get(words.lower(), words)
    if not words:
        return None
    if _PAST.fullmatch(words):
        raise WhenError(TimeFault.PASSED, said=words)
    if span := _SPAN.fullmatch(words):
        found = read_timing(f"in {span['count'] or 'a'} {span['unit']}", now=now, zone=zone)
        return found.when.at if found is not None and isinstance(found.when, Once) else None
    fault: WhenError | None = None
    for reading in (f"{words}{_MIDNIGHT}", words):
        try:
            found = read_timing(reading, now=now, zone=zone)
        except WhenError as exc:
            fault = fault if fault is not None and fault.fault in _ABOUT_DAYS else exc
            continue
        if found is None or not isinstance(found.when, Once):
            continue
        is_day = reading is not words
        return found.when.at.astimezone(ZoneInfo(found.when.zone)).date() if is_day else found.when.at
    if fault is not None and fault.fault in _ABOUT_DAYS:
        raise WhenError(fault.fault, said=fault.said.replace(_MIDNIGHT, ""), detail=fault.detail)
    return None


_ABOUT_DAYS: Final = frozenset(
    {
        TimeFault.NO_DATE,
        TimeFault.TWO_DATES,
        TimeFault.WRONG_WEEKDAY,
        TimeFault.PASSED,
        TimeFault.TOO_FAR,
        TimeFault.ZONE_UNKNOWN,
    }
)
