"""Every sentence and block that the bot says. Here and nowhere else is English; no exception's text gets out.

Text that people or models wrote is escaped, so that nothing in it is a mention, a broadcast or a hidden link.
"""

from bot.replies.commands import (
    bad_time,
    broken,
    help_text,
    memory_down,
    nobody,
    not_installed,
    nothing_to_read,
    on_it,
    usage_error,
    zone_untold,
)
from bot.replies.events import channel_closed, owner_gone, owner_out
from bot.replies.failures import REASONS, gave_up
from bot.replies.money import cap_reached, near_cap
from bot.replies.notices import no_answer, nothing_new, reading
from bot.replies.posts import DEMO_NOTE, posts
from bot.replies.schedules import (
    cannot_post,
    card,
    deleted,
    edited,
    gone,
    history,
    label,
    listing,
    paused,
    refreshing,
    refusal,
    renamed,
    resumed,
    running,
    scheduled,
    stale,
    transferred,
)
from bot.replies.sources import SUMMARISE, SUMMARISE_DESCRIPTION, credit, follow, summarising
from bot.replies.text import COMMAND, DESCRIPTION, USAGE_HINT, Reply, escape, section
from bot.replies.usage import picture_follows, stats

__all__ = [
    "COMMAND",
    "DEMO_NOTE",
    "DESCRIPTION",
    "REASONS",
    "SUMMARISE",
    "SUMMARISE_DESCRIPTION",
    "USAGE_HINT",
    "Reply",
    "bad_time",
    "broken",
    "cannot_post",
    "cap_reached",
    "card",
    "channel_closed",
    "credit",
    "deleted",
    "edited",
    "escape",
    "follow",
    "gave_up",
    "gone",
    "help_text",
    "history",
    "label",
    "listing",
    "memory_down",
    "near_cap",
    "no_answer",
    "nobody",
    "not_installed",
    "nothing_new",
    "nothing_to_read",
    "on_it",
    "owner_gone",
    "owner_out",
    "paused",
    "picture_follows",
    "posts",
    "reading",
    "refreshing",
    "refusal",
    "renamed",
    "resumed",
    "running",
    "scheduled",
    "section",
    "stale",
    "stats",
    "summarising",
    "transferred",
    "usage_error",
    "zone_untold",
]
