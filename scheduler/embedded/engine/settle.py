"""What an attempt sets off: log entries, callbacks, a dead letter. Pure; the store writes it in one step.

https://upstash.com/docs/qstash/features/callbacks
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any, assert_never

from scheduler.embedded.engine.retry import Again, Delivered, GivenUp, Response, Verdict
from scheduler.embedded.storage.journal import write_entry
from scheduler.embedded.storage.message import Callback, Message, describe_response, grouped, millis, new_id
from scheduler.embedded.storage.message_store import Pending, Settlement


def settle(pending: Pending, response: Response, verdict: Verdict, now: datetime) -> Settlement:
    """What to write after `response` was judged."""
    message = pending.message
    followers = []
    if message.callback:
        followers.append(_follower(pending, message.callback, _report(pending, response), now))
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
                    write_entry(pending.id, message, "ERROR", now, response=response, following=at),
                    write_entry(pending.id, message, "RETRY", now, following=at),
                ),
                followers=tuple(followers),
            )
        case GivenUp():
            dead_id = new_id("dlq", now)
            if message.failure_callback:
                report = {**_report(pending, response), "dlqId": dead_id}
                followers.append(_follower(pending, message.failure_callback, report, now))
            return Settlement(
                verdict="given up",
                at=now,
                entries=(
                    write_entry(pending.id, message, "ERROR", now, response=response),
                    write_entry(pending.id, message, "FAILED", now, response=response),
                ),
                followers=tuple(followers),
                dead_id=dead_id,
                response=describe_response(response.status, response.headers, _said(response)),
            )
    assert_never(verdict)


def _follower(pending: Pending, callback: Callback, report: dict[str, Any], now: datetime) -> Pending:
    message = Message(
        url=callback.url,
        created=now,
        not_before=now + timedelta(seconds=callback.delay),
        method=callback.method,
        headers=callback.headers,
        retries=callback.retries,
        retry_delay=callback.retry_delay,
        timeout=callback.timeout,
        caller_ip=pending.message.caller_ip,
    )
    return Pending(id=new_id("msg", now), message=message, body=json.dumps(report).encode())


def _report(pending: Pending, response: Response) -> dict[str, Any]:
    message = pending.message
    return {
        "status": response.status,
        "header": grouped(response.headers),
        "body": base64.b64encode(_said(response)).decode(),
        "retried": pending.retried,
        "maxRetries": message.retries,
        "sourceMessageId": pending.id,
        "topicName": "",
        "endpointName": "",
        "url": message.url,
        "method": message.method,
        "sourceHeader": grouped(message.headers),
        "sourceBody": base64.b64encode(pending.body).decode(),
        "notBefore": str(millis(message.not_before)),
        "createdAt": str(millis(message.created)),
        "scheduleId": message.schedule_id or "",
        "callerIP": message.caller_ip,
    }


def _said(response: Response) -> bytes:
    return response.body if response.status else (response.error or "").encode()
