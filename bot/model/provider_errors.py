"""The one table from what the providers' packages raise to our own errors.

They are told apart by HTTP status and by the names of their classes, which OpenAI's, Anthropic's and most
others share, so no package needs to be imported for it. Messages are for the operator and quote neither the
question nor the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.errors import BotError, Misshapen, ModelError, ModelRefused, ModelUnavailable, WhyRefused
from bot.model.chat_message import NO_ROOM, tokens_in
from bot.model.meter import Tokens
from bot.model.wire import Refusal, refusal_in, wait_in_body, wait_in_headers, words_of

_WHY: Final[Mapping[Refusal, tuple[WhyRefused, str]]] = {
    "too_long": ("too_long", "the question is too long; set PRECACHE_WINDOW to the tokens that it takes"),
    "credit": ("credit", "the account's quota is spent; see to its plan and billing"),
    "declined": ("declined", "the provider's filter declined the question"),
    "missing": (
        "missing",
        "no such model at this address; check the model's name and the base URL",
    ),
    "key": ("key", "the provider did not accept the key; check it, and what it may use"),
    "other": ("refused", "the provider did not accept the request"),
}

_ARGUMENTS: Final = ("max_completion_tokens", "max_tokens", "temperature", "response_format")
"""Those whose names may stand in the log."""

_CODE: Final = re.compile("[A-Za-z]+(?:[_.][A-Za-z]+)*|[0-9]{1,6}")
_LONGEST_CODE: Final = 60

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

_NO_ANSWER: Final = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""LangChain's errors for a reply that has not the shape of an answer."""


def in_our_words(exc: Exception, *, model: str) -> ModelError | None:
    """The error to raise from `exc`; None for one that is no provider's."""
    if isinstance(exc, BotError):
        return None
    names = _class_names(exc)
    if "LengthFinishReasonError" in names:  # OpenAI's client, of an answer that was to have a shape
        return _of_half_an_answer(exc, model=model)
    if "ContentFilterFinishReasonError" in names:
        return ModelRefused(f"{model}: declined to answer this", why="declined")
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
    return tokens_in(vars(usage)) if hasattr(usage, "__dict__") else None


def is_schema_refused(error: ModelError, words: str) -> bool:
    """Tell if a request was turned down because of the schema that its answer was to have."""
    if not (isinstance(error, ModelRefused) and error.why == "refused"):
        return False
    return re.search("response_format|json_?schema|structured.output|guided_json", words) is not None


def told_words(exc: Exception) -> str:
    """The words of a provider's error, which may quote: they are searched, and never shown."""
    bodies = [
        getattr(cause, "body", None) or getattr(cause, "details", None) or str(cause)
        for cause in _causes_of(exc)
    ]
    return words_of([_short_code(exc), *bodies])


def _of_half_an_answer(exc: Exception, *, model: str) -> ModelError:
    """Tell one that is cut off from one of which there is nothing, for that would come to nothing again."""
    choices = getattr(getattr(exc, "completion", None), "choices", None)
    if choices and not choices[0].message.content:
        return ModelRefused(f"{model}: {NO_ROOM}", why="no_room")
    return Misshapen(f"{model}: the answer was cut off before it had the shape that was asked for")


def _of_status(status: int, exc: Exception, *, model: str) -> ModelError:
    code = _short_code(exc)
    words = told_words(exc)
    message = f"{model}: HTTP {status}{f' ({code})' if code else ''}"
    refusal = refusal_in(status, words)
    if refusal is None or status < 400:
        return ModelUnavailable(message, retry_after=_retry_after(exc))
    why, advice = _WHY[refusal]
    named = next((name for name in _ARGUMENTS if name in words), "") if refusal == "other" else ""
    return ModelRefused(f"{message}, {advice}{f': {named}' if named else ''}", why=why)


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


def _short_code(exc: BaseException) -> str:
    """The provider's short word for it, such as insufficient_quota; never a sentence, which may quote."""
    for cause in _causes_of(exc):
        for code in (getattr(cause, "code", None), getattr(cause, "status", None)):  # OpenAI's, Google's
            if isinstance(code, str) and len(code) <= _LONGEST_CODE and _CODE.fullmatch(code):
                return code
    return ""


def _retry_after(exc: Exception) -> timedelta | None:
    for cause in _causes_of(exc):
        headers = getattr(getattr(cause, "response", None), "headers", None)
        if (wait := wait_in_headers(headers, now=datetime.now(UTC))) is not None:
            return wait
        for body in (getattr(cause, "body", None), getattr(cause, "details", None)):
            if (wait := wait_in_body(body)) is not None:
                return wait
    return None
