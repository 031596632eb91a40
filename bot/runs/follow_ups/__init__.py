"""Questions in a thread about an earlier answer: its prompt, its sources, and its readers."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.runs.follow_ups.earlier_answer import TALK, EarlierAnswers
else:
    __getattr__ = open_door(__name__)

__all__ = ["TALK", "EarlierAnswers"]
