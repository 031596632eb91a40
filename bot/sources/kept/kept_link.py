"""A link that was read, as Redis keeps it."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.documents import Document, decode_document, encode_document
from bot.fetch import Validators
from bot.storage import moment_of, ms_of

TTL: Final = timedelta(days=7)
LARGEST: Final = 700_000
"""Characters of a document, packed; Upstash takes requests of 1 MB. Of more, the beginning is kept."""

_VERSIONS: Final = ("2", "3", "5")
"""More of them when documents come to be read or kept otherwise: a link of any other version is read again.

Of version 3 are feeds with recordings, and of version 5 pages and PDFs with pictures yet to be looked
at, which an earlier reader would not understand.
"""

FIELDS: Final = ("v", "url", "at", "fresh", "etag", "modified", "document")


@dataclass(frozen=True, kw_only=True)
class KeptLink:
    """A link that was read."""

    url: str
    """The address that it led to in the end."""
    document: Document
    validators: Validators | None
    fetched: datetime
    fresh_until: datetime


async def encode_kept(kept: KeptLink) -> tuple[KeptLink, dict[str, Any]]:
    """The link as it is kept, and its values for Redis: a document that is too large is cut.

    Only what is kept may be read: or what is told now would be more than what is found unchanged later.
    """
    document, packed = await asyncio.to_thread(_cut_to_fit, kept.document)
    validators = kept.validators or Validators(url=kept.url)
    return replace(kept, document=document), {
        "v": _version_of(document),
        "url": kept.url,
        "at": ms_of(kept.fetched),
        "fresh": ms_of(kept.fresh_until),
        "etag": validators.etag or "",
        "modified": validators.modified or "",
        "document": packed,
    }


async def decode_kept(reply: Sequence[str | None]) -> KeptLink | None:
    """The link in the values of `FIELDS`."""
    version, url, at, fresh, etag, modified, packed = reply
    if version not in _VERSIONS or url is None or at is None or fresh is None or packed is None:
        return None
    document = await asyncio.to_thread(_unpack_document, packed)
    known = Validators(url=url, etag=etag or None, modified=modified or None) if etag or modified else None
    return KeptLink(
        url=url,
        document=document,
        validators=known,
        fetched=moment_of(int(at)),
        fresh_until=moment_of(int(fresh)),
    )


def _version_of(document: Document) -> str:
    if document.figures:
        return "5"
    return "3" if any(item.recording for item in document.items) else "2"


def _cut_to_fit(document: Document) -> tuple[Document, str]:
    while len(packed := _pack_document(document)) > LARGEST:
        document = _shorten_document(document, 0.9 * LARGEST / len(packed))
    return document, packed


def _shorten_document(document: Document, part: float) -> Document:
    """The beginning of a document; of a feed, whole items."""
    text = document.text[: int(part * len(document.text))].rstrip()
    items = document.items[: int(part * len(document.items))]
    figures = tuple(figure for figure in document.figures if figure.at <= len(text))
    return replace(document, text=text, items=items, figures=figures, cut=True)


def _pack_document(document: Document) -> str:
    raw = json.dumps(encode_document(document), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(raw.encode())).decode()


def _unpack_document(packed: str) -> Document:
    document = decode_document(json.loads(zlib.decompress(base64.b64decode(packed))))
    assert isinstance(document, Document)  # noqa: S101 — nothing else is packed
    return document
