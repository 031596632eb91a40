"""What became of a fetch: returned, never raised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

FetchProblem = Literal[
    "bad_link",  # not http(s), no host, a user in it
    "not_public",  # leads into a private network, or to this machine
    "unreachable",  # no such host, no answer, a server's error, redirects in circles
    "gone",
    "login",
    "robots",
    "too_large",
    "slow",
    "not_text",  # packed in a way that was not asked for
]


@dataclass(frozen=True, kw_only=True)
class Validators:
    """By what a server tells whether its content has changed; for the very `url` that gave them."""

    url: str
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What the link's server sent."""

    url: str
    """Where it was in the end, after redirects."""
    content: bytes
    mime: str
    """As it was declared, in lower case; empty if it was not."""
    charset: str | None
    validators: Validators | None
    fresh_for: timedelta
    """How long the server says that nothing will change; an hour at most."""
    keep: bool = True
    """Whether the server lets it be kept."""


@dataclass(frozen=True, kw_only=True)
class NotModified:
    """What is known already still holds."""

    url: str
    fresh_for: timedelta


@dataclass(frozen=True, kw_only=True)
class Unfetched:
    """Nothing, and why."""

    problem: FetchProblem


Outcome = Fetched | NotModified | Unfetched
