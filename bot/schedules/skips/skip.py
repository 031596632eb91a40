"""A run that someone skips, as a value and as a record holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.storage import moment_of, ms_of

MOST_SKIPS: Final = 10
"""The number of them that a record holds."""
_KEPT: Final = timedelta(days=2)
"""For so long after its slot one still keeps a late delivery from being posted."""


@dataclass(frozen=True, kw_only=True)
class Skip:
    """The run at `slot` is left out, as its schedule's owner or an admin wanted."""

    slot: datetime
    """In UTC."""
    by: str
    """The person's id."""


def add_skip(skips: Sequence[Skip], skip: Skip, *, now: datetime) -> tuple[Skip, ...]:
    """The skips with one more, without those that are long over."""
    recent = [known for known in skips if known.slot > now - _KEPT and known.slot != skip.slot]
    return (*recent, skip)[-MOST_SKIPS:]


def encode_skips(skips: Iterable[Skip]) -> list[dict[str, Any]]:
    return [{"slot": ms_of(skip.slot), "by": skip.by} for skip in skips]


def decode_skips(raw: Iterable[Mapping[str, Any]]) -> tuple[Skip, ...]:
    return tuple(Skip(slot=moment_of(skip["slot"]), by=skip["by"]) for skip in raw)
