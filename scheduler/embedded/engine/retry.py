"""Judges an attempt: delivered, another one later, or given up. Pure; moments come in.

https://upstash.com/docs/qstash/features/retry
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from scheduler.embedded.engine.duration import parse_duration
from scheduler.embedded.engine.retry_delay import LONGEST_WAIT, RetryDelay
from scheduler.embedded.storage import Response

RESET_HEADERS: Final = (
    "retry-after",
    "x-ratelimit-reset",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The destination took it."""


@dataclass(frozen=True, kw_only=True)
class Again:
    """Another attempt, at `at`."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class GivenUp:
    """No further attempt: it becomes a dead letter."""


Judgement = Delivered | Again | GivenUp


def judge_attempt(
    response: Response, *, retried: int, retries: int, retry_delay: str | None, now: datetime
) -> Judgement:
    """The verdict on the attempt that `response` answered, after `retried` retries."""
    if 200 <= response.status < 300:
        return Delivered()
    final = (
        response.status == 489
        and (response.first_value("upstash-nonretryable-error") or "").lower() == "true"
    )
    if final or retried >= retries:
        return GivenUp()
    wait = read_wait(response, now)
    if wait is None:
        wait = RetryDelay(retry_delay)(retried) if retry_delay else back_off(retried + 1)
    return Again(at=now + wait)


def back_off(n: int) -> timedelta:
    """The wait before the n-th retry: 12 s, 2 m 28 s, 30 m, 6 h, then a day."""
    return min(LONGEST_WAIT, timedelta(seconds=math.exp(min(2.5 * n, 20.0))))


def read_wait(response: Response, now: datetime) -> timedelta | None:
    """The wait that the destination asked for; more than a day is ignored, as QStash does."""
    for name in RESET_HEADERS:
        if value := response.first_value(name):
            wait = parse_duration(value)
            if wait is None:
                wait = _wait_until(value, now)
            if wait is not None and wait <= LONGEST_WAIT:
                return wait
    return None


def _wait_until(value: str, now: datetime) -> timedelta | None:
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(timedelta(), at - now) if at.tzinfo else None
