"""Bytes → characters, whatever they were declared as, and plain text."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from typing import Final

from bot.documents.document import Document, Unparsed, as_document

_META: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 100_000


def read_plain(content: bytes, charset: str | None) -> Document | Unparsed:
    return as_document("text", title="", text=to_text(content, charset))


def to_text(content: bytes, charset: str | None) -> str:
    """Decode it by its byte order mark, else as declared, as it says of itself, as UTF-8, or by a guess."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            return content.decode(name, "replace")
    meta = _META.search(content[:4_096])
    wide = b"\0" in content  # as every space is then, and every end of a line
    for claimed in (charset, meta[1].decode() if meta else None, "utf-8"):
        if (
            claimed
            and (wide or not claims_wide(claimed))
            and (text := _decoded_as(content, claimed)) is not None
        ):
            return text
    return content.decode(_guess_charset(content), "replace")


def claims_wide(charset: str) -> bool:
    """True of a charset with two or four bytes for a character."""
    try:
        return codecs.lookup(charset).name.startswith(("utf-16", "utf-32"))
    except LookupError:
        return False


def _decoded_as(content: bytes, charset: str) -> str | None:
    try:
        found = codecs.lookup(charset)
        if found.name not in ("iso8859-1", "ascii"):
            return content.decode(found.name)
    except (LookupError, ValueError):  # codecs that make no text raise the first
        return None
    # Claimed by servers that were told nothing: it is UTF-8, or else, as browsers have it, Windows-1252.
    for name in ("utf-8", "cp1252"):
        with suppress(ValueError):
            return content.decode(name)
    return None


def _guess_charset(content: bytes) -> str:
    import charset_normalizer

    best = charset_normalizer.from_bytes(content[:_SAMPLE]).best()
    return best.encoding if best else "cp1252"
