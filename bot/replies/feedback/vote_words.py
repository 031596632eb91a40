"""Words about votes, and in the place of answers that are withdrawn."""

from __future__ import annotations

from typing import Any

from bot.feedback import Feedback, Recorded
from bot.markdown import Part
from bot.replies.text import quote_text, section_block

Block = dict[str, Any]


def vote_counted(recorded: Recorded) -> str:
    """Tell a person that their vote counts; each counts once, and the last one."""
    match recorded:
        case "new":
            return "Thanks! Your vote counts."
        case "changed":
            return "Thanks! Your new vote counts instead of the one before."
        case "same":
            return "You've voted like this before, so your vote counts already."


def vote_in_vain() -> str:
    return "This post's schedule was deleted, so there's nobody to read your vote."


def reason_kept() -> str:
    return "Thanks! The owner and admins can read what you wrote, without your name."


def reason_passed_on(asker: str) -> str:
    """The same of an answer that somebody asked for at once, for which there is no schedule to look at."""
    return f"Thanks! I pass on to <@{asker}> what you wrote, without your name."


def reason_told(reason: str, link: str) -> str:
    """Tell the person who asked at once why their answer was voted down; `link` is empty if it is gone."""
    answer = f"<{link}|the answer you asked for>" if link else "an answer you asked for"
    return f"Somebody voted {answer} down: {quote_text(reason)}"


def nothing_to_withdraw() -> str:
    """Answer the button on a card whose schedule has no post with an answer any more."""
    return "I can't find its latest answer: it was withdrawn, or its post is gone."


def not_yours_to_withdraw(asker: str) -> str:
    """Tell a person who may withdraw an answer."""
    whose = f"Only <@{asker}> or an admin" if asker else "Only an admin"
    return f"{whose} can withdraw this answer. A thumbs-down tells them what you think of it."


def withdrawn_words(*, is_new: bool, is_remade: bool = True) -> str:
    """Tell the person who has withdrawn an answer; `is_new` is False where it was withdrawn before."""
    if is_new:
        coming = " A new one comes in the post's thread." if is_remade else ""
        return f"I've withdrawn this answer and won't show it again.{coming}"
    return "This answer was already withdrawn. I won't show it again."


def withdrawn_post(user: str, *, head: Block | None, buttons: Block | None, is_remade: bool = True) -> Part:
    """The first message of a withdrawn answer, with the question and the buttons that it had.

    A new answer comes below it if it `is_remade`: only there where it was withdrawn.
    """
    text = f"<@{user}> withdrew this answer." + (" A new one comes in the thread." if is_remade else "")
    kept_head, kept_buttons = ([block] if block else [] for block in (head, buttons))
    return Part(text=text, blocks=(*kept_head, section_block(f"_{text}_"), *kept_buttons))


def withdrawn_part() -> Part:
    """Each further message of it."""
    text = "This part of the answer was withdrawn, too."
    return Part(text=text, blocks=(section_block(f"_{text}_"),))


def feedback_words(feedback: Feedback) -> str:
    """The votes of a schedule in one line of its card; empty where there are none."""
    if not (feedback.up or feedback.down):
        return ""
    counts = f"Votes in the last 30 days: {feedback.up:,} up, {feedback.down:,} down"
    return " · ".join((counts, *map(quote_text, feedback.reasons)))
