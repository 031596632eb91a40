"""Looks after slots that posted nothing, and after schedules that QStash has a different record of.

`scheduler.Housekeeping` decides when these chores are due, and lets one copy at a time do them.
"""

from bot.housekeeping.heartbeat import Heartbeat
from bot.housekeeping.reconcile import Reconcile
from bot.housekeeping.watch_list import WatchList
from bot.housekeeping.watchdog import Watchdog

__all__ = ["Heartbeat", "Reconcile", "WatchList", "Watchdog"]
