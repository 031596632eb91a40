"""Copies of posts, on their way to the people who have subscribed to a schedule."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.copies.sender import CopySender
else:
    __getattr__ = open_door(__name__)

__all__ = ["CopySender"]
