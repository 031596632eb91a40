"""Small windows about a schedule, which ask for its name, owner, channel or time, or a pause's end; pure."""

from __future__ import annotations

from typing import Any, Final, Literal

from bot.replies.buttons import INPUT
from bot.replies.text import context_block, mrkdwn_element, plain_element, schedule_label, section_block
from bot.schedules import NAME_LIMIT, Schedule
from bot.slack import clip_text
from scheduler import describe_timing

Asks = Literal["rename", "transfer", "move", "retime", "snooze"]

FIELD: Final[dict[Asks, str]] = {
    "rename": "name", "transfer": "user", "move": "channel", "retime": "time", "snooze": "until",
}  # fmt: skip
"""The block that holds the field, where an error is shown."""
ASK_CALLBACK: Final = "ask_about"
ASK_FIELD: Final = "question"
_LONGEST: Final = 3_000  # characters of a field's first value


def callback_id(asks: Asks) -> str:
    return f"schedule_{asks}"


def question_window(asks: Asks, schedule: Schedule, *, metadata: str, coming: str = "") -> dict[str, Any]:
    """The window that asks for one thing; `metadata` comes back with it. `coming` are its next runs."""
    if asks == "retime":
        window = _dialog_window(
            asks, schedule, _time_field(schedule), title="Change time", submit="Save", metadata=metadata
        )
        return {**window, "blocks": [*window["blocks"], context_block(mrkdwn_element(coming))]}
    if asks == "snooze":
        window = _dialog_window(
            asks, schedule, _end_field(), title="Pause until a day", submit="Pause", metadata=metadata
        )
        return {**window, "blocks": [*window["blocks"], context_block(mrkdwn_element(coming))]}
    if asks == "rename":
        return _dialog_window(
            asks, schedule, _name_field(schedule), title="Rename", submit="Rename", metadata=metadata
        )
    if asks == "move":
        return _dialog_window(
            asks, schedule, _channel_field(schedule), title="Move", submit="Move", metadata=metadata
        )
    return _dialog_window(
        asks, schedule, _owner_field(), title="Give to someone else", submit="Give", metadata=metadata
    )


def ask_window(*, metadata: str) -> dict[str, Any]:
    """The window in which something is asked about an answer; `metadata` comes back with it."""
    element = {
        "type": "plain_text_input",
        "action_id": INPUT,
        "multiline": True,
        "max_length": _LONGEST,
        "placeholder": plain_element("Why is that? Shorter, please. Where does it say so?"),
    }
    return {
        "type": "modal",
        "callback_id": ASK_CALLBACK,
        "title": plain_element("Ask about this"),
        "submit": plain_element("Ask"),
        "close": plain_element("Cancel"),
        "private_metadata": metadata,
        "blocks": [
            {
                "type": "input",
                "block_id": ASK_FIELD,
                "label": plain_element("Question"),
                "element": element,
                "hint": plain_element("I'll reply in the thread of this answer, where everyone can read it."),
                "optional": False,
            }
        ],
    }


def _dialog_window(
    asks: Asks, schedule: Schedule, field: dict[str, Any], *, title: str, submit: str, metadata: str
) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback_id(asks),
        "title": plain_element(title),
        "submit": plain_element(submit),
        "close": plain_element("Cancel"),
        "private_metadata": metadata,
        "blocks": [section_block(schedule_label(schedule)), field],
    }


def _name_field(schedule: Schedule) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": INPUT,
        "placeholder": plain_element("Morning news"),
    }
    if schedule.name:
        element["initial_value"] = clip_text(schedule.name, _LONGEST)
    return {
        "type": "input",
        "block_id": FIELD["rename"],
        "label": plain_element("Name"),
        "element": element,
        "hint": plain_element(
            f"Up to {NAME_LIMIT} characters, and not another schedule's name. Leave empty for none."
        ),
        "optional": True,
    }


def _time_field(schedule: Schedule) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": FIELD["retime"],
        "label": plain_element("When"),
        "element": {
            "type": "plain_text_input",
            "action_id": INPUT,
            "initial_value": clip_text(describe_timing(schedule.rhythm, reader=schedule.zone), _LONGEST),
            "placeholder": plain_element("every weekday at 9am"),
        },
        "hint": plain_element(f"In the schedule's time zone, {schedule.zone}, unless you name another."),
    }


def _end_field() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": FIELD["snooze"],
        "label": plain_element("Pause until"),
        "element": {
            "type": "plain_text_input",
            "action_id": INPUT,
            "placeholder": plain_element("monday"),
        },
        "hint": plain_element("Such as monday, 7 January or 2 days. It goes on by itself then."),
    }


def _channel_field(schedule: Schedule) -> dict[str, Any]:
    instead = "It will then post there and nowhere else. " if schedule.also else ""
    return {
        "type": "input",
        "block_id": FIELD["move"],
        "label": plain_element("Post in"),
        "element": {
            "type": "conversations_select",
            "action_id": INPUT,
            "placeholder": plain_element("Choose a channel"),
            "filter": {"include": ["public", "private"]},
        },
        "hint": plain_element(
            f"{instead}A channel that you and I are both in. For several places, or people, use Edit."
        ),
        "optional": False,
    }


def _owner_field() -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": FIELD["transfer"],
        "label": plain_element("New owner"),
        "element": {
            "type": "users_select",
            "action_id": INPUT,
            "placeholder": plain_element("Choose a person"),
        },
        "hint": plain_element("Someone in the schedule's channel. They can then change and delete it."),
        "optional": False,
    }
