"""The outcome of a delivery to the app, over HTTP or a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.sandbox.calls import ApiError, load_json


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The app took it, and this is what it said."""

    kind: str
    body: bytes

    def read_object(self) -> dict[str, Any]:
        """The object it said, empty where it said nothing; anything else is no answer to an interaction."""
        if not self.body.strip():
            return {}
        try:
            said = load_json(self.body)
        except ValueError:
            raise ApiError("invalid_response") from None
        if not isinstance(said, dict):
            raise ApiError("invalid_response")
        return said


@dataclass(frozen=True, kw_only=True)
class Failed:
    """It did not: what the user is told, and what the retry of an event is labelled with."""

    error: str
    reason: str
    retry: bool = True


@dataclass(frozen=True, kw_only=True)
class Retry:
    """A repeated delivery of an event: its number and its reason."""

    number: int
    reason: str
