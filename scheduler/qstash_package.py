"""The `qstash` package, without PyJWT: nothing but its own receiver needs that, and `receive.py` is ours.

`import qstash` imports the receiver, and so PyJWT and `cryptography`: a tenth of the memory of an idle copy.
The package offers no way around it. So its `import jwt` finds a module that loads PyJWT when something in it
is used, and that nobody else finds. `docs/performance.md` says what this saves.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _LateModule(ModuleType):
    """Stands for the package of its name, and loads that at its first use."""

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self.__name__), attribute)


@contextmanager
def _import_late(name: str) -> Iterator[None]:
    """Have what is imported meanwhile get this package when it is used; afterwards `import` is as it was."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = _LateModule(name)
    try:
        yield
    finally:
        del sys.modules[name]


with _import_late("jwt"):
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
