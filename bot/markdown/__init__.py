"""A model's Markdown becomes Slack messages in which nothing is live; its reader is loaded with the first."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.markdown.part import Part
    from bot.markdown.parts import to_parts
else:
    __getattr__ = open_door(__name__, late=__name__)

__all__ = ["Part", "to_parts"]
