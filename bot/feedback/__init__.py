"""Feedback: what people think of answers, and answers that are never to be shown again."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.feedback.target import Target, decode_target
    from bot.feedback.votes import REASON_LIMIT, Feedback, Recorded, Thumb, Vote, Votes
    from bot.feedback.withdrawing import Withdrawing
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "REASON_LIMIT",
    "Feedback",
    "Recorded",
    "Target",
    "Thumb",
    "Vote",
    "Votes",
    "Withdrawing",
    "decode_target",
]
