"""The reviewers that somebody has typed: people and user groups, by mention or by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.slack import Slack, find_person, user_groups

_CODE: Final = re.compile(r"<(?:@|!subteam\^)([UWS][A-Z0-9]+)(?:\|[^<>]*)?>", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class UnknownReviewer:
    """Slack knows nobody and no group of that name."""

    name: str


async def find_named_reviewers(
    slack: Slack, names: Sequence[str], *, typed_by: str
) -> tuple[str, ...] | UnknownReviewer:
    """Their ids, in the order in which they were typed; *me* is who typed them. Raises `SlackError`."""
    found = list[str]()
    for name in names:
        if code := _CODE.fullmatch(name):
            found.append(code[1])
            continue
        if name.casefold() == "me":
            found.append(typed_by)
            continue
        person = await find_person(slack, name.removeprefix("@"))
        if person is None:
            groups = {handle.casefold(): group for group, handle in await user_groups(slack)}
            person = groups.get(name.casefold())
        if person is None:
            return UnknownReviewer(name=name.removeprefix("@"))
        found.append(person)
    return tuple(dict.fromkeys(found))
