"""Answers to what is typed: what happens now, or why not, what can be typed, and where things are."""

from bot.replies.commands.answers import (
    TOPICS,
    database_down,
    files_left_out,
    help_text,
    no_channel,
    no_owner,
    not_installed,
    not_opened,
    not_read,
    nothing_to_read,
    perhaps_done,
    perhaps_opened,
    slack_down,
    unknown_person,
    usage_error,
    went_wrong,
    working_on_it,
)
from bot.replies.commands.bulk import all_changed, ask_about_all
from bot.replies.commands.guides import GUIDES, guide_text, not_a_command

__all__ = [
    "GUIDES",
    "TOPICS",
    "all_changed",
    "ask_about_all",
    "database_down",
    "files_left_out",
    "guide_text",
    "help_text",
    "no_channel",
    "no_owner",
    "not_a_command",
    "not_installed",
    "not_opened",
    "not_read",
    "nothing_to_read",
    "perhaps_done",
    "perhaps_opened",
    "slack_down",
    "unknown_person",
    "usage_error",
    "went_wrong",
    "working_on_it",
]
