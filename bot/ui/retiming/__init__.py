"""Changing when one schedule runs, and nothing else: its time, a pause until a day."""

from bot.ui.retiming.retiming import Retiming, pause_end

__all__ = ["Retiming", "pause_end"]
