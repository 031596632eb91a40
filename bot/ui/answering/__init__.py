"""Doing what someone asks for, and telling them what became of it: the same at every door."""

from bot.ui.answering.answering import Answering, Door, Shortfall
from bot.ui.answering.in_time import TO_NOTE, TO_SHOW
from bot.ui.answering.veiling import (
    shown_among,
    veil_all,
    veil_in_place,
    veil_refusal,
    veil_schedule,
    veiled_runs,
)

__all__ = [
    "TO_NOTE",
    "TO_SHOW",
    "Answering",
    "Door",
    "Shortfall",
    "shown_among",
    "veil_all",
    "veil_in_place",
    "veil_refusal",
    "veil_schedule",
    "veiled_runs",
]
