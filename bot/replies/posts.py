"""The messages that carry an answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.answers import Answer
from bot.day import VARIABLES, find_unknown_variables
from bot.markdown import Part, to_parts
from bot.replies.buttons import post_buttons
from bot.replies.money import cost_words
from bot.replies.runs import reviewed_words
from bot.replies.text import (
    TEXT_LIMIT,
    age_words,
    context_block,
    mrkdwn_element,
    plain_element,
    schedule_label,
    section_block,
    shorten_line,
    slack_date,
)
from bot.schedules import Schedule
from bot.slack import clip_text
from bot.sources import problem_behind

PREVIEW_SHOWN: Final = "*Preview* – only you can see it."
PREVIEW_CUT: Final = (
    "The preview ends here, because a form has no room for more. The post will have all of it."
)
_CUT_OFF: Final = "This answer is cut off, because the model stopped too early."
_PARTLY_READ: Final = "The model could read only part of this, because it's too long."
_ASKED_SHOWN: Final = 1_000
_FORM_BLOCKS: Final = 60  # of the hundred that a modal takes
_FORM_ROOM: Final = (
    90_000  # of the 250,000 bytes that a modal takes, the form's own and their escapes included
)
BROADCASTS: Final = frozenset({"here", "channel"})
_ASKED_IN_VAIN: Final = frozenset(
    {"gave_up", "limited", "model_too_long", "model_no_room", "model_declined", "model_empty"}
)
_DEMO_NOTE: Final = (
    "A small demo model on this machine wrote this, so expect mistakes. For a real model, set "
    "OPENAI_API_KEY (or OPENAI_BASE_URL, or PRECACHE_MODEL with its provider's key)."
)


def model_hint(*, demo: bool) -> str:
    """Say where answers come from as long as no model is set, and how to set one."""
    begin = "No model is set."
    if demo:
        begin = "Answers come from a small demo model on this machine, so expect mistakes."
    return (
        f"{begin} For a real model, set `OPENAI_API_KEY`, or `PRECACHE_MODEL` with its provider's key, and "
        "start again. For a server on this machine, such as Ollama, set "
        "`OPENAI_BASE_URL=http://127.0.0.1:11434/v1` and `PRECACHE_MODEL=openai:name`, with its model's name."
    )


def answer_parts(
    answer: Answer,
    *,
    query: str,
    schedule: Schedule | None,
    body: Sequence[Part] = (),
    shared: int = 0,
    demo: bool,
    cached: bool,
    costs: bool = False,
    stale_at: datetime | None = None,
    why: str = "",
    pressable: bool = True,
    kept: str = "",
    talk: bool = False,
) -> tuple[Part, ...]:
    """The messages that carry an answer: the question, the answer, one quiet line about it, and buttons.

    `body` is the answer alone, if it is rendered already. With `costs` the line says the model and what it
    cost. `stale_at` is now if it is only the last good one, and `why` says for what reason. `kept` is the id
    under which a prompt without a schedule is kept with what it reads; in a `talk` none is.
    """
    parts = list(body or to_parts(answer.text))
    head = context_block(plain_element(f"“{shorten_line(answer.asked or query)}”"))
    parts[0] = replace(parts[0], blocks=(*_mention_blocks(schedule), head, *parts[0].blocks))
    line = quiet_line(answer, schedule=schedule, shared=shared, cached=cached, costs=costs)
    notes = _end_notes(answer, line, demo=demo)
    if stale_at is not None:
        notes.insert(
            0,
            context_block(
                mrkdwn_element(
                    f"{_stale_reason(why)}, so this is the last good answer. "
                    f"It is {age_words(stale_at - answer.made)} old."
                )
            ),
        )
    if pressable:
        reads = bool(answer.credit)
        notes.append(post_buttons(schedule=schedule, query=query, kept=kept, reads=reads, talk=talk))
    if len(parts) > 1:
        more = context_block(plain_element("The answer continues in the thread."))
        parts[0] = replace(parts[0], blocks=(*parts[0].blocks, more))
    parts[-1] = replace(parts[-1], blocks=(*parts[-1].blocks, *notes))
    return tuple(parts)


def _end_notes(answer: Answer, line: str, *, demo: bool) -> list[dict[str, Any]]:
    """The quiet line under an answer, and what its readers must know of it."""
    notes = [context_block(mrkdwn_element(clip_text(line, TEXT_LIMIT)))]
    if answer.partly_read:
        notes.insert(0, context_block(plain_element(_PARTLY_READ)))
    if answer.is_cut_off:
        notes.insert(0, context_block(plain_element(_CUT_OFF)))
    if demo:
        notes.append(context_block(plain_element(_DEMO_NOTE)))
    return notes


def preview_in_form(
    answer: Answer, *, query: str = "", body: Sequence[Part] = (), cached: bool, demo: bool
) -> tuple[dict[str, Any], ...]:
    """An answer as it is shown in the composer, to the one who decides about it, bounded as a modal is.

    `body` is the answer alone, without Slack's tables, if it is rendered already. Of a `query` with variables
    it says what was asked with them, and which names in braces are none.
    """
    line = quiet_line(answer, schedule=None, shared=0, cached=cached, costs=True)
    notes = _end_notes(answer, line, demo=demo)
    parts = body or to_parts(answer.text, tables=False)
    blocks = [block for part in parts for block in part.blocks]
    shown: list[dict[str, Any]] = []
    room = _FORM_ROOM
    for block in blocks[:_FORM_BLOCKS]:
        room -= len(json.dumps(block))
        if room < 0:
            break
        shown.append(block)
    if len(shown) < len(blocks):
        shown.append(context_block(plain_element(PREVIEW_CUT)))
    return (section_block(PREVIEW_SHOWN), *_variable_notes(answer, query), *shown, *notes)


def _variable_notes(answer: Answer, query: str) -> list[dict[str, Any]]:
    notes = []
    if answer.asked:
        notes.append(f"Asked with today's values: “{shorten_line(answer.asked, most=_ASKED_SHOWN)}”")
    if unknown := find_unknown_variables(query):
        names = ", ".join(f"{{{name}}}" for name in unknown)
        known = ", ".join(f"{{{name}}}" for name in VARIABLES)
        notes.append(f"I left {names} as it is. I can fill in {known}.")
    return [context_block(plain_element(note)) for note in notes]


def _stale_reason(why: str) -> str:
    """Say why the last good answer has to do; `why` as in `Found`."""
    if problem_behind(why) is not None:
        return "I couldn't read the sources"
    return "I couldn't get a new answer" if why in _ASKED_IN_VAIN else "No model responded"


def quiet_line(answer: Answer, *, schedule: Schedule | None, shared: int, cached: bool, costs: bool) -> str:
    """Its schedule's name, its age and its sources; with `costs` its model and what it cost, too."""
    facts = [schedule_label(schedule)] if schedule and schedule.name else []
    made = f"{'Reused from' if cached else 'Made'} {slack_date(answer.made)}"
    facts.append(f"{made}, shared by {shared} schedules" if shared > 1 else made)
    if answer.whole:
        facts.append("only what has changed since the last post")
    if answer.unjudged:
        facts.append("in full, because the model couldn't tell what has changed")
    if answer.is_open:
        facts.append("posted because the model couldn't judge its condition")
    if answer.posted_for:
        facts.append(f"for {slack_date(answer.posted_for)}")
    if answer.reviewed:
        facts.append(reviewed_words(answer.reviewed, edited=answer.edited))
    if answer.credit:
        facts.append(answer.credit)
    if costs:
        facts += cost_words(answer.model, answer.cost)
    return " · ".join(facts)


def _mention_blocks(schedule: Schedule | None) -> tuple[dict[str, Any], ...]:
    """Notify the people chosen in the schedule; nothing else in a message notifies anyone."""
    if schedule is None or not schedule.mentions:
        return ()
    elements: list[dict[str, Any]] = []
    for mention in schedule.mentions:
        if mention in BROADCASTS:
            elements.append({"type": "broadcast", "range": mention})
        elif mention.startswith("S"):
            elements.append({"type": "usergroup", "usergroup_id": mention})
        else:
            elements.append({"type": "user", "user_id": mention})
        elements.append({"type": "text", "text": " "})
    section = {"type": "rich_text_section", "elements": elements[:-1]}
    return ({"type": "rich_text", "elements": [section]},)
