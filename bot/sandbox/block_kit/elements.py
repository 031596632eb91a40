"""Text objects and interactive elements, with the limits Slack documents for each.

Limits: docs.slack.dev/reference/block-kit (composition objects, block elements).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.sandbox.block_kit.schema import (
    Check,
    Spot,
    boolean,
    by_type,
    exactly_one,
    integer,
    listing,
    matching,
    one_of,
    shape,
    string,
)

NAME_LIMIT: Final = 255
"""Characters of a block_id or action_id."""


def plain_text(longest: int) -> Check:
    return by_type({"plain_text": shape({"text": string(longest)}, {"emoji": boolean})})


def mrkdwn_or_plain(longest: int) -> Check:
    return by_type(
        {
            "plain_text": shape({"text": string(longest)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(longest)}, {"verbatim": boolean}),
        }
    )


_CONFIRM: Final = shape(
    {
        "title": plain_text(100),
        "text": mrkdwn_or_plain(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)
_OPTION: Final = shape({"text": plain_text(75), "value": string(150)}, {"description": plain_text(75)})
_OPTION_MRKDWN: Final = shape(
    {"text": mrkdwn_or_plain(75), "value": string(150)}, {"description": mrkdwn_or_plain(75)}
)
_OVERFLOW_OPTION: Final = shape(
    {"text": plain_text(75), "value": string(150)}, {"description": plain_text(75), "url": string(3000)}
)
_GROUP: Final = shape({"label": plain_text(75), "options": listing(_OPTION, 1, 100)})
_ACTION: Final[Mapping[str, Check]] = {"action_id": string(NAME_LIMIT), "confirm": _CONFIRM}
_FOCUS: Final[Mapping[str, Check]] = {"focus_on_load": boolean, "placeholder": plain_text(150)}
_FILTER: Final = shape(
    optional={
        "include": listing(one_of("im", "mpim", "private", "public"), 1, 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    }
)
_ID: Final = string(NAME_LIMIT)
FILE_ID: Final = "[F][A-Z0-9]{8,}"
_MOST: Final = {"max_selected_items": integer(1, 100)}


def offered_options(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every option of an element, those inside groups included."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


def _check_initial(spot: Spot) -> None:
    chosen = [spot.value["initial_option"]] if "initial_option" in spot.value else []
    chosen += spot.value.get("initial_options", [])
    values = {option["value"] for option in offered_options(spot.value)}
    if any(option["value"] not in values for option in chosen):
        spot.refuse("initial_option must be one of the options")


def _check_values_differ(spot: Spot) -> None:
    values = [option["value"] for option in offered_options(spot.value)]
    if len(values) != len(set(values)):
        spot.refuse("options must have different values")


def _static_select(initial: Mapping[str, Check]) -> Check:
    choice = {"options": listing(_OPTION, 1, 100), "option_groups": listing(_GROUP, 1, 100)}
    return shape(
        {},
        {**_ACTION, **_FOCUS, **choice, **initial},
        exactly_one("options", "option_groups"),
        _check_values_differ,
        _check_initial,
    )


def _choice_boxes(initial: Mapping[str, Check]) -> Check:
    return shape(
        {"options": listing(_OPTION_MRKDWN, 1, 10)},
        {**_ACTION, "focus_on_load": boolean, **initial},
        _check_values_differ,
        _check_initial,
    )


def _check_file_id(spot: Spot) -> None:
    if not isinstance(spot.value, str) or not re.fullmatch(FILE_ID, spot.value):
        spot.refuse(f"input must match regex pattern: ^{FILE_ID}$")


SLACK_FILE: Final = shape({}, {"id": _check_file_id, "url": string(3000)}, exactly_one("id", "url"))
IMAGE: Final = shape(
    {"alt_text": string(2000)},
    {"image_url": string(3000), "slack_file": SLACK_FILE},
    exactly_one("image_url", "slack_file"),
)
_SINGLE: Final[Mapping[str, Check]] = {
    "static_select": _static_select({"initial_option": _OPTION}),
    "external_select": shape(
        {}, {**_ACTION, **_FOCUS, "initial_option": _OPTION, "min_query_length": integer(0, 100)}
    ),
    "users_select": shape({}, {**_ACTION, **_FOCUS, "initial_user": _ID}),
    "conversations_select": shape(
        {},
        {
            **_ACTION,
            **_FOCUS,
            "initial_conversation": _ID,
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": _FILTER,
        },
    ),
    "channels_select": shape(
        {}, {**_ACTION, **_FOCUS, "initial_channel": _ID, "response_url_enabled": boolean}
    ),
}
_IDS: Final = listing(_ID, 1, 100)
_MULTI: Final[Mapping[str, Check]] = {
    "multi_static_select": _static_select({"initial_options": listing(_OPTION, 1, 100), **_MOST}),
    "multi_external_select": shape(
        {},
        {
            **_ACTION,
            **_FOCUS,
            **_MOST,
            "initial_options": listing(_OPTION, 1, 100),
            "min_query_length": integer(0, 100),
        },
    ),
    "multi_users_select": shape({}, {**_ACTION, **_FOCUS, **_MOST, "initial_users": _IDS}),
    "multi_conversations_select": shape(
        {},
        {
            **_ACTION,
            **_FOCUS,
            **_MOST,
            "initial_conversations": _IDS,
            "default_to_current_conversation": boolean,
            "filter": _FILTER,
        },
    ),
    "multi_channels_select": shape({}, {**_ACTION, **_FOCUS, **_MOST, "initial_channels": _IDS}),
}
_OTHERS: Final[Mapping[str, Check]] = {
    "button": shape(
        {"text": plain_text(75)},
        {
            **_ACTION,
            "value": string(2000),
            "url": string(3000),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(75),
        },
    ),
    "overflow": shape({"options": listing(_OVERFLOW_OPTION, 1, 5)}, _ACTION, _check_values_differ),
    "checkboxes": _choice_boxes({"initial_options": listing(_OPTION_MRKDWN, 1, 10)}),
    "radio_buttons": _choice_boxes({"initial_option": _OPTION_MRKDWN}),
    "datepicker": shape(
        {}, {**_ACTION, **_FOCUS, "initial_date": matching(r"\d{4}-\d\d-\d\d", "a date as YYYY-MM-DD")}
    ),
    "timepicker": shape(
        {},
        {
            **_ACTION,
            **_FOCUS,
            "initial_time": matching(r"([01]\d|2[0-3]):[0-5]\d", "a time as HH:mm"),
            "timezone": string(NAME_LIMIT),
        },
    ),
}
_MOMENT: Final[Mapping[str, Check]] = {
    "datetimepicker": shape(
        {},
        {**_ACTION, "focus_on_load": boolean, "initial_date_time": integer(1_000_000_000, 9_999_999_999)},
    )
}

_FEEDBACK: Final = shape({"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)})
_CONTEXTUAL: Final[Mapping[str, Check]] = {
    "feedback_buttons": shape(
        {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": string(NAME_LIMIT)}
    ),
    "icon_button": shape(
        {"icon": one_of("trash"), "text": plain_text(75)},
        {
            **_ACTION,
            "value": string(2000),
            "accessibility_label": string(75),
            "visible_to_user_ids": listing(_ID, 1, 100),
        },
    ),
}
CONTEXT_ACTION: Final = by_type(_CONTEXTUAL)
"""The elements that may stand in a row of context actions."""
ACCESSORY: Final = by_type({**_OTHERS, **_SINGLE, **_MULTI, "image": IMAGE})
"""The elements that may stand beside a section's text."""
ACTION: Final = by_type({**_OTHERS, **_SINGLE, **_MOMENT})
"""The elements that may stand in a row of actions; multi-selects may not."""
_LONGEST_TYPED: Final = 3000
_DISPATCH: Final = shape(
    {
        "trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 1, 2),
    }
)
_TYPED: Final[Mapping[str, Check]] = {
    **_FOCUS,
    "action_id": string(NAME_LIMIT),
    "dispatch_action_config": _DISPATCH,
    "initial_value": string(_LONGEST_TYPED, 0),
}
_DECIMAL: Final = matching(r"-?\d+(\.\d+)?", "a number as text")


def _check_lengths(spot: Spot) -> None:
    if spot.value.get("min_length", 0) > spot.value.get("max_length", _LONGEST_TYPED):
        spot.refuse("min_length must not be greater than max_length")


_TEXTS: Final[Mapping[str, Check]] = {
    "plain_text_input": shape(
        {},
        {
            **_TYPED,
            "multiline": boolean,
            "min_length": integer(0, _LONGEST_TYPED),
            "max_length": integer(1, _LONGEST_TYPED),
        },
        _check_lengths,
    ),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": _DECIMAL, "min_value": _DECIMAL, "max_value": _DECIMAL},
    ),
    "email_text_input": shape({}, _TYPED),
    "url_text_input": shape({}, _TYPED),
}
INPUT: Final = by_type(
    {
        **_TEXTS,
        **_SINGLE,
        **_MULTI,
        **_MOMENT,
        **{kind: _OTHERS[kind] for kind in ("checkboxes", "radio_buttons", "datepicker", "timepicker")},
    }
)
"""The elements that a form may have."""
INTERACTIVE: Final = frozenset({*_OTHERS, *_CONTEXTUAL, *_SINGLE, *_MULTI, *_MOMENT, *_TEXTS})
SUGGESTIONS: Final = shape(
    optional={"options": listing(_OPTION, 0, 100), "option_groups": listing(_GROUP, 0, 100)},
)
"""The answer of an app when someone types into an external select."""
CONTEXT: Final = by_type(
    {
        "image": IMAGE,
        "plain_text": shape({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000)}, {"verbatim": boolean}),
    }
)
