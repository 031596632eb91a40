"""Slack's blocks and texts: the words in them, their length, and what to send where Slack refuses blocks."""

from bot.slack.blocks.fewer import Blocks, SendMessage, send_with_fewer_blocks
from bot.slack.blocks.older import KeptRefusals
from bot.slack.blocks.text import clip_text, split_text, text_length
from bot.slack.blocks.words import dicts_in, raw_words, said_moment, shown_words, words_of_blocks

__all__ = [
    "Blocks",
    "KeptRefusals",
    "SendMessage",
    "clip_text",
    "dicts_in",
    "raw_words",
    "said_moment",
    "send_with_fewer_blocks",
    "shown_words",
    "split_text",
    "text_length",
    "words_of_blocks",
]
