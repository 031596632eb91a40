"""The operator's limits on who may schedule, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Policy:
    """An empty set is no restriction."""

    channels: frozenset[str] = frozenset()
    """Ids of the channels in which prompts may be asked and scheduled."""
    groups: frozenset[str] = frozenset()
    """Ids of the user groups whose members may."""
