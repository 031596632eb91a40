"""The composer as Slack shows it: a form becomes a modal; pure. `modal_state` reads what comes back.

What a person has typed is kept by Slack as long as block and action keep their ids. Fields that are folded
away travel in the modal's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Final

from bot.composer.form import (
    BROADCASTS,
    DEFAULT_ZONE,
    FIELD_LIMIT,
    MORE,
    MOST_MENTIONS,
    Form,
    Understood,
    date_in,
    read_times,
    within,
)
from bot.composer.reads import MOST_CHANNELS, Offer
from bot.replies import escape
from bot.replies.sources import source_name
from bot.replies.text import clock, cut, plain, section
from scheduler import Closures, Cron, Timing, describe_timing, runs

CALLBACK: Final = "compose"
WHEN, PREVIEW, FOLD, SOURCES = "compose_when", "compose_preview", "compose_fold", "compose_sources"
"""Actions inside the modal."""

_INPUT: Final = "input"  # the action of every field that only tells its value
_SHOWN_RUNS: Final = 5
_LONGEST_NARROWING: Final = 100
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
_LONGEST_VALUE: Final = 140  # characters of an option's value, of Slack's 150
USUAL: Final = "usual"
"""The option that chooses nothing."""
EXACTLY: Final = "="
"""Before the name of a model that is chosen."""

_CARRIED: Final = (
    "zone",
    "zone_told",
    "editing",
    "revision",
    "origin",
    "follows",
    "preview",
    "unfolded",
    "sourced",
    "glue",
)
"""What no field shows."""


def composer_view(
    form: Form, *, now: datetime, closures: Closures, offer: Offer, problem: str = "", note: str = ""
) -> dict[str, Any]:
    """The modal with `form` filled in; `problem` is why it could not be saved, `note` what goes on."""
    times = read_times(form, now=now)
    sourced = form.sourced or form.reads
    blocks = [
        *([_named("problem", section(f":warning: {problem}"))] if problem else []),
        *([_named("follows", section("It reads the thread anew each time."))] if form.follows else []),
        _field("prompt", "Prompt", _text(form.prompt, multiline=True, placeholder="What should I ask?")),
        *(_more(number, text) for number, text in enumerate(form.more, 1)),
        *(_sources(form) if sourced else []),
        {
            **_field(
                "when",
                "When",
                _text(form.when, action=WHEN, placeholder="every weekday at 9am"),
                hint="In plain words: tomorrow at 8:30, every 2 hours between 9 and 17. "
                + ("" if form.editing else "Empty: once, now."),
                optional=not form.editing,
            ),
            "dispatch_action": True,
        },
        _named("understood", section(understood(form, now=now, closures=closures, times=times))),
        _field("channel", "Channel", _channel(form)),
        _field(
            "name",
            "Name",
            _text(form.name, placeholder="Morning news"),
            hint="What lists and commands call it.",
            optional=True,
        ),
        *(_advanced(form, offer, recurs=times.recurs) if form.unfolded else []),
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                button("Preview to me", PREVIEW),
                *([] if sourced else [button("Add sources", SOURCES)]),
                button("Fewer settings" if form.unfolded else "More settings", FOLD),
            ],
        },
        *([{"type": "context", "block_id": "note", "elements": [plain(note)]}] if note else []),
    ]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain("Edit schedule" if form.editing else "New schedule"),
        "submit": plain("Save"),
        "close": plain("Cancel"),
        "private_metadata": _metadata(form, shown={str(block.get("block_id")) for block in blocks}),
        "blocks": blocks,
    }


def understood(form: Form, *, now: datetime, closures: Closures, times: Understood | None = None) -> str:
    """What the words about time mean, with the next runs, in mrkdwn."""
    times = times or read_times(form, now=now)
    if times.wrong:
        return "\n".join(f":warning: {escape(sentence[:1_000])}" for sentence in times.wrong.values())
    if times.timing is None:
        return "Asked once, as soon as you save." if not form.editing else "Say when it runs."
    lines = [f"*{escape(describe_timing(times.timing)[:500])}*", *next_runs(times.timing, now, closures)]
    if form.zone is None and form.zone_told and times.timing.when.zone == DEFAULT_ZONE:
        lines.append("Your profile has no time zone, so this is UTC. Add one, such as `in Europe/Berlin`.")
    return "\n".join(lines)


def next_runs(timing: Timing, now: datetime, closures: Closures) -> list[str]:
    """A line with the next runs and their zone, and another if there are none."""
    following = runs(timing, after=now, count=_SHOWN_RUNS, closures=closures)
    if not following:
        return [":warning: It never runs."]
    zone = timing.when.zone
    listed = " · ".join(clock(moment, zone) for moment in following)
    last = " (then it ends)" if isinstance(timing.when, Cron) and len(following) < _SHOWN_RUNS else ""
    return [f"Next: {listed}{last} ({escape(zone)})"]


# Fields


def _more(number: int, text: str) -> dict[str, Any]:
    return _field(f"{MORE}{number}", "Prompt, continued", _text(text, multiline=True), optional=True)


def _sources(form: Form) -> list[dict[str, Any]]:
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
        _field(
            "links",
            "Links",
            _text(form.links, multiline=True, placeholder="https://example.org/news"),
            hint="Pages, feeds, PDFs, or Slack messages whose thread is meant. Links in the prompt are read "
            "anyway.",
            optional=True,
        ),
        _field(
            "channels",
            "Channels to read",
            channels,
            hint="Those that you are in and I am in.",
            optional=True,
        ),
        _field("over", "Over", _select(_OVER, USUAL if form.over is None else str(form.over), _hours)),
        *([_others(form)] if form.others else []),
    ]


def _hours(value: str) -> str:
    return f"The last {value} hours"


def _others(form: Form) -> dict[str, Any]:
    options = [_option(source_name(each), str(place)) for place, each in enumerate(form.others)]
    element = {
        "type": "multi_static_select",
        "action_id": _INPUT,
        "placeholder": plain("Nothing else"),
        "options": options,
        "initial_options": options,
    }
    return _field("others", "It also reads", element, optional=True)


def _changes(form: Form) -> dict[str, Any]:
    return _field("changes", "Post", _select(_CHANGES, form.changes))


def _model(form: Form, offer: Offer) -> list[dict[str, Any]]:
    """Which model to ask, where there is a choice; one that can no longer be chosen stays to be seen."""
    known = [each for each in offer.models if len(EXACTLY + each) <= _LONGEST_VALUE][:_MOST_MODELS]
    gone = form.model is not None and form.model not in offer.models
    if len(offer.models) < 2 and form.model is None:
        return []
    usual = f"As usual: {offer.models[0]}" if offer.models else "As usual"
    options = [(USUAL, usual), *((EXACTLY + each, each) for each in known)]
    wanted = USUAL if form.model is None else within(EXACTLY + form.model, _LONGEST_VALUE)
    select = _select(options, wanted, lambda value: f"{value.removeprefix(EXACTLY)} (no longer offered)")
    return [_field("model", "Model", select, hint="Please choose another one." if gone else "")]


def _advanced(form: Form, offer: Offer, *, recurs: bool) -> list[dict[str, Any]]:
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
        _field("until", "Until", until, hint="The last day on which it runs.", optional=True),
        _field(
            "holidays",
            "Not on the holidays of",
            _text(form.holidays, placeholder="DE, US-CA or Scotland", longest=_LONGEST_NARROWING),
            optional=True,
        ),
        _field("freshness", "How old an answer may be", _freshness(form)),
        _field("people", "Notify these people", notified, optional=True),
        _field("groups", "Notify these groups", _groups_select(form), optional=True),
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


def _channel(form: Form) -> dict[str, Any]:
    initial = {"initial_conversation": form.channel} if form.channel else {}
    return {
        "type": "conversations_select",
        "action_id": _INPUT,
        **(initial or {"default_to_current_conversation": True}),
    }


def _field(
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


def _text(
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
        element["initial_value"] = within(value, longest)
    if action != _INPUT:
        element["dispatch_action_config"] = {
            "trigger_actions_on": ["on_enter_pressed", "on_character_entered"]
        }
    return element


def _named(block: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content, "block_id": block}


def button(text: str, action: str) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain(text)}


def quoted(text: str) -> list[dict[str, Any]]:
    """`text` as it was typed, to copy it from a message."""
    chunks = [text[start : start + 1_500] for start in range(0, min(len(text), 12_000), 1_500)]
    return [{"type": "section", "text": plain(chunk)} for chunk in chunks if chunk.strip()]


def _option(text: str, value: str) -> dict[str, Any]:
    return {"text": plain(cut(text, 75)), "value": value}


def _metadata(form: Form, *, shown: Set[str]) -> str:
    """What the modal does not show, under Slack's 3,000 characters.

    The longest of it, links, is shown wherever there is any.
    """
    kept = {name: getattr(form, name) for name in _CARRIED}
    kept["others"] = [dict(each) for each in form.others]  # its field tells which of them are left
    folded = {
        "until": form.until,
        "holidays": within(form.holidays, _LONGEST_NARROWING),
        "freshness": form.freshness,
        "people": [each for each in form.mentions if each[0] in "UW"][:MOST_MENTIONS],
        "groups": [each for each in form.mentions if each[0] not in "UW"][:MOST_MENTIONS],
        "changes": form.changes,
        "model": None if form.model is None else within(form.model, _LONGEST_VALUE - len(EXACTLY)),
        "over": form.over,
    }
    kept |= {name: value for name, value in folded.items() if name not in shown}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
