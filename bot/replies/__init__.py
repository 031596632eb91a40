"""Every sentence and block that the bot says. Here and nowhere else is English; no exception's text gets out.

Text that people or models wrote is escaped, so that nothing in it is a mention, a broadcast or a hidden link.
"""

from bot.replies.commands import (
    CHANNEL_CODES,
    bad_time,
    broken,
    cannot_post,
    deleted,
    help_text,
    listing,
    memory_down,
    not_deleted,
    not_published,
    on_it,
    scheduled,
    unknown_id,
    usage_error,
)
from bot.replies.failures import REASONS, gave_up
from bot.replies.posts import DEMO_NOTE, posts
from bot.replies.text import COMMAND, DESCRIPTION, USAGE_HINT, escape

__all__ = [
    "CHANNEL_CODES",
    "COMMAND",
    "DEMO_NOTE",
    "DESCRIPTION",
    "REASONS",
    "USAGE_HINT",
    "bad_time",
    "broken",
    "cannot_post",
    "deleted",
    "escape",
    "gave_up",
    "help_text",
    "listing",
    "memory_down",
    "not_deleted",
    "not_published",
    "on_it",
    "posts",
    "scheduled",
    "unknown_id",
    "usage_error",
]
