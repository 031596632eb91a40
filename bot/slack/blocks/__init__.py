"""Slack's blocks: the words in them, and older ones in the place of newer ones."""

from bot.slack.blocks.older import without_new_blocks
from bot.slack.blocks.words import dicts_in, raw_words, said_moment, shown_words, words_of_blocks

__all__ = [
    "dicts_in",
    "raw_words",
    "said_moment",
    "shown_words",
    "without_new_blocks",
    "words_of_blocks",
]
