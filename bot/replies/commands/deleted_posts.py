"""Words about a post that was deleted, or may not be."""

from __future__ import annotations

from bot.replies.text import person_mention, schedule_label
from bot.schedules import Schedule


def post_deleted(schedule: Schedule | None) -> str:
    """Say that it is gone, and that its schedule goes on."""
    if schedule is None:
        return "I deleted that post."
    goes_on = "" if schedule.cron is None else " Its next run posts as usual."
    return f"I deleted that post of {schedule_label(schedule)}.{goes_on}"


def post_gone() -> str:
    return "That post is already gone."


def only_seen_by_one() -> str:
    return "Only you can see that message. To remove it, press *Dismiss message* under it."


def not_yours_to_delete(owner: str) -> str:
    """Refuse it to somebody else; the `owner` is empty where nobody knows any more who asked."""
    who = f"{person_mention(owner)} or an admin" if owner else "an admin"
    return f"Only {who} can delete that post."
