"""What the embedded QStash says instead of doing it: one exception, turned into JSON by the API."""

from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """An answer with an error in it; the message is for the one who asked."""

    def __init__(self, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
