"""The consequences of an attempt: log entries, callbacks, a dead letter. Pure; the store writes them at once.

https://upstash.com/docs/qstash/features/callbacks
"""

from __future__ import annotations

import base64
import json
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, assert_never

from scheduler.embedded.engine.retry import Again, Delivered, GivenUp, Judgement
from scheduler.embedded.storage import (
    Callback,
    Message,
    Pending,
    Response,
    Settlement,
    describe_response,
    group_headers,
    new_id,
    to_ms,
    write_entry,
)


def settle_attempt(pending: Pending, response: Response, verdict: Judgement, now: datetime) -> Settlement:
    """Everything to write after `response` was judged."""
    message = pending.message
    followers = []
    if message.callback:
        followers.append(_make_follower(pending, message.callback, _make_report(pending, response), now))
    match verdict:
        case Delivered():
            return Settlement(
                verdict="delivered",
                at=now,
                entries=(write_entry(pending.id, message, "DELIVERED", now, response=response),),
                followers=tuple(followers),
            )
        case Again(at=at):
            return Settlement(
                verdict="again",
                at=at,
                entries=(
                    write_entry(pending.id, message, "ERROR", now, response=response, next_attempt=at),
                    write_entry(pending.id, message, "RETRY", now, next_attempt=at),
                ),
                followers=tuple(followers),
            )
        case GivenUp():
            dead_id = new_id("dlq", now)
            if message.failure_callback:
                report = {**_make_report(pending, response), "dlqId": dead_id}
                followers.append(_make_follower(pending, message.failure_callback, report, now))
            return Settlement(
                verdict="given up",
                at=now,
                entries=(
                    write_entry(pending.id, message, "ERROR", now, response=response),
                    write_entry(pending.id, message, "FAILED", now, response=response),
                ),
                followers=tuple(followers),
                dead_id=dead_id,
                response=describe_response(response),
            )
    assert_never(verdict)


def _make_follower(pending: Pending, callback: Callback, report: dict[str, Any], now: datetime) -> Pending:
    message = Message(
        **{field.name: getattr(callback, field.name) for field in fields(callback)},
        created=now,
        not_before=now + timedelta(seconds=callback.delay),
        caller_ip=pending.message.caller_ip,
        # Its body holds the body and the headers of the message.
        redacted=(*redacted, "body") if (redacted := pending.message.redacted) else (),
    )
    return Pending(id=new_id("msg", now), message=message, body=json.dumps(report).encode())


def _make_report(pending: Pending, response: Response) -> dict[str, Any]:
    message = pending.message
    return {
        "status": response.status,
        "header": group_headers(response.headers),
        "body": base64.b64encode(response.body_or_error()).decode(),
        "retried": pending.retried,
        "maxRetries": message.retries,
        "sourceMessageId": pending.id,
        "topicName": "",
        "endpointName": "",
        "url": message.url,
        "method": message.method,
        "sourceHeader": group_headers(message.headers),
        "sourceBody": base64.b64encode(pending.body).decode(),
        "notBefore": str(to_ms(message.not_before)),
        "createdAt": str(to_ms(message.created)),
        "scheduleId": message.schedule_id or "",
        "callerIP": message.caller_ip,
    }
