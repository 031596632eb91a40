"""The composer's fields, each as Slack shows it; pure.

An option keeps its value whatever it is called: a modal may be open while the bot is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.replies import plain, source_name
from bot.slack import clip_text
from bot.ui.composer.form import BROADCASTS, FIELD_LIMIT, MORE, MOST_MENTIONS, Form, date_in
from bot.ui.composer.reads import MOST_CHANNELS, Offer

_INPUT: Final = "input"  # the action of every field that only tells its value
LONGEST_NARROWING: Final = 100
_FRESHNESS: Final = (
    ("usual", "As usual: an hour, or 5 minutes on a schedule"),
    ("0", "Always made anew"),
    ("300", "5 minutes"),
    ("3600", "An hour"),
    ("21600", "6 hours"),
    ("86400", "A day"),
)
_OVER: Final = (
    ("usual", "Since the last run (or the last day, if it runs once)"),
    ("24", "The last day"),
    ("168", "The last week"),
    ("744", "The last month"),
)
_CHANGES: Final = (
    ("always", "Always"),
    ("only", "Only if something has changed"),
    ("difference", "Only what has changed"),
)
_MOST_MODELS: Final = 98  # of the 100 options that Slack takes
LONGEST_VALUE: Final = 140  # characters of an option's value, of Slack's 150
USUAL: Final = "usual"
"""The option that chooses nothing."""
EXACTLY: Final = "="
"""Before the name of a model that is chosen."""


def more_prompt(number: int, text: str) -> dict[str, Any]:
    return field(f"{MORE}{number}", "Prompt, continued", text_input(text, multiline=True), optional=True)


def source_fields(form: Form) -> list[dict[str, Any]]:
    """What is read besides the prompt."""
    channels: dict[str, Any] = {
        "type": "multi_conversations_select",
        "action_id": _INPUT,
        "placeholder": plain("None"),
        "max_selected_items": MOST_CHANNELS,
        "filter": {"include": ["public", "private"]},
        **({"initial_conversations": list(form.channels)} if form.channels else {}),
    }
    return [
        field(
            "links",
            "Links",
            text_input(form.links, multiline=True, placeholder="https://example.org/news"),
            hint="Pages, feeds, PDFs, or Slack messages whose thread is meant. Links in the prompt are read "
            "anyway.",
            optional=True,
        ),
        field(
            "channels",
            "Channels to read",
            channels,
            hint="Those that you are in and I am in.",
            optional=True,
        ),
        field("over", "Over", _select(_OVER, USUAL if form.over is None else str(form.over), _hours)),
        *([_others(form)] if form.others else []),
    ]


def _hours(value: str) -> str:
    return f"The last {value} hours"


def _others(form: Form) -> dict[str, Any]:
    options = [_option(source_name(source), str(place)) for place, source in enumerate(form.others)]
    element = {
        "type": "multi_static_select",
        "action_id": _INPUT,
        "placeholder": plain("Nothing else"),
        "options": options,
        "initial_options": options,
    }
    return field("others", "It also reads", element, optional=True)


def _changes(form: Form) -> dict[str, Any]:
    return field("changes", "Post", _select(_CHANGES, form.changes))


def _model(form: Form, offer: Offer) -> list[dict[str, Any]]:
    """Which model to ask, where there is a choice; one that can no longer be chosen stays to be seen."""
    known = [each for each in offer.models if len(EXACTLY + each) <= LONGEST_VALUE][:_MOST_MODELS]
    gone = form.model is not None and form.model not in offer.models
    if len(offer.models) < 2 and form.model is None:
        return []
    usual = f"As usual: {offer.models[0]}" if offer.models else "As usual"
    options = [(USUAL, usual), *((EXACTLY + each, each) for each in known)]
    wanted = USUAL if form.model is None else clip_text(EXACTLY + form.model, LONGEST_VALUE, ending="")
    select = _select(options, wanted, lambda value: f"{value.removeprefix(EXACTLY)} (no longer offered)")
    return [field("model", "Model", select, hint="Please choose another one." if gone else "")]


def setting_fields(form: Form, offer: Offer, *, recurs: bool) -> list[dict[str, Any]]:
    people = [each for each in form.mentions if each[0] in "UW"][:MOST_MENTIONS]
    until: dict[str, Any] = {"type": "datepicker", "action_id": _INPUT}
    if day := date_in(form.until):
        until["initial_date"] = day
    notified: dict[str, Any] = {
        "type": "multi_users_select",
        "action_id": _INPUT,
        "placeholder": plain("Nobody"),
        "max_selected_items": MOST_MENTIONS,
        **({"initial_users": people} if people else {}),
    }
    return [
        *([_changes(form)] if recurs else []),
        *_model(form, offer),
        field("until", "Until", until, hint="The last day on which it runs.", optional=True),
        field(
            "holidays",
            "Not on the holidays of",
            text_input(form.holidays, placeholder="One of DE, US-CA, Scotland …", longest=LONGEST_NARROWING),
            optional=True,
        ),
        field("freshness", "How old an answer may be", _freshness(form)),
        field("people", "Notify these people", notified, optional=True),
        field("groups", "Notify these groups", _groups_select(form), optional=True),
    ]


def _freshness(form: Form) -> dict[str, Any]:
    wanted = USUAL if form.freshness is None else str(form.freshness)
    return _select(_FRESHNESS, wanted, lambda value: f"{int(value):,} seconds")


def _select(
    choices: Sequence[tuple[str, str]], wanted: str, named: Callable[[str], str] = str
) -> dict[str, Any]:
    """One of several; what is wanted and not among them is offered too, by the name that `named` gives it."""
    options = [_option(text, value) for value, text in choices]
    if wanted not in {option["value"] for option in options}:
        options.append(_option(named(wanted), wanted))
    initial = next(option for option in options if option["value"] == wanted)
    return {"type": "static_select", "action_id": _INPUT, "options": options, "initial_option": initial}


def _groups_select(form: Form) -> dict[str, Any]:
    """@here, @channel and the team's groups; those that are chosen come first, for Slack takes 100."""
    names = dict((*BROADCASTS, *form.groups))
    chosen = [each for each in form.mentions if each[0] not in "UW"][:MOST_MENTIONS]
    ids = list(dict.fromkeys((*chosen, *names)))[:100]
    options = {each: _option(names.get(each, "").strip() or each, each) for each in ids}
    return {
        "type": "multi_static_select",
        "action_id": _INPUT,
        "placeholder": plain("Nobody"),
        "max_selected_items": MOST_MENTIONS,
        "options": list(options.values()),
        **({"initial_options": [options[each] for each in chosen]} if chosen else {}),
    }


def channel_select(form: Form) -> dict[str, Any]:
    initial = {"initial_conversation": form.channel} if form.channel else {}
    return {
        "type": "conversations_select",
        "action_id": _INPUT,
        **(initial or {"default_to_current_conversation": True}),
    }


def field(
    block: str, label: str, element: Mapping[str, Any], *, hint: str = "", optional: bool = False
) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label),
        "element": dict(element),
        "optional": optional,
        **({"hint": plain(hint.strip())} if hint else {}),
    }


def text_input(
    value: str,
    *,
    action: str = _INPUT,
    multiline: bool = False,
    placeholder: str = "",
    longest: int = FIELD_LIMIT,
) -> dict[str, Any]:
    """A text field. It names no longest input: Slack's is 3,000 at most, and without it takes more."""
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": action,
        "multiline": multiline,
        **({"placeholder": plain(placeholder)} if placeholder else {}),
    }
    if value:
        element["initial_value"] = clip_text(value, longest, ending="")
    if action != _INPUT:
        element["dispatch_action_config"] = {
            "trigger_actions_on": ["on_enter_pressed", "on_character_entered"]
        }
    return element


def button(text: str, action: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain(text)}


def quoted(text: str) -> list[dict[str, Any]]:
    """`text` as it was typed, to copy it from a message."""
    chunks = [text[start : start + 1_500] for start in range(0, min(len(text), 12_000), 1_500)]
    return [{"type": "section", "text": plain(chunk)} for chunk in chunks if chunk.strip()]


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain(clip_text(text, 75)), "value": value}
