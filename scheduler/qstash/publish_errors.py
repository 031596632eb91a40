"""The errors of QStash and of its client, in ours: one table."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import Final, TypeVar

import aiohttp

from scheduler.errors import (
    DailyLimit,
    NotFound,
    PublishError,
    QuotaReached,
    Refused,
    Unreachable,
)
from scheduler.qstash.qstash_package import (
    DailyMessageLimitExceededError,
    QStashError,
    RateLimitExceededError,
)

T = TypeVar("T")

_BURST_WINDOW: Final = timedelta(seconds=1)  # https://upstash.com/docs/qstash/api/api-ratelimiting
_ADVICE: Final = (
    (
        "loopback|private|resolve|destination|endpoint",
        "it cannot deliver to PUBLIC_URL; see what that leads to",
    ),
    ("cron", "it does not take the cron"),
    ("size|large|length", "the message is too large for the plan"),
    ("delay|retries|timeout|label|flow|header", "it does not take one of the headers"),
)
_FAILED_REQUEST: Final = re.compile(r"Request failed with status: (\d{3}), body: (.*)", re.DOTALL)


async def with_our_errors(answer: Awaitable[T]) -> T:
    """Wait for an answer of the client. Raises `PublishError` for what the client raises."""
    try:
        return await answer
    except Exception as exc:
        if (error := translate_error(exc)) is None:
            raise
        raise error from exc


def translate_error(exc: Exception) -> PublishError | None:
    """Our error for an exception of the qstash client or its transport; None for any other exception."""
    match exc:
        case DailyMessageLimitExceededError():
            return DailyLimit()
        case RateLimitExceededError():
            return Unreachable("QStash asks to slow down", after=_BURST_WINDOW)
        case QStashError():
            return _by_status(str(exc))
        case TimeoutError():
            return Unreachable()
        case aiohttp.ClientError() | OSError():
            return Unreachable(f"no connection to QStash ({type(exc).__name__})")
        case ValueError() | LookupError() | TypeError() | AttributeError() | ArithmeticError():
            # The client takes an answer apart without looking: these say that its shape was not as expected.
            return Unreachable("the answer is not one of QStash's; check QSTASH_URL")
        case _:
            return None


def _by_status(message: str) -> PublishError:
    """The client keeps status and body in the text of its exception alone."""
    if not (failed := _FAILED_REQUEST.fullmatch(message)):
        return Refused()
    status, body = int(failed[1]), failed[2]
    if status == 401:
        return Refused("QSTASH_TOKEN was not accepted; copy it from the QStash console of the same region")
    if status == 412:
        return QuotaReached()
    if not 400 <= status < 500 or (said := _read_error(body)) is None:
        return Unreachable(f"QStash, or something before it, answered with status {status}")
    if status == 404:
        return NotFound()
    return Refused(f"QStash refused the request with status {status}{_advise_on(said)}")


def _advise_on(said: str) -> str:
    """Tell what QStash's words are about. They may repeat what was sent, so they are not shown."""
    return next((f": {advice}" for pattern, advice in _ADVICE if re.search(pattern, said, re.IGNORECASE)), "")


def _read_error(body: str) -> str | None:
    """QStash's own words for an error; None if the body is not QStash's, but a proxy's page for example."""
    try:
        said = json.loads(body)["error"]
    except (ValueError, LookupError, TypeError):
        return None
    return "".join(filter(str.isprintable, str(said)))[:200]
