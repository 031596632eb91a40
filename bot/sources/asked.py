"""Whether a prompt asks for a summary of where it is written: "summarise this thread"; pure.

Only these few forms count, so that a prompt about threads in general stays one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.sources.read import LONGEST_WINDOW, channel_source, thread_source

_SUMMARISE: Final = r"(?:please\s+)?(?:summari[sz]e|sum\s+up|tl;?dr)"
_THREAD: Final = re.compile(rf"{_SUMMARISE}(?:\s+(?:this|the)(?:\s+thread)?)?(?:\s*[.!])*", re.IGNORECASE)
_CHANNEL: Final = re.compile(
    rf"{_SUMMARISE}\s+(?:this|the)\s+channel"
    r"(?:\s+(?:of|over|in|from|for)\s+the\s+(?:last|past)(?:\s+([1-9]\d{0,2}))?\s+(hour|day|week)s?)?(?:\s*[.!])*",
    re.IGNORECASE,
)
_HOURS: Final = {"hour": 1, "day": 24, "week": 7 * 24}
_SAY: Final = "what it is about, what was decided, what is open, and who does what next."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A summary of the thread, or of the channel `over` so long."""

    query: str
    """What to ask the model: the same for everyone, so that they share an answer."""
    over: timedelta | None = None

    def source(self, *, channel: str | None, thread: str | None) -> dict[str, Any] | None:
        """What to read, asked for there; None outside of a thread, or for more than can be read."""
        if channel is None:
            return None
        if self.over is None:
            return thread_source(channel, thread) if thread else None
        hours = round(self.over / timedelta(hours=1))
        return channel_source(channel, hours=hours) if 0 < hours <= LONGEST_WINDOW else None


THREAD: Final = Asked(query=f"Summarise this thread: {_SAY}")


def asked_about(query: str) -> Asked | None:
    """What to summarise, if `query` asks for nothing but that; a channel over a day unless it says."""
    text = query.strip()
    if _THREAD.fullmatch(text):
        return THREAD
    if (found := _CHANNEL.fullmatch(text)) is None:
        return None
    over = timedelta(hours=int(found[1] or 1) * _HOURS[(found[2] or "day").lower()])
    return Asked(query=f"Summarise this channel: {_SAY}", over=over)
