"""The time after which a server wants to be asked again, in any of the forms that servers tell it in; pure.

A form that is broken does not hide a good one. Waits are rounded up to seconds: earlier would be too early.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

LONGEST_WAIT: Final = timedelta(days=1)

_EPOCH: Final = 1_000_000_000  # seconds since 1970 from here on: nobody asks for thirty years
_EPOCH_MS: Final = 1_000_000_000_000
_MOST_AHEAD: Final = timedelta(days=366)
_LONGEST_TEXT: Final = 4_000
_DEEPEST: Final = 6

_UNITS: Final = {
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
}
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_NUMBER: Final = r"[0-9]{1,15}(?:\.[0-9]{0,15})?"
_STEP: Final = re.compile(rf"({_NUMBER})\s{{0,2}}({_UNIT})(?![a-z])", re.I)
_DURATION: Final = rf"(?:{_NUMBER}\s{{0,2}}(?:{_UNIT})(?:,?\s{{0,2}}(?:and\s)?))+"
_WORDS: Final = re.compile(
    r"(?:again|retry(?:\s(?:your|the)\srequest)?|wait|resets?|available|back)\s"
    rf"(?:after\s|in\s|for\s|at\sleast\s|about\s)*(?:the\s)?({_DURATION})",
    re.I,
)
_PLAIN: Final = re.compile(_NUMBER)
_BODY_NAMES: Final = frozenset(
    {"retry_after", "retryafter", "retry_after_seconds", "retry_delay", "retrydelay", "retry_in"}
)


def wait_in_headers(headers: object, *, now: datetime) -> timedelta | None:
    """Read `Retry-After` (RFC 9110, 10.2.3), OpenAI's milliseconds, or the resets of what has run out."""
    if not isinstance(headers, Mapping):
        return None
    named = {str(name).lower(): str(value).strip() for name, value in headers.items()}
    for name, unit in (("retry-after-ms", 0.001), ("x-retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (wait := _read_wait(named.get(name, ""), now=now, unit=unit)) is not None:
            return wait
    return _reset_of_what_ran_out(named, now=now)


def wait_in_body(body: object) -> timedelta | None:
    """Find a wait in an error's fields (Google's `RetryInfo` among them), or else in its words."""
    fields = list(_fields_of(body))
    for name, value in fields:
        wait = wait_in_headers(value, now=datetime.now(UTC)) if name == "headers" and value else None
        if wait is not None:
            return wait
        if name.lower().replace("-", "_") in _BODY_NAMES:
            if isinstance(value, int | float) and not isinstance(value, bool):
                value = str(value)
            if isinstance(value, str) and (wait := _read_wait(value, now=datetime.now(UTC))) is not None:
                return wait
    texts = [body] if isinstance(body, str) else [value for _, value in fields if isinstance(value, str)]
    return next((wait for text in texts if (wait := _wait_in_words(text)) is not None), None)


def _reset_of_what_ran_out(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """The longest of the resets whose count is at 0; of all, where no count is told."""
    resets = {name: wait for name in headers if (wait := _reset_told(name, headers, now=now)) is not None}
    left = {name: _read_count(headers.get(name.replace("reset", "remaining"))) for name in resets}
    out = [wait for name, wait in resets.items() if left[name] == 0]
    if not out and all(count is None for count in left.values()):
        out = [*resets.values()]
    return max(out, default=None)


def _reset_told(name: str, headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    if "reset" in name and ("ratelimit" in name or "rate-limit" in name):
        return _read_wait(headers[name], now=now)
    if name == "ratelimit" and (seconds := re.search(r"\b(?:reset|t)=([0-9]{1,9})\b", headers[name])):
        if re.search(r"\b(?:remaining|r)=(?!0\b)[0-9]", headers[name]):
            return None
        return _read_wait(seconds[1], now=now)
    return None


def _read_count(text: str | None) -> float | None:
    return float(text) if text is not None and _PLAIN.fullmatch(text) else None


def _read_wait(text: str, *, now: datetime, unit: float = 1.0) -> timedelta | None:
    """Seconds, 1m30s, a date, or seconds since 1970."""
    if not text or len(text) > 100:
        return None
    readers: tuple[Callable[[], timedelta | None], ...] = (
        lambda: _of_number(text, now=now, unit=unit) if _PLAIN.fullmatch(text) else None,
        lambda: _of_duration(text) if re.fullmatch(_DURATION, text, re.I) else None,
        lambda: _of_date(parsedate_to_datetime(text), now=now),
        lambda: _of_date(datetime.fromisoformat(text), now=now),
    )
    for read in readers:
        try:
            if (wait := read()) is not None:
                return _whole_seconds(wait)
        except (ValueError, OverflowError, TypeError):
            continue
    return None


def _of_number(text: str, *, now: datetime, unit: float) -> timedelta | None:
    number = float(text)
    if number < _EPOCH:
        return timedelta(seconds=number * unit)
    ahead = datetime.fromtimestamp(number / 1_000 if number >= _EPOCH_MS else number, UTC) - now
    return ahead if abs(ahead) < _MOST_AHEAD else None


def _of_duration(text: str) -> timedelta:
    total = 0.0
    for step in _STEP.finditer(text):
        total += float(step[1]) * _UNITS[step[2].lower()]
    return timedelta(seconds=min(total, LONGEST_WAIT.total_seconds()))


def _of_date(date: datetime, *, now: datetime) -> timedelta:
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - now


def _wait_in_words(text: str) -> timedelta | None:
    found = _WORDS.search(text[:_LONGEST_TEXT])
    return _whole_seconds(_of_duration(found[1])) if found else None


def _whole_seconds(wait: timedelta) -> timedelta:
    seconds = math.ceil(round(wait.total_seconds(), 3))
    return min(max(timedelta(seconds=seconds), timedelta()), LONGEST_WAIT)


def _fields_of(body: object, deep: int = 0) -> Iterator[tuple[str, Any]]:
    if deep > _DEEPEST:
        return
    if isinstance(body, Mapping):
        for name, value in list(body.items())[:50]:
            yield str(name), value
            yield from _fields_of(value, deep + 1)
    elif isinstance(body, list):
        for item in body[:50]:
            yield from _fields_of(item, deep + 1)
