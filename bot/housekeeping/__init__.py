"""What is looked after beside the road: slots that came to nothing, and schedules that QStash sees otherwise.

When these chores are due, and that one copy at a time does them, is `scheduler.Housekeeping`'s.
"""

from bot.housekeeping.reconcile import Reconcile
from bot.housekeeping.watch_list import WatchList
from bot.housekeeping.watchdog import Watchdog

__all__ = ["Reconcile", "WatchList", "Watchdog"]
