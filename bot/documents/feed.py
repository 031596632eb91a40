"""RSS, Atom or JSON Feed → items, the newest of them."""

from __future__ import annotations

import calendar
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urljoin

from bot.documents.document import LONGEST_TITLE, MOST_ITEMS, Document, Item, Unparsed, clean_text, one_line
from bot.documents.feed_dates import UnknownForm, checked_moment, parse_moment
from bot.documents.page import text_of
from bot.documents.sniff import feed_start

LONGEST_SUMMARY: Final = 2_000
_LONGEST_LINK: Final = 2_000
_RECORDING_NAME: Final = re.compile(
    r"\.(?:mp3|m4a|mp4|m4v|ogg|oga|opus|wav|flac|aac|webm|mov)$", re.IGNORECASE
)
_UNTOLD: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_LONGEST_ID: Final = 1_000
_LONGEST_MARKUP: Final = 50_000
_START: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:item|entry)[\s>]")
_TITLE_TAGS: Final = (
    *("a", "abbr", "b", "cite", "code", "del", "div", "em", "font", "i", "ins", "kbd", "mark", "p", "q", "s"),
    *("small", "span", "strong", "sub", "sup", "tt", "u"),
)
_PAIR: Final = re.compile(
    rf"<({'|'.join(_TITLE_TAGS)})(?:\s[^<>]*)?>([^<>]*(?:<(?!/\1>)[^<>]*)*)</\1\s*>", re.IGNORECASE
)
_LONE: Final = re.compile(r"<(?:br|wbr|hr)(?:\s[^<>]*)?/?>|<img\s[^<>]*>", re.IGNORECASE)
_XMLNS: Final = re.compile(rb"""(\sxmlns(?::[\w.-]+)?\s*=\s*(["']))([^"'<>]*)(\2)""")
_NO_ADDRESS: Final = re.compile(rb"[^!-~]+|&#\w+;")
"""A space of any kind in a namespace has feedparser raise what it does not catch."""
_NESTED: Final = 5
_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)


def read_feed(content: bytes, *, charset: str | None, url: str) -> Document | Unparsed:
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(content, url)
    import feedparser

    content, cut = _newest_ends(content[feed_start(content) :])
    content = _XMLNS.sub(_without_spaces, content)
    declared = f"application/xml; charset={charset}" if charset else "application/xml"
    # As a stream: text or bytes might be taken for an address or a file's name, and be opened.
    found = feedparser.parse(
        io.BytesIO(content),
        response_headers={"content-type": declared, "content-location": url},
        sanitize_html=False,  # it takes "Vec<T>" for a tag; markup is made text here
        resolve_relative_uris=False,
    )
    if found.bozo and not found.entries and not found.feed.get("title"):
        return Unparsed(problem="broken")
    return _feed_document(
        found.feed.get("title", ""), (_feed_item(entry, content) for entry in found.entries), cut=cut
    )


def _without_spaces(namespace: re.Match[bytes]) -> bytes:
    return namespace[1] + _NO_ADDRESS.sub(b"", namespace[3]) + namespace[4]


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
        title=_title_text(title),
        items=tuple(item if uses[item.id] == 1 else _told_apart(item) for item in found[:MOST_ITEMS]),
        cut=cut or len(found) > MOST_ITEMS,
    )


def _told_apart(item: Item) -> Item:
    """Give an item an id of its own: some feeds give all items the same id, or the same link and no id."""
    return replace(item, id=f"{item.id}\n{item.title}\n{item.summary}"[:_LONGEST_ID])


def _feed_item(entry: Mapping[str, Any], content: bytes) -> Item:
    texts = [entry.get("summary"), *(part.get("value") for part in entry.get("content") or ())]
    return _checked_item(
        id=entry.get("id"),
        title=_title_text(entry.get("title") or ""),
        link=_link_of(entry, content),
        published=_moment_of(entry, "published") or _moment_of(entry, "updated"),
        summary=_longest_text(texts),
        recording=_recording_in((*(entry.get("enclosures") or ()), *(entry.get("media_content") or ()))),
    )


def _recording_in(enclosed: Iterable[Any]) -> str:
    """The address of the first sound or film that comes with an entry; of some feeds only its name tells."""
    for one in enclosed:
        if not isinstance(one, Mapping):
            continue
        address = str(one.get("href") or one.get("url") or "").strip()
        kind = str(one.get("type") or one.get("mime_type") or one.get("medium") or "").lower()
        is_named = bool(_RECORDING_NAME.search(address.partition("?")[0]))
        if kind.startswith(("audio", "video")) or (kind in _UNTOLD and is_named):
            return one_line(_checked_address(address), _LONGEST_LINK)
    return ""


def _checked_address(address: str) -> str:
    is_address = address.startswith(("http://", "https://")) and len(address) <= _LONGEST_LINK
    return address if is_address else ""


def _longest_text(markups: Iterable[object]) -> str:
    """The whole text, where there is a teaser beside it."""
    return max((_text_of_markup(str(markup or ""), LONGEST_SUMMARY) for markup in markups), key=len)


def _link_of(entry: Mapping[str, Any], content: bytes) -> object:
    """Its link; an id stands for one if it is an address itself, not one that was made of it."""
    link = str(entry.get("link") or "")
    if link != entry.get("id") or any(known.get("href") == link for known in entry.get("links") or ()):
        return link
    return link if any(form.encode() in content for form in (link, html.escape(link, quote=False))) else ""


def _title_text(markup: str) -> str:
    """A title as text: its markup goes, and what only looks like a tag stays."""
    text = _LONE.sub(" ", markup[: 10 * LONGEST_TITLE])
    for _ in range(_NESTED):
        text, count = _PAIR.subn(r"\2", text)
        if not count:
            break
    return one_line(html.unescape(text))


def _checked_item(
    *,
    id: object,  # noqa: A002
    title: str,
    link: object,
    published: datetime | None,
    summary: str,
    recording: str = "",
) -> Item:
    followed = _checked_address(str(link or "").strip())
    named = str(id or "") or followed or f"{title}\n{summary}"
    return Item(
        id=clean_text(named)[:_LONGEST_ID],
        title=one_line(title),
        link=one_line(followed, _LONGEST_LINK),
        published=published,
        summary=summary,
        recording=recording,
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


def _moment_of(entry: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return parse_moment(str(entry.get(name) or ""))
    except UnknownForm:  # feedparser knows more of them
        parsed = entry.get(f"{name}_parsed")
    try:
        return checked_moment(datetime.fromtimestamp(calendar.timegm(parsed), UTC)) if parsed else None
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
    plain = one_line(str(entry.get("content_text") or ""), LONGEST_SUMMARY)
    whole = _longest_text((entry.get("summary"), entry.get("content_html")))
    own, other = (str(entry.get(name) or "") for name in ("url", "external_url"))
    summary = max(plain, whole, key=len)
    told = entry.get("id")
    return _checked_item(
        id=None if told is None else str(told),
        title=_title_text(str(entry.get("title") or "")),
        link=_joined_link(url, own or other),
        published=_zoned_moment(entry.get("date_published")) or _zoned_moment(entry.get("date_modified")),
        summary=f"{summary} ({other})" if own and other else summary,
        recording=_recording_in(entry.get("attachments") or ()),
    )


def _joined_link(url: str, link: str) -> str:
    try:
        return urljoin(url, link) if link else ""
    except ValueError:
        return ""


def _zoned_moment(text: object) -> datetime | None:
    """A moment that says its zone, as the standard wants it."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return checked_moment(moment) if moment.tzinfo is not None else None
