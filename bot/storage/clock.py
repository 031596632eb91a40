"""Moments as Redis holds them: whole milliseconds since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def ms_of(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def moment_of(ms: int | str) -> datetime:
    """The aware moment of so many milliseconds since 1970."""
    return datetime.fromtimestamp(int(ms) / 1000, UTC)
