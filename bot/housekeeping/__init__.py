"""Looks after slots that posted nothing, and after schedules of which QStash has another record.

When these chores are due, and that one copy at a time does them, is `scheduler.Housekeeping`'s.
"""

from bot.housekeeping.reconcile import Reconcile
from bot.housekeeping.watch_list import WatchList
from bot.housekeeping.watchdog import Watchdog

__all__ = ["Reconcile", "WatchList", "Watchdog"]
