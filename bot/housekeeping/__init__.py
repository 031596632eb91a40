"""Looks after slots and one-offs that posted nothing, after schedules of which QStash has a different record,
and after those that nobody looks at.

`scheduler.Housekeeping` decides when these chores are due, and lets one copy at a time do them.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.housekeeping.heartbeat import Heartbeat
    from bot.housekeeping.one_offs import OneOffs
    from bot.housekeeping.owed_runs import OwedRuns
    from bot.housekeeping.promise_watch import PromiseWatch
    from bot.housekeeping.reconcile import Reconcile
    from bot.housekeeping.renewal import Renewal
    from bot.housekeeping.renewal_questions import RenewalQuestions
    from bot.housekeeping.subscribed import SubscriptionCheck
    from bot.housekeeping.watch_list import WatchList
    from bot.housekeeping.watchdog import Watchdog
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "Heartbeat",
    "OneOffs",
    "OwedRuns",
    "PromiseWatch",
    "Reconcile",
    "Renewal",
    "RenewalQuestions",
    "SubscriptionCheck",
    "WatchList",
    "Watchdog",
]
