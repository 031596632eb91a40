"""The one table from what the providers' packages raise to our own errors.

They are told apart by HTTP status and by the names of their classes, which OpenAI's, Anthropic's and most
others share, so no package needs to be imported for it. Messages are for the operator and quote neither the
question nor the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bot.errors import BotError, ModelError, ModelRefused, ModelUnavailable
from bot.model.chat_message import plausible_tokens
from bot.model.meter import Tokens

_LATER: Final = {408, 409, 425, 429}

_SPENT: Final = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
"""OpenAI's 429s that no waiting helps against."""

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

_NOT_SENT: Final = {
    "ClientConnectorError",
    "ConnectError",
    "ConnectTimeout",
    "ConnectionRefusedError",
    "ConnectionTimeoutError",
    "PoolTimeout",
}
"""The question never left: no connection came about. aiohttp, httpx, Python."""

_GATEWAY_TIMEOUTS: Final = {408, 504, 524}
"""Someone on the way gave up waiting, and the model may have gone on."""

_NO_ANSWER: Final = (LookupError, TypeError, ValueError)
"""LangChain's errors for a reply that has not the shape of an answer."""

_LONGEST_WAIT: Final = timedelta(days=1)


def in_our_words(exc: Exception, *, model: str) -> ModelError | None:
    """The error to raise from `exc`; None for one that is no provider's."""
    if isinstance(exc, BotError):
        return None
    names = _class_names(exc)
    if "LengthFinishReasonError" in names:  # OpenAI's client, of an answer that was to have a shape
        return ModelUnavailable(f"{model}: the answer was cut off before it had the shape that was asked for")
    if "ContentFilterFinishReasonError" in names:
        return ModelRefused(f"{model}: declined to answer this")
    if (status := _http_status(exc)) and not 200 <= status < 300:
        return _of_status(status, exc, model=model)
    if any("Timeout" in name for name in names):
        return ModelUnavailable(f"{model}: no answer in time")
    if isinstance(exc, ConnectionError) or names & _NO_CONNECTION:
        return ModelUnavailable(f"{model}: no connection")
    if status or isinstance(exc, _NO_ANSWER):
        return ModelUnavailable(f"{model}: what came back is no answer ({type(exc).__name__})")
    return None


def may_be_billed(exc: Exception) -> bool:
    """Tell if the provider may charge for a call that ended in `exc`: it was sent, and not turned down."""
    if status := _http_status(exc):
        return status < 300 or status in _GATEWAY_TIMEOUTS
    return not any(_class_names(cause) & _NOT_SENT for cause in _causes_of(exc))


def tokens_told(exc: Exception) -> Tokens | None:
    """Find the provider's count for an answer that its client would not hand out."""
    usage = getattr(getattr(exc, "completion", None), "usage", None)
    return plausible_tokens(getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))


def _of_status(status: int, exc: Exception, *, model: str) -> ModelError:
    code = _short_code(exc)
    message = f"{model}: HTTP {status}{f' ({code})' if code else ''}"
    if code in _SPENT:
        return ModelRefused(f"{message}, the account's quota is spent; see to its plan and billing")
    if status in _LATER or not 400 <= status < 500:
        return ModelUnavailable(message, retry_after=_retry_after(exc))
    return ModelRefused(f"{message}, {_ADVICE.get(status, _ADVICE[400])}")


def _class_names(exc: BaseException) -> set[str]:
    return {cls.__name__ for cls in type(exc).__mro__}


def _causes_of(exc: BaseException) -> Iterator[BaseException]:
    """`exc` and what it was raised from: LangChain puts an error of its own before Google's."""
    cause: BaseException | None = exc
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _http_status(exc: Exception) -> int | None:
    for cause in _causes_of(exc):
        response = getattr(cause, "response", None)
        for status in (
            getattr(cause, "status_code", None),
            getattr(cause, "code", None),
            getattr(response, "status_code", None),
        ):
            if isinstance(status, int):
                return status
    return None


def _short_code(exc: Exception) -> str:
    """The provider's short word for it, such as insufficient_quota; never a sentence, which may quote."""
    for cause in _causes_of(exc):
        for code in (getattr(cause, "code", None), getattr(cause, "status", None)):  # OpenAI's, Google's
            if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9_.]{1,60}", code):
                return code
    return ""


def _retry_after(exc: Exception) -> timedelta | None:
    for cause in _causes_of(exc):
        headers = getattr(getattr(cause, "response", None), "headers", None)
        if (
            isinstance(headers, Mapping)
            and (wait := parse_retry_after(headers, now=datetime.now(UTC))) is not None
        ):
            return wait
        if (wait := parse_retry_info(getattr(cause, "details", None))) is not None:
            return wait
    return None


def parse_retry_info(body: object) -> timedelta | None:
    """Google's `RetryInfo` in the body of an error (google/rpc/error_details.proto)."""
    error = body.get("error", body) if isinstance(body, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        delay = detail.get("retryDelay") if isinstance(detail, Mapping) else None
        if isinstance(delay, str) and (match := re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s", delay)):
            return min(timedelta(seconds=float(match[1])), _LONGEST_WAIT)
    return None


def parse_retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3), or OpenAI's milliseconds; None for anything else."""
    headers = {name.lower(): value for name, value in headers.items()}
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
