"""Messages, responses and their headers as QStash's API shows them.

https://upstash.com/docs/qstash/howto/redact-fields
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from scheduler.embedded.storage.clock import to_ms
from scheduler.embedded.storage.message import Headers, Message, Response


def describe_options(message: Message, body: bytes) -> dict[str, Any]:
    """The fields that messages, dead letters and schedules show alike, in QStash's names."""
    flow, callback, failure_callback = message.flow, message.callback, message.failure_callback
    found = {
        "method": message.method,
        "header": show_headers(message, message.headers),
        **({"body": _redact_content(body)} if "body" in message.redacted else _describe_bytes("body", body)),
        "callback": callback and callback.url,
        "callbackHeader": callback and show_headers(message, callback.headers),
        "failureCallback": failure_callback and failure_callback.url,
        "failureCallbackHeader": failure_callback and show_headers(message, failure_callback.headers),
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
        "notBefore": to_ms(message.not_before),
        "createdAt": to_ms(message.created),
        **describe_options(message, body),
    }


def describe_response(response: Response) -> dict[str, Any]:
    """The last response to a message, as a dead letter shows it; status 0 if there was none."""
    return {
        "responseStatus": response.status,
        "responseHeader": group_headers(response.headers),
        **_describe_bytes("responseBody", response.body_or_error()),
    }


def show_headers(message: Message, headers: Headers) -> dict[str, list[str]]:
    """The headers of a message or of its callbacks, without the values that it wants redacted."""
    redacted = {*message.redacted}
    return group_headers(
        tuple(
            (
                name,
                _redact_content(value.encode())
                if redacted & {"header", f"header[{name.lower()}]"}
                else value,
            )
            for name, value in headers
        )
    )


def group_headers(headers: Headers) -> dict[str, list[str]]:
    """Each header with the list of its values."""
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


def _describe_bytes(name: str, content: bytes) -> dict[str, str]:
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}Base64": base64.b64encode(content).decode()}


def _redact_content(content: bytes) -> str:
    return f"REDACTED:{hashlib.sha256(content).hexdigest()}"
