"""The buttons and the window with which reviewers decide about a post before it goes out."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.review.deciding import Deciding
    from bot.ui.review.review_buttons import ReviewButtons
    from bot.ui.review.waiting_reviews import WaitingReviews
else:
    __getattr__ = open_door(__name__)

__all__ = ["Deciding", "ReviewButtons", "WaitingReviews"]
