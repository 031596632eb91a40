"""Someone in a workspace, as Slack describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

_TWELVE_HOUR: Final = frozenset(
    {"en-au", "en-bd", "en-ca", "en-hk", "en-in", "en-my", "en-nz", "en-ph", "en-pk", "en-sg", "en-us",
     "es-co", "es-pr", "es-us", "zh-hk", "zh-tw", "ar", "bn", "fil", "hi", "ko", "ms", "ta", "te", "ur"}
)  # fmt: skip
"""Locales, and whole languages, whose usual clock counts to twelve, by the Unicode CLDR's `timeData`."""


@dataclass(frozen=True, kw_only=True)
class ReaderClock:
    """The zone and the notation in which someone reads times."""

    zone: str
    is_twelve_hour: bool = False


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
    is_twelve_hour: bool = False
    """They read 9:00 PM rather than 21:00, as their locale says."""
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
        is_twelve_hour=_is_twelve_hour(user.get("locale")),
        is_guest=bool(
            user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")
        ),
        homes=frozenset(map(str, filter(None, (user.get("team_id"), *workspaces)))),
    )


def _is_twelve_hour(locale: object) -> bool:
    """True of the locales whose clock counts to twelve; Slack tells `en-US`, or nothing."""
    known = str(locale or "").replace("_", "-").lower()
    return known in _TWELVE_HOUR or known.partition("-")[0] in _TWELVE_HOUR
