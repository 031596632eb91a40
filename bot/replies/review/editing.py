"""The window in which a reviewer edits a post; pure."""

from __future__ import annotations

from typing import Any, Final

from bot.replies.buttons import INPUT
from bot.replies.text import plain_element, schedule_label, section_block
from bot.schedules import Schedule
from bot.slack import clip_text

REVIEW_WINDOW: Final = "review_edit"
EDIT_LIMIT: Final = 20_000
"""Characters of a post that can be edited; a message has about 3,000, and the rest follows in its thread."""
FIELD: Final = "text"
"""The block of the first field; the others are `text1`, `text2` and so on."""
FIELD_ROOM: Final = 2_500
"""Characters with which one field is filled in: Slack takes 3,000, and people add some."""
_MOST_SHOWN: Final = 3_000


def spread_text(text: str) -> tuple[list[str], list[str]]:
    """A long text in pieces that a field takes, and the character between each two; cut at lines or words."""
    pieces, glue, rest = list[str](), list[str](), text
    while (piece := clip_text(rest, FIELD_ROOM, ending="")) != rest:
        gaps = [rest.rfind(mark, 1, len(piece)) for mark in ("\n", " ")]
        end = next((gap for gap in gaps if gap > 0), len(piece))
        pieces.append(rest[:end])
        glue.append(rest[end] if end < len(piece) else "")
        rest = rest[end + len(glue[-1]) :]
    return [*pieces, rest], glue


def edit_window(schedule: Schedule, text: str, *, metadata: str, problem: str = "") -> dict[str, Any]:
    """The window with the Markdown of a post; `metadata` comes back with it."""
    pieces, _ = spread_text(text)
    pieces.append("")  # to go on in
    fields = [
        {
            "type": "input",
            "block_id": f"{FIELD}{number or ''}",
            "label": plain_element("Text, in Markdown" if number == 0 else "Text, continued"),
            "optional": number > 0,
            "element": {
                "type": "plain_text_input",
                "action_id": INPUT,
                "multiline": True,
                **({"initial_value": piece} if piece else {}),
            },
        }
        for number, piece in enumerate(pieces)
    ]
    return {
        "type": "modal",
        "callback_id": REVIEW_WINDOW,
        "title": plain_element("Edit this post"),
        "submit": plain_element("Post this"),
        "close": plain_element("Cancel"),
        "private_metadata": metadata,
        "blocks": [
            *([section_block(problem)] if problem else []),
            section_block(f"{schedule_label(schedule)}. Your changes are for this post alone."),
            *fields,
        ],
    }


def late_edit_window(told: str, text: str) -> dict[str, Any]:
    """In the place of a window whose post was decided about meanwhile: that, and what was typed."""
    starts = range(0, min(len(text), EDIT_LIMIT), _MOST_SHOWN)
    pieces = [text[start : start + _MOST_SHOWN] for start in starts]
    return {
        "type": "modal",
        "callback_id": f"{REVIEW_WINDOW}_late",
        "title": plain_element("Edit this post"),
        "close": plain_element("Close"),
        "blocks": [
            section_block(f"{told} This is what you typed, in case you need it:"),
            *({"type": "section", "text": plain_element(piece)} for piece in pieces if piece.strip()),
        ],
    }
