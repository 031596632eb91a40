"""What stands where an answer would: that there is nothing new, why there is none, how far it is."""

from __future__ import annotations

from bot.markdown import Part
from bot.replies.buttons import post_buttons
from bot.replies.failures import reason_words
from bot.replies.schedules import label
from bot.replies.text import context, mrkdwn, plain, section, shortened
from bot.schedules import Schedule


def reading(done: int, total: int) -> str:
    """While somebody waits for a long reading."""
    return f"⏳ This is long, so I read it in parts: {done} of {total} so far."


def nothing_new(query: str, schedule: Schedule | None) -> tuple[Part, ...]:
    """To the readers of a schedule whose sources had nothing since its last run."""
    return _notice(
        query, schedule, "Nothing new since the last time: the sources were read, and have nothing."
    )


def no_answer(query: str, schedule: Schedule | None, *, reason: str, name: str = "") -> tuple[Part, ...]:
    """To the readers of a schedule that could not be answered; `name` is the source, in mrkdwn."""
    return _notice(query, schedule, f"⚠️ There is no answer this time: {reason_words(reason, name)}")


def _notice(query: str, schedule: Schedule | None, text: str) -> tuple[Part, ...]:
    blocks = [context(plain(f"“{shortened(query)}”")), section(text)]
    if schedule is not None:
        blocks.append(context(mrkdwn(label(schedule))))
        if (buttons := post_buttons(schedule=schedule, query=query)) is not None:
            blocks.append(buttons)
    return (Part(text=text, blocks=tuple(blocks)),)
