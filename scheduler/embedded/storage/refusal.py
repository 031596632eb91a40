"""The embedded QStash's way to say no: one exception, which the API turns into JSON."""

from __future__ import annotations

from collections.abc import Mapping


class RequestRefused(Exception):
    """An answer with an error in it; the message is for the client."""

    def __init__(self, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers
