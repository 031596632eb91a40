"""Words of the Messages tab: a welcome, what one may ask there, and what is being done."""

from __future__ import annotations

from typing import Final

from bot.replies.text import COMMAND, Reply, schedule_title
from bot.schedules import Schedule
from bot.slack import SuggestedPrompt, clip_text

TRY_THIS: Final = "Try one of these"
_LONGEST_TITLE: Final = 60


def agent_welcome(*, in_threads: bool = True) -> Reply:
    """Say what it is, when a person opens its messages for the first time, or greets it there."""
    ask = "Ask me something here, and I answer in a thread." if in_threads else "Ask me something here."
    return Reply(
        text=(
            f"Hello! {ask} Say when, and I have the answer ready "
            "on time: `every weekday at 9am What changed in Python lately?`\n"
            f"In a channel, type `{COMMAND}` or mention me. For the rest, type `help`."
        )
    )


def suggested_prompts(
    *, failed: Schedule | None, coming: Schedule | None, channel: str
) -> list[SuggestedPrompt]:
    """Suggest what fits a person: what went wrong, what comes next, or a first schedule.

    `channel` is the name of the one that they look at, or empty.
    """
    prompts = {}
    if failed is not None:
        prompts[f"What went wrong with {schedule_title(failed)}?"] = f"history {failed.id}"
    if coming is not None:
        prompts["What runs next?"] = "list"
    if channel:
        prompts[f"Summarise #{channel}"] = "Summarise this channel since yesterday"
    if coming is None:
        prompts["Make a first schedule"] = "every weekday at 9am What changed in Python lately?"
    prompts["What is a feature flag?"] = "What is a feature flag?"
    prompts["What can you do?"] = "help"
    return [
        SuggestedPrompt(title=clip_text(title, _LONGEST_TITLE), message=message)
        for title, message in prompts.items()
    ]


def status_thinking() -> str:
    """Say what it is doing, after its name: "Precache is thinking …"."""
    return "is thinking …"


def status_reading(done: int, total: int) -> str:
    """Say how far a long reading is."""
    return f"has read {done} of {total} parts …"
