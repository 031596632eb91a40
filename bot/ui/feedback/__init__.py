"""Votes on answers, and answers that are never to be shown again."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.feedback.voting import Voting
    from bot.ui.feedback.withdrawal import Withdrawal
else:
    __getattr__ = open_door(__name__)

__all__ = ["Voting", "Withdrawal"]
