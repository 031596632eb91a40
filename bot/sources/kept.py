"""What is kept of a link that was read, as Redis holds it."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.documents import Document, decode_document, encode_document
from bot.fetch import Validators
from bot.records import moment_of, ms_of

TTL: Final = timedelta(days=7)
LARGEST: Final = 700_000
"""Characters of a document, packed; Upstash takes requests of 1 MB. What is larger is read anew each time."""

_VERSION: Final = "1"
"""Another one when documents come to be read or kept otherwise: what was kept before is then read anew."""

FIELDS: Final = ("v", "url", "at", "fresh", "etag", "modified", "document")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A link that was read."""

    url: str
    """Where it led in the end."""
    document: Document
    validators: Validators | None
    fetched: datetime
    fresh_until: datetime


async def encode(kept: Kept) -> dict[str, Any] | None:
    """None if it is too large."""
    packed = await asyncio.to_thread(_pack, kept.document)
    if len(packed) > LARGEST:
        return None
    validators = kept.validators or Validators(url=kept.url)
    return {
        "v": _VERSION,
        "url": kept.url,
        "at": ms_of(kept.fetched),
        "fresh": ms_of(kept.fresh_until),
        "etag": validators.etag or "",
        "modified": validators.modified or "",
        "document": packed,
    }


async def decode(reply: Sequence[str | None]) -> Kept | None:
    """From the values of `FIELDS`."""
    version, url, at, fresh, etag, modified, packed = reply
    if version != _VERSION or url is None or at is None or fresh is None or packed is None:
        return None
    document = await asyncio.to_thread(_unpack, packed)
    known = Validators(url=url, etag=etag or None, modified=modified or None) if etag or modified else None
    return Kept(
        url=url,
        document=document,
        validators=known,
        fetched=moment_of(int(at)),
        fresh_until=moment_of(int(fresh)),
    )


def _pack(document: Document) -> str:
    raw = json.dumps(encode_document(document), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(raw.encode())).decode()


def _unpack(packed: str) -> Document:
    document = decode_document(json.loads(zlib.decompress(base64.b64decode(packed))))
    assert isinstance(document, Document)  # noqa: S101 — nothing else is packed
    return document
