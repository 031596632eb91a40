"""The error that a call of the Web API ends in, and everything else that Slack refuses."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A Web API method said no: `code`, and what else its answer carries."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        return {"ok": False, "error": self.code, **self.extra}


def api_error(code: str, *messages: str) -> ApiError:
    """An error with Slack's explanations in `response_metadata`."""
    return ApiError(code, response_metadata={"messages": [f"[ERROR] {message}" for message in messages]})
