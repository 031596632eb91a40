"""The requests of Slack that are noted: those whose loss nobody would see at once; pure.

What only opens or changes a window fails before the person's eyes, and news of channels and people is found
out at the next run, too. Everything else is believed done once it is acknowledged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.replies.buttons import read_press
from bot.replies.feedback import read_latest_press, read_vote_press
from bot.replies.readers import AGREE, ALLOW, HALT
from bot.replies.review import read_review_press
from bot.slack import JOIN
from bot.ui.composer import POST_HERE
from bot.ui.mentions import is_for_bot

_BELIEVED: Final = frozenset(
    {
        "run",
        "pause",
        "resume",
        "skip",
        "unskip",
        "delete",
        "undo",
        "refresh",
        "unplace",
        "unpost",
        "deleteall",
        "pauseall",
        "resumeall",
        "keep",
        "keepall",
        "unsubscribe",
    }
)
_CONSENTS: Final = frozenset({AGREE, ALLOW, HALT})
"""The answers to the question who may see what, but for those that only show something."""


def is_believed_done(body: Mapping[str, Any]) -> bool:
    """True if the person takes it for done when Slack has our acknowledgement."""
    match body:
        case {"command": _} | {"type": "view_submission" | "message_action"}:
            return True
        case {"type": "event_callback"}:
            return is_for_bot(body)
        case {"type": "block_actions", "actions": [dict(action), *_]}:
            name = action.get("action_id")
            if isinstance(name, str) and name in {JOIN, POST_HERE, *_CONSENTS}:
                return True
            if read_vote_press(action) is not None or read_latest_press(action) is not None:
                return True
            if (decision := read_review_press(action)) is not None:
                return decision.verb != "edit"
            press = read_press(action)
            return press is not None and press.verb in _BELIEVED
        case _:
            return False


def event_of(body: Mapping[str, Any]) -> str:
    """The id of an event, which Slack may send again; empty for what it sends once."""
    event = body.get("event_id")
    return event if isinstance(event, str) and body.get("type") == "event_callback" else ""


def kind_of(body: Mapping[str, Any]) -> str:
    """The kind of a request in one word, such as "command", "block_actions" or "app_mention"."""
    if "command" in body:
        return "command"
    event = body.get("event", body)
    name = event.get("type") if isinstance(event, Mapping) else None
    return name if isinstance(name, str) and name.isidentifier() and len(name) < 80 else "unknown"
