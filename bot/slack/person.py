"""Someone in a workspace, as Slack describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone's profile, as far as it matters here."""

    name: str
    zone: str | None
    is_admin: bool
    is_gone: bool
    """Deactivated, or not a person."""
    is_guest: bool = False
    """In some channels only, or of another workspace: a reader of what they are invited to, and no more."""
    is_bot: bool = False
    """Not a person."""
    homes: frozenset[str] = frozenset()
    """The workspaces that they belong to; several within an organisation, none if Slack does not tell."""

    def seen_from(self, team: str) -> Self:
        """The same for who knows which workspace is asked: elsewhere they are a guest, and no admin.

        Slack calls a person a stranger only while they share no channel with the app, so their homes tell.
        https://docs.slack.dev/reference/objects/user-object
        """
        if not team or not self.homes or team in self.homes:
            return self
        return replace(self, is_guest=True, is_admin=False)


def person_of(user: Mapping[str, Any]) -> Person:
    """The person in Slack's `user` object."""
    workspaces = (user.get("enterprise_user") or {}).get("teams") or ()
    return Person(
        name=str(user.get("real_name") or user.get("name") or ""),
        zone=user.get("tz") or None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        is_gone=bool(user.get("deleted") or user.get("is_bot") or user.get("id") == "USLACKBOT"),
        is_bot=bool(user.get("is_bot") or user.get("id") == "USLACKBOT"),
        is_guest=bool(
            user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")
        ),
        homes=frozenset(map(str, filter(None, (user.get("team_id"), *workspaces)))),
    )
