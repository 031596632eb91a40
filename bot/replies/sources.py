"""Sources of an answer, the time they cover, and the reason where one was not read."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from bot.replies.text import slack_date
from bot.slack import AGAIN
from bot.sources import Material, Piece, Problem, Window

SUMMARISE: Final = "Summarise this thread"
"""The shortcut in a message's menu; Slack takes 24 characters."""
SUMMARISE_DESCRIPTION: Final = "Reads the thread and posts what was decided and what is open"

_UNREAD: Final[Mapping[Problem, str]] = {
    "not_in_channel": "I couldn't read {name} because I'm not in that channel",
    "refused": "Slack didn't let me read {name}",
    "empty": "there was nothing to read in {name}",
    "wordless": "the messages in {name} have no words that I can read",
    "gone": "I couldn't find {name}",
    "too_large": "I couldn't read {name} because it's too large",
    "slow": "{name} took too long to load",
    "unreachable": "I couldn't reach {name}, or it answered with an error",
    "bad_link": "I couldn't read {name} because the link is broken",
    "not_public": "I can't open {name}: it is a private address",
    "login": "I couldn't read {name} because it needs a login",
    "barred": "I couldn't read {name} because the site refuses bots",
    "legal": "I couldn't read {name} because the site doesn't show it for legal reasons",
    "robots": "I couldn't read {name} because the site doesn't allow bots",
    "nothing_new": "there was nothing new in {name}",
    "not_text": "I couldn't read {name} because it isn't a page, a feed, a PDF or text",
    "no_text": "I couldn't find any text in {name}",
    "broken": "I couldn't read {name} because it's damaged",
    "encrypted": "I couldn't read {name} because it's protected by a password",
}
_ADVICE: Final[Mapping[Problem, str]] = {
    "not_in_channel": "Type `/invite @Precache` there.",
    "gone": "It may have been deleted.",
    "too_large": "The limit is 10 MB, less for complex files.",
    "not_public": "Your admin may be able to allow it.",
    "unreachable": "Is the address right?",
    "bad_link": "Please check the address.",
}


def summarising_thread() -> str:
    """Tell the person who chose the shortcut."""
    return (
        "Working on it. I'll post the summary in that thread. To get it regularly, mention me there with a "
        "time: `@Precache every weekday at 9am summarise this thread`."
    )


def source_credit(material: Material) -> str:
    """Name each source with the time it covers, in each reader's own zone; mrkdwn for the quiet line."""
    parts = [
        ", ".join(map(_piece_name, pieces)) + ("" if window is None else f" ({_window_words(window)})")
        for window, pieces in groupby(material.pieces, key=lambda piece: piece.window)
    ]
    missing = [source_unread(source.problem, source.name) for source in material.unread]
    return " · ".join((f"from {', '.join(parts)}", *missing))


def source_unread(problem: Problem, name: str = "") -> str:
    """Say that a source was not read, and why; `name` is its name, in mrkdwn."""
    return _UNREAD[problem].format(name=name or "a source")


def source_advice(problem: Problem) -> str:
    """Say what can be done about it; empty if nothing can."""
    return _ADVICE.get(problem, "")


def _piece_name(piece: Piece) -> str:
    return f"part of {piece.name}" if piece.left_out else piece.name


def _window_words(window: Window) -> str:
    since, until = slack_date(window.since), slack_date(window.until)
    minutes = {int(moment.timestamp()) // 60 for moment in (window.since, window.until)}
    return until if len(minutes) == 1 else f"{since} to {until}"


def follow_button(form: str) -> dict[str, Any]:
    """A button under a summary, which opens the composer with the kept `form`."""
    text = {"type": "plain_text", "text": "Schedule this summary"}
    element = {"type": "button", "text": text, "action_id": AGAIN, "value": form}
    return {"type": "actions", "block_id": "follow", "elements": [element]}
