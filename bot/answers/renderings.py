"""Answers as messages, made once in each process however often and wherever they are posted."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Final

from bot.answers.near_cache import NearCache
from bot.answers.records import Answer
from bot.markdown import Part, to_parts

_LONG: Final = 4_000
"""Characters that take a few milliseconds; with more, others have their turn in between."""

_has_rendered: Final = threading.Event()
"""Set once the reader of Markdown is loaded, which takes twenty milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Renderings:
    """Renders answers, and keeps the renderings where the answers are kept.

    A rendering depends on the text and its form alone: what else a post says is put round it each time.
    """

    near_cache: NearCache
    _under_way: dict[tuple[str, bool], asyncio.Event] = field(default_factory=dict, init=False, repr=False)

    async def render_answer(self, answer: Answer, *, tables: bool = True) -> tuple[Part, ...]:
        """The messages that say the text of `answer`; without `tables` as `to_parts` has it."""
        text, key = answer.text, (answer.text, tables)
        while True:
            parts = self.near_cache.find_rendering(text, tables=tables)
            if parts is not None:
                return parts
            if (ready := self._under_way.get(key)) is None:
                break
            await ready.wait()
        if len(text) <= _LONG and _has_rendered.is_set():
            parts = to_parts(text, tables=tables)
        else:
            ready = self._under_way[key] = asyncio.Event()
            try:
                # Python's threads take turns every few milliseconds, in the middle of a parser's work too.
                parts = await asyncio.to_thread(to_parts, text, tables=tables)
                _has_rendered.set()
            finally:
                del self._under_way[key]
                ready.set()
        self.near_cache.hold_rendering(text, parts, tables=tables)
        return parts
