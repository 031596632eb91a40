"""Command text → what was asked for; pure.

A word counts as a subcommand only where the rest fits it, so "list three ideas" and "delete the oldest file
in bash" are prompts. A text that is wholly in quotes is a prompt, whatever it says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from scheduler import QUERY_LIMIT, When, find_when

_QUOTED: Final = re.compile(r"""(["'“])(.+)(["'”])""", re.DOTALL)
_QUOTES: Final = {'"': '"', "'": "'", "“": "”"}


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Answer now."""

    query: str


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Answer at a time, or at times."""

    when: When
    query: str


@dataclass(frozen=True, kw_only=True)
class List:
    """What is scheduled here."""


@dataclass(frozen=True, kw_only=True)
class Delete:
    id: str


@dataclass(frozen=True, kw_only=True)
class Help:
    """What can be typed."""


@dataclass(frozen=True, kw_only=True)
class UsageError:
    """Nothing that can be done; `detail` is the number of characters of a prompt that is too long."""

    problem: Literal["no_prompt", "too_long", "no_id"]
    detail: int = 0


Request = Ask | Schedule | List | Delete | Help | UsageError


def parse(text: str, *, now: datetime, zone: str) -> Request:
    """What `text` asks for, times read in `zone`; raises `WhenError` for a time that cannot be kept."""
    text = text.strip()
    match text.split():
        case [] | ["help" | "Help" | "?"]:
            return Help()
        case ["list" | "List"]:
            return List()
        case ["delete" | "Delete"]:
            return UsageError(problem="no_id")
        case ["delete" | "Delete", name]:
            return Delete(id=name.strip("`'\"").lower())
    if (literal := _unquoted(text)) is not None:
        return _checked(Ask(query=literal))
    found = find_when(text, now=now, zone=zone)
    if found is None:
        return _checked(Ask(query=text))
    when, query = found
    return _checked(Schedule(when=when, query=query))


def _checked(request: Ask | Schedule) -> Request:
    if not request.query.strip():
        return UsageError(problem="no_prompt")
    if len(request.query) > QUERY_LIMIT:
        return UsageError(problem="too_long", detail=len(request.query))
    return request


def _unquoted(text: str) -> str | None:
    quoted = _QUOTED.fullmatch(text)
    if quoted and quoted[3] == _QUOTES[quoted[1]] and quoted[1] not in quoted[2]:
        return quoted[2].strip()
    return None
