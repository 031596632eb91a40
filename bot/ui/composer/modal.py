"""The composer as Slack shows it: a form becomes a modal; pure. `state` reads what comes back.

Slack keeps what a person has typed as long as block and action keep their ids. Fields that are folded
away travel in the modal's metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from datetime import datetime
from typing import Any, Final

from bot.replies import clock, escape, plain, section
from bot.slack import clip_text
from bot.sources import encode_sources
from bot.ui.composer.elements import button_element, input_block, text_input
from bot.ui.composer.fields import (
    EXACTLY,
    LONGEST_NARROWING,
    LONGEST_VALUE,
    channel_select,
    more_prompt,
    setting_fields,
    source_fields,
)
from bot.ui.composer.form import DEFAULT_ZONE, MOST_MENTIONS, Form
from bot.ui.composer.reads import Offer
from bot.ui.composer.times import Understood, read_times
from scheduler import Closures, Cron, Timing, describe_timing, upcoming_runs

CALLBACK: Final = "compose"
WHEN, PREVIEW, FOLD, SOURCES = "compose_when", "compose_preview", "compose_fold", "compose_sources"
"""Actions inside the modal."""

_UNBROKEN: Final = "\N{NO-BREAK SPACE}"
_SHOWN_RUNS: Final = 5
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
"""The parts of a form that no field shows."""


def composer_view(
    form: Form, *, now: datetime, closures: Closures, offer: Offer, problem: str = "", note: str = ""
) -> dict[str, Any]:
    """The modal with `form` filled in; `problem` is why it could not be saved, `note` what goes on."""
    times = read_times(form, now=now)
    sourced = form.sourced or form.has_sources
    blocks = [
        *([_with_id("problem", section(f":warning: {problem}"))] if problem else []),
        *([_with_id("follows", section("It reads the thread anew each time."))] if form.follows else []),
        input_block(
            "prompt", "Prompt", text_input(form.prompt, multiline=True, placeholder="What should I ask?")
        ),
        *(more_prompt(number, text) for number, text in enumerate(form.more, 1)),
        *(source_fields(form) if sourced else []),
        {
            **input_block(
                "when",
                "When",
                text_input(form.when, action=WHEN, placeholder="every weekday at 9am"),
                hint="In plain words: tomorrow at 8:30, every 2 hours between 9 and 17. "
                + ("" if form.editing else "Empty: once, now."),
                optional=not form.editing,
            ),
            "dispatch_action": True,
        },
        _with_id("understood", section(describe_time(form, now=now, closures=closures, times=times))),
        input_block("channel", "Channel", channel_select(form)),
        input_block(
            "name",
            "Name",
            text_input(form.name, placeholder="Morning news"),
            hint="What lists and commands call it.",
            optional=True,
        ),
        *(setting_fields(form, offer, recurs=times.recurs) if form.unfolded else []),
        {
            "type": "actions",
            "block_id": "buttons",
            "elements": [
                button_element("Preview to me", PREVIEW),
                *([] if sourced else [button_element("Add sources", SOURCES)]),
                button_element("Fewer settings" if form.unfolded else "More settings", FOLD),
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
        "private_metadata": _carried_metadata(form, shown={str(block.get("block_id")) for block in blocks}),
        "blocks": blocks,
    }


def describe_time(form: Form, *, now: datetime, closures: Closures, times: Understood | None = None) -> str:
    """The meaning of the words about time, with the next runs, in mrkdwn."""
    times = times or read_times(form, now=now)
    if times.wrong:
        return "\n".join(f":warning: {escape(sentence[:1_000])}" for sentence in times.wrong.values())
    if times.timing is None:
        return "Asked once, as soon as you save." if not form.editing else "Say when it runs."
    lines = [f"*{escape(describe_timing(times.timing)[:500])}*", *next_run_lines(times.timing, now, closures)]
    if form.zone is None and form.zone_told and times.timing.when.zone == DEFAULT_ZONE:
        lines.append("Your profile has no time zone, so this is UTC. Add one, such as `in Europe/Berlin`.")
    return "\n".join(lines)


def next_run_lines(timing: Timing, now: datetime, closures: Closures) -> list[str]:
    """A line with the next runs and their zone, and another if there are none."""
    following = upcoming_runs(timing, after=now, count=_SHOWN_RUNS, closures=closures)
    if not following:
        return [":warning: It never runs."]
    zone = timing.when.zone
    listed = " · ".join(clock(moment, zone).replace(" ", _UNBROKEN) for moment in following)
    last = " (then it ends)" if isinstance(timing.when, Cron) and len(following) < _SHOWN_RUNS else ""
    return [f"Next: {listed}{last} ({escape(zone)})"]


def _with_id(block: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {**content, "block_id": block}


def _carried_metadata(form: Form, *, shown: Set[str]) -> str:
    """The part of the form that the modal does not show, under Slack's 3,000 characters.

    The longest of it, links, is shown wherever there is any.
    """
    kept = {name: getattr(form, name) for name in _CARRIED}
    kept["others"] = encode_sources(form.others)  # its field tells which of them are left
    folded = {
        "until": form.until,
        "holidays": clip_text(form.holidays, LONGEST_NARROWING, ending=""),
        "freshness": form.freshness,
        "people": [mention for mention in form.mentions if mention[0] in "UW"][:MOST_MENTIONS],
        "groups": [mention for mention in form.mentions if mention[0] not in "UW"][:MOST_MENTIONS],
        "changes": form.changes,
        "model": None
        if form.model is None
        else clip_text(form.model, LONGEST_VALUE - len(EXACTLY), ending=""),
        "over": form.over,
    }
    kept |= {name: value for name, value in folded.items() if name not in shown}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
