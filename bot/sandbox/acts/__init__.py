"""The acts of people: they type, click, choose and submit."""

from bot.sandbox.acts.clicks import Click, Clicks
from bot.sandbox.acts.interactions import Interactions
from bot.sandbox.acts.lines import Lines, SlashCommand, read_line
from bot.sandbox.acts.modals import Modals, Rejected
from bot.sandbox.acts.shortcuts import Shortcut, Shortcuts

__all__ = [
    "Click",
    "Clicks",
    "Interactions",
    "Lines",
    "Modals",
    "Rejected",
    "Shortcut",
    "Shortcuts",
    "SlashCommand",
    "read_line",
]
