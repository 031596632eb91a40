"""The history of messages: entries in a Redis stream, newest first, and the pages of the logs API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from scheduler.embedded.storage import keys
from scheduler.embedded.storage.clock import to_ms
from scheduler.embedded.storage.describe import group_headers, show_headers
from scheduler.embedded.storage.message import Message, Response

State = Literal["CREATED", "ACTIVE", "RETRY", "ERROR", "DELIVERED", "FAILED", "CANCELLED"]

_SHOWN: Final = 1_000
"""Characters of a response's body that an entry keeps."""

Matches = Callable[[Mapping[str, Any]], bool]


def write_entry(
    message_id: str,
    message: Message,
    state: State,
    now: datetime,
    *,
    next_attempt: datetime | None = None,
    response: Response | None = None,
) -> str:
    """One entry as JSON. Bodies stay out: ten thousand of them would not fit anywhere."""
    found = {
        "time": to_ms(now),
        "messageId": message_id,
        "state": state,
        "url": message.url,
        "method": message.method,
        "header": show_headers(message, message.headers),
        "maxRetries": message.retries,
        "scheduleId": message.schedule_id,
        "label": message.labels[0] if message.labels else None,
        "labels": list(message.labels) or None,
        "callback": message.callback and message.callback.url,
        "failureCallback": message.failure_callback and message.failure_callback.url,
        "flowControlKey": message.flow and message.flow.key,
        "callerIP": message.caller_ip,
        "nextDeliveryTime": next_attempt and to_ms(next_attempt),
    }
    if response:
        found["error"] = response.error
        found["responseStatus"] = response.status or None
        found["responseHeader"] = group_headers(response.headers) or None
        found["responseBody"] = response.body.decode(errors="replace")[:_SHOWN] or None
    return json.dumps({name: value for name, value in found.items() if value is not None})


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The stream; scripts append to it in the same step as what they record."""

    redis: Any  # a redis.asyncio.Redis, which is typed for clients that decode and that do not

    async def append_entries(self, entries: list[str]) -> None:
        """Append entries that go with no change of state."""
        async with self.redis.pipeline(transaction=False) as pipe:
            for entry in entries:
                pipe.xadd(keys.LOGS, {"entry": entry}, maxlen=keys.LOG_LENGTH)
            pipe.pexpire(keys.LOGS, keys.KEPT)
            await pipe.execute()

    async def read_page(
        self, matches: Matches, *, cursor: str | None, count: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Up to `count` matching entries before `cursor`, newest first, and the cursor of the next page."""
        found: list[dict[str, Any]] = []
        before = f"({cursor}" if cursor else "+"
        while batch := await self.redis.xrevrange(keys.LOGS, max=before, count=500):
            for key, fields in batch:
                before = f"({key.decode()}"
                entry = json.loads(fields[b"entry"])
                if matches(entry):
                    found.append(entry)
                    if len(found) == count:
                        return found, before[1:]
        return found, None
