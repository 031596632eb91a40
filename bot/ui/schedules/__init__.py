"""Changing schedules that are there: their cards, the small windows, and what is typed about one or many."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.schedules.bulk import BulkChanges
    from bot.ui.schedules.cards import CardOutcome, Cards, refused_outcome
    from bot.ui.schedules.dialogs import Dialogs
    from bot.ui.schedules.retiming import Retiming
    from bot.ui.schedules.schedule_acts import ScheduleActs
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "BulkChanges",
    "CardOutcome",
    "Cards",
    "Dialogs",
    "Retiming",
    "ScheduleActs",
    "refused_outcome",
]
