"""The page's live updates: one queue for each open page, as server-sent events.

html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.protocol.page_json import change_events
from bot.sandbox.workspace import Change, Workspace

QUIET: Final = 15.0
"""Seconds without news after which a comment keeps the connection open."""
BEHIND: Final = 500
"""Events a page may be behind before it is told to start again."""

_Queue = asyncio.Queue[dict[str, Any] | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Page:
    user: str
    queue: _Queue = field(default_factory=lambda: asyncio.Queue(BEHIND))


@dataclass(kw_only=True, eq=False)
class Streams:
    """The open pages; `version` counts the changes they were told of.

    It begins above that of any earlier process, so that a page that was open across a restart starts again.
    """

    workspace: Workspace
    version: int
    _pages: set[_Page] = field(default_factory=set, init=False)

    def show_change(self, change: Change) -> None:
        self.version += 1
        for page in self._pages:
            for event in change_events(change, self.workspace, page.user):
                self._queue_event(page, {**event, "version": self.version})

    def show_person(self, user: str, event: dict[str, Any]) -> None:
        """Something for one person that is no change of the workspace."""
        self.version += 1
        for page in self._pages:
            if page.user == user:
                self._queue_event(page, {**event, "version": self.version})

    def _queue_event(self, page: _Page, event: dict[str, Any]) -> None:
        if page.queue.full():
            _empty_queue(page.queue)
            event = {"type": "reload", "version": self.version}
        page.queue.put_nowait(event)

    def end_streams(self) -> None:
        """Ends every stream: a server that stops waits for its connections."""
        for page in self._pages:
            _empty_queue(page.queue)
            page.queue.put_nowait(None)

    async def listen_as(self, user: str) -> AsyncGenerator[str]:
        """Events for this person, until the stream is hung up."""
        page = _Page(user=user)
        self._pages.add(page)
        try:
            yield _event_text({"type": "reload", "version": self.version})
            while True:
                try:
                    event = await asyncio.wait_for(page.queue.get(), QUIET)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield _event_text(event)
        finally:
            self._pages.discard(page)


def _empty_queue(queue: _Queue) -> None:
    while not queue.empty():
        queue.get_nowait()


def _event_text(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
