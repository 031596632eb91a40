"""The kind of a document: by its first bytes, and where they do not tell, by its declared type; pure."""

from __future__ import annotations

import codecs
import re
from typing import Final

from bot.documents.document import Kind
from bot.documents.plain_text import claims_wide

_HEAD: Final = 8_192
_WIDE: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What may stand before the first element: declarations, comments, and a little noise.
_ELEMENT: Final = re.compile(rb"<(?:[a-z_][\w.-]*:)?([a-z_][\w.-]*)[\s/>]", re.IGNORECASE)
_COMMENT: Final = re.compile(
    rb"<!--.*?-->|<\?.*?\?>|<!doctype[^<>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL
)
_HTML_DOCTYPE: Final = re.compile(rb"<!doctype\s+html", re.IGNORECASE)
_FEED: Final = frozenset({b"rss", b"feed", b"rdf"})
_HTML: Final = frozenset({b"html", b"head", b"body", b"title", b"meta", b"div", b"p", b"table", b"script"})
_TEXTUAL: Final = re.compile(
    r"(?:text/.*|application/(?:.*\+)?(?:json|xml|yaml|x-yaml|toml|javascript|x-ndjson|x-javascript)|)"
)
_PAGE: Final = frozenset({"text/html", "application/xhtml+xml"})
_JSON_FEED: Final = re.compile(
    rb'"version"\s*:\s*"https?:(?://|\\/\\/)(?:www\.)?jsonfeed\.org(?:/|\\/)version'
)
_END: Final = 200
_JSON_HEAD: Final = 200_000
_FEED_START: Final = re.compile(
    rb"<\?xml[^<>]*\?>\s*(?:<!--.*?-->\s*)*<(?:rss|feed|rdf:RDF)\b|<rss\s[^<>]*version|<feed\s[^<>]*Atom",
    re.IGNORECASE | re.DOTALL,
)
_FEED_END: Final = re.compile(rb"</(?:rss|feed|rdf:RDF)\s*>\s*\Z", re.IGNORECASE)
_WARNS: Final = re.compile(rb"\b(?:warning|notice|deprecated|error)\b", re.IGNORECASE)
_UNTOLD: Final = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/unknown"})


def kind_of(content: bytes, mime: str, charset: str | None = None) -> Kind | None:
    """The kind of a document; None for what has no text to read."""
    if charset and claims_wide(charset) and b"\0" in content[:_HEAD] and not _wide_charset(content):
        content = content[:_HEAD].decode(charset, "replace").encode()
    head = content[:_HEAD]
    if b"%PDF-" in head[:1_024]:
        return "pdf"
    if not _is_text(head):
        return None
    text = head.decode(_wide_charset(head) or "latin-1", "replace").encode("ascii", "replace")
    element = _ELEMENT.search(_COMMENT.sub(b"", text))
    name = element[1].lower() if element else b""
    starts = text.lstrip(b"\xef\xbb\xbf? \t\r\n")[:1]
    if starts == b"<" and name in _FEED and not _HTML_DOCTYPE.search(text):
        return "feed"
    if starts == b"{" and _JSON_FEED.search(content[:_JSON_HEAD]):
        return "feed"
    if feed_start(content):
        return "feed"
    if _HTML_DOCTYPE.search(text[:1_024]) or (starts == b"<" and name in _HTML) or mime in _PAGE:
        return "page"
    return "text" if mime in _UNTOLD or _TEXTUAL.fullmatch(mime) else None


def feed_start(content: bytes) -> int:
    """The place where a feed begins after words that the server wrote before it; 0 for all else."""
    found = _FEED_START.search(content[:_HEAD])
    before = content[: found.start()] if found else b""
    if not found or _HTML_DOCTYPE.search(before):
        return 0
    # Without a warning it is a feed only if nothing stands after it: a text may tell of feeds.
    return found.start() if _WARNS.search(before) or _FEED_END.search(content[-_END:]) else 0


def _wide_charset(head: bytes) -> str | None:
    if head.startswith(_WIDE[:2]):
        return "utf-32"
    return "utf-16" if head.startswith(_WIDE[2:]) else None


def _is_text(head: bytes) -> bool:
    if _wide_charset(head):
        return True
    strange = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    return b"\0" not in head and strange * 100 <= len(head)
