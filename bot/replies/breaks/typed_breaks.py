"""Answers to a pause or another time that was not said, not understood, or is hardly meant."""

from __future__ import annotations

from bot.replies.text import COMMAND, code_text, schedule_label
from bot.schedules import Schedule


def break_untimed(name: str) -> str:
    """Ask until when it is to be paused."""
    return (
        f"Until when? Type `{COMMAND} snooze {code_text(name)} 2 days`, or "
        f"`{COMMAND} pause {code_text(name)} until monday`."
    )


def would_run_once(schedule: Schedule) -> str:
    """Refuse one moment for what repeats."""
    return (
        f"{schedule_label(schedule)} repeats, and that time comes only once. "
        "Try `every weekday at 8`, or use *Edit* if it's to run just once."
    )


def break_unclear(words: str) -> str:
    """Say that words name no end of a pause."""
    told = f"I didn't understand “{code_text(words)}” as a day."
    return f"{told} Try `until monday`, `until 7 January` or `2 days`."
