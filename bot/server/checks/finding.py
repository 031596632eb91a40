"""The result of one check: a value, which the start logs, /readyz tells, and any other reader can print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["fine", "unasked", "unreached", "doubtful", "refused"]
"""`unasked` could not be looked at, `unreached` may heal by itself, `doubtful` is the operator's to judge,
and `refused` is certain to fail."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    """The service, as the table at the start names it."""
    state: State
    advice: str = ""
    """One or two sentences that name the variable, and say what to do; never a value that is secret."""
    blocks: bool = False
    """Nothing works while this holds, so /readyz says so."""
    detail: str = ""
    """Where it is fine, what was found: a version, a name, a number."""


def fine_finding(what: str, detail: str = "") -> Finding:
    return Finding(what=what, state="fine", detail=detail)


def unasked_finding(what: str, advice: str) -> Finding:
    return Finding(what=what, state="unasked", advice=advice)


def unreached_finding(what: str, advice: str) -> Finding:
    return Finding(what=what, state="unreached", advice=advice)


def doubtful_finding(what: str, advice: str, *, blocks: bool = False) -> Finding:
    return Finding(what=what, state="doubtful", advice=advice, blocks=blocks)


def refused_finding(what: str, advice: str) -> Finding:
    return Finding(what=what, state="refused", advice=advice, blocks=True)
