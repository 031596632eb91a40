"""Moments and times to live as Redis holds them: milliseconds since 1970, in UTC, and seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def whole_seconds(span: timedelta) -> int:
    """A time to live, as commands take it."""
    return int(span.total_seconds())


def moment_of(ms: int | str) -> datetime:
    """The aware moment of so many milliseconds since 1970."""
    return datetime.fromtimestamp(int(ms) / 1000, UTC)
