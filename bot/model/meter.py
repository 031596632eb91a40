"""The meter around each call of a model: it lets the call be made, and counts what it took.

The seam between the models, which know what a call is, and the money, which knows what it may cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of one model, before it is made."""

    model: str
    """`provider:name`, as prices are listed by."""
    most_sent: int
    """Tokens that it is sent, at the most: they are counted only afterwards."""
    most_tokens: int
    """The longest answer that it may give."""
    seconds: int = 0
    """Of sound, for a transcriber: that is billed instead."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The tokens, or the seconds, that a provider counted."""

    sent: int
    received: int
    seconds: int = 0
    """Of sound that was transcribed."""


class Meter(Protocol):
    """Asked right before each call, fallbacks and repeats included, and told right after it."""

    async def admit_call(self, call: Call) -> None:
        """Let the call be made; raises `Limited` or another `BotError` to forbid it."""

    async def record_call(self, call: Call, tokens: Tokens | None, *, billed: bool) -> int | None:
        """Count the call; return its cost in billionths of a dollar, or None where its model has no price.

        Without `tokens` the provider has not told: then `billed` says whether it may charge all the same, as
        after a time-out, and not after a refusal.
        """
