"""Doing what someone asks for, and telling them what became of it: the same at every door."""

from bot.ui.answering.answering import Answering, Door, Shortfall
from bot.ui.answering.in_time import TO_NOTE, TO_SHOW
from bot.ui.answering.joining import join_channel
from bot.ui.answering.reader import begin_to_load_reader, load_reader
from bot.ui.answering.veiling import (
    shown_among,
    veil_all,
    veil_in_place,
    veil_refusal,
    veil_schedule,
    veiled_runs,
)
from bot.ui.answering.windows import acknowledge_in_time, field_of, fields_of

__all__ = [
    "TO_NOTE",
    "TO_SHOW",
    "Answering",
    "Door",
    "Shortfall",
    "acknowledge_in_time",
    "begin_to_load_reader",
    "field_of",
    "fields_of",
    "join_channel",
    "load_reader",
    "shown_among",
    "veil_all",
    "veil_in_place",
    "veil_refusal",
    "veil_schedule",
    "veiled_runs",
]
