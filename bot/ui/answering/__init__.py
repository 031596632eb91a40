"""Doing what someone asks for, and telling them what became of it: the same at every door."""

from bot.ui.answering.answering import Answering, Door, Shortfall

__all__ = ["Answering", "Door", "Shortfall"]
