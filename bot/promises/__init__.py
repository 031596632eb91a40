"""Runs that somebody was told are on their way, kept until they are over, for housekeeping to look after."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.promises.promise import Promise
    from bot.promises.promises import Promises
else:
    __getattr__ = open_door(__name__)

__all__ = ["Promise", "Promises"]
