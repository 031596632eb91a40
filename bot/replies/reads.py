"""What a schedule reads, in words: on its card, in lists, and among the choices of the composer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from bot.replies.text import (
    escape,
)
from bot.slack import clip_text

_TS: Final = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)


def source_name(source: Mapping[str, Any]) -> str:
    """What it is called where nothing can be marked up: in a list to choose from."""
    match source.get("type"):
        case "thread":
            return f"a thread{_begun(source.get('ts'))}"
        case "channel":
            return f"a channel{_over(source.get('hours'))}"
        case "file":
            return "a file"
        case _:
            return str(source.get("url") or "something else")


def reads(sources: Sequence[Mapping[str, Any]]) -> str:
    """In mrkdwn, what a schedule reads each time; each link by the name of its site."""
    return ", ".join(_named(each) for each in sources)


def _named(source: Mapping[str, Any]) -> str:
    channel = source.get("channel")
    match source.get("type"):
        case "thread":
            return f"a thread in <#{channel}>"
        case "channel":
            return f"<#{channel}>{_over(source.get('hours'))}"
        case "link":
            return escape(clip_text(_site(str(source.get("url"))), 60))
        case _:
            return escape(source_name(source))


def _begun(ts: object) -> str:
    """When a thread began, which tells it from others."""
    if not isinstance(ts, str) or not _TS.fullmatch(ts):
        return ""
    day = datetime.fromtimestamp(float(ts), UTC)
    return f" of {day.day} {day:%B %Y}"


def _site(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url


def _over(hours: object) -> str:
    """How much of a channel, in words."""
    if not isinstance(hours, int):
        return " (what is new)"
    for size, unit in ((7 * 24, "week"), (24, "day"), (1, "hour")):
        if hours % size == 0:
            count = hours // size
            return f" (the last {unit if count == 1 else f'{count} {unit}s'})"
    raise AssertionError("an hour fits every number of hours")
