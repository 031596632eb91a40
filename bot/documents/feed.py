"""RSS, Atom or JSON Feed → items, the newest of them."""

from __future__ import annotations

import calendar
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from time import struct_time
from typing import Any, Final
from urllib.parse import urljoin

from bot.documents.document import LONGEST_TITLE, MOST_ITEMS, Document, Item, Unparsed, clean_text, one_line
from bot.documents.page import text_of

LONGEST_SUMMARY: Final = 2_000
_LONGEST_LINK: Final = 2_000
_LONGEST_ID: Final = 1_000
_LONGEST_MARKUP: Final = 50_000
_START: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)[\s>]")
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


def read_feed(content: bytes, *, charset: str | None, url: str) -> Document | Unparsed:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(content, url)
    import feedparser

    content, cut = _newest_ends(content)
    declared = f"application/xml; charset={charset}" if charset else "application/xml"
    # As a stream: text or bytes might be taken for an address or a file's name, and be opened.
    found = feedparser.parse(
        io.BytesIO(content), response_headers={"content-type": declared, "content-location": url}
    )
    if found.bozo and not found.entries and not found.feed.get("title"):
        return Unparsed(problem="broken")
    return _feed_document(
        found.feed.get("title", ""), (_feed_item(entry) for entry in found.entries), cut=cut
    )


def _newest_ends(content: bytes) -> tuple[bytes, bool]:
    """The feed without its middle items, for the newest ones are at either end.

    To parse a hundred thousand takes minutes; items are siblings, so what is left is a feed still.
    """
    starts = [found.start() for found in _START.finditer(content)]
    if len(starts) <= 2 * MOST_ITEMS:
        return content, False
    return content[: starts[MOST_ITEMS]] + content[starts[-MOST_ITEMS] :], True


def _feed_document(title: str, items: Iterable[Item], *, cut: bool) -> Document:
    told = (item for item in items if item.title or item.link or item.summary)
    found = sorted(told, key=lambda item: item.published or _NO_TIME, reverse=True)
    uses = Counter(item.id for item in found)
    return Document(
        kind="feed",
        title=one_line(title),
        items=tuple(item if uses[item.id] == 1 else _told_apart(item) for item in found[:MOST_ITEMS]),
        cut=cut or len(found) > MOST_ITEMS,
    )


def _told_apart(item: Item) -> Item:
    """Give an item an id of its own: some feeds give all items the same id, or the same link and no id."""
    return replace(item, id=f"{item.id}\n{item.title}\n{item.summary}"[:_LONGEST_ID])


def _feed_item(entry: Mapping[str, Any]) -> Item:
    contents = entry.get("content") or [{}]
    return _checked_item(
        id=entry.get("id"),
        title=_text_of_markup(entry.get("title") or "", LONGEST_TITLE),
        link=entry.get("link"),
        published=_moment_of(entry.get("published_parsed") or entry.get("updated_parsed")),
        summary=_text_of_markup(entry.get("summary") or contents[0].get("value") or "", LONGEST_SUMMARY),
    )


def _checked_item(*, id: object, title: str, link: object, published: datetime | None, summary: str) -> Item:  # noqa: A002
    followed = str(link or "").strip()
    if not followed.startswith(("http://", "https://")) or len(followed) > _LONGEST_LINK:
        followed = ""
    named = str(id or "") or followed or f"{title}\n{summary}"
    return Item(
        id=clean_text(named)[:_LONGEST_ID],
        title=one_line(title),
        link=one_line(followed, _LONGEST_LINK),
        published=published,
        summary=summary,
    )


def _text_of_markup(markup: str, most: int) -> str:
    """Markup as text on one line."""
    markup = markup[:_LONGEST_MARKUP]
    if "<" in markup or "&" in markup:
        import lxml.etree  # type: ignore[import-untyped]  # it ships no types
        import lxml.html  # type: ignore[import-untyped]

        try:
            markup = text_of(lxml.html.fragment_fromstring(clean_text(markup), create_parent=True))
        except (lxml.etree.ParserError, ValueError):
            markup = re.sub(r"<[^<>]*>", " ", markup)
    return one_line(markup, most)


def _moment_of(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _json_feed(content: bytes, url: str) -> Document | Unparsed:
    """https://www.jsonfeed.org/version/1.1/"""
    try:
        feed = json.loads(content.decode("utf-8-sig"))
        entries = feed.get("items", [])
    except (ValueError, AttributeError):
        return Unparsed(problem="broken")
    if not isinstance(entries, list):
        return Unparsed(problem="broken")
    kept = [*entries[:MOST_ITEMS], *entries[MOST_ITEMS:][-MOST_ITEMS:]]
    items = (_json_item(entry, url) for entry in kept if isinstance(entry, dict))
    return _feed_document(str(feed.get("title") or ""), items, cut=len(entries) > len(kept))


def _json_item(entry: Mapping[str, Any], url: str) -> Item:
    try:
        published = datetime.fromisoformat(str(entry.get("date_published")))
    except ValueError:
        published = None
    text = entry.get("summary") or entry.get("content_text") or ""
    return _checked_item(
        id=entry.get("id"),
        title=one_line(str(entry.get("title") or "")),
        link=urljoin(url, str(entry.get("url") or "")),
        published=None if published is None or published.tzinfo is None else published.astimezone(UTC),
        summary=one_line(str(text), LONGEST_SUMMARY)
        if text
        else _text_of_markup(str(entry.get("content_html") or ""), LONGEST_SUMMARY),
    )
