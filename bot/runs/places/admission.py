"""The places that an answer may go to, as far as the owner of its schedule is concerned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What is known of an owner: may their schedule run, and where may it post?"""

    may_run: bool = True
    out_of: frozenset[str] = frozenset()
    """The channels, among several places, that they are not in any more."""
    untold: frozenset[str] = frozenset()
    """Those of which Slack does not tell now."""
