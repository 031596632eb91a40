"""The day of a prompt: the facts that the model is told of it, the prompts that use it, and the variables in
prompts that it fills.
"""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.day.moment import UTC_ZONE, Moment
    from bot.day.variables import (
        VARIABLES,
        Variable,
        fill_variables,
        find_unknown_variables,
        find_variables,
    )
    from bot.day.words import uses_day
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "UTC_ZONE",
    "VARIABLES",
    "Moment",
    "Variable",
    "fill_variables",
    "find_unknown_variables",
    "find_variables",
    "uses_day",
]
