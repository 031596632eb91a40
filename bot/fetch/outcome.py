"""Outcomes of a fetch: returned, never raised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

FetchProblem = Literal[
    "bad_link",  # not http(s), no host, a user in it
    "not_public",  # leads into a private network, or to this machine
    "unreachable",  # no such host, no answer, a server's error, redirects in circles
    "garbled",  # headers that break the rules of HTTP
    "gone",
    "login",
    "barred",  # the site refuses programs, or this one
    "legal",  # not shown for reasons of law
    "robots",
    "too_large",
    "slow",
    "not_text",  # packed in a way that was not asked for
]


@dataclass(frozen=True, kw_only=True)
class Validators:
    """Marks by which a server tells whether its content has changed; for the very `url` that gave them."""

    url: str
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """Content that the link's server sent."""

    url: str
    """Its address in the end, after redirects."""
    content: bytes
    mime: str
    """As it was declared, in lower case; empty if it was not."""
    charset: str | None
    validators: Validators | None
    fresh_for: timedelta
    """The time for which the server says that nothing will change; an hour at most."""
    keep: bool = True
    """True if the server lets it be kept."""


@dataclass(frozen=True, kw_only=True)
class NotModified:
    """The known content still holds."""

    url: str
    fresh_for: timedelta


@dataclass(frozen=True, kw_only=True)
class Unfetched:
    """A fetch that brought nothing, and why."""

    problem: FetchProblem
    status: int = 0
    """The status of a server that answered with an error, where the problem does not say it."""
    mime: str = ""
    """The type of what is too large, as it was declared."""


FetchOutcome = Fetched | NotModified | Unfetched
