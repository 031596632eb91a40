"""Moments as Redis and the wire hold them: Unix time in milliseconds."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """The Unix time of a moment in milliseconds."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: float) -> datetime:
    """The moment of a Unix time in milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


def utc_now() -> datetime:
    """The wall clock, aware of its zone."""
    return datetime.now(UTC)


def new_id(prefix: str, now: datetime) -> str:
    """An id that sorts by time, so that messages of one moment leave in the order they came in."""
    return f"{prefix}_{to_ms(now):012x}{secrets.token_hex(10)}"
