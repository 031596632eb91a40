"""*Send me this too*: the window, the commands and the buttons by which people subscribe to posts."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.subscriptions.leavers import Leavers
    from bot.ui.subscriptions.submission import SubscriptionWindow
    from bot.ui.subscriptions.subscribing import Subscribing
else:
    __getattr__ = open_door(__name__)

__all__ = ["Leavers", "Subscribing", "SubscriptionWindow"]
