"""The real clock, and the type of what a test puts in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]


def real_time() -> datetime:
    return datetime.now(UTC)
