"""The messages that carry an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.answers import Answer
from bot.budget import dollars
from bot.markdown import Part, to_parts
from bot.replies.buttons import post_buttons
from bot.replies.naming import schedule_label
from bot.replies.text import (
    TEXT_LIMIT,
    age_words,
    context_block,
    escape,
    mrkdwn_element,
    plain_element,
    shortened,
    slack_date,
)
from bot.schedules import Schedule
from bot.slack import clip_text
from bot.sources import problem_behind

BROADCASTS: Final = frozenset({"here", "channel"})
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
    shared: int = 0,
    demo: bool,
    cached: bool,
    stale_at: datetime | None = None,
    why: str = "",
    pressable: bool = True,
    kept: str = "",
) -> tuple[Part, ...]:
    """The messages that carry an answer: the question, the answer, one quiet line about it, and buttons.

    `stale_at` is now if it is only the last good one, and `why` says for what reason. `kept` is the id under
    which a prompt without a schedule is kept with what it reads.
    """
    parts = list(to_parts(answer.text))
    head = context_block(plain_element(f"“{shortened(query)}”"))
    parts[0] = replace(parts[0], blocks=(*_mention_blocks(schedule), head, *parts[0].blocks))
    notes = [
        context_block(
            mrkdwn_element(
                clip_text(quiet_line(answer, schedule=schedule, shared=shared, cached=cached), TEXT_LIMIT)
            )
        )
    ]
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
    if not answer.complete:
        notes.insert(
            0,
            context_block(
                plain_element("This answer is cut off, because the model reached its length limit.")
            ),
        )
    if demo:
        notes.append(context_block(plain_element(_DEMO_NOTE)))
    buttons = post_buttons(schedule=schedule, query=query, kept=kept, reads=bool(answer.credit))
    if pressable and buttons is not None:
        notes.append(buttons)
    if len(parts) > 1:
        more = context_block(plain_element("The answer continues in the thread."))
        parts[0] = replace(parts[0], blocks=(*parts[0].blocks, more))
    parts[-1] = replace(parts[-1], blocks=(*parts[-1].blocks, *notes))
    return tuple(parts)


def _stale_reason(why: str) -> str:
    """Say why the last good answer has to do; `why` as in `Found`."""
    if problem_behind(why) is not None:
        return "I couldn't read the sources"
    return "I couldn't get a new answer" if why in ("gave_up", "limited") else "No model responded"


def quiet_line(answer: Answer, *, schedule: Schedule | None, shared: int, cached: bool) -> str:
    """Its schedule's name, its age and its sources; at the end its model and what it cost."""
    facts = [schedule_label(schedule)] if schedule and schedule.name else []
    made = f"{'Reused from' if cached else 'Made'} {slack_date(answer.made)}"
    facts.append(f"{made}, shared by {shared} schedules" if shared > 1 else made)
    if answer.whole:
        facts.append("only what has changed since the last post")
    if answer.unjudged:
        facts.append("in full, because the model couldn't tell what has changed")
    if answer.credit:
        facts.append(answer.credit)
    if answer.model:
        facts.append(escape(answer.model))
    if answer.cost:  # of a model of one's own there is no bill
        facts.append(dollars(answer.cost))
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
