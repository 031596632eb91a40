"""Words about a form of the composer that is saved, asked or previewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.replies import review_words, reviewer_mention, when_and_where
from bot.replies.text import escape_mrkdwn, is_only_for_owner, own_day_and_time, places_words, schedule_label
from bot.schedules import Schedule
from bot.slack import ReaderClock

STILL_SAVING: Final = (
    "I'm still saving this. If you don't hear from me within half a minute, please save it again."
)
CHANGED: Final = (
    "Someone else changed this schedule while you were editing it. Save again to replace their version."
)


def asked_now(schedule: Schedule) -> str:
    where = f"post the answer in {places_words(schedule.places)}"
    if is_only_for_owner(schedule):
        where = "send you the answer in our direct messages"
    if schedule.review is not None:
        reviewers = ", ".join(map(reviewer_mention, schedule.review.by))
        return f"I'm asking {reviewers} to look at it. Once a reviewer agrees, I'll {where}."
    return f"Working on it. I'll {where}."


def form_saved(
    schedule: Schedule,
    runs: Sequence[str],
    *,
    first: datetime | None,
    seen: datetime | None,
    kept: bool,
    now: datetime,
    reader: ReaderClock | None = None,
) -> str:
    """Confirm; `runs` are lines about the next runs.

    The answer that was `seen` in a preview was made then; if it is `kept`, the `first` run posts it.
    """
    where = when_and_where(schedule, now=now, reader=reader)
    lines = [f"Saved {schedule_label(schedule)}: {where}.", *runs]
    if schedule.post_if:
        lines.append(f"Posts only if: “{escape_mrkdwn(schedule.post_if)}”")
    if schedule.review is not None:
        lines.append(f"{review_words(schedule.review)}.")
    if seen is None or first is None:
        return "\n".join(lines)
    condition = ", if it meets the condition" if schedule.post_if else ""
    if not kept:
        made = own_day_and_time(seen, schedule.zone, now=now, reader=reader)
        lines.append(f"The answer you saw is from {made}, so the first post will be a fresh one.")
    elif schedule.cron is None:
        lines.append(f"The post will be the answer you just saw{condition}.")
    else:
        lines.append(
            f"Your first post on {own_day_and_time(first, schedule.zone, now=now, reader=reader)} "
            f"will be the answer you just saw{condition}. Later ones are fresh."
        )
    return "\n".join(lines)


# Previews

PREVIEW_STARTED: Final = "Working on your preview. Only you will see it."
TRIAL_STARTED: Final = "Trying the condition. Only you will see what comes of it."
NO_CONDITION: Final = "This schedule has no condition any more."
PREVIEW_COMES: Final = "Working on your preview. It will show here."
PREVIEW_OTHER: Final = "You have changed the form since. Press *Preview again* to see its answer."
ONLY_YOU: Final = "Only you can see this preview."
SAVE_PREVIEW: Final = "Save as schedule"
POST_PREVIEW: Final = "Post here"
PREVIEW_GONE: Final = "That preview is more than a day old. Please ask for a new one."
