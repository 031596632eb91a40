"""What an answer was made from: its sources, and the time they cover."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from bot.slack import AGAIN
from bot.sources import Material, Piece, Problem, Window

SUMMARISE: Final = "Summarise this thread"
"""The shortcut in a message's menu; Slack takes 24 characters."""
SUMMARISE_DESCRIPTION: Final = "Reads the thread and posts what was decided and what is open"

_UNREAD: Final[Mapping[Problem, str]] = {
    "not_in_channel": "I am not in its channel",
    "refused": "Slack does not let me",
    "empty": "it says nothing",
    "gone": "it is not there any more",
    "too_large": "it is too large for me",
    "slow": "it took too long to come",
    "unreachable": "its server does not answer as it should",
    "bad_link": "it leads to no address that I can follow",
    "not_public": "it leads into a private network",
    "login": "one has to log in there",
    "barred": "its site refuses programs like me",
    "legal": "its site does not show it for legal reasons",
    "robots": "that site does not let robots read it",
    "nothing_new": "nothing in it is new",
    "not_text": "it is neither a page, a feed, a PDF nor text",
    "no_text": "there is no text in it that I can see",
    "broken": "it is damaged",
    "encrypted": "it has a password",
}
_ADVICE: Final[Mapping[Problem, str]] = {
    "not_in_channel": "Type `/invite @Precache` there.",
    "too_large": "I take 10 MB, and less if it is intricate.",
    "not_public": "Whoever runs me can allow a network.",
}


def summarising() -> str:
    """To who chose the shortcut."""
    return (
        "On it: the summary comes to that thread. To follow it, mention me there with a time: "
        "`@Precache every weekday at 9am summarise this thread`."
    )


def credit(material: Material) -> str:
    """For the quiet line, in mrkdwn: each source with the time it covers, in each reader's own zone."""
    parts = [
        ", ".join((*map(_piece, pieces), *(() if window is None else (_covers(window),))))
        for window, pieces in groupby(material.pieces, key=lambda piece: piece.window)
    ]
    parts += [unread(each.problem, each.name) for each in material.unread]
    return f"from {', '.join(parts)}"


def unread(problem: Problem, name: str = "") -> str:
    """That a source was not read, and why; `name` is its name, in mrkdwn."""
    return f"{name or 'a source'} was not read, because {_UNREAD[problem]}"


def advice(problem: Problem) -> str:
    """What can be done about it, as a sentence; empty if nothing can."""
    return _ADVICE.get(problem, "")


def _piece(piece: Piece) -> str:
    return f"{piece.name} (not all of it)" if piece.left_out else piece.name


def _covers(window: Window) -> str:
    return f"{_moment(window.since)} to {_moment(window.until)}"


def _moment(at: datetime) -> str:
    fallback = f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def follow(form: str) -> dict[str, Any]:
    """A button under a summary, which opens the composer with the kept `form`."""
    text = {"type": "plain_text", "text": "Follow it on a schedule"}
    element = {"type": "button", "text": text, "action_id": AGAIN, "value": form}
    return {"type": "actions", "block_id": "follow", "elements": [element]}
