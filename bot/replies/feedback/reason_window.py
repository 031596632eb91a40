"""The window after a thumb down: one optional line, and for those who may, that the answer is withdrawn."""

from __future__ import annotations

from typing import Any, Final, Literal

from bot.feedback import REASON_LIMIT
from bot.replies.buttons import INPUT
from bot.replies.text import plain_element

VOTE_WINDOW: Final = "vote_reason"
"""The window's callback id."""
REASON_FIELD: Final = "reason"
WITHDRAW_FIELD: Final = "withdraw"


ReadBy = Literal["owner", "asker", "nobody"]
"""The people who read a reason: a schedule's owner and the admins, the person who asked, or nobody."""
_READ_BY: Final[dict[ReadBy, str]] = {
    "owner": "The owner and admins read it, without your name.",
    "asker": "The person who asked reads it, without your name.",
}


def vote_window(*, read_by: ReadBy, may_withdraw: bool, metadata: str) -> dict[str, Any] | None:
    """The window; its vote is counted already. None where there is nothing to fill in."""
    blocks: list[dict[str, Any]] = []
    if read_by != "nobody":
        blocks.append(
            {
                "type": "input",
                "block_id": REASON_FIELD,
                "label": plain_element("What's wrong with it?"),
                "element": {
                    "type": "plain_text_input",
                    "action_id": INPUT,
                    "max_length": REASON_LIMIT,
                    "placeholder": plain_element("Too long, out of date, the wrong channel…"),
                },
                "hint": plain_element(_READ_BY[read_by]),
                "optional": True,
            }
        )
    if may_withdraw:
        option = {
            "text": plain_element("Never show this answer again"),
            "description": plain_element("I withdraw it here and make a new one."),
            "value": "withdraw",
        }
        blocks.append(
            {
                "type": "input",
                "block_id": WITHDRAW_FIELD,
                "label": plain_element("This answer"),
                "element": {"type": "checkboxes", "action_id": INPUT, "options": [option]},
                "optional": True,
            }
        )
    if not blocks:
        return None
    return {
        "type": "modal",
        "callback_id": VOTE_WINDOW,
        "title": plain_element("Your vote counts"),
        "submit": plain_element("Send"),
        "close": plain_element("Skip"),
        "private_metadata": metadata,
        "blocks": blocks,
    }
