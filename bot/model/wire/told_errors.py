"""Errors that a server tells in its body, with status 200 or in a form of its own; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.model.wire.refusals import words_of

_OVERLOADED: Final = 503
_GATEWAYS: Final = frozenset({408, 504, 524})  # would be taken for answers that may be billed
_STATUS_NAMES: Final = ("code", "status", "status_code", "http_code", "statusCode", "http_status")
_STATUS_WORDS: Final = (
    (re.compile(r"rate.?limit|too.many|throttl|exhausted|overload", re.I), 429),
    (re.compile(r"insufficient|quota|balance|billing|credit", re.I), 402),
    (re.compile(r"auth|invalid.api.key|credential", re.I), 401),
    (re.compile(r"permission|forbidden|denied", re.I), 403),
    (re.compile(r"not.?found|model_not", re.I), 404),
    (re.compile(r"invalid|bad.?request|context|unsupported|content", re.I), 400),
)


def unnamed_error(body: Mapping[str, Any]) -> object:
    """An error that no field calls one: where there is a status, or some words, and nothing else."""
    reply = body.get("base_resp")
    if isinstance(reply, Mapping):
        return {"message": words_of(reply), "code": reply.get("status_code")}
    if body.get("usage"):
        return None
    named = ("message", "msg", "detail", "code", "status", "status_code")
    return {name: body[name] for name in named if body.get(name)} or None


def status_of(error: object, body: Mapping[str, Any]) -> int:
    """The HTTP status that an error tells, or its words mean; one that is worth another try for others."""
    inner = error[0] if isinstance(error, list) and error else error
    places: list[Mapping[str, Any]] = []
    while isinstance(inner, Mapping) and len(places) < 4:  # some put errors into errors
        places.append(inner)
        inner = inner.get("error")
    for place in (*places, body):
        for name in _STATUS_NAMES:
            if (status := _http_status(place.get(name))) is not None:
                return _OVERLOADED if status in _GATEWAYS else status
    words = " ".join(str(place.get(name) or "") for place in places for name in ("code", "type", "status"))
    return next((status for pattern, status in _STATUS_WORDS if pattern.search(words)), _OVERLOADED)


def _http_status(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch("[0-9]{3}", value):
        value = int(value)
    return value if isinstance(value, int) and 400 <= value < 600 else None


def tidy_error(error: object) -> dict[str, Any]:
    """An error with its words in one place; what else it tells stays beside them."""
    if isinstance(error, list):
        error = next((item for item in error if isinstance(item, Mapping)), words_of(error))
    while isinstance(error, Mapping) and isinstance(error.get("error"), Mapping):
        error = error["error"]
    if isinstance(error, Mapping):
        return {**error, "message": words_of(error)}
    return {"message": words_of(error) or "error"}
