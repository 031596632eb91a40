"""The messages that carry an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.book import Schedule
from bot.markdown import Part, to_parts
from bot.records import Answer
from bot.replies.buttons import post_buttons
from bot.replies.schedules import label
from bot.replies.text import age, context, escape, mrkdwn, plain, shortened

BROADCASTS: Final = frozenset({"here", "channel"})
DEMO_NOTE: Final = (
    "Written by a small demo model on this machine, so expect mistakes. "
    "Set OPENAI_API_KEY (or OPENAI_BASE_URL, or PRECACHE_MODEL with its provider's key) for a real one."
)


def posts(
    answer: Answer,
    *,
    query: str,
    schedule: Schedule | None,
    shared: int = 0,
    demo: bool,
    cached: bool,
    stale_at: datetime | None = None,
    pressable: bool = True,
) -> tuple[Part, ...]:
    """The messages that carry an answer: the question, the answer, one quiet line about it, and buttons."""
    parts = list(to_parts(answer.text))
    head = context(plain(f"“{shortened(query)}”"))
    parts[0] = replace(parts[0], blocks=(*_notice(schedule), head, *parts[0].blocks))
    made = int(answer.made.timestamp())
    facts = [label(schedule)] if schedule else []
    facts.append(f"made <!date^{made}^{{date_short_pretty}} {{time}}|{answer.made:%Y-%m-%d %H:%M} UTC>")
    facts.append(escape(answer.model))
    if cached:
        facts.append("from the cache")
    if answer.credit:
        facts.append(answer.credit)
    if shared > 1:
        facts.append(f"shared by {shared} schedules")
    notes = [context(mrkdwn(" · ".join(facts)))]
    if stale_at is not None:
        notes.insert(
            0,
            context(
                mrkdwn(
                    f"No model answered, so this is the last good answer, {age(stale_at - answer.made)} old."
                )
            ),
        )
    if not answer.complete:
        notes.insert(0, context(plain("The model stopped at its length limit: the answer is cut off.")))
    if demo:
        notes.append(context(plain(DEMO_NOTE)))
    if answer.credit:
        pressable = False  # the buttons carry the prompt alone, and not what it was to read
    if pressable and (buttons := post_buttons(schedule=schedule, query=query)) is not None:
        notes.append(buttons)
    if len(parts) > 1:
        more = context(plain("The answer goes on in the thread."))
        parts[0] = replace(parts[0], blocks=(*parts[0].blocks, more))
    parts[-1] = replace(parts[-1], blocks=(*parts[-1].blocks, *notes))
    return tuple(parts)


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
