"""What a model judges of an answer after it is made: whether it is news, and whether it meets a condition.

A judge sees the answer as material and replies in a shape; what it cannot judge is posted, and says so.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.answers.judging.comparison import Last, asked_by
    from bot.answers.judging.judge import Judge
    from bot.answers.judging.posted_answers import (
        FORGET_POSTED,
        KEEP_POSTED,
        MOST_POSTED,
        POSTED_FIELD,
        PostedAnswer,
        PostedAnswers,
    )
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "FORGET_POSTED",
    "KEEP_POSTED",
    "MOST_POSTED",
    "POSTED_FIELD",
    "Judge",
    "Last",
    "PostedAnswer",
    "PostedAnswers",
    "asked_by",
]
