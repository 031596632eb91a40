"""Messages: their content, the people they notify, and the replies that come through a response_url."""

from bot.sandbox.messages.content import Content, read_blocks, read_content
from bot.sandbox.messages.mentions import compose_text, escape_markup, find_notified
from bot.sandbox.messages.metadata import read_metadata
from bot.sandbox.messages.response_urls import Context, Reply, ResponseUrls, read_reply

__all__ = [
    "Content",
    "Context",
    "Reply",
    "ResponseUrls",
    "compose_text",
    "escape_markup",
    "find_notified",
    "read_blocks",
    "read_content",
    "read_metadata",
    "read_reply",
]
