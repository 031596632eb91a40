"""A condition that is tried: which answers would have been posted, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never

from bot.answers import Judgement
from bot.markdown import Part
from bot.replies.text import TEXT_LIMIT, escape_mrkdwn, section_block, slack_date
from bot.slack import clip_text

_DEMO: Final = (
    "_The demo model only looks for the condition's words in the answer. A real model judges what it says._"
)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The judgement on one answer by a condition that is tried."""

    made: datetime | None
    """The moment at which the answer was made that was posted; None for the one that is previewed."""
    judgement: Judgement


def trial_words(condition: str, trials: Sequence[Trial], *, demo: bool) -> str:
    """Say of each answer if it would be posted, and why, in mrkdwn."""
    lines = [f"*Post only if “{escape_mrkdwn(condition)}”*", *(f"• {_trial_line(trial)}" for trial in trials)]
    if not any(trial.made for trial in trials):
        lines.append("There are no earlier posts to try it on.")
    if demo:
        lines.append(_DEMO)
    return "\n".join(lines)


def trial_parts(condition: str, trials: Sequence[Trial], *, demo: bool) -> tuple[Part, ...]:
    """The same as a message, or as blocks of a form."""
    text = trial_words(condition, trials, demo=demo)
    return (Part(text=text, blocks=(section_block(clip_text(text, TEXT_LIMIT)),)),)


def _trial_line(trial: Trial) -> str:
    if trial.made is None:
        subject, posted, kept = "This answer", "would be posted", "wouldn't be posted"
    else:
        subject = f"The post from {slack_date(trial.made)}"
        posted, kept = "would have been posted", "would not have been posted"
    said = f": {escape_mrkdwn(trial.judgement.reason)}" if trial.judgement.reason else "."
    match trial.judgement.outcome:
        case "met":
            return f"{subject} {posted}{said}"
        case "unmet":
            return f"{subject} {kept}{said}"
        case "open":
            return f"{subject} {posted}, because the condition couldn't be judged{said}"
        case _:
            assert_never(trial.judgement.outcome)
