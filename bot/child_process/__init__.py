"""Processes of our own that work on what strangers made: one that hangs is killed, and nobody else waits."""

from typing import TYPE_CHECKING

from scheduler.late import open_door

if TYPE_CHECKING:
    from bot.child_process.asking import ChildProcess
    from bot.child_process.limits import limit_memory, limit_time, memory_used, offer_first
    from bot.child_process.serving import Frame, serve_requests
else:
    __getattr__ = open_door(__name__)

__all__ = [
    "ChildProcess",
    "Frame",
    "limit_memory",
    "limit_time",
    "memory_used",
    "offer_first",
    "serve_requests",
]
