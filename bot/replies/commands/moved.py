"""Words about a schedule that posts elsewhere now."""

from __future__ import annotations

from bot.replies.text import places_words, schedule_label
from bot.schedules import MOST_PLACES, Moved


def schedule_moved(moved: Moved) -> str:
    """Say from where to where; its subscribers and reviewers come along, which needs no word."""
    before = places_words(moved.before)
    after = places_words(moved.schedule.places, most=MOST_PLACES)
    return f"{schedule_label(moved.schedule)} has moved from {before} to {after}."


def no_new_place() -> str:
    return "Please choose the channel."
