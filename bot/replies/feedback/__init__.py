"""Words and blocks about votes: the thumbs under answers, why one is down, and answers that are withdrawn."""

from bot.replies.feedback.reason_window import REASON_FIELD, VOTE_WINDOW, WITHDRAW_FIELD, vote_window
from bot.replies.feedback.vote_block import VOTE_ACTION, VotePress, read_vote_press, with_thumbs
from bot.replies.feedback.vote_words import (
    feedback_words,
    not_yours_to_withdraw,
    reason_kept,
    vote_counted,
    vote_in_vain,
    withdrawn_part,
    withdrawn_post,
    withdrawn_words,
)

__all__ = [
    "REASON_FIELD",
    "VOTE_ACTION",
    "VOTE_WINDOW",
    "WITHDRAW_FIELD",
    "VotePress",
    "feedback_words",
    "not_yours_to_withdraw",
    "read_vote_press",
    "reason_kept",
    "vote_counted",
    "vote_in_vain",
    "vote_window",
    "with_thumbs",
    "withdrawn_part",
    "withdrawn_post",
    "withdrawn_words",
]
