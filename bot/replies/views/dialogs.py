"""Two small windows about a schedule, which ask for its name or its owner; pure."""

from __future__ import annotations

from typing import Any, Final, Literal

from bot.replies.naming import label
from bot.replies.text import (
    plain,
    section,
)
from bot.schedules import NAME_LIMIT, Schedule
from bot.slack import clip_text

Asks = Literal["rename", "transfer"]

FIELD: Final[dict[Asks, str]] = {"rename": "name", "transfer": "user"}
"""The block that holds the field, where an error is shown."""
INPUT: Final = "input"
_LONGEST: Final = 3_000  # characters of a field's first value


def callback_id(asks: Asks) -> str:
    return f"schedule_{asks}"


def dialog(asks: Asks, schedule: Schedule, *, metadata: str) -> dict[str, Any]:
    """The window that asks for one thing; `metadata` comes back with it."""
    if asks == "rename":
        return _window(asks, schedule, _name(schedule), title="Rename", submit="Rename", metadata=metadata)
    return _window(asks, schedule, _user(), title="Give to someone else", submit="Give", metadata=metadata)


def _window(
    asks: Asks, schedule: Schedule, field: dict[str, Any], *, title: str, submit: str, metadata: str
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback_id(asks),
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "private_metadata": metadata,
        "blocks": [section(label(schedule)), field],
    }


def _name(schedule: Schedule) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": INPUT,
        "placeholder": plain("Morning news"),
    }
    if schedule.name:
        element["initial_value"] = clip_text(schedule.name, _LONGEST)
    return {
        "type": "input",
        "block_id": FIELD["rename"],
        "label": plain("Name"),
        "element": element,
        "hint": plain(
            f"Up to {NAME_LIMIT} characters, and not another schedule's name. Leave empty for none."
        ),
        "optional": True,
    }


def _user() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": FIELD["transfer"],
        "label": plain("New owner"),
        "element": {"type": "users_select", "action_id": INPUT, "placeholder": plain("Choose a person")},
        "hint": plain("Someone in the schedule's channel. They can then change and delete it."),
        "optional": False,
    }
