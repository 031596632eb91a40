"""Criteria for messages, dead letters and log entries, from the query and the JSON body of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from scheduler.embedded.storage import RequestRefused

_FIELDS: Final = {
    "messageId": "messageId",
    "url": "url",
    "topicName": "topicName",
    "queueName": "queueName",
    "scheduleId": "scheduleId",
    "callerIp": "callerIP",
    "flowControlKey": "flowControlKey",
    "responseStatus": "responseStatus",
    "messageIds": "messageId",
    "dlqIds": "dlqId",
}
"""Each filter with the field that it looks at."""

_IN_PROGRESS: Final = ("ACTIVE", "RETRY", "ERROR")
_PAGING: Final = ("cursor", "count", "all")
_KNOWN: Final = (
    *_FIELDS,
    *_PAGING,
    *("label", "state", "fromDate", "toDate"),
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Criteria that must all hold; a name that is not known is refused, lest it match everything."""

    wanted: Mapping[str, tuple[str, ...]]

    @classmethod
    def parse(cls, query: list[tuple[str, str]], body: bytes = b"") -> Self:
        """From a query and a JSON object with the same names.

        A name that comes more than once, a list, and a text with commas match any of their items.
        """
        wanted: dict[str, tuple[str, ...]] = {}
        for name, value in query:
            wanted[name] = (*wanted.get(name, ()), *_split_values(name, value))
        if body.strip():
            try:
                given = json.loads(body)
            except (ValueError, RecursionError):
                given = None
            if not isinstance(given, dict):
                raise RequestRefused("expected a JSON object")
            for name, value in given.items():
                items = map(str, value) if isinstance(value, list) else _split_values(name, str(value))
                wanted[name] = tuple(items)
        if wanted.keys() - set(_KNOWN):
            raise RequestRefused(f"unknown filter: expected some of {', '.join(_KNOWN)}")
        return cls(wanted=wanted)

    @property
    def is_empty(self) -> bool:
        """True if it names nothing to match by."""
        return not (self.wanted.keys() - set(_PAGING))

    def first_value(self, name: str) -> str | None:
        """The first value given for `name`."""
        return next(iter(self.wanted.get(name, ())), None)

    def limit(self, most: int) -> int:
        """The number that is wanted, `most` unless it says less."""
        return self._read_number("count", most, least=1, most=most)

    def matches(self, found: Mapping[str, Any]) -> bool:
        """True of a described message, dead letter or log entry that the request means."""
        at = found.get("time", found.get("createdAt", 0))
        return (
            all(
                field in found and str(found[field]) in self.wanted[name]
                for name, field in _FIELDS.items()
                if name in self.wanted
            )
            and (
                "label" not in self.wanted or not {*self.wanted["label"]}.isdisjoint(found.get("labels", ()))
            )
            and ("state" not in self.wanted or found.get("state") in self._wanted_states())
            and self._read_number("fromDate", 0) <= at <= self._read_number("toDate", at)
        )

    def _wanted_states(self) -> set[str]:
        states = {"CANCELLED" if state == "CANCELED" else state for state in self.wanted["state"]}
        return states | {*_IN_PROGRESS} if "IN_PROGRESS" in states else states

    def _read_number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        given = self.first_value(name)
        if given is None:
            return default
        if not re.fullmatch(r"[0-9]{1,15}", given) or int(given) < least:
            raise RequestRefused(f"{name}: expected a whole number from {least}")
        return int(given) if most is None else min(int(given), most)


def _split_values(name: str, text: str) -> tuple[str, ...]:
    """The text itself, and its items if it is a list; a URL may have commas of its own."""
    items = re.split(r",(?=https?://)" if name == "url" else ",", text)
    return tuple(dict.fromkeys((text, *(item.strip() for item in items if item.strip()))))
