"""A schedule in words for people who may not read its sources."""

from __future__ import annotations

from dataclasses import replace

from bot.replies.text import PRIVATE_PROMPT
from bot.schedules import Schedule


def veiled_schedule(schedule: Schedule, *, here: str | None) -> Schedule:
    """The same without its prompt, its sources and its condition, and of its places but the one `here`.

    It is for showing alone: written down, it would be another schedule.
    """
    (shown, *_) = sorted(schedule.places, key=lambda place: place.channel != here)
    return replace(
        schedule,
        query=PRIVATE_PROMPT,
        sources=(),
        consents=(),
        post_if=None,
        channel=shown.channel,
        thread=shown.thread,
        person=shown.user,
        also=(),
    )
