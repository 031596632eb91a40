"""Slack's own fields and buttons, as the composer uses them; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.replies import plain_element
from bot.slack import clip_text
from bot.ui.composer.form import FIELD_LIMIT

INPUT: Final = "input"
"""The action of every field that only tells its value."""


def input_block(
    block: str, label: str, element: Mapping[str, Any], *, hint: str = "", optional: bool = False
) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block,
        "label": plain_element(label),
        "element": dict(element),
        "optional": optional,
        **({"hint": plain_element(hint.strip())} if hint else {}),
    }


def text_input(
    value: str,
    *,
    action: str = INPUT,
    multiline: bool = False,
    placeholder: str = "",
    longest: int = FIELD_LIMIT,
) -> dict[str, Any]:
    """A text field. It names no longest input: Slack's is 3,000 at most, and without it takes more."""
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": action,
        "multiline": multiline,
        **({"placeholder": plain_element(placeholder)} if placeholder else {}),
    }
    if value:
        element["initial_value"] = clip_text(value, longest, ending="")
    if action != INPUT:
        element["dispatch_action_config"] = {
            "trigger_actions_on": ["on_enter_pressed", "on_character_entered"]
        }
    return element


def static_select(
    choices: Sequence[tuple[str, str]], wanted: str, named: Callable[[str], str] = str
) -> dict[str, Any]:
    """One of several; what is wanted and not among them is offered too, by the name that `named` gives it."""
    options = [select_option(text, value) for value, text in choices]
    if wanted not in {option["value"] for option in options}:
        options.append(select_option(named(wanted), wanted))
    initial = next(option for option in options if option["value"] == wanted)
    return {"type": "static_select", "action_id": INPUT, "options": options, "initial_option": initial}


def button_element(text: str, action: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain_element(text)}


def quoted_blocks(text: str) -> list[dict[str, Any]]:
    """`text` as it was typed, to copy it from a message."""
    chunks = [text[start : start + 1_500] for start in range(0, min(len(text), 12_000), 1_500)]
    return [{"type": "section", "text": plain_element(chunk)} for chunk in chunks if chunk.strip()]


def select_option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain_element(clip_text(text, 75)), "value": value}
