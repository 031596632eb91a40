"""A document that was read, as a piece of material; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.documents import Document, Item
from bot.sources.material import Piece, Window
from scheduler import ZoneInfo

_WHAT: Final = {
    "page": "A web page",
    "pdf": "A PDF document",
    "text": "A text document",
    "feed": "A feed",
    "picture": "What a picture shows",
    "recording": "What is said in a recording, with its times",
}


def document_piece(document: Document, *, title: str = "", name: str, url: str = "") -> Piece:
    """All of it, whenever it was written; of a feed, its items."""
    text = _item_lines(document.items) if document.kind == "feed" else document.text
    return Piece(
        title=title
        or " ".join(filter(None, (_WHAT[document.kind], _quoted_title(document.title), f"({url})"))),
        name=name,
        text=text or "It has no items.",
        left_out=" ".join(_missing_lines(document)),
    )


def recording_name(name: str, *, demo: bool) -> str:
    """The name of a recording in the post; a demo's words are told as that."""
    return f"{name} (written down by a demo recogniser)" if demo else name


def _missing_lines(document: Document) -> Iterator[str]:
    if document.cut:
        yield "(It goes on; the rest is left out.)"
    if count := document.unread_pages:
        pages = "page is a picture" if count == 1 else "pages are pictures"
        yield f"({count} {pages} without text, and left out.)"


def feed_piece(
    document: Document, new: Sequence[Item], *, name: str, url: str, window: Window, zone: str
) -> Piece:
    """The items that are `new`: all of them, for none is told again."""
    more = document.cut and len(new) == len(document.items)
    return Piece(
        title=" ".join(
            filter(None, ("New items of the feed", _quoted_title(document.title), f"({url}), newest first"))
        ),
        name=name,
        text=_item_lines(new, zone=zone),
        window=window,
        left_out="(There may be more that is new: only the newest items were read.)" if more else "",
    )


def with_words(item: Item, text: str, *, cut: bool) -> Item:
    """The item with what is said in its recording, paragraph by paragraph, each with its time."""
    words = text.replace("\n\n", "\n    ")
    ends = "\n    (It goes on; the rest could not be listened to.)" if cut else ""
    return with_note(item, f"What is said in its recording:\n    {words}{ends}")


def with_note(item: Item, note: str) -> Item:
    return replace(item, summary="\n    ".join(filter(None, (item.summary, note))))


def _quoted_title(title: str) -> str:
    return f"“{title}”" if title else ""


def _item_lines(items: Sequence[Item], *, zone: str = "UTC") -> str:
    """The items, with a gap between two of them, where a text that is too long is divided."""
    return "\n\n".join(_item_line(item, zone) for item in items)


def _item_line(item: Item, zone: str) -> str:
    """One item; its own lines are set in, so that none of them looks like another item."""
    updated = "(updated)" if item.changed else ""
    title = item.title or "(without a title)"
    head = " ".join(filter(None, (_time_of(item.published, zone), updated, title)))
    return "\n    ".join(filter(None, (f"- {head}", item.link, item.summary)))


def _time_of(at: datetime | None, zone: str) -> str:
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"[{local:%Y-%m-%d %H:%M} {local.tzname()}]"
