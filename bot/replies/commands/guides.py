"""Answers to what is neither a command nor a prompt: a kind word, or the right place."""

from __future__ import annotations

from typing import Final, get_args

from bot.commands import Guide
from bot.replies.text import COMMAND

GUIDES: Final[tuple[Guide, ...]] = get_args(Guide)

_GUIDES: Final[dict[Guide, str]] = {
    "thanks": "You're welcome!",
    "presence": f"I'm here. Type `{COMMAND} help` to see what I can do.",
    "nothing": f"There's nothing to confirm or stop right now. To end a schedule, type `{COMMAND} list`"
    " and press "
    "*Manage*.",
    "undo": "After a deletion, *Undo* brings the schedule back for a minute. "
    f"For other changes, type `{COMMAND} list` and press *Manage*.",
    "home": f"My Home tab lists your schedules: click my name, then *Home*. `{COMMAND} list` shows them"
    " here.",
    "settings": f"Each schedule has its own settings: type `{COMMAND} list`, press *Manage*, then *Edit*. "
    "Your time zone comes from your Slack profile.",
    "timezone": "I use the time zone of your Slack profile, which you can change in Slack's preferences."
    " For one "
    f"schedule, add a zone to its time: `{COMMAND} every day at 9 in Europe/Berlin …`",
    "follow_up": "I can't tell what that is about. Reply in the thread of the answer that you mean, or press"
    " *Ask about this* under it.",
    "delete_post": "Press the three dots under the post, then *Delete this post*. To end its schedule, press"
    " *Manage*.",
    "share_post": "I can't share a message elsewhere. Use Slack's *Share message*, or ask me the same there.",
    "version": f"Only the people who run this bot know its version. Type `{COMMAND} help` to see what I"
    " can do.",
}


def guide_text(guide: Guide) -> str:
    """Answer with a kind word, or say where something is found."""
    return _GUIDES[guide]


def not_a_command() -> str:
    """Say above a schedule's card that the words were no command."""
    return "I don't know that command, so I changed nothing. Here is the schedule that you named."
