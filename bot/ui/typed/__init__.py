"""Typed words, at every door: a schedule, a question that is asked now, and the words around them."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.ui.typed.asking import Asking
    from bot.ui.typed.typed_schedules import DEFAULT_ZONE, TypedSchedules
    from bot.ui.typed.typed_words import (
        holds_codes,
        names_in,
        typed_time,
        words_of_command,
        words_of_message,
        words_to_name,
    )
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "DEFAULT_ZONE",
    "Asking",
    "TypedSchedules",
    "holds_codes",
    "names_in",
    "typed_time",
    "words_of_command",
    "words_of_message",
    "words_to_name",
]
