"""The `qstash` package, without what only its receiver needs.

`qstash` imports its receiver, and that PyJWT and `cryptography`: 8 MB of a process that checks signatures by
hand (`receive.py`). So PyJWT is loaded when somebody uses it.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


def import_when_used(name: str) -> None:
    """Put off the import of a package until something in it is used."""
    spec = importlib.util.find_spec(name) if name not in sys.modules else None
    if spec is None:
        return  # it is loaded, or its importer will say that it is missing
    placeholder = ModuleType(name)
    placeholder.__spec__ = spec

    def find_in_package(attribute: str) -> Any:
        if sys.modules.get(name) is placeholder:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)

    placeholder.__dict__["__getattr__"] = find_in_package
    sys.modules[name] = placeholder


import_when_used("jwt")

from qstash import AsyncQStash  # noqa: E402 - the line above comes first
from qstash.asyncio.http import AsyncHttpClient  # noqa: E402
from qstash.asyncio.message import AsyncMessageApi  # noqa: E402
from qstash.asyncio.schedule import AsyncScheduleApi  # noqa: E402
from qstash.errors import (  # noqa: E402
    DailyMessageLimitExceededError,
    QStashError,
    RateLimitExceededError,
)
from qstash.http import BASE_URL, NO_RETRY, raise_for_non_ok_status  # noqa: E402
from qstash.message import PublishResponse  # noqa: E402
from qstash.schedule import parse_schedule_response  # noqa: E402

__all__ = [
    "BASE_URL",
    "NO_RETRY",
    "AsyncHttpClient",
    "AsyncMessageApi",
    "AsyncQStash",
    "AsyncScheduleApi",
    "DailyMessageLimitExceededError",
    "PublishResponse",
    "QStashError",
    "RateLimitExceededError",
    "parse_schedule_response",
    "raise_for_non_ok_status",
]
