"""Slack's blocks and texts: the words in them, their length, and older blocks in the place of newer ones."""

from bot.slack.blocks.older import (
    KeptRefusals,
    has_only_thumbs_as_new,
    without_new_blocks,
    without_thumbs,
)
from bot.slack.blocks.text import clip_text, split_text, text_length
from bot.slack.blocks.words import dicts_in, raw_words, said_moment, shown_words, words_of_blocks

__all__ = [
    "KeptRefusals",
    "clip_text",
    "dicts_in",
    "has_only_thumbs_as_new",
    "raw_words",
    "said_moment",
    "shown_words",
    "split_text",
    "text_length",
    "without_new_blocks",
    "without_thumbs",
    "words_of_blocks",
]
