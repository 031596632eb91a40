"""The composer's fields, each as Slack shows it; pure.

An option keeps its value when its name changes: a modal may be open while the bot is replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bot.replies import source_name
from bot.replies.readers import AGREE_LABEL
from bot.replies.text import plain_element, section_block
from bot.replies.views import composer_words
from bot.schedules import MOST_PLACES, MOST_REVIEWERS, USUAL_LEAD
from bot.slack import clip_text
from bot.ui.composer.field_values import date_in
from bot.ui.composer.form import FIELD_LIMIT, MORE, MOST_MENTIONS, Form
from bot.ui.composer.source_fields import MOST_CHANNELS, Offer

LONGEST_NARROWING: Final = 100
_MOST_MODELS: Final = 98  # of the 100 options that Slack takes
LONGEST_VALUE: Final = 140  # characters of an option's value, of Slack's 150
USUAL: Final = "usual"
"""The option that chooses nothing."""
EXACTLY: Final = "="
"""Before the name of a model that is chosen."""

ONLY_ME: Final = "compose_only_me"
"""The action of the box *Only me*."""
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


def more_prompt(number: int, text: str) -> dict[str, Any]:
    return input_block(
        f"{MORE}{number}", composer_words.PROMPT_CONTINUED, text_input(text, multiline=True), optional=True
    )


def source_fields(form: Form) -> list[dict[str, Any]]:
    """The fields about what is read besides the prompt."""
    channels = _channels_select(form.channels, most=MOST_CHANNELS)
    return [
        input_block(
            "links",
            composer_words.LINKS,
            text_input(form.links, multiline=True, placeholder=composer_words.LINKS_EXAMPLE),
            hint=composer_words.LINKS_HINT,
            optional=True,
        ),
        input_block(
            "channels",
            composer_words.CHANNELS,
            channels,
            hint=composer_words.CHANNELS_HINT,
            optional=True,
        ),
        input_block(
            "over",
            composer_words.PERIOD,
            static_select(
                composer_words.PERIODS,
                USUAL if form.over is None else str(form.over),
                composer_words.last_hours,
            ),
        ),
        *([_others_field(form)] if form.others else []),
    ]


def _others_field(form: Form) -> dict[str, Any]:
    options = [select_option(source_name(source), str(place)) for place, source in enumerate(form.others)]
    element = {
        "type": "multi_static_select",
        "action_id": INPUT,
        "placeholder": plain_element(composer_words.NO_OTHERS),
        "options": options,
        "initial_options": options,
    }
    return input_block("others", composer_words.OTHERS, element, optional=True)


def _changes_field(form: Form) -> dict[str, Any]:
    return input_block(
        "changes", composer_words.CHANGES, static_select(composer_words.CHANGES_CHOICES, form.changes)
    )


def condition_field(form: Form) -> dict[str, Any]:
    return input_block(
        "post_if",
        composer_words.POST_IF,
        text_input(form.post_if, placeholder=composer_words.POST_IF_EXAMPLE),
        hint=composer_words.POST_IF_HINT,
        optional=True,
    )


def _model_field(form: Form, offer: Offer) -> list[dict[str, Any]]:
    """The model to ask, where there is a choice; one that can no longer be chosen stays to be seen."""
    known = [name for name in offer.models if len(EXACTLY + name) <= LONGEST_VALUE][:_MOST_MODELS]
    gone = form.model is not None and form.model not in offer.models
    if len(offer.models) < 2 and form.model is None:
        return []
    usual = composer_words.default_model(*offer.models[:1])
    options = [(USUAL, usual), *((EXACTLY + name, name) for name in known)]
    wanted = USUAL if form.model is None else clip_text(EXACTLY + form.model, LONGEST_VALUE, ending="")
    select = static_select(
        options, wanted, lambda value: composer_words.model_gone(value.removeprefix(EXACTLY))
    )
    return [
        input_block("model", composer_words.MODEL, select, hint=composer_words.MODEL_GONE if gone else "")
    ]


def setting_fields(form: Form, offer: Offer, *, recurs: bool) -> list[dict[str, Any]]:
    people = [mention for mention in form.mentions if mention[0] in "UW"][:MOST_MENTIONS]
    until: dict[str, Any] = {"type": "datepicker", "action_id": INPUT}
    if day := date_in(form.until):
        until["initial_date"] = day
    notified = _people_select(people, most=MOST_MENTIONS)
    return [
        *([_changes_field(form)] if recurs else []),
        *_model_field(form, offer),
        input_block("until", composer_words.UNTIL, until, hint=composer_words.UNTIL_HINT, optional=True),
        input_block(
            "holidays",
            composer_words.HOLIDAYS,
            text_input(form.holidays, placeholder=composer_words.HOLIDAYS_EXAMPLE, longest=LONGEST_NARROWING),
            optional=True,
        ),
        *_review_fields(form),
        input_block("freshness", composer_words.FRESHNESS, _freshness_select(form, offer)),
        input_block("people", composer_words.PEOPLE, notified, optional=True),
        input_block("groups", composer_words.GROUPS, _groups_select(form), optional=True),
    ]


def _review_fields(form: Form) -> list[dict[str, Any]]:
    """Who looks at each post first, how long before it, and what happens if nobody decides."""
    people = [reviewer for reviewer in form.reviewers if reviewer[0] in "UW"]
    chosen = [reviewer for reviewer in form.reviewers if reviewer[0] == "S"][:MOST_REVIEWERS]
    users = _people_select(people, most=MOST_REVIEWERS)
    names = dict(form.groups)
    ids = list(dict.fromkeys((*chosen, *names)))[:100]
    options = {group: select_option(names.get(group, "").strip() or group, group) for group in ids}
    groups: dict[str, Any] = {
        "type": "multi_static_select",
        "action_id": INPUT,
        "placeholder": plain_element(composer_words.NOBODY),
        "max_selected_items": MOST_REVIEWERS,
        "options": list(options.values()),
        **({"initial_options": [options[group] for group in chosen]} if chosen else {}),
    }
    lead = str(int(USUAL_LEAD.total_seconds()) if form.review_lead is None else form.review_lead)
    leads = static_select(composer_words.REVIEW_LEADS, lead, composer_words.other_lead)
    return [
        input_block(
            "reviewers",
            composer_words.REVIEWERS,
            users,
            hint=composer_words.REVIEWERS_HINT,
            optional=True,
        ),
        *([input_block("review_groups", composer_words.REVIEW_GROUPS, groups, optional=True)] if ids else []),
        input_block("review_lead", composer_words.REVIEW_LEAD, leads),
        input_block(
            "undecided",
            composer_words.REVIEW_UNDECIDED,
            static_select(composer_words.UNDECIDED_CHOICES, form.undecided),
        ),
    ]


def _freshness_select(form: Form, offer: Offer) -> dict[str, Any]:
    wanted = USUAL if form.freshness is None else str(form.freshness)
    usual = composer_words.default_freshness(max_age=offer.freshness.max_age, lead=offer.freshness.lead)
    choices = ((USUAL, usual), *composer_words.FRESHNESS_CHOICES)
    return static_select(choices, wanted, composer_words.other_freshness)


def _groups_select(form: Form) -> dict[str, Any]:
    """@here, @channel and the team's groups; those that are chosen come first, for Slack takes 100."""
    names = dict((*composer_words.BROADCASTS, *form.groups))
    chosen = [mention for mention in form.mentions if mention[0] not in "UW"][:MOST_MENTIONS]
    ids = list(dict.fromkeys((*chosen, *names)))[:100]
    options = {group: select_option(names.get(group, "").strip() or group, group) for group in ids}
    return {
        "type": "multi_static_select",
        "action_id": INPUT,
        "placeholder": plain_element(composer_words.NOBODY),
        "max_selected_items": MOST_MENTIONS,
        "options": list(options.values()),
        **({"initial_options": [options[group] for group in chosen]} if chosen else {}),
    }


def agreement_blocks(form: Form) -> list[dict[str, Any]]:
    """Tell what would be seen by whom, with a tick to agree to it; nothing where nobody was asked."""
    if not form.ticket:
        return []
    option = select_option(AGREE_LABEL, form.ticket)
    ticked = {"initial_options": [option]} if form.agreed == form.ticket else {}
    tick = {"type": "checkboxes", "action_id": INPUT, "options": [option], **ticked}
    return [
        {**section_block(form.exposed), "block_id": "exposed"},
        input_block("agree", composer_words.AGREE, tick, optional=True),
    ]


def _further_place_fields(form: Form) -> list[dict[str, Any]]:
    """The fields of the places besides the channel."""
    channels = _channels_select(form.also[:MOST_PLACES], most=MOST_PLACES)
    people = _people_select(form.to_people, most=MOST_PLACES)
    return [
        input_block("also", composer_words.ALSO, channels, hint=composer_words.ALSO_HINT, optional=True),
        input_block("to_people", composer_words.TO_PEOPLE, people, optional=True),
    ]


def place_blocks(form: Form) -> list[dict[str, Any]]:
    """The fields of the places that it posts to, and a box that puts *only me* in their stead."""
    option = select_option(composer_words.ONLY_ME, "only_me")
    box: dict[str, Any] = {"type": "checkboxes", "action_id": ONLY_ME, "options": [option]}
    if form.only_me:
        box["initial_options"] = [option]
    only_me = {"type": "actions", "block_id": "only_me", "elements": [box]}
    if form.only_me:
        return [only_me]
    return [
        input_block("channel", composer_words.CHANNEL, _channel_select(form), optional=bool(form.to_people)),
        only_me,
        *(_further_place_fields(form) if form.unfolded or form.has_further_places else []),
    ]


def _channel_select(form: Form) -> dict[str, Any]:
    initial = {"initial_conversation": form.channel} if form.channel else {}
    if form.editing and not form.channel:
        return {"type": "conversations_select", "action_id": INPUT}
    return {
        "type": "conversations_select",
        "action_id": INPUT,
        **(initial or {"default_to_current_conversation": True}),
    }


def _channels_select(chosen: Sequence[str], *, most: int) -> dict[str, Any]:
    """The element in which up to so many channels are chosen."""
    return {
        "type": "multi_conversations_select",
        "action_id": INPUT,
        "placeholder": plain_element(composer_words.NONE_CHOSEN),
        "max_selected_items": most,
        "filter": {"include": ["public", "private"]},
        **({"initial_conversations": list(chosen)} if chosen else {}),
    }


def _people_select(chosen: Sequence[str], *, most: int) -> dict[str, Any]:
    """The element in which up to so many people are chosen."""
    return {
        "type": "multi_users_select",
        "action_id": INPUT,
        "placeholder": plain_element(composer_words.NOBODY),
        "max_selected_items": most,
        **({"initial_users": list(chosen[:most])} if chosen else {}),
    }
