"""A model's Markdown becomes Slack messages in which nothing is live."""

from bot.markdown.parts import Part, to_parts

__all__ = ["Part", "to_parts"]
