"""What the providers' packages raise, in our words: the one table.

They are told apart by HTTP status and by the names of their classes, which OpenAI's, Anthropic's and most
others share, so no package needs to be imported for it. Messages are for the operator and quote neither the
question nor the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bot.errors import BotError, ModelError, ModelRefused, ModelUnavailable

_LATER: Final = {408, 409, 425, 429}

_ADVICE: Final = {
    400: "the provider did not accept the request",
    401: "the provider did not accept the key; check it",
    402: "the provider wants to be paid",
    403: "the key may not use this model",
    404: "no such model, or nothing at this address; check the model's name and the base URL",
    413: "the question is too long",
}

_NO_CONNECTION: Final = {
    "APIConnectionError",
    "APIConnectionTimeoutError",
    "ClientConnectionError",
    "TransportError",
}
"""OpenAI and those who generate their package the same way; aiohttp; httpx."""

_NO_ANSWER: Final = (LookupError, TypeError, ValueError)
"""How LangChain says that what came back has not the shape of an answer."""

_LONGEST_WAIT: Final = timedelta(days=1)


def in_our_words(exc: Exception, *, model: str) -> ModelError | None:
    """The error to raise from `exc`; None for one that is no provider's."""
    if isinstance(exc, BotError):
        return None
    if status := _status(exc):
        message = f"{model}: HTTP {status}{_code(exc)}"
        if status in _LATER or not 400 <= status < 500:
            return ModelUnavailable(message, retry_after=_retry_after(exc))
        return ModelRefused(f"{message}, {_ADVICE.get(status, _ADVICE[400])}")
    names = {cls.__name__ for cls in type(exc).__mro__}
    if isinstance(exc, TimeoutError) or any("Timeout" in name for name in names):
        return ModelUnavailable(f"{model}: no answer in time")
    if isinstance(exc, ConnectionError) or names & _NO_CONNECTION:
        return ModelUnavailable(f"{model}: no connection")
    if isinstance(exc, _NO_ANSWER):
        return ModelUnavailable(f"{model}: what came back is no answer ({type(exc).__name__})")
    return None


def _status(exc: Exception) -> int | None:
    response = getattr(exc, "response", None)
    for status in (
        getattr(exc, "status_code", None),
        getattr(exc, "code", None),
        getattr(response, "status_code", None),
    ):
        if isinstance(status, int):
            return status
    return None


def _code(exc: Exception) -> str:
    """The provider's short word for it, such as insufficient_quota; never a sentence, which may quote."""
    code = getattr(exc, "code", None)
    return f" ({code})" if isinstance(code, str) and re.fullmatch(r"[a-z0-9_.]{1,60}", code) else ""


def _retry_after(exc: Exception) -> timedelta | None:
    headers = getattr(getattr(exc, "response", None), "headers", None)
    if not isinstance(headers, Mapping):
        return None
    return parse_retry_after(headers, now=datetime.now(UTC))


def parse_retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), or OpenAI's milliseconds; None for anything else."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            wait = timedelta(milliseconds=float(milliseconds))
        elif re.fullmatch(r"[0-9.]+", text := headers.get("retry-after", "")):
            wait = timedelta(seconds=float(text))
        else:
            wait = parsedate_to_datetime(text) - now
    except (ValueError, OverflowError, TypeError):
        return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)
