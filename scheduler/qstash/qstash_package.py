"""The `qstash` package, without PyJWT: nothing but its own receiver needs that, and `receive.py` is ours.

`import qstash` imports the receiver, and so PyJWT and `cryptography`: a tenth of the memory of an idle copy.
The package offers no way around it. So its `import jwt` finds a PyJWT that runs when something in it is used.
`docs/performance.md` says what this saves.
"""

from __future__ import annotations

from scheduler.late import leave_unrun

leave_unrun("jwt")

# ruff: noqa: E402 - what follows finds it so

from qstash import AsyncQStash
from qstash.asyncio.http import AsyncHttpClient
from qstash.asyncio.message import AsyncMessageApi
from qstash.asyncio.schedule import AsyncScheduleApi
from qstash.errors import DailyMessageLimitExceededError, QStashError, RateLimitExceededError
from qstash.http import BASE_URL, NO_RETRY, raise_for_non_ok_status
from qstash.message import (
    BatchRequest,
    PublishResponse,
    PublishUrlGroupResponse,
    prepare_batch_message_body,
)
from qstash.schedule import parse_schedule_response

__all__ = [
    "BASE_URL",
    "NO_RETRY",
    "AsyncHttpClient",
    "AsyncMessageApi",
    "AsyncQStash",
    "AsyncScheduleApi",
    "BatchRequest",
    "DailyMessageLimitExceededError",
    "PublishResponse",
    "PublishUrlGroupResponse",
    "QStashError",
    "RateLimitExceededError",
    "parse_schedule_response",
    "prepare_batch_message_body",
    "raise_for_non_ok_status",
]
