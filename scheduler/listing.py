"""Reads a long array while it comes: QStash lists all schedules of an account in one."""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final, Literal

PAGE: Final = 50
"""Items in a page: what is made of them keeps the event loop for a few milliseconds."""

_DECODER: Final = json.JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")


async def read_array(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[Any]]:
    """The items of a JSON array, page by page; a `ValueError` if it is none, or ends too early."""
    text, array = codecs.getincrementaldecoder("utf-8")(), _Array()
    async for piece in pieces:
        array.add_text(text.decode(piece))
        while page := array.take_items(PAGE):
            yield page
            await asyncio.sleep(0)
    array.add_text(text.decode(b"", final=True), last=True)
    while page := array.take_items(PAGE):
        yield page
        await asyncio.sleep(0)
    array.check_whole()


@dataclass(kw_only=True)
class _Array:
    """The part of the text that is not read yet, and what comes next in it."""

    text: str = ""
    stage: Literal["start", "first", "item", "end"] = "start"
    wanted: int = 0
    """Characters to wait for: an item that is not whole is looked at again when twice as much is there."""

    def add_text(self, text: str, *, last: bool = False) -> None:
        self.text += text
        self.wanted = 0 if last else self.wanted

    def take_items(self, most: int) -> list[Any]:
        """Up to `most` items, without one that is not whole yet."""
        if len(self.text) < self.wanted or not self._has_items():
            return []
        items, place = list[Any](), 0
        while len(items) < most and self.stage != "end" and (found := _read_item(self.text, place)):
            item, place = found
            items.append(item)
            self.stage = "end" if self.text[place - 1] == "]" else "item"
        self.text = self.text[place:]
        self.wanted = 0 if items else 2 * len(self.text)
        return items

    def check_whole(self) -> None:
        """Refuse what did not end as an array does."""
        if self.stage != "end" or self.text.strip():
            raise ValueError("expected a JSON array")

    def _has_items(self) -> bool:
        if self.stage == "start" and (text := self.text.lstrip()):
            if text[0] != "[":
                raise ValueError("expected a JSON array")
            self.stage, self.text = "first", text[1:]
        if self.stage == "first" and self.text.lstrip()[:1] == "]":
            self.stage, self.text = "end", self.text.lstrip()[1:]
        return self.stage in ("first", "item")


def _read_item(text: str, place: int) -> tuple[Any, int] | None:
    """An item, and the place after the comma or bracket behind it; None if they are not all there yet."""
    try:
        item, end = _DECODER.raw_decode(text, _skip_space(text, place))
    except ValueError:
        return None
    end = _skip_space(text, end)
    return (item, end + 1) if text[end : end + 1] in (",", "]") else None


def _skip_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
