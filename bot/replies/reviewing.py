"""Who looks at the posts of a schedule first, in words."""

from __future__ import annotations

from bot.replies.text import age_words
from bot.schedules import Review


def review_words(review: Review) -> str:
    """Say who looks at each post, how long before, and what happens without a decision."""
    ending = "is posted as it is" if review.undecided == "post" else "isn't posted"
    return (
        f"Reviewed by {', '.join(map(reviewer_mention, review.by))}, {age_words(review.lead)} before; "
        f"without a decision it {ending}"
    )


def reviewer_mention(reviewer: str) -> str:
    return f"<!subteam^{reviewer}>" if reviewer.startswith("S") else f"<@{reviewer}>"
