"""The log for machines: an object a line, with the values that a line of text has in its words.

Our lines read `event name=%s other=%.1f: words`. So the names stand in the template beside their values, and
a value goes out as it is, a number as a number.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from bot.server.logs.lines import ErrorInfo, LineFormatter

_EVENT: Final = re.compile(r"[a-z_]+\.[a-z_.]+(?= |:|$)")
_PLACE: Final = re.compile(r"%(?:%|[-+ #0]*(?:\d+)?(?:\.\d+)?[a-zA-Z])")
_NAMED: Final = re.compile(r"(\w+)=$")
_OWN: Final = frozenset({"time", "level", "logger", "event", "message", "error"})
_PLAIN: Final = (int, float, str, bool, type(None))
_TEMPLATES: Final = 1_000


class JsonFormatter(logging.Formatter):
    """`time` (RFC 3339, UTC), `level`, `logger`, `event`, `message`, the named values, and `error`."""

    def __init__(self) -> None:
        super().__init__()
        self._errors = LineFormatter()

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        template = str(record.msg)
        if (event := _EVENT.match(template)) is not None:
            told["event"] = event[0]
        told["message"] = record.getMessage()
        told.update(_named_values(template, record.args))
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    def formatException(self, ei: ErrorInfo) -> str:  # noqa: N802 - theirs
        return self._errors.formatException(ei)


def _named_values(template: str, values: Any) -> dict[str, Any]:
    if isinstance(values, Mapping) or not isinstance(values, tuple):
        return {}
    names = _names_in(template)
    if len(names) != len(values):
        return {}
    return {
        name: value if isinstance(value, _PLAIN) else str(value)
        for name, value in zip(names, values, strict=True)
        if name is not None and name not in _OWN
    }


@lru_cache(maxsize=_TEMPLATES)
def _names_in(template: str) -> tuple[str | None, ...]:
    """The name of each value that goes into the template; None for one that has none."""
    names = []
    for place in _PLACE.finditer(template):
        if place[0] != "%%":
            named = _NAMED.search(template, 0, place.start())
            names.append(named[1] if named else None)
    return tuple(names)
