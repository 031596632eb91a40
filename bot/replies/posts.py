"""The messages that carry an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.answers import Answer
from bot.budget import dollars
from bot.markdown import Part, to_parts
from bot.replies.buttons import post_buttons
from bot.replies.schedules import label
from bot.replies.text import (
    TEXT_LIMIT,
    age,
    context,
    escape,
    mrkdwn,
    plain,
    shortened,
)
from bot.schedules import Schedule
from bot.slack import clip_text
from bot.sources import problem_behind

BROADCASTS: Final = frozenset({"here", "channel"})
_DEMO_NOTE: Final = (
    "Written by a small demo model on this machine, so expect mistakes. "
    "Set OPENAI_API_KEY (or OPENAI_BASE_URL, or PRECACHE_MODEL with its provider's key) for a real one."
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
    head = context(plain(f"“{shortened(query)}”"))
    parts[0] = replace(parts[0], blocks=(*_notice(schedule), head, *parts[0].blocks))
    notes = [
        context(
            mrkdwn(clip_text(quiet_line(answer, schedule=schedule, shared=shared, cached=cached), TEXT_LIMIT))
        )
    ]
    if stale_at is not None:
        notes.insert(
            0,
            context(
                mrkdwn(f"{_lead(why)}, so this is the last good answer, {age(stale_at - answer.made)} old.")
            ),
        )
    if not answer.complete:
        notes.insert(0, context(plain("The model stopped at its length limit: the answer is cut off.")))
    if demo:
        notes.append(context(plain(_DEMO_NOTE)))
    buttons = post_buttons(schedule=schedule, query=query, kept=kept, reads=bool(answer.credit))
    if pressable and buttons is not None:
        notes.append(buttons)
    if len(parts) > 1:
        more = context(plain("The answer goes on in the thread."))
        parts[0] = replace(parts[0], blocks=(*parts[0].blocks, more))
    parts[-1] = replace(parts[-1], blocks=(*parts[-1].blocks, *notes))
    return tuple(parts)


def _lead(why: str) -> str:
    """Why the last good answer has to do; `why` as in `Found`."""
    if problem_behind(why) is not None:
        return "What is to be read could not be read"
    return "No new answer could be made" if why in ("gave_up", "limited") else "No model answered"


def quiet_line(answer: Answer, *, schedule: Schedule | None, shared: int, cached: bool) -> str:
    """What made it, when, of what, and for how much."""
    made = int(answer.made.timestamp())
    when = f"made <!date^{made}^{{date_short_pretty}} {{time}}|{answer.made:%Y-%m-%d %H:%M} UTC>"
    facts = [label(schedule)] if schedule else []
    facts.append(f"{when}, shared by {shared} schedules" if shared > 1 else when)
    if answer.whole:
        facts.append("only what is new since its last post")
    if answer.unjudged:
        facts.append("all of it, because the model could not say what is new")
    facts.append(escape(answer.model))
    if cached:
        facts.append("from the cache")
    facts += spent(answer)
    if answer.credit:
        facts.append(answer.credit)
    return " · ".join(facts)


def spent(answer: Answer) -> list[str]:
    """What an answer took to make, as far as it is known."""
    facts = []
    if answer.tokens_in is not None and answer.tokens_out is not None:
        facts.append(f"{answer.tokens_in:,} tokens in, {answer.tokens_out:,} out")
    if answer.cost:  # of a model of one's own there is no bill
        facts.append(dollars(answer.cost))
    return facts


def _notice(schedule: Schedule | None) -> tuple[dict[str, Any], ...]:
    """The people whom this schedule's posts notify: nothing else in a message does."""
    if schedule is None or not schedule.mentions:
        return ()
    elements: list[dict[str, Any]] = []
    for each in schedule.mentions:
        if each in BROADCASTS:
            elements.append({"type": "broadcast", "range": each})
        elif each.startswith("S"):
            elements.append({"type": "usergroup", "usergroup_id": each})
        else:
            elements.append({"type": "user", "user_id": each})
        elements.append({"type": "text", "text": " "})
    section = {"type": "rich_text_section", "elements": elements[:-1]}
    return ({"type": "rich_text", "elements": [section]},)
