"""Posts that stand where an answer would: nothing is new, there is none, or how far it is."""

from __future__ import annotations

from bot.markdown import Part
from bot.replies.buttons import post_buttons
from bot.replies.failures import reason_words
from bot.replies.text import (
    context_block,
    escape_mrkdwn,
    mrkdwn_element,
    plain_element,
    quote_text,
    schedule_label,
    section_block,
    shorten_line,
)
from bot.schedules import Schedule


def at_work() -> str:
    """Stand in the place of an answer that is being made."""
    return "Working on it…"


def reading_progress(done: int, total: int) -> str:
    """Tell those who wait how far a long reading is."""
    return f"⏳ This is long, so I'm reading it in parts: {done} of {total} done."


def nothing_new(query: str, schedule: Schedule | None, *, unjudged: bool = False) -> tuple[Part, ...]:
    """Tell the readers of a schedule that its sources had nothing since its last run.

    `unjudged` says that its condition could not be judged.
    """
    text = "Nothing is new since the last run."
    if unjudged:
        text += " The model couldn't judge the condition for posting that."
    return _notice_parts(query, schedule, text)


def kept_back(query: str, condition: str, reason: str) -> str:
    """Tell the owner of what runs once that its answer was not posted."""
    said = f": {escape_mrkdwn(reason)}" if reason else "."
    because = f"because “{escape_mrkdwn(condition)}” wasn't met{said}"
    return f"I didn't post the answer to {quote_text(query)}, {because}"


def no_answer(
    query: str,
    schedule: Schedule | None,
    *,
    reason: str,
    name: str = "",
    status: int = 0,
    sandbox: bool = False,
) -> tuple[Part, ...]:
    """Tell the readers of a schedule that it has no answer; `name` is the source at fault, in mrkdwn."""
    recurs = schedule is not None and schedule.cron is not None
    why = reason_words(reason, name, status, recurs=recurs, sandbox=sandbox)
    return _notice_parts(query, schedule, f"⚠️ There's no answer this time: {why}")


def _notice_parts(query: str, schedule: Schedule | None, text: str) -> tuple[Part, ...]:
    blocks = [context_block(plain_element(f"“{shorten_line(query)}”")), section_block(text)]
    if schedule is not None:
        if schedule.name:
            blocks.append(context_block(mrkdwn_element(schedule_label(schedule))))
        if (buttons := post_buttons(schedule=schedule, query=query)) is not None:
            blocks.append(buttons)
    return (Part(text=text, blocks=tuple(blocks)),)
