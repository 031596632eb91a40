"""Runs that are left out by hand, in words."""

from bot.replies.breaks.break_words import paused_until, run_skipped, skip_taken_back, skipped_reply
from bot.replies.breaks.typed_breaks import break_unclear, break_untimed, would_run_once

__all__ = [
    "break_unclear",
    "break_untimed",
    "paused_until",
    "run_skipped",
    "skip_taken_back",
    "skipped_reply",
    "would_run_once",
]
