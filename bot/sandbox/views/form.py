"""A modal's form: what was filled in as the app will see it, and what Slack itself finds wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from bot.sandbox.block_kit import input_blocks
from bot.sandbox.calls import ApiError, api_error
from bot.sandbox.views.element_state import STATELESS, state_of
from bot.sandbox.views.view import View

Suggested = Callable[[str, str], Mapping[str, Mapping[str, Any]]]
"""The options the app suggested for a block's action."""

REQUIRED: Final = "Please complete this required field."
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_URL: Final = re.compile(r"https?://[^\s/?#]+\.?[^\s]*", re.IGNORECASE)


def read_values(view: View, filled: Any, suggested: Suggested) -> dict[str, dict[str, Any]]:
    """`view.state.values`: every element's state; what the page does not mention is as it began."""
    if filled is None:
        filled = {}
    if not isinstance(filled, dict) or not all(isinstance(actions, dict) for actions in filled.values()):
        raise api_error("invalid_arguments", "values: expected an object for each block")
    raw = view.initial_values()
    for block_id, actions in filled.items():
        for action_id, value in actions.items():
            if block_id not in raw or action_id not in raw[block_id]:
                continue  # of a view that was there before an update
            raw[block_id][action_id] = value
    values: dict[str, dict[str, Any]] = {}
    for block_id, element in view.elements():
        if element["type"] in STATELESS:
            continue
        action_id = element["action_id"]
        value = raw[block_id][action_id]
        values.setdefault(block_id, {})[action_id] = state_of(element, value, suggested(block_id, action_id))
    return values


def form_complaints(view: View, values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> dict[str, str]:
    """A sentence for each input block that Slack would not let pass."""
    found = {}
    for block in input_blocks(view.content):
        element = block["element"]
        state = values[block["block_id"]][element["action_id"]]
        (value,) = (part for name, part in state.items() if name != "type")
        if value in (None, "", []) or (isinstance(value, str) and not value.strip()):
            if not block.get("optional"):
                found[block["block_id"]] = REQUIRED
        elif (sentence := _value_complaint(element, value)) is not None:
            found[block["block_id"]] = sentence
    return found


def _value_complaint(element: Mapping[str, Any], value: Any) -> str | None:
    match element["type"]:
        case "plain_text_input":
            if len(value) < (low := element.get("min_length", 0)):
                return f"Please enter at least {low} characters."
            if len(value) > (high := element.get("max_length", 3000)):
                return f"Please enter no more than {high} characters."
        case "number_input":
            return _number_complaint(element, value)
        case "email_text_input" if not _EMAIL.fullmatch(value):
            return "Please enter a valid email address."
        case "url_text_input" if not _URL.fullmatch(value):
            return "Please enter a valid URL."
        case _ if isinstance(value, list) and len(value) > (most := element.get("max_selected_items", 100)):
            return f"Please select no more than {most} items."
    return None


def _number_complaint(element: Mapping[str, Any], value: str) -> str | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return "Please enter a valid number."
    if not number.is_finite():
        return "Please enter a valid number."
    if not element["is_decimal_allowed"] and number != number.to_integral_value():
        return "Please enter a whole number."
    if "min_value" in element and number < Decimal(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and number > Decimal(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return None


def app_errors(view: View, given: Any) -> dict[str, str]:
    """`response_action: errors`: sentences, and only for blocks that ask for something."""
    asking = {block["block_id"] for block in input_blocks(view.content)}
    match given:
        case dict() if given and all(
            block in asking and isinstance(text, str) and text for block, text in given.items()
        ):
            return given
    raise ApiError("invalid_response")
