"""What an answer was made from: its sources, and the time they cover."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from bot.interaction import AGAIN
from bot.sources import Material, Piece

SUMMARISE: Final = "Summarise this thread"
"""The shortcut in a message's menu; Slack takes 24 characters."""
SUMMARISE_DESCRIPTION: Final = "Reads the thread and posts what was decided and what is open"

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
