"""Links that may be followed, and those that lead to a login; pure."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final

from yarl import URL

LONGEST_LINK: Final = 2_000
"""Characters."""

_HOST: Final = re.compile(r"[\w.-]+|[\da-f:.]+", re.ASCII | re.IGNORECASE)
_LOGIN_PATH: Final = re.compile(
    r"/(?:(?:log|sign)[-_]?(?:in|on)|servicelogin|authenticate|authorize|sso|saml2?|oauth2?|adfs)(?:[/.]|$)",
    re.IGNORECASE,
)
_LOGIN_HOST: Final = re.compile(
    r"(?:login|log-in|signin|sign-in|sso|auth|accounts?|idp|oauth)\.", re.IGNORECASE
)
_UNPARSED: Final = (ValueError, IndexError)  # the latter is yarl's for brackets out of place


def parse_link(text: str) -> URL | None:
    """A link over http or https to a host, without a user and the fragment; None for anything else."""
    if len(text) > LONGEST_LINK or any(char.isspace() or not char.isprintable() for char in text):
        return None
    try:
        return _checked_link(URL(text))
    except _UNPARSED:
        return None


def parse_redirect(base: URL, location: str) -> URL | None:
    """The link that `base` sends to, under the same rules."""
    if len(location) > LONGEST_LINK:
        return None
    try:
        return _checked_link(base.join(URL(location)))
    except _UNPARSED:
        return None


def _checked_link(link: URL) -> URL | None:
    host = link.raw_host or ""
    if link.scheme not in ("http", "https") or not _HOST.fullmatch(host) or link.port == 0:
        return None
    if ":" in host:
        IPv6Address(host)  # raises ValueError for what merely stands in brackets
    if link.raw_user is not None or link.raw_password is not None:
        return None  # "https://bank.example@evil.example/" is meant to be misread
    return URL(str(link.with_fragment(None)))  # yarl looks at some parts only now


def is_login(link: URL) -> bool:
    """True of a link that looks like a page to log in."""
    return bool(_LOGIN_HOST.match(link.raw_host or "") or _LOGIN_PATH.search(link.raw_path))
