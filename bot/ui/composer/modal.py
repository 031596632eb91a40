"""The composer as Slack shows it: a form becomes a modal; pure. `state` reads what comes back.

Slack keeps what a person has typed as long as block and action keep their ids. Fields that are folded
away travel in the modal's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any, Final

from bot.replies.text import moments_words, plain_element, section_block, timing_words
from bot.replies.views import composer_words
from bot.schedules import MOST_PLACES, MOST_REVIEWERS
from bot.slack import ReaderClock, clip_text
from bot.sources import encode_sources
from bot.ui.composer.field_values import hold_if_needed
from bot.ui.composer.fields import (
    EXACTLY,
    LONGEST_NARROWING,
    LONGEST_VALUE,
    agreement_blocks,
    button_element,
    condition_field,
    input_block,
    more_prompt,
    place_blocks,
    setting_fields,
    source_fields,
    text_input,
)
from bot.ui.composer.form import DEFAULT_ZONE, MOST_MENTIONS, Form
from bot.ui.composer.pickers.when_picker import picker_blocks
from bot.ui.composer.shown_preview import ShownPreview, preview_blocks
from bot.ui.composer.source_fields import Offer
from bot.ui.composer.times import Understood, read_times
from scheduler import Closures, Cron, Timing, upcoming_runs

CALLBACK: Final = "compose"
WHEN, PREVIEW, FOLD, SOURCES = "compose_when", "compose_preview", "compose_fold", "compose_sources"
JOIN: Final = "compose_join"
"""Actions inside the modal."""

_UNBROKEN: Final = "\N{NO-BREAK SPACE}"
_SHOWN_RUNS: Final = 5
_CARRIED: Final = (
    "zone",
    "zone_told",
    "own_zone",
    "twelve_hour",
    "editing",
    "revision",
    "only_me",
    "origin",
    "follows",
    "preview",
    "timed",
    "unfolded",
    "sourced",
    "glue",
    "rewritten",
)
"""The parts of a form that no field shows."""


def composer_view(
    form: Form,
    *,
    now: datetime,
    closures: Closures,
    offer: Offer,
    preview: ShownPreview | None = None,
    problem: str = "",
    join: str = "",
    note: str = "",
) -> dict[str, Any]:
    """The modal with `form` filled in; `problem` is why it could not be saved, `note` what goes on.

    A button lets the bot `join` that channel.
    """
    times = read_times(form, now=now)
    sourced = form.sourced or form.has_sources
    blocks = [
        *([_with_id("problem", section_block(f":warning: {problem}"))] if problem else []),
        *([_with_id("join", _join_button(join))] if join else []),
        *agreement_blocks(form),
        *([_with_id("follows", section_block(composer_words.FOLLOWS))] if form.follows else []),
        input_block(
            "prompt",
            composer_words.PROMPT,
            text_input(form.prompt, multiline=True, placeholder=composer_words.PROMPT_EXAMPLE),
            hint=composer_words.PROMPT_HINT,
        ),
        *(more_prompt(number, text) for number, text in enumerate(form.more, 1)),
        *(source_fields(form) if sourced else []),
        {
            **input_block(
                "when",
                composer_words.WHEN,
                text_input(form.when, action=when_action(form), placeholder=composer_words.WHEN_EXAMPLE),
                hint=composer_words.when_hint(needed=form.needs_time, zone=form.zone),
                optional=not form.needs_time,
            ),
            "dispatch_action": True,
        },
        *picker_blocks(form.when, zone=form.zone or DEFAULT_ZONE, now=now, drawn=form.rewritten),
        _with_id("understood", section_block(describe_time(form, now=now, closures=closures, times=times))),
        *place_blocks(form),
        input_block(
            "name",
            composer_words.NAME,
            text_input(form.name, placeholder=composer_words.NAME_EXAMPLE),
            hint=composer_words.NAME_HINT,
            optional=True,
        ),
        *([condition_field(form)] if form.unfolded or form.post_if else []),
        *(setting_fields(form, offer, recurs=times.recurs) if form.unfolded else []),
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                button_element(
                    composer_words.PREVIEW_AGAIN if preview and preview.is_done else composer_words.PREVIEW,
                    PREVIEW,
                ),
                *([] if sourced else [button_element(composer_words.ADD_SOURCES, SOURCES)]),
                button_element(
                    composer_words.FEWER_SETTINGS if form.unfolded else composer_words.MORE_SETTINGS, FOLD
                ),
            ],
        },
        *([{"type": "context", "block_id": "note", "elements": [plain_element(note)]}] if note else []),
        *(preview_blocks(preview, of=form) if preview is not None else []),
    ]
    title, submit = _act_words(form)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain_element(title),
        "submit": plain_element(submit),
        "close": plain_element(composer_words.CANCEL),
        "private_metadata": _carried_metadata(form, shown={str(block.get("block_id")) for block in blocks}),
        "blocks": blocks,
    }


def when_action(form: Form) -> str:
    """The action of the field *When*; another one each time that pickers have written its words."""
    return f"{WHEN}_{form.rewritten}" if form.rewritten else WHEN


def _join_button(channel: str) -> dict[str, Any]:
    button = {**button_element(composer_words.JOIN, JOIN), "value": channel, "style": "primary"}
    return {"type": "actions", "elements": [button]}


def _act_words(form: Form) -> tuple[str, str]:
    """The title and the button that say what submitting it does."""
    if form.editing:
        return composer_words.EDIT_TITLE, composer_words.SAVE
    if form.timed or form.when.strip():
        return composer_words.NEW_TITLE, composer_words.SAVE
    return composer_words.ASK_TITLE, composer_words.ASK


def describe_time(form: Form, *, now: datetime, closures: Closures, times: Understood | None = None) -> str:
    """The meaning of the words about time, with the next runs, in mrkdwn.

    What is wrong with them is said at their field, when the form is submitted.
    """
    times = times or read_times(form, now=now)
    if times.wrong:
        return composer_words.RUNS_HERE
    if times.timing is None:
        return composer_words.RUNS_HERE if form.needs_time else composer_words.ASKED_NOW
    is_elsewhere = form.own_zone not in (None, times.timing.when.zone)
    told = timing_words(times.timing, now=now, reader=form.reader, zoned=is_elsewhere)
    lines = [told, *next_run_lines(times.timing, now, closures, reader=form.reader)]
    if form.zone is None and form.zone_told and times.timing.when.zone == DEFAULT_ZONE:
        lines.append(composer_words.NO_ZONE)
    return "\n".join(lines)


def next_run_lines(
    timing: Timing, now: datetime, closures: Closures, *, reader: ReaderClock | None
) -> list[str]:
    """A line with the next runs, on the reader's clock; none for what runs once, whose time says it."""
    following = upcoming_runs(timing, after=now, count=_SHOWN_RUNS, closures=closures)
    if not following:
        return [f":warning: {composer_words.NEVER_RUNS}"]
    zone = timing.when.zone
    if not isinstance(timing.when, Cron):
        return []
    listed = moments_words(following, zone, now=now, reader=reader, between=" · ", space=_UNBROKEN)
    return [composer_words.next_times(listed, ends=len(following) < _SHOWN_RUNS, zone=zone)]


def _with_id(block: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content, "block_id": block}


def _carried_metadata(form: Form, *, shown: Set[str]) -> str:
    """The part of the form that the modal does not show, under Slack's 3,000 characters.

    The longest of it, links, is shown wherever there is any.
    """
    kept = {name: getattr(form, name) for name in _CARRIED}
    kept["others"] = encode_sources(
        map(hold_if_needed, form.others)
    )  # its field tells which of them are left
    folded = {
        "until": form.until,
        "holidays": clip_text(form.holidays, LONGEST_NARROWING, ending=""),
        "freshness": form.freshness,
        "people": [mention for mention in form.mentions if mention[0] in "UW"][:MOST_MENTIONS],
        "groups": [mention for mention in form.mentions if mention[0] not in "UW"][:MOST_MENTIONS],
        "changes": form.changes,
        "reviewers": [reviewer for reviewer in form.reviewers if reviewer[0] != "S"][:MOST_REVIEWERS],
        "review_groups": [reviewer for reviewer in form.reviewers if reviewer[0] == "S"][:MOST_REVIEWERS],
        "review_lead": form.review_lead,
        "undecided": form.undecided,
        "model": None
        if form.model is None
        else clip_text(form.model, LONGEST_VALUE - len(EXACTLY), ending=""),
        "over": form.over,
        "channel": form.channel,
        "also": form.also[:MOST_PLACES],
        "to_people": form.to_people[:MOST_PLACES],
    }
    kept |= {name: value for name, value in folded.items() if name not in shown}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
