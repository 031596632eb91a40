"""The tokens that a server counted, as they are billed; an impossible count is none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

_MOST_TOKENS: Final = 10_000_000  # more than the widest window
_MOST_DIGITS: Final = 9


class Counted(NamedTuple):
    """Tokens that were sent and received."""

    sent: int
    received: int


def count_tokens(usage: object) -> Counted | None:
    """Read a `usage` of OpenAI's form; thinking that is told beside the answer counts as received."""
    if not isinstance(usage, Mapping):
        return None
    sent = _first_count(usage, "prompt_tokens", "input_tokens")
    received = _first_count(usage, "completion_tokens", "output_tokens")
    total = _first_count(usage, "total_tokens")
    if sent is None and total is not None and received is not None:
        sent = total - received
    if sent is None or (received is None and total is None):
        return None
    thought = _thinking_count(usage)
    told = received or 0
    # Thinking that is more than the whole answer cannot be a part of it.
    beside = told + thought if thought > told else told
    return plausible_tokens(sent, max(beside, (total or 0) - sent))


def plausible_tokens(sent: object, received: object) -> Counted | None:
    """Take a provider's count; None, as if it had told none, for one that is impossible."""
    if not (isinstance(sent, int) and isinstance(received, int)):
        return None
    possible = 0 <= sent <= _MOST_TOKENS and 0 <= received <= _MOST_TOKENS and sent + received > 0
    return Counted(sent, received) if possible else None


def _thinking_count(usage: Mapping[str, Any]) -> int:
    for name in ("completion_tokens_details", "output_tokens_details"):
        details = usage.get(name)
        if isinstance(details, Mapping) and (count := _first_count(details, "reasoning_tokens")) is not None:
            return count
    return _first_count(usage, "reasoning_tokens") or 0


def _first_count(usage: Mapping[str, Any], *names: str) -> int | None:
    counts = (_whole_number(usage.get(name)) for name in names)
    return next((count for count in counts if count is not None), None)


def _whole_number(value: object) -> int | None:
    """Read a count, which some write as 10.0 or "10"."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        value = int(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None
