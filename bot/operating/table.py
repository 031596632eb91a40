"""A mapping of a file, whose fields are taken one by one: each is looked at, and none is passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

T = TypeVar("T")

_SLACK_ID: Final = re.compile(r"[A-Z][A-Z0-9]{0,30}")


class FileFault(Exception):
    """A file that cannot be taken; the message names the place and what was expected there."""


@dataclass(kw_only=True)
class FileTable:
    """A mapping of the file, from which each field is taken once, so that one nobody knows is seen."""

    place: str
    left: dict[str, Any]

    @classmethod
    def read(cls, value: Any, place: str) -> FileTable:
        if not isinstance(value, dict):
            raise FileFault(f"{place}: expected fields with values")
        return cls(place=place, left={str(name): inner for name, inner in value.items()})

    def take(self, name: str, kind: type[T]) -> T:
        value = self.left.pop(name, None)
        if value is None:
            raise FileFault(f"{self.place}: expected the field {name}")
        return self._check_kind(name, value, kind)

    def take_or(self, name: str, kind: type[T], default: Any) -> Any:
        value = self.left.pop(name, None)
        return default if value is None else self._check_kind(name, value, kind)

    def _check_kind(self, name: str, value: Any, kind: type[T]) -> T:
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise FileFault(f"{self.place}.{name}: expected {_KINDS[kind]}")
        return value

    def slack_id_of(self, name: str) -> str:
        """One of Slack's ids; it becomes a part of keys."""
        id_ = self.take(name, str)
        if not _SLACK_ID.fullmatch(id_):
            raise FileFault(f"{self.place}.{name}: expected an id of Slack's, such as C0123456789")
        return id_

    def list_of(self, name: str) -> list[tuple[int, Any]]:
        return list(enumerate(self.take_or(name, list, [])))

    def moment_of(self, name: str) -> datetime | None:
        value = self.left.pop(name, None)
        return (
            None if value is None else self._parse_value(name, value, _parse_moment, "2027-01-31T09:00:00Z")
        )

    def day_of(self, name: str) -> date | None:
        value = self.left.pop(name, None)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        return self._parse_value(name, value, date.fromisoformat, "2027-01-31")

    def _parse_value(self, name: str, value: Any, parse: Callable[[str], T], such: str) -> T:
        try:
            return parse(str(value))
        except ValueError as exc:
            raise FileFault(f"{self.place}.{name}: expected a time, such as {such}") from exc

    def refuse_rest(self) -> None:
        if self.left:
            raise FileFault(f"{self.place}: no field is called {', '.join(sorted(self.left))}")


_KINDS: Final[Mapping[type, str]] = {
    str: "text, in quotes where it looks like something else",
    int: "a number",
    bool: "true or false",
    list: "a list",
    dict: "fields with values",
}


def _parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("expected an offset")
    return moment.astimezone(UTC)
