"""Threads that were read, kept for a minute in this process: what came later is all that is asked for again.
And channels that were read in part, kept as long as Slack wants no other call.

Some apps get fifteen messages a call and one call a minute. Without this, a second question about a thread
would wait for its turn, and then begin at the first message. What was edited or deleted meanwhile is seen
when the minute is over, however often the thread is asked about.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

KEPT: Final = timedelta(minutes=1)
"""After Slack was asked, or after it may be asked again."""

_MOST: Final = 50
_MOST_MESSAGES: Final = 5_000
"""Of all threads of a workspace together: some megabytes."""


@dataclass(kw_only=True, eq=False)
class KeptThread:
    """A thread as far as it was read."""

    messages: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """By `ts`."""
    has_more: bool = False
    is_long: bool = False
    """Not all of it can be read."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    ends: float = 0.0


class KeptThreads:
    """The threads of one workspace that were read lately."""

    def __init__(self) -> None:
        self._threads: dict[tuple[str, str], KeptThread] = {}
        self._resumes = 0.0

    def thread_of(self, channel: str, ts: str) -> KeptThread:
        """The thread, empty if it was not read within the minute."""
        self.forget_old()
        if (channel, ts) not in self._threads and len(self._threads) >= _MOST:
            self._threads.pop(next(iter(self._threads)))
        return self._threads.setdefault((channel, ts), KeptThread())

    def keep_on(self, thread: KeptThread) -> None:
        """Keep it for a minute since it was read, or for another while more of it is to be read."""
        if thread.has_more or not thread.ends:
            thread.ends = max(time.monotonic(), self._resumes) + KEPT.total_seconds()
        left = sum(len(kept.messages) for kept in self._threads.values())
        for key, kept in list(self._threads.items()):
            if left <= _MOST_MESSAGES:
                break
            left -= len(kept.messages)
            del self._threads[key]
        pause = thread.ends - time.monotonic()
        asyncio.get_running_loop().call_later(max(pause, 0) + 1, self.forget_old)

    def forget_old(self) -> None:
        """Drop what was kept long enough."""
        now = time.monotonic()
        for key, thread in list(self._threads.items()):
            if thread.ends <= now and not thread.turn.locked():
                del self._threads[key]

    def forget_thread(self, channel: str, ts: str) -> None:
        """Drop a thread of which a message was changed."""
        self._threads.pop((channel, ts), None)

    def hold_calls(self, wait: timedelta) -> None:
        """Slack wants to be asked for replies no sooner than after this time."""
        self._resumes = time.monotonic() + wait.total_seconds()

    @property
    def wait(self) -> timedelta | None:
        """The rest of that time."""
        left = self._resumes - time.monotonic()
        return timedelta(seconds=left) if left > 0 else None


class KeptChannels:
    """The newest messages of channels that were read in part, for a minute or until Slack may be asked."""

    def __init__(self) -> None:
        self._channels: dict[str, Sequence[Mapping[str, Any]]] = {}
        self._resumes = 0.0

    def hold_calls(self, wait: timedelta, channel: str, found: Sequence[Mapping[str, Any]]) -> None:
        """Slack wants to be asked for messages no sooner than after this time; keep those that it gave."""
        if self.wait is None:
            self._channels.clear()
        self._resumes = time.monotonic() + min(wait, KEPT).total_seconds()
        if len(self._channels) < _MOST:
            self._channels[channel] = tuple(found)

    def find_messages(self, channel: str, since: datetime) -> Sequence[Mapping[str, Any]]:
        """The messages of the channel that are kept, the newest first."""
        kept = self._channels.get(channel, ())
        return [message for message in kept if float(message["ts"]) >= since.timestamp()]

    @property
    def wait(self) -> timedelta | None:
        """The rest of that time."""
        left = self._resumes - time.monotonic()
        return timedelta(seconds=left) if left > 0 else None
