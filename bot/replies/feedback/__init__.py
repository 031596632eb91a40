"""Words and blocks about votes: the thumbs under answers, why one is down, and answers that are withdrawn."""

from bot.replies.feedback.reason_window import (
    REASON_FIELD,
    VOTE_WINDOW,
    WITHDRAW_FIELD,
    ReadBy,
    vote_window,
)
from bot.replies.feedback.vote_block import (
    VOTE_ACTION,
    VotePress,
    find_target,
    read_latest_press,
    read_vote_press,
    with_thumbs,
    withdraw_latest_row,
)
from bot.replies.feedback.vote_words import (
    feedback_words,
    not_yours_to_withdraw,
    nothing_to_withdraw,
    reason_kept,
    reason_passed_on,
    reason_told,
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
    "ReadBy",
    "VotePress",
    "feedback_words",
    "find_target",
    "not_yours_to_withdraw",
    "nothing_to_withdraw",
    "read_latest_press",
    "read_vote_press",
    "reason_kept",
    "reason_passed_on",
    "reason_told",
    "vote_counted",
    "vote_in_vain",
    "vote_window",
    "with_thumbs",
    "withdraw_latest_row",
    "withdrawn_part",
    "withdrawn_post",
    "withdrawn_words",
]
