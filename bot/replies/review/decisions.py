"""Words to reviewers about their decisions, and to owners when nobody decided or could be asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from bot.replies import reviewer_mention
from bot.replies.review.editing import EDIT_LIMIT
from bot.replies.text import schedule_label, slack_date
from bot.schedules import Schedule, Undecided


def edit_too_long(length: int) -> str:
    return f"This has {length:,} characters, and a post can have {EDIT_LIMIT:,}. Please shorten it."


def too_long_to_edit() -> str:
    return "This post is too long to edit here. You can post it or skip it."


def edit_empty() -> str:
    return "A post needs some text. To post nothing, close this window and press Skip."


def review_gone() -> str:
    return "This is too long ago: I no longer know about that post."


def review_anew() -> str:
    return "That answer has been made again since. Please look at the newer message."


def not_a_reviewer(schedule: Schedule | None) -> str:
    named = f" of {schedule_label(schedule)}" if schedule else ""
    return f"Only the reviewers{named} can decide about this post, and you aren't one of them now."


def review_not_theirs() -> str:
    """Answer a press of someone who may no longer see the post's sources."""
    return "You can no longer read this post's sources, so you can't decide about it."


def review_pointless(schedule: Schedule | None) -> str:
    """Answer a press about a post that won't go out any more."""
    if schedule is None:
        return "That schedule was deleted, so there is nothing to decide."
    if schedule.state == "paused":
        return f"{schedule_label(schedule)} is paused, so this post doesn't go out."
    return f"{schedule_label(schedule)} has been changed or skipped since, so this post doesn't go out."


def made_anew() -> str:
    return "I'm making it again. A new message follows."


@dataclass(frozen=True, kw_only=True)
class WaitingPost:
    """A post about which a person may decide."""

    schedule: Schedule
    slot: datetime | None
    due: datetime
    link: str
    """To the message with its buttons."""


def waiting_words(post: WaitingPost) -> str:
    """Tell a reviewer of a post that waits for them."""
    when = f" for {slack_date(post.slot)}" if post.slot else ""
    return f"{schedule_label(post.schedule)}{when}: <{post.link}|look at it> by {slack_date(post.due)}."


def nobody_decided(schedule: Schedule, *, slot: datetime | None) -> str:
    """Tell the owner that a post was not looked at, so it did not go out."""
    when = f" for {slack_date(slot)}" if slot else ""
    return (
        f"Nobody reviewed the post of {schedule_label(schedule)}{when} in time, so it wasn't posted. "
        "A reviewer can still post it from the message that I sent them."
    )


ReviewerProblem = Literal["gone", "no_reader", "no_message", "unknown"]

_UNFIT: Final[dict[ReviewerProblem, str]] = {
    "gone": "is no longer in this workspace",
    "no_reader": "may not read what this schedule reads",
    "no_message": "can't get messages from me",
    "unknown": "couldn't be looked up in Slack",
}


def reviewers_unfit(
    schedule: Schedule, unfit: Sequence[tuple[str, ReviewerProblem]], *, nobody: bool, undecided: Undecided
) -> str:
    """Tell the owner who could not be asked to look at a post, and what follows if that was everyone."""
    lines = [f"• {reviewer_mention(who)} {_UNFIT[problem]}." for who, problem in unfit]
    begin = f"I couldn't ask these reviewers of {schedule_label(schedule)}:"
    if not nobody:
        return "\n".join((begin, *lines, "The others were asked."))
    follows = "it isn't posted" if undecided == "skip" else "it is posted without a review"
    if not lines:
        begin = f"{schedule_label(schedule)} has no reviewers left."
    return "\n".join((begin, *lines, f"Nobody is left to look at the next post, so {follows}."))
