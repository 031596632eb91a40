"""A message as it was accepted: what to send, where, when, and what to do if that fails.

The body travels beside the JSON, byte for byte.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

Headers = tuple[tuple[str, str], ...]

RETRIES = 3


@dataclass(frozen=True, kw_only=True)
class Flow:
    """How many messages with this key may be under way (`parallelism`) and start in a period (`rate`)."""

    key: str
    parallelism: int | None = None
    rate: int | None = None
    period: int = 1
    """Seconds."""


@dataclass(frozen=True, kw_only=True)
class Callback:
    """Who is told about attempts (a callback) or about giving up (a failure callback), and how."""

    url: str
    method: str = "POST"
    headers: Headers = ()
    retries: int = RETRIES
    retry_delay: str | None = None
    timeout: float | None = None
    delay: float = 0


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is published; durations are seconds, as they are on the wire."""

    url: str
    created: datetime
    not_before: datetime
    method: str = "POST"
    headers: Headers = ()
    retries: int = RETRIES
    retry_delay: str | None = None
    timeout: float | None = None
    delay: float = 0
    callback: Callback | None = None
    failure_callback: Callback | None = None
    labels: tuple[str, ...] = ()
    flow: Flow | None = None
    schedule_id: str | None = None
    caller_ip: str = ""

    def encode(self) -> str:
        """JSON without what is absent, which a script would not read as nil."""
        fields = asdict(self, dict_factory=_present)
        return json.dumps({**fields, "created": millis(self.created), "not_before": millis(self.not_before)})

    @classmethod
    def decode(cls, encoded: bytes | str) -> Self:
        """The message that `encode` wrote."""
        fields = json.loads(encoded)
        for name in ("created", "not_before"):
            fields[name] = moment(fields[name])
        for name in ("callback", "failure_callback"):
            if callback := fields.get(name):
                fields[name] = Callback(**{**callback, "headers": _pairs(callback["headers"])})
        if flow := fields.get("flow"):
            fields["flow"] = Flow(**flow)
        return cls(**{**fields, "headers": _pairs(fields["headers"]), "labels": tuple(fields["labels"])})


def describe(message: Message, body: bytes) -> dict[str, Any]:
    """The fields that messages, dead letters and schedules show alike, in QStash's names."""
    flow = message.flow
    found = {
        "method": message.method,
        "header": grouped(message.headers),
        **_readable("body", body),
        "callback": message.callback and message.callback.url,
        "callbackHeader": message.callback and grouped(message.callback.headers),
        "failureCallback": message.failure_callback and message.failure_callback.url,
        "failureCallbackHeader": message.failure_callback and grouped(message.failure_callback.headers),
        "callerIP": message.caller_ip,
        "timeout": message.timeout and int(message.timeout),
        "retryDelayExpression": message.retry_delay,
        "scheduleId": message.schedule_id,
        "label": message.labels[0] if message.labels else None,
        "labels": list(message.labels) or None,
        "flowControlKey": flow and flow.key,
        "parallelism": flow and flow.parallelism,
        "rate": flow and flow.rate,
        "period": flow and flow.rate and flow.period,
    }
    return {name: value for name, value in found.items() if value is not None}


def describe_message(message_id: str, message: Message, body: bytes) -> dict[str, Any]:
    """A message as `GET /v2/messages/{id}` shows it."""
    return {
        "messageId": message_id,
        "url": message.url,
        "maxRetries": message.retries,
        "notBefore": millis(message.not_before),
        "createdAt": millis(message.created),
        **describe(message, body),
    }


def describe_response(status: int, headers: Headers, body: bytes) -> dict[str, Any]:
    """The last response to a message, as a dead letter shows it; status 0 if there was none."""
    return {
        "responseStatus": status,
        "responseHeader": grouped(headers),
        **_readable("responseBody", body),
    }


def grouped(headers: Headers) -> dict[str, list[str]]:
    """Each header with the list of its values."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


def new_id(prefix: str, now: datetime) -> str:
    """An id that sorts by time, so that messages of one moment leave in the order they came in."""
    return f"{prefix}_{millis(now):012x}{secrets.token_hex(10)}"


def millis(at: datetime) -> int:
    """Unix time in milliseconds."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def moment(at: float) -> datetime:
    """The moment of a Unix time in milliseconds."""
    return _EPOCH + timedelta(milliseconds=at)


def utc_now() -> datetime:
    """The wall clock, aware of its zone."""
    return datetime.now(UTC)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _present(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in fields if value is not None}


def _pairs(headers: Iterable[Iterable[str]]) -> Headers:
    return tuple((name, value) for name, value in headers)


def _readable(name: str, content: bytes) -> dict[str, str]:
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}Base64": base64.b64encode(content).decode()}
