"""The state of an element: what it begins with, what was chosen, and what an action says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.block_kit import offered_options
from bot.sandbox.calls import api_error

_ONE_OPTION: Final = frozenset({"static_select", "radio_buttons", "overflow", "external_select"})


_MANY_OPTIONS: Final = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})


_TYPED: Final = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})


_NAMED: Final = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}


STATELESS: Final = frozenset({"button", "feedback_buttons", "icon_button", "overflow"})


Element = Mapping[str, Any]


def options_of(element: Element, suggested: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The options that can be chosen, by value: listed, initial or suggested."""
    initial = [element["initial_option"]] if "initial_option" in element else []
    initial += element.get("initial_options", [])
    return {option["value"]: option for option in (*offered_options(element), *initial)} | dict(suggested)


def state_of(
    element: Element, raw: Any, suggested: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """An element's value as `view.state.values` and an action say it; only what it offers can be chosen."""
    kind = element["type"]
    if kind in _TYPED:
        return {"type": kind, "value": _text_or_none(raw)}
    if kind in _NAMED:
        many = kind.startswith("multi_")
        return {"type": kind, _NAMED[kind]: _distinct_texts(raw) if many else raw or None}
    options = options_of(element, suggested or {})
    if kind in _ONE_OPTION:
        if raw is not None and (not isinstance(raw, str) or raw not in options):
            raise api_error("invalid_arguments", "selected: expected the value of one of the options")
        return {"type": kind, "selected_option": None if raw is None else options[raw]}
    assert kind in _MANY_OPTIONS, kind  # noqa: S101 - block_kit lets no other stateful element pass
    values = _distinct_texts(raw)
    if not all(value in options for value in values):
        raise api_error("invalid_arguments", "selected: expected values of the options")
    return {"type": kind, "selected_options": [options[value] for value in values]}


def _text_or_none(raw: Any) -> str | None:
    if raw is not None and not isinstance(raw, str):
        raise api_error("invalid_arguments", "values: expected text")
    return raw or None


def _distinct_texts(raw: Any) -> list[str]:
    if raw is not None and not (isinstance(raw, list) and all(isinstance(text, str) for text in raw)):
        raise api_error("invalid_arguments", "selected: expected a list")
    return list(dict.fromkeys(raw or []))


def initial_of(element: Element, current: str | None = None) -> Any:
    """The value an element begins with, in the page's words; `current` is the conversation one is in."""
    match element:
        case {"initial_option": {"value": str() as value}}:
            return value
        case {"initial_options": list() as options}:
            return [option["value"] for option in options]
    for name, value in element.items():
        if name.startswith("initial_"):
            return value
    return current if element.get("default_to_current_conversation") else None


def action_of(
    element: Element, selected: Any, suggested: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The part of an action beside its ids."""
    if element["type"] == "feedback_buttons":
        return _feedback_of(element, selected)
    if element["type"] in ("button", "icon_button"):
        return {"text": element["text"], **({"value": element["value"]} if "value" in element else {})}
    if selected is None and element["type"] not in _TYPED | _MANY_OPTIONS:
        raise api_error("invalid_arguments", "missing required field: selected")
    return state_of(element, selected, suggested)


def _feedback_of(element: Element, selected: Any) -> dict[str, Any]:
    """The button of the two that has the value."""
    for button in (element["positive_button"], element["negative_button"]):
        if button["value"] == selected:
            return {"text": button["text"], "value": button["value"]}
    raise api_error("invalid_arguments", "selected: expected the value of one of the buttons")
