"""Processes of our own that work on what strangers made: one that hangs is killed, and nobody else waits."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.child_process.asking import ChildProcess, safe_environment
    from bot.child_process.serving import Ease, Frame, serve_requests, serve_within_limits
else:
    __getattr__ = open_door(__name__)

__all__ = ["ChildProcess", "Ease", "Frame", "safe_environment", "serve_requests", "serve_within_limits"]
