"""A message that Markdown has become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Part:
    """One message: blocks, and the same content as escaped text for screen readers and notifications."""

    text: str
    blocks: tuple[dict[str, Any], ...]
