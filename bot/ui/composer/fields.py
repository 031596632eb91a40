"""The composer's fields, each as Slack shows it; pure.

An option keeps its value when its name changes: a modal may be open while the bot is replaced.
"""

from __future__ import annotations

from typing import Any, Final

from bot.replies import plain, source_name
from bot.slack import clip_text
from bot.ui.composer.elements import INPUT, input_block, select_option, static_select, text_input
from bot.ui.composer.field_values import date_in
from bot.ui.composer.form import BROADCASTS, MORE, MOST_MENTIONS, Form
from bot.ui.composer.reads import MOST_CHANNELS, Offer

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
    return input_block(
        f"{MORE}{number}", "Prompt, continued", text_input(text, multiline=True), optional=True
    )


def source_fields(form: Form) -> list[dict[str, Any]]:
    """The fields about what is read besides the prompt."""
    channels: dict[str, Any] = {
        "type": "multi_conversations_select",
        "action_id": INPUT,
        "placeholder": plain("None"),
        "max_selected_items": MOST_CHANNELS,
        "filter": {"include": ["public", "private"]},
        **({"initial_conversations": list(form.channels)} if form.channels else {}),
    }
    return [
        input_block(
            "links",
            "Links",
            text_input(form.links, multiline=True, placeholder="https://example.org/news"),
            hint="Pages, feeds, PDFs, or Slack messages whose thread is meant. Links in the prompt are read "
            "anyway.",
            optional=True,
        ),
        input_block(
            "channels",
            "Channels to read",
            channels,
            hint="Those that you are in and I am in.",
            optional=True,
        ),
        input_block(
            "over", "Over", static_select(_OVER, USUAL if form.over is None else str(form.over), _hours_label)
        ),
        *([_others_field(form)] if form.others else []),
    ]


def _hours_label(value: str) -> str:
    return f"The last {value} hours"


def _others_field(form: Form) -> dict[str, Any]:
    options = [select_option(source_name(source), str(place)) for place, source in enumerate(form.others)]
    element = {
        "type": "multi_static_select",
        "action_id": INPUT,
        "placeholder": plain("Nothing else"),
        "options": options,
        "initial_options": options,
    }
    return input_block("others", "It also reads", element, optional=True)


def _changes_field(form: Form) -> dict[str, Any]:
    return input_block("changes", "Post", static_select(_CHANGES, form.changes))


def _model_field(form: Form, offer: Offer) -> list[dict[str, Any]]:
    """The model to ask, where there is a choice; one that can no longer be chosen stays to be seen."""
    known = [name for name in offer.models if len(EXACTLY + name) <= LONGEST_VALUE][:_MOST_MODELS]
    gone = form.model is not None and form.model not in offer.models
    if len(offer.models) < 2 and form.model is None:
        return []
    usual = f"As usual: {offer.models[0]}" if offer.models else "As usual"
    options = [(USUAL, usual), *((EXACTLY + name, name) for name in known)]
    wanted = USUAL if form.model is None else clip_text(EXACTLY + form.model, LONGEST_VALUE, ending="")
    select = static_select(
        options, wanted, lambda value: f"{value.removeprefix(EXACTLY)} (no longer offered)"
    )
    return [input_block("model", "Model", select, hint="Please choose another one." if gone else "")]


def setting_fields(form: Form, offer: Offer, *, recurs: bool) -> list[dict[str, Any]]:
    people = [mention for mention in form.mentions if mention[0] in "UW"][:MOST_MENTIONS]
    until: dict[str, Any] = {"type": "datepicker", "action_id": INPUT}
    if day := date_in(form.until):
        until["initial_date"] = day
    notified: dict[str, Any] = {
        "type": "multi_users_select",
        "action_id": INPUT,
        "placeholder": plain("Nobody"),
        "max_selected_items": MOST_MENTIONS,
        **({"initial_users": people} if people else {}),
    }
    return [
        *([_changes_field(form)] if recurs else []),
        *_model_field(form, offer),
        input_block("until", "Until", until, hint="The last day on which it runs.", optional=True),
        input_block(
            "holidays",
            "Not on the holidays of",
            text_input(form.holidays, placeholder="One of DE, US-CA, Scotland …", longest=LONGEST_NARROWING),
            optional=True,
        ),
        input_block("freshness", "How old an answer may be", _freshness_select(form)),
        input_block("people", "Notify these people", notified, optional=True),
        input_block("groups", "Notify these groups", _groups_select(form), optional=True),
    ]


def _freshness_select(form: Form) -> dict[str, Any]:
    wanted = USUAL if form.freshness is None else str(form.freshness)
    return static_select(_FRESHNESS, wanted, lambda value: f"{int(value):,} seconds")


def _groups_select(form: Form) -> dict[str, Any]:
    """@here, @channel and the team's groups; those that are chosen come first, for Slack takes 100."""
    names = dict((*BROADCASTS, *form.groups))
    chosen = [mention for mention in form.mentions if mention[0] not in "UW"][:MOST_MENTIONS]
    ids = list(dict.fromkeys((*chosen, *names)))[:100]
    options = {group: select_option(names.get(group, "").strip() or group, group) for group in ids}
    return {
        "type": "multi_static_select",
        "action_id": INPUT,
        "placeholder": plain("Nobody"),
        "max_selected_items": MOST_MENTIONS,
        "options": list(options.values()),
        **({"initial_options": [options[group] for group in chosen]} if chosen else {}),
    }


def channel_select(form: Form) -> dict[str, Any]:
    initial = {"initial_conversation": form.channel} if form.channel else {}
    return {
        "type": "conversations_select",
        "action_id": INPUT,
        **(initial or {"default_to_current_conversation": True}),
    }
