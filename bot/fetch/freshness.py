"""How long an answer stays fresh, and what is sent later to ask if it has changed: RFC 9110 and 9111."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

import aiohttp
from yarl import URL

from bot.fetch.outcome import Validators

FRESHEST: Final = timedelta(hours=1)
"""The longest that a server's word on freshness counts."""
_LONGEST_VALIDATOR: Final = 500


def conditional_headers(known: Validators | None, at: URL) -> dict[str, str]:
    """The headers that ask for what has changed since; none for another address."""
    if known is None or known.url != str(at):
        return {}
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.modified}
    return {name: value for name, value in asked.items() if value is not None}


def validators_of(response: aiohttp.ClientResponse, url: str) -> Validators | None:
    """The marks by which the server tells later if it has changed; None where it gives no usable ones."""
    etag, modified = (_usable_validator(response.headers.get(name)) for name in ("ETag", "Last-Modified"))
    return Validators(url=url, etag=etag, modified=modified) if etag or modified else None


def _usable_validator(value: str | None) -> str | None:
    return value if value and len(value) <= _LONGEST_VALIDATOR and value.isprintable() else None


def freshness_of(response: aiohttp.ClientResponse) -> tuple[timedelta, bool]:
    """The time for which it stays fresh, and whether it may be kept. https://www.rfc-editor.org/rfc/rfc9111#section-5.2"""
    said = response.headers.get("Cache-Control", "").lower()
    words = {
        name.strip(): value.strip(' "') for name, _, value in (e.partition("=") for e in said.split(","))
    }
    if "no-store" in words:
        return timedelta(0), False
    if "no-cache" in words:
        return timedelta(0), True
    left = _seconds_of(words.get("max-age", "")) - _seconds_of(response.headers.get("Age", ""))
    return min(timedelta(seconds=max(left, 0)), FRESHEST), True


def _seconds_of(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0
