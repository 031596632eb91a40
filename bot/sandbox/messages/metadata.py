"""The metadata of a message, which people do not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.calls import ApiError, Arguments

METADATA_CHARACTERS: Final = 8_000
"""A limit exists and is not documented: this one is a guess on the strict side."""


def read_metadata(arguments: Arguments) -> Mapping[str, Any] | None:
    metadata: Mapping[str, Any] | None = arguments.parsed_json("metadata", "invalid_metadata_format")
    if not metadata:
        return None
    match metadata:
        case {"event_type": str() as event_type, "event_payload": dict() as payload, **rest} if (
            event_type and not rest
        ):
            if not all(_is_flat(value) for value in payload.values()):
                raise ApiError("invalid_metadata_schema")
        case _:
            raise ApiError("invalid_metadata_format")
    if len(str(metadata)) > METADATA_CHARACTERS:
        raise ApiError("metadata_too_large")
    return metadata


def _is_flat(value: object, depth: int = 0) -> bool:
    """A scalar, a flat object, or a list of either."""
    match value:
        case dict():
            return depth < 2 and all(_is_scalar(part) for part in value.values())
        case list():
            return depth == 0 and all(_is_flat(part, depth + 1) for part in value)
    return _is_scalar(value)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)
