"""What an answer was made from: its sources, and the time they cover."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from bot.interaction import AGAIN
from bot.replies.text import cut, escape
from bot.sources import Material, Piece

SUMMARISE: Final = "Summarise this thread"
"""The shortcut in a message's menu; Slack takes 24 characters."""
SUMMARISE_DESCRIPTION: Final = "Reads the thread and posts what was decided and what is open"

_TS: Final = re.compile(r"\d{1,10}\.\d{6}", re.ASCII)
_UNREAD: Final = {
    "not_in_channel": "I am not in its channel",
    "gone": "it is not there any more",
    "empty": "it says nothing",
    "refused": "Slack does not let me",
}


def summarising() -> str:
    """To who chose the shortcut."""
    return (
        "On it: the summary comes to that thread. To follow it, mention me there with a time: "
        "`@Precache every weekday at 9am summarise this thread`."
    )


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
            return escape(cut(_site(str(source.get("url"))), 60))
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


def credit(material: Material) -> str:
    """For the quiet line, in mrkdwn: each source with the time it covers, in each reader's own zone."""
    parts = [_piece(piece) for piece in material.pieces]
    parts += [f"a source was not read, because {_UNREAD[each.problem]}" for each in material.unread]
    return f"from {', '.join(parts)}"


def _piece(piece: Piece) -> str:
    covered = f"{_moment(piece.window.since)} to {_moment(piece.window.until)}"
    return f"{piece.name}, {covered}{', not all of it' if piece.left_out else ''}"


def _moment(at: datetime) -> str:
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def follow(form: str) -> dict[str, Any]:
    """A button under a summary, which opens the composer with the kept `form`."""
    text = {"type": "plain_text", "text": "Follow it on a schedule"}
    element = {"type": "button", "text": text, "action_id": AGAIN, "value": form}
    return {"type": "actions", "block_id": "follow", "elements": [element]}
