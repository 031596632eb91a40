"""A message as it was accepted, and a response to it.

The body travels beside the JSON, byte for byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from scheduler.embedded.storage.clock import from_ms, to_ms

Headers = tuple[tuple[str, str], ...]

RETRIES = 3


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Limits for messages with a key: at most `parallelism` under way, and `rate` started in a period."""

    key: str
    parallelism: int | None = None
    rate: int | None = None
    period: int = 1
    """Seconds."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """An HTTP request to make, and its retries; durations are seconds, as they are on the wire."""

    url: str
    method: str = "POST"
    headers: Headers = ()
    retries: int = RETRIES
    retry_delay: str | None = None
    timeout: float | None = None
    delay: float = 0


@dataclass(frozen=True, kw_only=True)
class Callback(Outgoing):
    """A second destination, told about attempts (a callback) or about giving up (a failure callback)."""


@dataclass(frozen=True, kw_only=True)
class Message(Outgoing):
    """A published message."""

    created: datetime
    not_before: datetime
    callback: Callback | None = None
    failure_callback: Callback | None = None
    labels: tuple[str, ...] = ()
    flow: Flow | None = None
    schedule_id: str | None = None
    caller_ip: str = ""
    redacted: tuple[str, ...] = ()
    """The parts that are delivered and never shown: `body`, `header` for all, `header[name]` for one."""

    def encode(self) -> str:
        """JSON without what is absent, which a script would not read as nil."""
        return json.dumps(
            {**_to_fields(self), "created": to_ms(self.created), "not_before": to_ms(self.not_before)}
        )

    @classmethod
    def decode(cls, encoded: bytes | str) -> Self:
        """The message that `encode` wrote."""
        fields = json.loads(encoded)
        for name in ("created", "not_before"):
            fields[name] = from_ms(fields[name])
        for name in ("callback", "failure_callback"):
            if callback := fields.get(name):
                fields[name] = Callback(**{**callback, "headers": _to_pairs(callback["headers"])})
        if flow := fields.get("flow"):
            fields["flow"] = Flow(**flow)
        fields |= {name: tuple(fields.get(name, ())) for name in ("labels", "redacted")}
        return cls(**{**fields, "headers": _to_pairs(fields["headers"])})


@dataclass(frozen=True, kw_only=True)
class Response:
    """A destination's answer to one attempt; `status` 0 and an `error` if there was none."""

    status: int = 0
    headers: Headers = ()
    body: bytes = b""
    error: str | None = None

    def first_value(self, header: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for name, value in self.headers if name.lower() == header), None)

    def body_or_error(self) -> bytes:
        """The body, or the error if nothing came back."""
        return self.body if self.status else (self.error or "").encode()


def _to_fields(value: Outgoing | Flow) -> dict[str, Any]:
    # Not `asdict`, which copies every text and takes five times as long.
    return {
        name: _to_fields(field) if isinstance(field, Outgoing | Flow) else field
        for name, field in vars(value).items()
        if field is not None
    }


def _to_pairs(headers: Iterable[Iterable[str]]) -> Headers:
    return tuple((name, value) for name, value in headers)
