"""Long lists, a page at a time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from bot.sandbox.calls import ApiError, Arguments

T = TypeVar("T")


def take_page(
    items: Sequence[T], arguments: Arguments, *, default: int = 100
) -> tuple[Sequence[T], dict[str, Any]]:
    """One page of `items`, and the cursor for the next."""
    limit = arguments.number_between("limit", default, low=1, high=1_000)
    start = 0
    if cursor := arguments.optional_text("cursor"):
        try:
            start = int(base64.urlsafe_b64decode(cursor).decode().removeprefix("next:"))
        except (binascii.Error, ValueError):
            raise ApiError("invalid_cursor") from None
    end = start + limit
    following = base64.urlsafe_b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": following}}
