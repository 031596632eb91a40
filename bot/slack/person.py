"""Someone in a workspace, as Slack describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone's profile, as far as it matters here."""

    name: str
    zone: str | None
    is_admin: bool
    is_gone: bool
    """Deactivated, or not a person."""
    is_guest: bool = False
    """In some channels only, or of another workspace."""
    is_bot: bool = False
    """Not a person."""


def person_of(user: Mapping[str, Any]) -> Person:
    """The person in Slack's `user` object."""
    return Person(
        name=str(user.get("real_name") or user.get("name") or ""),
        zone=user.get("tz") or None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_gone=bool(user.get("deleted") or user.get("is_bot") or user.get("id") == "USLACKBOT"),
        is_bot=bool(user.get("is_bot") or user.get("id") == "USLACKBOT"),
        is_guest=bool(
            user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")
        ),
    )
