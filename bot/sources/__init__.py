"""What a prompt may read: today a thread or a channel of Slack; each kind is one entry of `READERS`.

Whatever is read is data. It reaches the model between marks that nobody who wrote it can know, and it enters
the answer's key by its content, so what has not changed is not paid for again.
"""

from bot.sources.asked import THREAD, Asked, asked_about
from bot.sources.material import Material, Piece, Unreadable, Window
from bot.sources.plain import mentioned, plain
from bot.sources.read import are_known, channel_source, read, thread_source

__all__ = [
    "THREAD",
    "Asked",
    "Material",
    "Piece",
    "Unreadable",
    "Window",
    "are_known",
    "asked_about",
    "channel_source",
    "mentioned",
    "plain",
    "read",
    "thread_source",
]
